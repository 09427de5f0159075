"""Our alerts beside the rules of known tools: real crises, and crises of known shape put into quiet real series.

    .venv/3.11/bin/python bench/detect.py CRISES NAB

CRISES holds the labelled streams of `bench/streams.py`; NAB the mention counts of `bench/RESULTS.md`, whose windows of
labelled anomalies are left out: what remains is quiet. Prints Markdown tables.
"""

from __future__ import annotations

import csv
import json
import random
import statistics
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from streams import burst, events

from vigie.main import start

SEED = 11


def freebox(folder: Path) -> Iterator[tuple[str, list, list[datetime]]]:
    from vigie.networks.files.export import open_export
    from vigie.networks.record import Record

    rows = [r for r in open_export(folder / "fr_free_telecom.csv.gz").rows if isinstance(r, Record) and not r.own]
    yield "Freebox", rows, [datetime(2024, 7, 19, 17, 14, tzinfo=UTC)]


def crises(folder: Path) -> Iterator[tuple[str, list, list[datetime]]]:
    from vigie.networks.record import Record

    for name, kind, found in events(folder):
        if kind == "Instantaneous":
            posts = [Record(network="x", external_id=i, text="", published_at=at) for at, i in found]
            yield name, posts, [burst([at for at, _ in found])]


def quiet(folder: Path) -> Iterator[tuple[str, list[datetime]]]:
    """Moments of posts outside labelled windows, a twentieth of them so that a series looks like one brand's."""
    dice = random.Random(SEED)
    windows = json.loads((folder / "windows.json").read_text())
    for path in sorted((folder / "data").glob("*.csv")):
        spans = next(spans for name, spans in windows.items() if name in path.stem)
        out = [(_time(a), _time(b)) for a, b in spans]
        moments = []
        with path.open() as file:
            for row in csv.DictReader(file):
                at = _time(row["timestamp"])
                if any(a <= at <= b for a, b in out):
                    continue
                kept = sum(dice.random() < 0.05 for _ in range(min(int(float(row["value"])), 2_000)))
                moments += [at + timedelta(seconds=dice.uniform(0, 300)) for _ in range(kept)]
        yield path.stem.rsplit("_", 1)[-1], sorted(moments)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def injected(folder: Path) -> Iterator[tuple[str, list, list[datetime]]]:
    """A step of three hours and a ramp of six, of two strengths, at three moments of the second half of a series.

    Each crisis has its own copy of the series: brands do not have one a week.
    """
    from vigie.networks.record import Record

    for brand, base in quiet(folder):
        span = base[-1] - base[0]
        hourly = len(base) / (span / timedelta(hours=1))
        for shape in ("step", "ramp"):
            for strength in (3, 8):
                for n in range(3):
                    dice = random.Random(f"{brand}{shape}{strength}{n}")
                    at = base[0] + span * (0.55 + 0.13 * n) + timedelta(hours=dice.uniform(0, 12))
                    moments = sorted(base + crisis(shape, strength * hourly, at, dice))
                    posts = [
                        Record(network="x", external_id=str(i), text="", published_at=m) for i, m in enumerate(moments)
                    ]
                    yield f"{shape} ×{strength} {brand}", posts, [at]


def crisis(shape: str, rate: float, at: datetime, dice: random.Random) -> list[datetime]:
    """Moments of posts of a crisis: `rate` an hour from the first minute (step), or growing up to it (ramp)."""
    hours = 3 if shape == "step" else 6
    posts = round(rate * hours * (1 if shape == "step" else 0.5))
    shares = (dice.random() if shape == "step" else dice.random() ** 0.5 for _ in range(posts))
    return [at + timedelta(hours=hours * share) for share in shares]


def table(title: str, found: list) -> None:
    """Rows of several streams put together, a rule a line."""
    by_rule: dict[str, list] = {}
    for rows in found:
        for row in rows:
            by_rule.setdefault(row.name, []).append(row)
    print(f"\n{title}\n\n| rule | answered | median delay (min) | worst (min) | false alerts a week |")
    print("|---|---:|---:|---:|---:|")
    for name, rows in by_rule.items():
        delays = [d for row in rows for d in row.delays]
        known = [d for d in delays if d is not None]
        middle = f"{statistics.median(known):.1f}" if known else "–"
        worst = f"{max(known):.1f}" if known else "–"
        calm = statistics.mean(row.false_a_week for row in rows)
        print(f"| {name} | {len(known)} of {len(delays)} | {middle} | {worst} | {calm:.2f} |", flush=True)


def copied(posts: list) -> list:
    """The records again: playing them marks them."""
    from msgspec.structs import replace

    return [replace(post) for post in posts]


def compared(posts: list, begun: list[datetime]) -> list:
    from vigie.intake.replay import Replay
    from vigie.trends import rules

    replay = Replay("*")
    records = replay.ready(iter(copied(posts)), None, None)
    moments = [r.published_at for r in records]
    rung = [(a.last_at, a.level) for a in replay.play(records)]
    weeks = len({m.date() for m in moments}) / 7
    found = [rules.judged("Vigie, all levels", [at for at, _ in rung], begun, weeks)]
    found.append(rules.judged("Vigie, orange and red", [at for at, level in rung if level != "yellow"], begun, weeks))
    keen = Replay("*", sensitivity="more")
    rung_more = [a.last_at for a in keen.play(keen.ready(iter(copied(posts)), None, None))]
    found.append(rules.judged("Vigie, sensitivity “more alerts”", rung_more, begun, weeks))
    return found + [rules.judged(r.name, rules.alerts(r, moments), begun, weeks) for r in rules.RULES]


def main(folder: Path, nab: Path) -> None:
    start.scratch()
    start.django()
    table("Freebox outage", [compared(posts, begun) for _, posts, begun in freebox(folder)])
    table("Eight instantaneous crises (CrisisLexT26)", [compared(posts, begun) for _, posts, begun in crises(folder)])
    for shape in ("step ×3", "step ×8", "ramp ×3", "ramp ×8"):
        chosen = [compared(posts, begun) for name, posts, begun in injected(nab) if name.startswith(shape)]
        table(f"{shape} the hourly mean, put into five quiet series", chosen)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
