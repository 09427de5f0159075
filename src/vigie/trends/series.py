"""`vigie detect`: the detector on a series of numbers alone."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TextIO

import numpy as np

from . import detector

ALERT_AT = 3.2
"""Rarity (-log10 p) of an alert at the balanced sensitivity: one bucket in sixteen hundred."""
REFRACTORY = timedelta(hours=24)
LARGEST = 1e12
WARM_UP = 36
"""Rows that must come first."""


class BadSeries(ValueError):
    """A row that is no (time, number); the sentence gives its line."""


def read(file: TextIO) -> Iterator[tuple[str, datetime, float]]:
    """Rows of a `timestamp,value` CSV. Raises BadSeries at the first that cannot be read."""
    last: datetime | None = None
    rows = csv.reader(file)
    try:
        for line, row in enumerate(rows, 1):
            if not row or (line == 1 and not _is_number(row[-1])):
                continue
            moment, value = _row(row, line)
            if last is not None and moment < last:
                raise BadSeries(f"line {line}: {row[0]} comes before the line above; sort the file by time")
            last = moment
            yield row[0], moment, value
    except csv.Error as error:
        raise BadSeries(f"line {rows.line_num}: {error}") from error


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _row(row: list[str], line: int) -> tuple[datetime, float]:
    try:
        moment = datetime.fromisoformat(row[0].strip())
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC), float(row[1])
    except (ValueError, IndexError) as error:
        raise BadSeries(f"line {line}: a time and a number were expected, found {','.join(row)[:80]!r}") from error


def scores(rows: Iterable[tuple[datetime, float]]) -> Iterator[float]:
    """Anomaly score of each row, from 0 to 1; 0.5 is an alert at the balanced sensitivity.

    Causal: a row's score uses that row and earlier ones. The step of the series is what lies between its first rows;
    after an alarm there is no other for a day: what goes on is the same episode.
    """
    memory = detector.fresh(1)
    out, best = np.empty(detector.SAID), np.zeros(2)
    step: float | None = None
    previous: datetime | None = None
    quiet_until: datetime | None = None
    for moment, value in rows:
        if step is None and previous is not None:
            step = max((moment - previous).total_seconds(), 1.0)
        previous = moment
        per_day = 86_400 / (step or detector.BUCKET)
        count = min(max(value, 0.0), LARGEST) if not np.isnan(value) else 0.0
        hour = moment.weekday() * 24 + moment.hour
        detector.look(memory[0], np.array([count]), np.array([hour], np.int64), 1.0, out)
        # With no past nothing is surprising yet.
        raw = float(1 - 2 ** (-out[8] / ALERT_AT)) if detector.age(memory) >= WARM_UP else 0.0
        if raw >= 0.5 and quiet_until is not None and moment < quiet_until:
            yield raw / 2
        else:
            quiet_until = moment + REFRACTORY if raw >= 0.5 else quiet_until
            yield raw
        detector.close(memory[0], count, hour, per_day, 1.0, best)
