"""The detector: how surprising the last minutes and hours of a count are, given all that came before.

Pure: `memory` in, numbers out; no clock, no table. Time is cut in buckets. A bucket is learnt once, when it closes;
the open end of the series is only looked at, so the way in which posts arrive (one by one or in batches) changes
nothing that is remembered.

The method, for each channel (mentions, negative mentions, sensitive mentions):

- **usual**: level x hour-of-day shape x hour-of-week shape. The level is an exponentially forgotten mean with a
  half-life of three days; shapes are shrunk to 1 by a gamma prior, so that little history says little. What is learnt
  is cut at `usual + 3 sqrt(usual + 1)`: a burst cannot teach the baseline that bursts are normal.
- **surprise** of a window (5 min, 20 min, 1 h, 4 h): signed root of the Poisson deviance of what came against what was
  usual, 2 (O ln(O/E) - (O - E)), divided by sqrt(1 + E/k) where k is how many counts the level rests on (the predictive
  variance of a gamma-Poisson), and by the running scale of that same number over a week (over-dispersion). The largest
  of the four is what rings; their sum over the root of their number (Stouffer's method), where what shows at one scale
  alone weighs half of what shows at all, is calmer and judges a series after the fact (`vigie detect`).
- **blindness**: where twenty posts should have come and none did, a source has failed rather than everybody fallen
  silent: nothing is learnt until the next post, so that the return of the source is no crisis.
- **rarity**: share of remembered surprises, recent ones weighing more (half-life a week), that were as large: an
  empirical, hence conformal, p-value; its tail beyond what was ever seen is exponential. Given as -log10 p. High
  surprises that follow each other are remembered as one (declustering, as for extreme values; Coles, 2001): what a
  limit on rarity then fixes is how many episodes a week may be as rare by chance.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

BUCKET = 300
"""Seconds."""
CHANNELS = ["mentions", "negative", "sensitive"]
WINDOWS = np.array([1, 4, 12, 48], np.int64)
SAID = 6
"""Numbers that `look` says."""
ROOT = 2.0
"""Of the number of windows."""
RING = 64
BINS = 80
STEP = 0.25

# Where things lie in a channel's memory.
_AGE, _LEVEL, _WEIGHT, _SUM, _MASS, _TOTAL, _EVER, _SILENCE, _HIGH_AT, _HIGH_BIN = range(10)
_DAY = 10
_DAY_W = _DAY + 24
_WEEK = _DAY_W + 24
_WEEK_W = _WEEK + 168
_RING = _WEEK_W + 168
_EXPECTED = _RING + RING
_SCALE = _EXPECTED + RING
_HIST = _SCALE + 2 * 4
_TOGETHER = _HIST + BINS
LENGTH = _TOGETHER + BINS

PRIOR = 5.0
HIGH = 3.0
"""From this surprise on what is remembered is the episode, not each of its buckets."""
BLIND = 20.0
"""Posts that should have come while none came: then we could not see, and what was not seen teaches nothing."""
TINY = 1e-12


def fresh(channels: int = len(CHANNELS)) -> Any:
    """Memory of a channel that has seen nothing: channels x LENGTH."""
    return np.zeros((channels, LENGTH), np.float64)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def usual(m: Any, hour: int) -> Any:
    """Expected count of one bucket in this hour of the week (0 = Monday 0 h)."""
    # After years of silence what is remembered fades to nothing: then nothing is known, as at the beginning.
    if m[_WEIGHT] < TINY or m[_MASS] < TINY or m[_SUM] < TINY:
        return 0.0
    mean = m[_SUM] / m[_MASS]
    day = (m[_DAY + hour % 24] + PRIOR) / (mean * m[_DAY_W + hour % 24] + PRIOR)
    week = 1.0
    if m[_AGE] > 14 * m[_TOTAL]:
        week = (m[_WEEK + hour] + PRIOR) / (mean * day * m[_WEEK_W + hour] + PRIOR)
    return (m[_LEVEL] / m[_WEIGHT]) * day * week


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _root_deviance(seen: float, expected: float, support: float) -> Any:
    expected = max(expected, 0.02)
    d = expected - seen
    if seen > 0:
        d += seen * np.log(seen / expected)
    r = np.sqrt(max(2.0 * d, 0.0) / (1.0 + expected / (support + 1.0)))
    return r if seen > expected else -r


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _scale(m: Any, w: int) -> Any:
    prior = max(m[_TOTAL], 1.0)
    return max(1.0, np.sqrt((m[_SCALE + 2 * w] + prior) / (m[_SCALE + 2 * w + 1] + prior)))


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def rarity(m: Any, surprise: float, hist: int = _HIST) -> Any:
    """-log10 of the share of remembered surprises at least as large."""
    if surprise <= 0:
        return 0.0
    total = 0.0
    tail = 0.0
    first = surprise / STEP
    for b in range(BINS):
        weight = m[hist + b]
        total += weight
        if b >= first:
            tail += weight
        elif b + 1 > first:
            tail += weight * (b + 1 - first)
    tail += 0.5 * np.exp(-0.8 * max(surprise - 2.0, 0.0))
    return -np.log10(min(tail / (total + 0.5), 1.0))


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def look(m: Any, open_counts: Any, hours: Any, out: Any) -> None:
    """Surprise of the windows that end with the open buckets.

    `open_counts` and `hours` (n, may be 0) follow the closed buckets. `out` (6) gets: surprise, rarity, window in
    buckets, what came in it, what was usual; then the rarity of all windows together.
    """
    n = open_counts.shape[0]
    age = np.int64(m[_AGE])
    out[:] = 0.0
    out[0] = -9.0
    together = 0.0
    seen = 0.0
    expected = 0.0
    done = 0
    for w in range(WINDOWS.shape[0]):
        size = min(WINDOWS[w], age + n)
        while done < size:
            if done < n:
                seen += open_counts[n - 1 - done]
                expected += usual(m, hours[n - 1 - done])
            else:
                at = (age - 1 - (done - n)) % RING
                seen += m[_RING + at]
                expected += m[_EXPECTED + at]
            done += 1
        s = _root_deviance(seen, expected, m[_LEVEL]) / _scale(m, w)
        together += s
        if s > out[0]:
            out[0], out[2], out[3], out[4] = s, size, seen, expected
    out[1] = rarity(m, out[0])
    out[5] = rarity(m, together / ROOT, _TOGETHER)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def look_all(memory: Any, open_counts: Any, hours: Any, least: float, out: Any) -> bool:
    """`look` at each channel into `out` (channels x 6); whether one is as surprising as `least`."""
    found = False
    for c in range(memory.shape[0]):
        look(memory[c], open_counts[:, c], hours, out[c])
        if out[c, 0] >= least:
            found = True
    return found


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def close(m: Any, count: float, hour: int, per_day: float) -> None:
    """Learn one closed bucket. `per_day` is the number of buckets in a day."""
    m[_TOTAL] = per_day
    age = np.int64(m[_AGE])
    expected = usual(m, hour)
    m[_SILENCE] = m[_SILENCE] + expected if count == 0.0 else 0.0
    blind = m[_SILENCE] > BLIND
    m[_RING + age % RING] = expected if blind else count
    m[_EXPECTED + age % RING] = expected
    m[_AGE] = age + 1
    m[_EVER] += count
    if blind:
        return
    _remember(m, per_day)
    _learn(m, count if age < per_day / 8 else min(count, expected + 3.0 * np.sqrt(expected + 1.0)), hour, per_day)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _learn(m: Any, learnt: float, hour: int, per_day: float) -> None:
    shape = 1.0
    if m[_WEIGHT] > TINY and m[_LEVEL] > TINY:
        shape = max(usual(m, hour) / (m[_LEVEL] / m[_WEIGHT]), 0.05)
    slow = 0.5 ** (1.0 / (3.0 * per_day))
    m[_LEVEL] = m[_LEVEL] * slow + learnt
    m[_WEIGHT] = m[_WEIGHT] * slow + shape
    slower = 0.5 ** (1.0 / (21.0 * per_day))
    m[_SUM] = m[_SUM] * slower + learnt
    m[_MASS] = m[_MASS] * slower + 1.0
    # A cell of a shape is visited one hour in a day (or in a week): it forgets only then.
    day_keep, week_keep = 0.5 ** (24.0 / (21.0 * per_day)), 0.5 ** (168.0 / (56.0 * per_day))
    d = hour % 24
    m[_DAY + d] = m[_DAY + d] * day_keep + learnt
    m[_DAY_W + d] = m[_DAY_W + d] * day_keep + 1.0
    m[_WEEK + hour] = m[_WEEK + hour] * week_keep + learnt
    m[_WEEK_W + hour] = m[_WEEK_W + hour] * week_keep + 1.0


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _keep(m: Any, best: float, per_day: float) -> None:
    """Add a surprise to those remembered. High ones that follow each other within half a day are one, the highest."""
    place = min(max(int(best / STEP), 0), BINS - 1)
    if best < HIGH:
        m[_HIST + place] += 1.0
        return
    age = m[_AGE]
    if m[_HIGH_AT] > 0 and age - m[_HIGH_AT] < per_day / 2:
        before = np.int64(m[_HIGH_BIN])
        if place > before:
            m[_HIST + before] = max(m[_HIST + before] - 1.0, 0.0)
            m[_HIST + place] += 1.0
            m[_HIGH_BIN] = place
    else:
        m[_HIST + place] += 1.0
        m[_HIGH_BIN] = place
    m[_HIGH_AT] = age


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _remember(m: Any, per_day: float) -> None:
    week = 0.5 ** (1.0 / (7.0 * per_day))
    age = np.int64(m[_AGE])
    best = -9.0
    together = 0.0
    seen = 0.0
    expected = 0.0
    done = 0
    for w in range(WINDOWS.shape[0]):
        size = min(WINDOWS[w], age)
        while done < size:
            seen += m[_RING + (age - 1 - done) % RING]
            expected += m[_EXPECTED + (age - 1 - done) % RING]
            done += 1
        r = _root_deviance(seen, expected, m[_LEVEL])
        scale = _scale(m, w)
        best = max(best, r / scale)
        together += r / scale
        cut = min(max(r, -4.0 * scale), 4.0 * scale)
        m[_SCALE + 2 * w] = m[_SCALE + 2 * w] * week + cut * cut
        m[_SCALE + 2 * w + 1] = m[_SCALE + 2 * w + 1] * week + 1.0
    for b in range(BINS):
        m[_HIST + b] *= week
        m[_TOGETHER + b] *= week
    _keep(m, best, per_day)
    m[_TOGETHER + min(max(int(together / ROOT / STEP), 0), BINS - 1)] += 1.0


NOTHING = np.zeros(0), np.zeros(0, np.int64)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def advance(memory: Any, counts: Any, hours: Any, per_day: float, out: Any) -> None:
    """Close n buckets of all channels in a row: `counts` (n x channels), `hours` (n).

    `out` (n x channels x 6) gets what `look` would have said at the end of each bucket, before it was learnt; pass an
    array of no rows to leave that out.
    """
    room = np.empty(SAID)
    wanted = out.shape[0] > 0
    for i in range(counts.shape[0]):
        for c in range(counts.shape[1]):
            if wanted:
                look(memory[c], counts[i : i + 1, c], hours[i : i + 1], room)
                out[i, c] = room
            close(memory[c], counts[i, c], hours[i], per_day)


UNWANTED = np.zeros((0, 0, SAID))


def age(memory: Any) -> int:
    """Closed buckets so far."""
    return int(memory[0, _AGE])


def ever(memory: Any) -> float:
    """Mentions learnt so far."""
    return float(memory[0, _EVER])


def usual_of(memory: Any, channel: int, hour: int) -> float:
    """Expected count of one bucket of a channel in this hour of the week."""
    return float(usual(memory[channel], hour))
