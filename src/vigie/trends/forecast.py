"""What the next hours may bring: mentions in 1, 3, 6 and 24 hours, with an interval whose coverage is measured.

The expected count is what is usual in these hours plus a multiple of what the last hour held beyond its own usual; the
multiple, of what stands out by more than chance, is what it has been in this watch's past (least squares towards a
prior). The interval comes from the past errors of these very forecasts on the scale of square roots, where counts have
an even spread: the quantiles that would have held four times out of five, moved a little after each miss and each hit
(adaptive conformal inference; Gibbs and Candès, 2021). Coverage is how often they did hold.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

HORIZONS = [1, 3, 6, 24]
"""Hours."""
COVERED = 0.8
STEP = 0.02
"""How much a miss or a hit moves the level of the quantiles."""
MEMORY = 24 * 28
"""Errors remembered: four weeks."""
EVERY = 6
"""Trials between two looks at the quantiles, which hardly move."""
ENOUGH = 72
"""Hours of history before anything is forecast, and errors before an interval is given."""
PRIOR = {1: 0.7, 3: 1.5, 6: 2.2, 24: 3.5}
"""How many times the last hour's excess follows in so many hours, before a watch has shown its own."""
WEIGHT = 60.0
"""What the prior is worth: as much as a burst of so many squared mentions, times the usual of an hour."""


@dataclass(frozen=True)
class Forecast:
    """Mentions in the next `hours`: expected, an interval, how often such intervals held, and over how many trials."""

    hours: int
    expected: float
    low: float
    high: float
    coverage: float
    trials: int


def _root(values: Any) -> Any:
    return np.sqrt(np.maximum(values, 0.0) + 0.25)


class _Interval:
    """Quantiles of past errors whose level follows their own misses."""

    def __init__(self) -> None:
        self.errors: list[float] = []
        self.miss = 1.0 - COVERED
        self.held = self.trials = 0
        self.low = self.high = 0.0

    def ends(self) -> tuple[float, float]:
        tail = min(max(self.miss, 0.002), 0.9) / 2
        low, high = np.quantile(self.errors[-MEMORY:], [tail, 1 - tail])
        return float(low), float(high)

    def learn(self, error: float) -> None:
        if len(self.errors) >= ENOUGH:
            if self.trials % EVERY == 0:
                self.low, self.high = self.ends()
            held = self.low <= error <= self.high
            self.held += held
            self.trials += 1
            self.miss += STEP * ((1.0 - COVERED) - (not held))
        self.errors.append(error)


def forecasts(counts: Any, usual: Any, coming: Any) -> list[Forecast]:
    """From counts of past hours (n), what was usual in them (n) and what is in the 24 hours to come (24).

    Empty with less than three days of history. Each trial uses only what was known at its hour.
    """
    counts, usual = np.asarray(counts, float), np.asarray(usual, float)
    if len(counts) < ENOUGH:
        return []
    # Only what stands out goes on: what chance adds to one hour says nothing of the next.
    excess = np.maximum(counts - usual - 2 * np.sqrt(usual + 1), 0.0)
    return [_one(hours, counts, usual, excess, np.asarray(coming, float)) for hours in HORIZONS]


def _one(hours: int, counts: Any, usual: Any, excess: Any, coming: Any) -> Forecast:
    sums, normal = np.concatenate([[0.0], np.cumsum(counts)]), np.concatenate([[0.0], np.cumsum(usual)])
    n = len(counts)
    square = WEIGHT * (1.0 + float(usual.mean()))
    cross = PRIOR[hours] * square
    interval = _Interval()
    # The forecast made after hour t is judged, and learnt from, when its last hour has passed.
    for t in range(n - hours):
        ahead, expected_ahead = sums[t + 1 + hours] - sums[t + 1], normal[t + 1 + hours] - normal[t + 1]
        expected = max(expected_ahead + cross / square * excess[t], 0.0)
        if t >= 24:
            interval.learn(float(_root(ahead) - _root(expected)))
        if excess[t] > 0:
            cross += excess[t] * (ahead - expected_ahead)
            square += excess[t] ** 2
    expected = max(float(coming[:hours].sum()) + cross / square * float(excess[-1]), 0.0)
    low, high = interval.ends() if len(interval.errors) >= ENOUGH else (-1.3, 1.3)
    middle = float(_root(expected))
    ends = [max((middle + end), 0.5) ** 2 - 0.25 for end in (low, high)]
    coverage = interval.held / interval.trials if interval.trials else math.nan
    return Forecast(
        hours, round(expected, 1), round(ends[0], 1), round(ends[1], 1), round(coverage, 3), interval.trials
    )


@dataclass(frozen=True)
class Spread:
    """How fast it spreads: minutes to double (None when it does not grow) and the reproduction number."""

    doubling_minutes: float | None
    reproduction: float | None


SERIAL_MINUTES = 20.0
"""Mean time from a post to those that it brings about: half of reshares come within twenty minutes to an hour."""


def spread(counts: Any, usual: Any, minutes: int = 10) -> Spread:
    """From counts of equal steps of the rise (oldest first) and what is usual in a step.

    Doubling: slope of the logarithm of the excess over the last six steps. Reproduction number: what came in the last
    three steps over what those before would bring about, an exponential delay of twenty minutes (Cori et al., 2013).

    >>> spread([1, 2, 4, 8, 16, 32], 0, 10).doubling_minutes
    10.0
    """
    beyond = np.maximum(np.asarray(counts, float) - usual, 0.0)
    if len(beyond) < 4 or beyond.sum() < 5:
        return Spread(None, None)
    last = beyond[-6:]
    slope = float(np.polyfit(np.arange(len(last)), np.log(last + 0.5 if (last == 0).any() else last), 1)[0])
    doubling = round(minutes * math.log(2) / slope, 1) if slope > 0.01 else None
    weights = np.exp(-np.arange(1, len(beyond) + 1) * minutes / SERIAL_MINUTES)
    weights /= weights.sum()
    pressure = [float((beyond[:t][::-1] * weights[:t]).sum()) for t in range(len(beyond))]
    brought, came = sum(pressure[-3:]), float(beyond[-3:].sum())
    # Before the mean delay is over hardly any answer can have come: the number would be enormous and mean nothing.
    young = (len(beyond) - int(np.argmax(beyond > 0))) * minutes < SERIAL_MINUTES
    return Spread(doubling, None if young else round((came + 1) / (brought + 1), 2))
