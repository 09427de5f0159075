"""From what detectors show to whether to ring, how loud, and why: pure, and the same live, replayed and back-tested."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from . import episodes
from .sensor import Reading, Shown, Signal

ENOUGH_HOURS, ENOUGH_MENTIONS = 3, 10
FULL_HISTORY_HOURS = 14 * 24
BUDGET = {"fewer": 1.0, "balanced": 2.0, "more": 8.0}
"""Alerts a calm week that a sensitivity may ring on a watch, at most; watches that speak seldom ring seldomer."""
FLOOR = {"fewer": 3.5, "balanced": 3.0, "more": episodes.FLOOR}
"""The least surprise that rings, however rare: the rarest of a month of hardly anything is still hardly anything."""
BESIDE = 0.3
"""Of rarity: what is so little less rare than the rarest is told with it."""


def rarity_for(alerts_a_week: float) -> float:
    """The rarity (-log10 of episodes a week) that a budget asks for.

    >>> rarity_for(1), rarity_for(0.1)
    (-0.0, 1.0)
    """
    return -math.log10(alerts_a_week)


def widening(history_hours: float) -> float:
    """By how much the limit on rarity is raised while history is short: by almost ten times at the start.

    >>> round(widening(3), 2), widening(14 * 24)
    (0.91, 0.0)
    """
    return max(0.0, 1.0 - math.sqrt(history_hours / FULL_HISTORY_HOURS))


def over(reading: Reading, sensitivity: str, tilt: float = 1.0) -> list[Shown]:
    """The kinds of episode that make a watch rarer than its budget allows, most surprising first.

    `tilt` multiplies the budget.
    """
    if reading.history_hours < ENOUGH_HOURS or reading.history_mentions < ENOUGH_MENTIONS:
        return []
    if reading.rarity < rarity_for(BUDGET[sensitivity] * tilt) + widening(reading.history_hours):
        return []
    found = [one for one in reading.shown if one.surprise >= FLOOR[sensitivity]]
    rarest = max((one.rarity for one in found), default=0.0)
    found = [one for one in found if one.rarity >= rarest - BESIDE]
    return sorted(found, key=lambda one: -one.surprise)


SWOLLEN = 1.7
"""An episode rings again when it has become so many times as surprising as it was."""
APART = 60.0
"""Minutes between two rings for different reasons: what begins together is one alert."""


@dataclass
class Ringing:
    """Which kinds of episode have rung and are not over: each rings once, and again when it swells. In minutes."""

    until: dict[str, float] = field(default_factory=dict)
    rung: dict[str, float] = field(default_factory=dict)
    last: float = -math.inf

    def due(self, at: float, found: list[Shown], quiet: float) -> list[Shown]:
        """Those that begin, or have swollen; the others that are over their limit go on with their episode."""
        return [one for one in found if self._begins(one, at, quiet)]

    def _begins(self, one: Shown, at: float, quiet: float) -> bool:
        going_on = at < self.until.get(one.kind, -math.inf)
        # Quiet time counts from the end of what is abnormal.
        self.until[one.kind] = at + quiet
        if going_on and one.surprise < max(self.rung[one.kind], 3.0) * SWOLLEN:
            return False
        self.rung[one.kind] = one.surprise
        return True

    def apart(self, at: float) -> bool:
        """Whether the last ring is long enough ago for another one at the same level."""
        return at - self.last >= APART

    def take_back(self, found: list[Shown]) -> None:
        """Nothing rang after all: what comes next is looked at anew."""
        for one in found:
            self.until.pop(one.kind, None)

    def over_at(self) -> float:
        """When the last of the episodes that are going on is over."""
        return max(self.until.values(), default=-math.inf)

    @classmethod
    def resumed(cls, until: float, last: float, surprise: float) -> Ringing:
        """As it stood after an alert that is stored."""
        return cls(dict.fromkeys(episodes.KINDS, until), dict.fromkeys(episodes.KINDS, surprise), last)


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
    texts: bool = True
    """Whether what was said is known: some exports hold times alone."""


@dataclass(frozen=True)
class Component:
    """A part of the score: how many points of how many."""

    name: str
    points: float
    most: int


def components(signals: dict[str, Signal], numbers: Numbers) -> list[Component]:
    """The arithmetic of the score; the sum of the points, rounded, is the score.

    Where nothing is known of what was said, or of who was reached, the parts that are known share its points.
    """
    loudest = max((s.surprise for s in signals.values()), default=0.0)
    beyond = max(numbers.mentions - numbers.usual_mentions, 0.0)
    share = numbers.negative / numbers.mentions if numbers.mentions else 0.0
    turn = share - (numbers.usual_share if numbers.usual_share is not None else 0.3)
    trust = min(numbers.mentions / 10, 1.0)
    shares = {
        "abnormality": (40, 1 - 2 ** (-max(loudest, 0) / 7)),
        "size": (20, min(1.0, math.log10(1 + beyond) / 3)),
        "tone": (20, min(max(turn / 0.5, 0.0), 1.0) * trust),
        "reach": (10, min(1.0, math.log10(1 + numbers.audience / 1000) / 4)),
        "sensitive": (10, min(numbers.sensitive / 5, 1.0)),
    }
    unknown = ({"reach"} if not numbers.audience else set()) | ({"tone", "sensitive"} if not numbers.texts else set())
    known = {name: share for name, share in shares.items() if name not in unknown}
    whole = sum(most for most, _ in known.values()) / 100
    return [
        Component(name, round(most / whole * share, 1), round(most / whole)) for name, (most, share) in known.items()
    ]


ORANGE, RED = 50, 75


LOUD_RARITY = 1.0
"""An alert is loud only where something as rare comes once in ten weeks at most."""


def level(score: int, rarity: float = 9.0) -> str:
    """Yellow, orange or red by its consequence; what is not rare here is never loud."""
    if rarity < LOUD_RARITY:
        return "yellow"
    return "red" if score >= RED else "orange" if score >= ORANGE else "yellow"
