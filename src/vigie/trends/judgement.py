"""From what detectors show to whether to ring, how loud, and why: pure, and the same live, replayed and back-tested."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .sensor import PER_DAY, Reading, Signal

ENOUGH_HOURS, ENOUGH_MENTIONS = 3, 10
FULL_HISTORY_HOURS = 14 * 24


@dataclass(frozen=True)
class Limits:
    """What a signal must reach: surprise, rarity (-log10 p), and posts in the window."""

    surprise: float
    rarity: float
    posts: int


BUDGET = {"fewer": 7 / 30, "balanced": 1.0, "more": 7.0}
"""How many episodes a week may be as rare by chance: one a month, a week, a day."""
A_WEEK = 7 * PER_DAY
"""Buckets."""


def rarity_for(episodes_a_week: float) -> float:
    """The rarity (-log10 of a share of buckets) that so many episodes a week reach: one counted bucket an episode.

    >>> round(rarity_for(1), 2), round(rarity_for(7), 2)
    (3.3, 2.46)
    """
    return math.log10(A_WEEK / episodes_a_week)


LIMITS = {
    "fewer": Limits(6.5, rarity_for(BUDGET["fewer"]), 8),
    "balanced": Limits(5.0, rarity_for(BUDGET["balanced"]), 5),
    "more": Limits(3.8, rarity_for(BUDGET["more"]), 4),
}
FEWEST = {"mentions": 1.0, "negative": 0.8, "sensitive": 0.6}
"""A channel of rarer posts needs fewer of them."""


def widening(history_hours: float) -> float:
    """By how much the limit on surprise is raised while history is short: half as much again at the start.

    >>> round(widening(3), 2), widening(14 * 24)
    (1.45, 1.0)
    """
    return 1.0 + 0.5 * max(0.0, 1.0 - math.sqrt(history_hours / FULL_HISTORY_HOURS))


def rings(reading: Reading, sensitivity: str) -> list[str]:
    """The channels that ring, most surprising first."""
    if reading.history_hours < ENOUGH_HOURS or reading.history_mentions < ENOUGH_MENTIONS:
        return []
    limits = LIMITS[sensitivity]
    bar = limits.surprise * widening(reading.history_hours)
    found = [
        (signal.surprise, name)
        for name, signal in reading.signals.items()
        if signal.surprise >= bar
        and signal.rarity >= limits.rarity
        and signal.seen >= limits.posts * FEWEST[name]
        and signal.seen >= 2 * signal.usual
    ]
    return [name for _, name in sorted(found, reverse=True)]


@dataclass(frozen=True)
class Numbers:
    """What else the level rests on: sums since the beginning of the rise."""

    mentions: int
    negative: int
    usual_mentions: float
    usual_share: float | None
    audience: int
    sensitive: int
    influential: int
    minutes: float


@dataclass(frozen=True)
class Component:
    """A part of the score: how many points of how many."""

    name: str
    points: float
    most: int


def components(signals: dict[str, Signal], numbers: Numbers) -> list[Component]:
    """The arithmetic of the score; the sum of the points, rounded, is the score."""
    loudest = max((s.surprise for s in signals.values()), default=0.0)
    beyond = max(numbers.mentions - numbers.usual_mentions, 0.0)
    share = numbers.negative / numbers.mentions if numbers.mentions else 0.0
    turn = share - (numbers.usual_share if numbers.usual_share is not None else 0.3)
    trust = min(numbers.mentions / 10, 1.0)
    return [
        Component("abnormality", round(40 * (1 - 2 ** (-max(loudest, 0) / 7)), 1), 40),
        Component("size", round(20 * min(1.0, math.log10(1 + beyond) / 3), 1), 20),
        Component("tone", round(20 * min(max(turn / 0.5, 0.0), 1.0) * trust, 1), 20),
        Component("reach", round(10 * min(1.0, math.log10(1 + numbers.audience / 1000) / 4), 1), 10),
        Component("sensitive", round(10 * min(numbers.sensitive / 5, 1.0), 1), 10),
    ]


ORANGE, RED = 50, 75


def level(score: int) -> str:
    return "red" if score >= RED else "orange" if score >= ORANGE else "yellow"
