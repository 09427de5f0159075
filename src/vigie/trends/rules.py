"""The documented alert rules of known tools, written from their public description, to stand beside our own detector.

Each looks at the counts of posts alone, when its tool looks, and says whether it would ring. What a description leaves
open (how many posts at least, how many times the mean) is chosen in the tool's favour: enough posts that it does not
ring for two, and no more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

FIVE = 300
HOUR, DAY = 12, 288
"""In buckets of five minutes."""
FEWEST = 5
QUIET = timedelta(hours=6)
"""Rings of one rule that follow each other within so long are one alert, for every rule."""


@dataclass(frozen=True)
class Rule:
    """A rule: its name, how often it looks (buckets), the past that it needs (buckets), and whether it rings.

    `rings` is given the running sums of the counts and a place i: the count of buckets a to b is sums[b] - sums[a].
    """

    name: str
    every: int
    past: int
    rings: Callable[[Any, int], bool]


def _deviation(k: float) -> Callable[[Any, int], bool]:
    def rings(sums: Any, i: int) -> bool:
        days = [sums[i - d * DAY] - sums[i - (d + 1) * DAY] for d in range(1, 8)]
        last = sums[i] - sums[i - DAY]
        return bool(last >= FEWEST and last > np.mean(days) + k * np.std(days))

    return rings


def _hour_over_twelve(times: float) -> Callable[[Any, int], bool]:
    def rings(sums: Any, i: int) -> bool:
        last, before = sums[i] - sums[i - HOUR], sums[i - HOUR] - sums[i - 13 * HOUR]
        return bool(last >= FEWEST and last > times * before / 12)

    return rings


def _hour_over_week(times: float) -> Callable[[Any, int], bool]:
    def rings(sums: Any, i: int) -> bool:
        last, before = sums[i] - sums[i - HOUR], sums[i - HOUR] - sums[i - HOUR - 7 * DAY]
        return bool(last >= FEWEST and last > times * before / 168)

    return rings


def _ten_minutes_over(times: float) -> Callable[[Any, int], bool]:
    def rings(sums: Any, i: int) -> bool:
        last, before = sums[i] - sums[i - 2], sums[i - 2] - sums[i - 2 - 6 * HOUR]
        return bool(last >= FEWEST and last >= times * before / 36)

    return rings


@dataclass(frozen=True)
class Family:
    """A rule whose factor is left open: what its tool's user may set."""

    name: str
    every: int
    past: int
    rings: Callable[[float], Callable[[Any, int], bool]]

    def at(self, factor: float) -> Rule:
        return Rule(f"{self.name}, {factor:g}", self.every, self.past, self.rings(factor))


FAMILIES = [
    Family("24 h above the 7-day mean + k σ (Socialmetrix)", HOUR, 8 * DAY, _deviation),
    Family("hour k × the 12 h before (Meltwater)", HOUR, 13 * HOUR, _hour_over_twelve),
    Family("hour k × the 7-day mean, every 5 min (CisionOne)", 1, 7 * DAY + HOUR, _hour_over_week),
    Family("10 min k × 6 h (MutualMind)", 2, 6 * HOUR + 2, _ten_minutes_over),
    Family("hour k × the 7-day mean, hourly (Axur)", HOUR, 7 * DAY + HOUR, _hour_over_week),
]
"""The rules with their factor free, so that each may be given the setting that does best."""

RULES = [
    Rule("last 24 h above the 7-day mean + 1.5 σ, hourly (Socialmetrix)", HOUR, 8 * DAY, _deviation(1.5)),
    Rule("last 24 h above the 7-day mean + 2 σ, hourly (Socialmetrix)", HOUR, 8 * DAY, _deviation(2)),
    Rule("last 24 h above the 7-day mean + 3 σ, hourly (Socialmetrix)", HOUR, 8 * DAY, _deviation(3)),
    Rule("last hour twice the mean of the 12 h before, hourly (Meltwater)", HOUR, 13 * HOUR, _hour_over_twelve(2)),
    Rule("last hour twice the 7-day mean, every 5 min (CisionOne)", 1, 7 * DAY + HOUR, _hour_over_week(2)),
    Rule("10 minutes twice the mean of 6 h, every 10 min (MutualMind)", 2, 6 * HOUR + 2, _ten_minutes_over(2)),
    Rule("last hour 300 % of the 7-day hourly mean, hourly (Axur)", HOUR, 7 * DAY + HOUR, _hour_over_week(3)),
]


def alerts(rule: Rule, moments: Sequence[datetime]) -> list[datetime]:
    """When a rule would have rung, on the moments of posts in order: the first ring of each alert."""
    if not moments:
        return []
    first = int(moments[0].timestamp()) // FIVE
    places = np.array([int(m.timestamp()) // FIVE - first for m in moments])
    sums = np.concatenate([[0], np.cumsum(np.bincount(places, minlength=int(places[-1]) + 1))])
    rung: list[datetime] = []
    last: datetime | None = None
    start = -(-max(rule.past, 1) // rule.every) * rule.every
    for i in range(start, len(sums), rule.every):
        if rule.rings(sums, i):
            at = datetime.fromtimestamp((first + i) * FIVE, UTC)
            if last is None or at - last > QUIET:
                rung.append(at)
            last = at
    return rung


@dataclass(frozen=True)
class Row:
    """How a rule did: its alerts, minutes from each event to its alert (None where none came), false alerts a week."""

    name: str
    alerts: list[datetime]
    delays: list[float | None]
    false_a_week: float


WITHIN = timedelta(hours=24)
EARLY = timedelta(minutes=5)


def judged(name: str, rung: list[datetime], events: Sequence[datetime], weeks: float) -> Row:
    """A ring within a day of an event (or five minutes before) answers it; alerts that answer none are false.

    Rings that follow each other within QUIET are one alert, for our own as for every rule.
    """
    delays: list[float | None] = []
    answering: set[datetime] = set()
    for event in events:
        near = [at for at in rung if event - EARLY <= at <= event + WITHIN]
        answering.update(near)
        delays.append(round((near[0] - event).total_seconds() / 60, 1) if near else None)
    false = sum(not answering & set(episode) for episode in _episodes(rung))
    return Row(name, rung, delays, round(false / max(weeks, 1 / 7), 2))


def _episodes(rung: Sequence[datetime]) -> list[list[datetime]]:
    found: list[list[datetime]] = []
    for at in sorted(rung):
        if found and at - found[-1][-1] <= QUIET:
            found[-1].append(at)
        else:
            found.append([at])
    return found
