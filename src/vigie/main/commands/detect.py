"""`vigie detect SERIES.csv`."""

from __future__ import annotations

import argparse
import csv
import math
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from vigie.main import start


def add(options: argparse.ArgumentParser) -> None:
    options.add_argument("file", type=Path, metavar="SERIES.csv", help="timestamp,value; - for standard input")
    options.add_argument("--json", action="store_true", help="one JSON object a line")


def run(options: argparse.Namespace) -> int:
    from vigie.trends import series

    named = str(options.file) != "-"
    if named and not options.file.is_file():
        start.say(f"{options.file}: there is no such file")
        return 2
    file = options.file.open(newline="", encoding="utf-8-sig") if named else sys.stdin
    try:
        rows = list(series.read(file))
    except (series.BadSeries, UnicodeDecodeError) as error:
        start.say(f"{options.file}: {error}")
        return 2
    finally:
        if named:
            file.close()
    scores = series.scores(_values(rows))
    if options.json:
        import json

        for (stamp, _, value), score in zip(rows, scores, strict=True):
            print(
                json.dumps(
                    {"timestamp": stamp, "value": value if math.isfinite(value) else None, "anomaly_score": score}
                )
            )
        return 0
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["timestamp", "value", "anomaly_score"])
    for (stamp, _, value), score in zip(rows, scores, strict=True):
        out.writerow([stamp, value, repr(score)])
    return 0


def _values(rows: list[tuple[str, datetime, float]]) -> Iterator[tuple[datetime, float]]:
    return ((moment, value) for _, moment, value in rows)
