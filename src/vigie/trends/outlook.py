"""Forecast and spread of one watch, from what is stored."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np

from vigie.lib.times import millis
from vigie.watches.models import Watch

from . import counts, forecast
from .sensor import MS, Sensor
from .usual import between

PAST = timedelta(days=28)


STEP = 10
"""Minutes: hours are taken to end now, not at the last full hour, so that a rise that has just begun is in the last."""


def forecasts(watch: Watch, sensor: Sensor | None, now: datetime) -> list[forecast.Forecast]:
    """What the next 1, 3, 6 and 24 hours may bring; empty where too little is known."""
    if sensor is None or sensor.closed < 0:
        return []
    unit = STEP * counts.MINUTE
    seen = counts.series(watch.pk, now - PAST, now + timedelta(milliseconds=1), minutes=STEP)
    last = millis(now) // unit + 1
    hours = (last - min(seen, default=last)) // 6
    if hours < forecast.ENOUGH:
        return []
    steps = np.array([seen.get(at, [0])[0] for at in range(last - 6 * hours, last)], float)
    usual = np.array([_usual(sensor, last - 6 * ahead) for ahead in range(hours, 0, -1)])
    coming = np.array([_usual(sensor, last + 6 * ahead) for ahead in range(24)])
    return forecast.forecasts(steps.reshape(-1, 6).sum(axis=1), usual, coming)


def _usual(sensor: Sensor, step: int) -> float:
    """Mentions usual in the hour that begins with a step."""
    first = step * STEP * counts.MINUTE
    return between(sensor, first, first + counts.HOUR)


FEWEST_STEPS = 8


def spread(watch: Watch, sensor: Sensor | None, began: datetime, now: datetime) -> forecast.Spread:
    """How fast the rise spreads since shortly before it began, over the last six hours at most.

    By ten minutes, or by two where it is younger than that tells.
    """
    since = max(began - timedelta(minutes=10), now - timedelta(hours=6))
    minutes = STEP if now - since >= FEWEST_STEPS * timedelta(minutes=STEP) else 2
    unit = minutes * counts.MINUTE
    seen = counts.series(watch.pk, since, now + timedelta(milliseconds=1), minutes=minutes)
    # The step that is not over yet would look like a fall.
    steps = range(millis(since) // unit + 1, millis(now) // unit)
    usual = sensor.usual_rate(millis(now)) * unit / MS if sensor and sensor.closed >= 0 else 0.0
    return forecast.spread([seen.get(at, [0])[0] for at in steps], usual, minutes)
