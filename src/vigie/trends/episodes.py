"""How rare a surprise is on its own watch: how many times a week something as high came, by what this watch remembers.

Each kind of surprise (fast, slow, subject, tone, voices) has a memory of its own: the highest of each stretch of
twelve hours (36 for what is slow), so that what goes on is counted once however busy the watch is (block maxima, as
for extreme values; Coles, 2001); older ones weigh less (half-life eight weeks). The rate of stretches at least as
high is the mean of a gamma-Poisson: what was remembered, plus a prior of six weeks in which one stretch a week
reaches 3, and three times fewer each unit higher. A watch that is stirred every week thus has a higher bar than one
that never is, and one that is new has the bar of everybody.

Five kinds ring oftener than one. How rare the rarest of them is, is therefore remembered in the same way, as a surprise
of its own; what that memory says is what a budget of alerts a week is held against.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

KINDS = ("fast", "slow", "subject", "tone", "voices")
ALL = len(KINDS)
"""Where all kinds together are remembered: by how rare the rarest of them was."""
FLOOR = 2.0
"""The least surprise that may ring, however rare: below it nothing happened."""
STRETCH = np.array([12.0, 36.0, 12.0, 36.0, 36.0, 12.0])
"""Hours of which the highest surprise is remembered: what is slow lasts longer."""
HIGH = 1.5
"""From this surprise on it is remembered."""
BINS, STEP = 80, 0.25
_WEEKS, _PASSED, _PEAK = range(BINS, BINS + 3)
"""Weeks remembered; buckets of the present stretch that have passed, and one more than the bin of its highest."""
LENGTH = BINS + 3
HALF_LIFE = 56.0
"""Days."""
PRIOR_WEEKS = 6.0
FIRST_DAYS = 2.0
"""Of a watch: while nothing is usual yet, everything surprises, and none of it is remembered."""
RAREST = 30.0
FALL = 0.5
"""Of the logarithm (base 10) of the prior's rate for each unit of surprise."""


def fresh() -> Any:
    """A memory of no episode: (kinds, and all together) x LENGTH."""
    return np.zeros((len(KINDS) + 1, LENGTH), np.float64)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def rarity(e: Any, surprise: float) -> Any:
    """-log10 of the stretches a week that are at least as surprising: 0 for one a week, 1 for one in ten."""
    if surprise < HIGH:
        return -9.0
    first, seen = surprise / STEP, 0.0
    for b in range(BINS):
        if b >= first:
            seen += e[b]
        elif b + 1 > first:
            seen += e[b] * (b + 1 - first)
    prior = 10.0 ** (-FALL * (surprise - 3.0))
    return -np.log10(max((seen + PRIOR_WEEKS * prior) / (e[_WEEKS] + PRIOR_WEEKS), 10.0**-RAREST))


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def together(e: Any, surprises: Any) -> Any:
    """The rarest of all kinds as a surprise of its own: 3 for once a week, two more for each ten times rarer."""
    best = -9.0
    for k in range(ALL):
        if surprises[k] >= FLOOR:
            best = max(best, rarity(e[k], surprises[k]))
    return 3.0 + 2.0 * best if best > -9.0 else 0.0


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def remember(e: Any, surprise: float, hours: float, per_day: float) -> None:
    """The end of a bucket: time passes, and at the end of a stretch its highest surprise is remembered."""
    keep = 0.5 ** (1.0 / (HALF_LIFE * per_day))
    for b in range(BINS):
        e[b] *= keep
    e[_WEEKS] = e[_WEEKS] * keep + 1.0 / (7.0 * per_day)
    if surprise >= HIGH:
        e[_PEAK] = max(e[_PEAK], min(surprise / STEP, BINS - 1.0) + 1.0)
    e[_PASSED] += 1
    if e[_PASSED] >= hours * per_day / 24:
        if e[_PEAK] > 0:
            e[np.int64(e[_PEAK]) - 1] += 1.0
        e[_PASSED] = e[_PEAK] = 0.0
