"""The detector of counts: how surprising the last minutes, hours and days are, given all that came before.

Pure: `memory` in, numbers out; no clock, no table. Time is cut in buckets. A bucket is learnt once, when it closes;
the open end of the series is only looked at, so the way in which posts arrive (one by one or in batches) changes
nothing that is remembered.

The method, for each channel (mentions, negative mentions, sensitive mentions):

- **usual**: level x hour-of-day shape x hour-of-week shape. The level is an exponentially forgotten mean with a
  half-life of three days; shapes are shrunk to 1 by a gamma prior, so that little history says little. What is learnt
  is cut at `usual + max(3, scale) sqrt(usual + 1)`: a burst cannot teach the baseline that bursts are normal.
- **surprise** of a window: signed root of the Poisson deviance of what came against what was usual,
  2 (O ln(O/E) - (O - E)), divided by sqrt(1 + E/k) where k is how many counts the level rests on (the predictive
  variance of a gamma-Poisson), and by the running scale of that same number (over-dispersion).
- **two kinds of window**. Fast ones (5 min, 20 min, 1 h, 4 h) are held against the level of the moment. Slow ones
  (12 h, 24 h, 72 h) are held against a level of seven days as it stood when they began: what doubles for a day and a
  half must not teach the usual by which it is judged. The largest of each kind is what it shows.
- **blindness**: where twenty posts should have come and none did, a source has failed rather than everybody fallen
  silent: nothing is learnt until the next post, so that the return of the source is no crisis.

How rare a surprise is, is for `episodes` to say. The sum of the fast windows over the root of their number (Stouffer's
method), where what shows at one scale alone weighs half of what shows at all, judges a series after the fact
(`vigie detect`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from . import episodes

BUCKET = 300
"""Seconds."""
CHANNELS = ["mentions", "negative", "sensitive"]
FAST = np.array([1, 4, 12, 48], np.int64)
"""Buckets."""
SLOW = np.array([12, 24, 72], np.int64)
"""Hours; the last one is the present one, not over yet."""
WINDOWS = len(FAST) + len(SLOW)
FEWEST = np.array([4.0, 3.0, 3.0])
"""Posts of each channel that a window must hold: a channel of rarer posts needs fewer."""
RATIO = 1.3
"""Times the usual that a window must hold: less is no news to anybody, however sure it is."""
SAID = 9
"""Numbers that `look` says."""
ROOT = 2.0
"""Of the number of fast windows."""
RING = 64
HOURS = 80
BINS = 80
STEP = 0.25

# Where things lie in a channel's memory.
_AGE, _LEVEL, _WEIGHT, _SUM, _MASS, _TOTAL, _EVER, _SILENCE = range(8)
_LONG, _LONG_W, _CLOSED, _IN_HOUR, _HOUR_SEEN, _HOUR_SHAPE = range(8, 14)
_DAY = 14
_DAY_W = _DAY + 24
_WEEK = _DAY_W + 24
_WEEK_W = _WEEK + 168
_RING = _WEEK_W + 168
_EXPECTED = _RING + RING
_SEEN_H = _EXPECTED + RING
_SHAPE_H = _SEEN_H + HOURS
_LEVEL_H = _SHAPE_H + HOURS
_SUPPORT_H = _LEVEL_H + HOURS
_SCALE = _SUPPORT_H + HOURS
_TOGETHER = _SCALE + 2 * WINDOWS
LENGTH = _TOGETHER + BINS

PRIOR = 5.0
BLIND = 20.0
"""Posts that should have come while none came: then we could not see, and what was not seen teaches nothing."""
TINY = 1e-12
CUT = 4.0
"""Scales beyond which one surprise teaches the scale nothing more."""


def fresh(channels: int = len(CHANNELS)) -> Any:
    """Memory of a channel that has seen nothing: channels x LENGTH."""
    return np.zeros((channels, LENGTH), np.float64)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _shape(m: Any, hour: int) -> Any:
    """How this hour of the week stands to the mean; nothing known, nothing said."""
    mean = m[_SUM] / m[_MASS]
    day = (m[_DAY + hour % 24] + PRIOR) / (mean * m[_DAY_W + hour % 24] + PRIOR)
    if m[_AGE] <= 14 * m[_TOTAL]:
        return day
    return day * (m[_WEEK + hour] + PRIOR) / (mean * day * m[_WEEK_W + hour] + PRIOR)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _knows(m: Any) -> Any:
    # After years of silence what is remembered fades to nothing: then nothing is known, as at the beginning.
    return m[_WEIGHT] > TINY and m[_MASS] > TINY and m[_SUM] > TINY


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def usual(m: Any, hour: int) -> Any:
    """Expected count of one bucket in this hour of the week (0 = Monday 0 h)."""
    return (m[_LEVEL] / m[_WEIGHT]) * _shape(m, hour) if _knows(m) else 0.0


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
    """The running scale of a window. A slow one is held to vary as the longest fast one does until it has its own."""
    prior = max(m[_TOTAL], 1.0)
    spread = 1.0
    if w >= FAST.shape[0]:
        longest = _SCALE + 2 * (FAST.shape[0] - 1)
        spread = max(1.0, (m[longest] + prior) / (m[longest + 1] + prior))
    return max(1.0, np.sqrt((m[_SCALE + 2 * w] + prior * spread) / (m[_SCALE + 2 * w + 1] + prior)))


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _windows(m: Any, opened: Any, hours: Any, rows: Any) -> None:
    """Each window that ends with the open buckets: (surprise before its scale, what came, what was usual, buckets)."""
    n = opened.shape[0]
    age = np.int64(m[_AGE])
    seen = 0.0
    expected = 0.0
    done = 0
    for w in range(FAST.shape[0]):
        size = min(FAST[w], age + n)
        while done < size:
            if done < n:
                seen += opened[n - 1 - done]
                expected += usual(m, hours[n - 1 - done])
            else:
                at = (age - 1 - (done - n)) % RING
                seen += m[_RING + at]
                expected += m[_EXPECTED + at]
            done += 1
        rows[w, 0], rows[w, 1], rows[w, 2] = _root_deviance(seen, expected, m[_LEVEL]), seen, expected
        rows[w, 3] = size
    seen, shape = m[_HOUR_SEEN], m[_HOUR_SHAPE]
    for i in range(n):
        seen += opened[i]
        shape += _shape(m, hours[i]) if _knows(m) else 1.0
    closed, done = np.int64(m[_CLOSED]), 0
    per_hour: Any = max(np.int64(m[_TOTAL] / 24), 1)
    for s in range(SLOW.shape[0]):
        size = min(SLOW[s] - 1, closed)
        while done < size:
            at = (closed - 1 - done) % HOURS
            seen += m[_SEEN_H + at]
            shape += m[_SHAPE_H + at]
            done += 1
        at = (closed - done) % HOURS
        w = FAST.shape[0] + s
        expected = m[_LEVEL_H + at] * shape
        # A level that rests on less time than the window lasts says nothing of it.
        known = m[_SUPPORT_H + at] > 0 and closed - done >= SLOW[s]
        rows[w, 0] = _root_deviance(seen, expected, m[_SUPPORT_H + at]) if known else 0.0
        rows[w, 1], rows[w, 2], rows[w, 3] = seen, expected, done * per_hour + m[_IN_HOUR] + n


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def look(m: Any, opened: Any, hours: Any, fewest: float, out: Any) -> None:
    """Surprise of the windows that end with the open buckets.

    `opened` and `hours` (n, may be 0) follow the closed buckets. `out` (SAID) gets for the fast windows, then for the
    slow ones: the largest surprise, its window in buckets, what came in it, what was usual; then the rarity of all
    fast windows together.
    """
    rows = np.empty((WINDOWS, 4))
    _windows(m, opened, hours, rows)
    out[:] = 0.0
    out[0] = out[4] = -9.0
    together = 0.0
    for w in range(WINDOWS):
        surprise = rows[w, 0] / _scale(m, w)
        at = 0 if w < FAST.shape[0] else 4
        if at == 0:
            together += surprise
        if surprise > out[at] and rows[w, 1] >= fewest and rows[w, 1] >= RATIO * rows[w, 2]:
            out[at], out[at + 1], out[at + 2], out[at + 3] = surprise, rows[w, 3], rows[w, 1], rows[w, 2]
    out[8] = _rarity_together(m, together / ROOT)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _rarity_together(m: Any, surprise: float) -> Any:
    """-log10 of the share of remembered buckets at least as surprising at all fast scales: an empirical p-value."""
    if surprise <= 0:
        return 0.0
    total = 0.0
    tail = 0.0
    first = surprise / STEP
    for b in range(BINS):
        weight = m[_TOGETHER + b]
        total += weight
        if b >= first:
            tail += weight
        elif b + 1 > first:
            tail += weight * (b + 1 - first)
    tail += 0.5 * np.exp(-0.8 * max(surprise - 2.0, 0.0))
    return -np.log10(min(tail / (total + 0.5), 1.0))


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def look_all(memory: Any, opened: Any, hours: Any, out: Any) -> None:
    """`look` at each channel into `out` (channels x SAID)."""
    for c in range(memory.shape[0]):
        look(memory[c], opened[:, c], hours, FEWEST[min(c, FEWEST.shape[0] - 1)], out[c])


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def close(m: Any, count: float, hour: int, per_day: float, fewest: float, best: Any) -> None:
    """Learn one closed bucket. `per_day` is the number of buckets in a day.

    `best` (2) is raised to the largest surprise of the fast and of the slow windows that end with it.
    """
    m[_TOTAL] = per_day
    age = np.int64(m[_AGE])
    expected = usual(m, hour)
    shape = _shape(m, hour) if _knows(m) else 1.0
    if m[_IN_HOUR] == 0:
        at = np.int64(m[_CLOSED]) % HOURS
        m[_LEVEL_H + at] = m[_LONG] / m[_LONG_W] if m[_LONG_W] > TINY else 0.0
        m[_SUPPORT_H + at] = m[_LONG]
    m[_SILENCE] = m[_SILENCE] + expected if count == 0.0 else 0.0
    blind = m[_SILENCE] > BLIND
    held = expected if blind else count
    m[_RING + age % RING] = held
    m[_EXPECTED + age % RING] = expected
    m[_HOUR_SEEN] += held
    m[_HOUR_SHAPE] += shape
    m[_IN_HOUR] += 1
    m[_AGE] = age + 1
    m[_EVER] += count
    if not blind:
        _remember(m, per_day, fewest, best)
        # Where counts vary far more than by chance, what is everyday must not be cut: the level would sink.
        most = expected + max(3.0, _scale(m, 0)) * np.sqrt(expected + 1.0)
        _learn(m, count if age < per_day / 8 else min(count, most), hour, per_day)
    if m[_IN_HOUR] >= max(per_day / 24, 1.0):
        at = np.int64(m[_CLOSED]) % HOURS
        m[_SEEN_H + at], m[_SHAPE_H + at] = m[_HOUR_SEEN], m[_HOUR_SHAPE]
        m[_CLOSED] += 1
        m[_IN_HOUR] = m[_HOUR_SEEN] = m[_HOUR_SHAPE] = 0.0


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _learn(m: Any, learnt: float, hour: int, per_day: float) -> None:
    shape = 1.0
    if m[_WEIGHT] > TINY and m[_LEVEL] > TINY:
        shape = max(usual(m, hour) / (m[_LEVEL] / m[_WEIGHT]), 0.05)
    slow, long = 0.5 ** (1.0 / (3.0 * per_day)), 0.5 ** (1.0 / (7.0 * per_day))
    m[_LEVEL] = m[_LEVEL] * slow + learnt
    m[_WEIGHT] = m[_WEIGHT] * slow + shape
    m[_LONG] = m[_LONG] * long + learnt
    m[_LONG_W] = m[_LONG_W] * long + shape
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
def _remember(m: Any, per_day: float, fewest: float, best: Any) -> None:
    week = 0.5 ** (1.0 / (7.0 * per_day))
    month = 0.5 ** (1.0 / (28.0 * per_day))
    rows = np.empty((WINDOWS, 4))
    _windows(m, np.zeros(0), np.zeros(0, np.int64), rows)
    together = 0.0
    for w in range(WINDOWS):
        r, scale = rows[w, 0], _scale(m, w)
        kind = 0 if w < FAST.shape[0] else 1
        if rows[w, 1] >= fewest and rows[w, 1] >= RATIO * rows[w, 2]:
            best[kind] = max(best[kind], r / scale)
        if kind == 0:
            together += r / scale
        cut = min(max(r, -CUT * scale), CUT * scale)
        keep = week if kind == 0 else month
        m[_SCALE + 2 * w] = m[_SCALE + 2 * w] * keep + cut * cut
        m[_SCALE + 2 * w + 1] = m[_SCALE + 2 * w + 1] * keep + 1.0
    for b in range(BINS):
        m[_TOGETHER + b] *= week
    m[_TOGETHER + int(min(max(together / ROOT / STEP, 0.0), BINS - 1.0))] += 1.0


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def advance(memory: Any, remembered: Any, counts: Any, hours: Any, per_day: float, out: Any) -> None:
    """Close n buckets of all channels in a row.

    `counts` (n x (channels + 3)) holds the counts of each channel, then the highest surprise of the subject, of the
    tone and of the voices in the bucket (see `hearing`); `hours` (n). `remembered` is the memory of `episodes`. `out`
    (n x 6 x 2) gets for each kind of episode, then for all together, its surprise and its rarity at the end of the
    bucket, before it was learnt; pass an array of no rows to leave that out.
    """
    channels, kinds = memory.shape[0], episodes.ALL + 1
    shown = np.empty(kinds)
    for i in range(counts.shape[0]):
        best = np.full(2, -9.0)
        for c in range(channels):
            close(memory[c], counts[i, c], hours[i], per_day, FEWEST[min(c, FEWEST.shape[0] - 1)], best)
        shown[0], shown[1] = best
        for k in range(2, episodes.ALL):
            shown[k] = counts[i, channels + k - 2]
        shown[episodes.ALL] = episodes.together(remembered, shown)
        for k in range(kinds):
            if out.shape[0] > 0:
                out[i, k, 0], out[i, k, 1] = shown[k], episodes.rarity(remembered[k], shown[k])
            if memory[0, _AGE] > episodes.FIRST_DAYS * per_day:
                episodes.remember(remembered[k], shown[k], episodes.STRETCH[k], per_day)


UNWANTED = np.zeros((0, episodes.ALL + 1, 2))


def age(memory: Any) -> int:
    """Closed buckets so far."""
    return int(memory[0, _AGE])


def ever(memory: Any) -> float:
    """Mentions learnt so far."""
    return float(memory[0, _EVER])


def usual_of(memory: Any, channel: int, hour: int) -> float:
    """Expected count of one bucket of a channel in this hour of the week."""
    return float(usual(memory[channel], hour))
