"""How often each sensitivity would have rung over the history that is stored."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vigie.lib import sql
from vigie.lib.calendar import Calendar

from . import detector
from .judgement import LIMITS, rings
from .sensor import MS, PER_DAY, Reading, Signal, bucket, hours_of_week


@dataclass(frozen=True)
class Backtest:
    """Alerts by sensitivity, over so many days of history."""

    days: float
    alerts: dict[str, int]


def run(watch: int, calendar: Calendar, cooldown_minutes: int) -> Backtest:
    """Play the stored counts of a watch through the detector, at the end of each five minutes."""
    rows = sql.rows(
        "SELECT start, sum(mentions), sum(negative), sum(sensitive) FROM trends_minutecount WHERE watch_id = %s "
        "GROUP BY start ORDER BY start",
        [watch],
    )
    if not rows:
        return Backtest(0, dict.fromkeys(LIMITS, 0))
    first, last = bucket(int(rows[0][0]) * 60_000), bucket(int(rows[-1][0]) * 60_000)
    counts = np.zeros((last - first + 1, 3))
    for start, *values in rows:
        counts[bucket(int(start) * 60_000) - first] += [int(v) for v in values]
    out = np.zeros((len(counts), 3, detector.SAID))
    detector.advance(detector.fresh(), counts, hours_of_week(first, len(counts), calendar), PER_DAY, out)
    quiet = max(cooldown_minutes * 60_000 // MS, 1)
    ever = np.cumsum(counts[:, 0])
    return Backtest(round(len(counts) / PER_DAY, 1), {name: _episodes(out, ever, name, quiet) for name in LIMITS})


def _episodes(out: np.ndarray, ever: np.ndarray, sensitivity: str, quiet: int) -> int:  # type: ignore[type-arg]
    rung, until = 0, -1
    loud = np.flatnonzero(out[:, :, 0].max(axis=1) >= LIMITS[sensitivity].surprise)
    for i in loud.tolist():
        if i < until:
            continue
        signals = {
            name: Signal(float(s), float(q), int(w * 5), float(n), float(u))
            for name, (s, q, w, n, u, _) in zip(detector.CHANNELS, out[i], strict=True)
        }
        if rings(Reading(signals, i / 12, float(ever[i])), sensitivity):
            rung, until = rung + 1, i + quiet
    return rung
