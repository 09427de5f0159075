"""Behaviour that people check: minimal pairs of our own in French and English, what passes and what does not.

    .venv/3.11/bin/python bench/pairs.py [--failures]

`pairs.tsv` holds sentences written for this (invariance, direction, minimal function; Ribeiro et al., 2020, CheckList).
Half of them, by a hash, are kept aside: rules are written looking at the other half only.
"""

from __future__ import annotations

import argparse
import csv
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from vigie.analysis.model import understand

SHIFT = 0.02
"""How much the balance of positive and negative must move for a direction to count."""
LABELS = {-1: "negative", 0: "neutral", 1: "positive"}


@dataclass(frozen=True)
class Pair:
    kind: str
    lang: str
    a: str
    b: str
    expected: str

    @property
    def aside(self) -> bool:
        """Whether it is kept from those who write rules."""
        return crc32(f"{self.kind}\t{self.a}\t{self.b}".encode()) % 2 == 0


PAIRS = Path(__file__).with_name("pairs.tsv")


def pairs() -> list[Pair]:
    with PAIRS.open(encoding="utf-8", newline="") as file:
        return [Pair(**row) for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]


def passes(pair: Pair) -> bool:
    said = understand([pair.a, pair.b or pair.a], langs=[pair.lang] * 2)
    first, second = (LABELS[int(one)] for one in said.sentiments)
    moved = float((said.scores[1, 2] - said.scores[1, 0]) - (said.scores[0, 2] - said.scores[0, 0]))
    return {
        "same": first == second,
        "higher": moved > SHIFT,
        "lower": moved < -SHIFT,
        "not negative": first != "negative",
    }.get(pair.expected, first == pair.expected)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--failures", action="store_true", help="print what fails, of the half that may be looked at")
    given = options.parse_args()
    counted: dict[str, list[list[bool]]] = defaultdict(lambda: [[], []])
    for pair in pairs():
        right = passes(pair)
        counted[pair.kind][pair.aside].append(right)
        if given.failures and not right and not pair.aside:
            print(f"{pair.kind}: {pair.a} | {pair.b} ({pair.expected})")
    for kind, (seen, aside) in sorted(counted.items(), key=lambda item: sum(item[1][1]) / max(len(item[1][1]), 1)):
        print(f"{kind:26} kept aside {sum(aside):3} of {len(aside):3}, the others {sum(seen):3} of {len(seen):3}")
    for name, half in (("kept aside", 1), ("the others", 0)):
        found = [right for halves in counted.values() for right in halves[half]]
        print(f"{name}: {sum(found)} of {len(found)} ({100 * sum(found) / len(found):.1f} %)")


if __name__ == "__main__":
    main()
