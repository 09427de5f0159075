"""How many texts a second are understood on one core: read once, and with a share of them read twice.

    taskset -c 0 .venv/3.11/bin/python bench/reading.py EXPORT...

The texts of the exports are read three times over: once each, with the doubtful ones read twice, and with three in ten
read twice. Ratios within a run say more than rates.
"""

from __future__ import annotations

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import argparse
import itertools
import resource
import time
from pathlib import Path

BATCH = 2_000
MOST = 60_000


def texts(paths: list[Path]) -> list[str]:
    from vigie.networks.files.export import open_export
    from vigie.networks.record import Record

    rows = itertools.chain.from_iterable(open_export(path).rows for path in paths)
    return [row.text for row in itertools.islice(rows, MOST) if isinstance(row, Record) and row.text]


def rate(told: list[str], share: float | None) -> tuple[float, float]:
    """Texts a second, and the share that was read twice; `share` None reads all that is doubtful twice."""
    from vigie.analysis.model import understand

    begun, twice = time.perf_counter(), 0
    for at in range(0, len(told), BATCH):
        part = told[at : at + BATCH]
        twice += understand(part, twice=None if share is None else round(share * len(part))).twice
    return len(told) / (time.perf_counter() - begun), twice / len(told)


def memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("exports", type=Path, nargs="+")
    told = texts(options.parse_args().exports)
    from vigie.analysis.model import understand

    understand(told[:100], twice=0)
    print(f"{len(told)} texts")
    once, _ = rate(told, 0)
    print(f"read once: {once:,.0f} texts/s, {memory():.0f} MB")
    begun = time.perf_counter()
    understand(told[:100])
    print(f"the encoder is there after {time.perf_counter() - begun:.1f} s")
    for name, share in (("what is doubtful read twice", None), ("three in ten read twice", 0.3)):
        found, twice = rate(told[:6_000], share)
        print(f"{name}: {found:,.0f} texts/s ({100 * twice:.0f} % twice), {memory():.0f} MB")


if __name__ == "__main__":
    main()
