"""Forecast and spread of one watch, from what is stored."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np

from vigie.lib.times import millis
from vigie.watches.models import Watch

from . import counts, forecast
from .sensor import MS, Sensor

PAST = timedelta(days=28)


def forecasts(watch: Watch, sensor: Sensor | None, now: datetime) -> list[forecast.Forecast]:
    """What the next 1, 3, 6 and 24 hours may bring; empty where too little is known."""
    if sensor is None or sensor.closed < 0:
        return []
    seen = counts.series(watch.pk, now - PAST, now, minutes=60)
    last = millis(now) // counts.HOUR
    if not seen:
        return []
    first = min(seen)
    past = np.array([seen.get(hour, [0])[0] for hour in range(first, last)], float)
    usual = np.array([_usual(sensor, hour) for hour in range(first, last)])
    coming = np.array([_usual(sensor, last + ahead) for ahead in range(24)])
    return forecast.forecasts(past, usual, coming)


def _usual(sensor: Sensor, hour: int) -> float:
    return sensor.usual_rate(hour * counts.HOUR) * counts.HOUR / MS


def spread(watch: Watch, sensor: Sensor | None, began: datetime, now: datetime) -> forecast.Spread:
    """How fast the rise spreads, by ten minutes since shortly before it began, over the last six hours at most."""
    since = max(began - timedelta(minutes=20), now - timedelta(hours=6))
    seen = counts.series(watch.pk, since, now + timedelta(milliseconds=1), minutes=10)
    unit = 10 * counts.MINUTE
    # The step that is not over yet would look like a fall.
    steps = range(millis(since) // unit + 1, millis(now) // unit)
    usual = sensor.usual_rate(millis(now)) * unit / MS if sensor and sensor.closed >= 0 else 0.0
    return forecast.spread([seen.get(at, [0])[0] for at in steps], usual)
