"""Slow burns: what rises a little every day for a month, and no single hour shows.

The counts of thirty whole days, each divided by what its weekday usually weighs, are tested for a trend by ranks (Mann,
1945; Kendall, 1975), which neither bursts nor the shape of the rise disturb; how fast it rises is the median of the
slopes between all pairs of days (Theil, 1950; Sen, 1968).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

DAYS = 30
FEWEST = 60
"""Posts in these days: below, a trend is a handful of people."""
CHANCE = 0.001
TIMES = 1.5
"""How many times more at the end than at the beginning, along the median slope."""


@dataclass(frozen=True)
class Burn:
    """How many times more at the end than at the beginning of so many days, and the chance of such a trend."""

    days: int
    times: float
    chance: float


def _by_weekday(counts: Any) -> Any:
    """Counts without the rhythm of the week; the last count is of any weekday, the others follow."""
    factors = np.ones(len(counts))
    mean = max(float(counts.mean()), 1e-9)
    for day in range(7):
        places = np.arange(len(counts)) % 7 == day
        # Shrunk to 1: four or five days say little of a weekday.
        factors[places] = (counts[places].sum() + 5 * mean) / (mean * (places.sum() + 5))
    return counts / factors


def slow_burn(days: Sequence[float]) -> Burn | None:
    """The slow rise of daily counts (oldest first, at least thirty), None where there is none.

    >>> slow_burn([10] * 30) is None
    True
    >>> slow_burn([4 + n for n in range(30)]).times > 3
    True
    """
    counts = np.asarray(days[-DAYS:], float)
    if len(counts) < DAYS or counts.sum() < FEWEST:
        return None
    level = _by_weekday(counts)
    first, last = np.triu_indices(DAYS, 1)
    signs = np.sign(level[last] - level[first])
    score = float(signs.sum())
    spread = math.sqrt(DAYS * (DAYS - 1) * (2 * DAYS + 5) / 18)
    chance = 0.5 * math.erfc(max(score - 1, 0.0) / spread / math.sqrt(2))
    slope = float(np.median((level[last] - level[first]) / (last - first)))
    middle = float(np.median(level))
    begin = max(middle - slope * (DAYS - 1) / 2, middle / 10, 1e-9)
    times = (middle + slope * (DAYS - 1) / 2) / begin
    return Burn(DAYS, round(times, 1), chance) if chance <= CHANCE and times >= TIMES else None
