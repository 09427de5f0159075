"""Alerts on labelled streams of real crises: when each would have rung, with the default sensitivity.

    .venv/3.11/bin/python bench/streams.py FOLDER

FOLDER holds `crisislex_t26_timeline.csv.gz`, `crisislex_t26_events.json` and the other streams named below. For the
instantaneous events the burst begins with the first ten minutes that hold a fifth of the peak rate.
"""

from __future__ import annotations

import csv
import gzip
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from vigie.main import start

STREAMS = [
    ("fr_free_telecom", "*"), ("us_airlines_2015_02", "*"), ("us_airlines_2015_02", "AmericanAir"),
    ("us_airlines_2015_02", "united"), ("us_airlines_2015_02", "JetBlue"), ("us_airlines_2015_02", "VirginAmerica"),
    ("boycott_india_2020_2021", "*"), ("pheme_tweets_text", "*"),
]  # fmt: skip


def burst(moments: list[datetime]) -> datetime:
    counts = Counter(int(m.timestamp()) // 600 for m in moments)
    peak = max(counts.values())
    return datetime.fromtimestamp(min(b for b, n in counts.items() if n >= peak / 5) * 600, moments[0].tzinfo)


def events(folder: Path) -> Iterator[tuple[str, str, list[tuple[datetime, str]]]]:
    told = json.loads((folder / "crisislex_t26_events.json").read_text())
    rows: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    with gzip.open(folder / "crisislex_t26_timeline.csv.gz", "rt") as file:
        for row in csv.DictReader(file):
            rows[row["event"]].append((datetime.fromisoformat(row["timestamp"]), row["tweet_id"]))
    for name, found in sorted(rows.items()):
        yield name, told.get(name, {}).get("time", {}).get("development", ""), sorted(found)


def main(folder: Path) -> None:
    start.scratch()
    start.django()
    from vigie.intake.replay import Replay
    from vigie.networks.files.export import open_export
    from vigie.networks.record import Record

    delays = []
    for name, kind, found in events(folder):
        replay = Replay("*", name=name)
        records = [Record(network="x", external_id=i, text="", published_at=at) for at, i in found]
        rung = [a.last_at for a in replay.play(replay.ready(iter(records), None, None))]
        begun = burst([at for at, _ in found])
        after = [at for at in rung if at >= begun - timedelta(minutes=10)]
        delay = (after[0] - begun).total_seconds() / 60 if after else None
        if kind == "Instantaneous":
            delays.append(delay)
        told = "none" if delay is None else f"{delay:.1f} min"
        print(
            f"{name:32} {kind:14} {len(found):6} posts, {len(rung):2} alerts, first after the burst: {told}", flush=True
        )
    known = sorted(d for d in delays if d is not None)
    middle = known[len(known) // 2]
    print(f"instantaneous: {len(known)} of {len(delays)} rung, median {middle:.1f} min, worst {known[-1]:.1f} min")
    for name, query in STREAMS:
        replay = Replay(query, name=f"{name} {query}")
        export = open_export(folder / f"{name}.csv.gz", zone=ZoneInfo("UTC"))
        rung = [(a.last_at, a.level, a.score) for a in replay.play(replay.ready(export.rows, None, None))]
        levels = Counter(level for _, level, _ in rung)
        print(f"{name} {query}: {len(rung)} alerts {dict(levels)}")
        for at, level, score in rung:
            print(f"    {at:%Y-%m-%d %H:%M:%S} {level} {score}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
