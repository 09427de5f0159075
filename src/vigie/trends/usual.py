"""What is usual for a watch between two moments, from what its detectors have learnt."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from vigie.lib.times import millis
from vigie.people.models import Organisation

from . import detector
from .models import DetectorState
from .sensor import MS, Sensor

ENOUGH = 20
"""Mentions that must have been seen before anything is said to be usual."""


def sensors(organisation: Organisation, watches: Iterable[int]) -> dict[int, Sensor]:
    """What detectors know of these watches."""
    states = DetectorState.objects.of(organisation).filter(watch__in=list(watches))
    return {s.watch_id: Sensor.load(organisation.calendar, s.closed, bytes(s.memory), bytes(s.heard)) for s in states}


def expected(sensor: Sensor | None, since: datetime, until: datetime) -> float | None:
    """Mentions usual between two moments, None with too little history."""
    if sensor is None or sensor.closed < 0 or detector.ever(sensor.memory) < ENOUGH:
        return None
    return between(sensor, millis(since), millis(until))


def between(sensor: Sensor, first_ms: int, last_ms: int) -> float:
    """Mentions usual between two moments in milliseconds, looked at every half hour."""
    return sum(sensor.usual_rate(b * MS) for b in range(first_ms // MS, last_ms // MS, 6)) * 6
