"""Coverage and width of the forecast's 80 % intervals on series of counts, each hour judged by what came.

.venv/3.11/bin/python bench/forecasts.py FOLDER        (CSV files of timestamp,value)
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path

import numpy as np

from vigie.trends import detector
from vigie.trends.forecast import forecasts


def main(folder: Path) -> None:
    for path in sorted(folder.glob("*.csv")):
        hours: Counter[int] = Counter()
        with path.open() as file:
            rows = [(datetime.fromisoformat(r["timestamp"]), float(r["value"])) for r in csv.DictReader(file)]
        first = rows[0][0]
        for at, value in rows:
            hours[int((at - first).total_seconds() // 3600)] += max(value, 0)  # type: ignore[assignment]
        counts = np.array([hours[i] for i in range(max(hours))], float)
        week = [(first.weekday() * 24 + first.hour + i) % 168 for i in range(len(counts) + 24)]
        # What was usual at each hour by what was known then.
        memory, usual = detector.fresh(1), np.zeros(len(counts))
        for i, value in enumerate(counts):
            usual[i] = detector.usual(memory[0], week[i])
            detector.close(memory[0], value, week[i], 24.0, 1.0, np.zeros(2))
        coming = np.array([detector.usual(memory[0], hour) for hour in week[len(counts) :]])
        told = [
            f"{f.hours} h {f.coverage:.1%} of {f.trials} (width now ×{(f.high - f.low) / max(f.expected, 1):.2f})"
            for f in forecasts(counts, usual, coming)
        ]
        print(f"{path.stem}: {'; '.join(told)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
