"""From texts over time to what rises in them: each theme with its trend, who says it, and how strong a signal it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from vigie.analysis import phrases
from vigie.lib.text import fold

STRONG_VOICES, FEWEST_VOICES = 10, 3
GROWTH = 2.0
"""How many times more often than before it must be said, for a signal to be strong."""


@dataclass(frozen=True)
class Said:
    """One post: when, by whom, what."""

    at: datetime
    author: str
    text: str


@dataclass(frozen=True)
class Signal:
    """A theme that rises: its phrase in people's own words, its weight and its trend over twelve equal steps."""

    phrase: str
    strength: str
    texts: int
    authors: int
    z: float
    growth: float
    first_at: datetime
    trend: list[int]
    examples: list[str]


def strength(authors: int, growth: float) -> str:
    """noise, weak or strong: how many voices, and whether they become more.

    >>> strength(2, 9.0), strength(5, 3.0), strength(40, 3.0), strength(40, 0.5)
    ('noise', 'weak', 'strong', 'weak')
    """
    if authors < FEWEST_VOICES:
        return "noise"
    return "strong" if authors >= STRONG_VOICES and growth >= GROWTH else "weak"


def rising(posts: Sequence[Said], since: datetime, *, leave_out: Iterable[str] = (), most: int = 8) -> list[Signal]:
    """What sets the posts from `since` on apart from those before, strongest signals first."""
    late = [p for p in posts if p.at >= since]
    early = [p for p in posts if p.at < since]
    if not late:
        return []
    found = phrases.themes(_stories(late), _stories(early), leave_out=leave_out, most=2 * most)
    after, before = _folded(late), _folded(early)
    signals = [_signal(theme, after, before, since) for theme in found]
    order = {"strong": 0, "weak": 1, "noise": 2}
    return sorted(signals, key=lambda s: (order[s.strength], -s.z, s.phrase))[:most]


def _stories(posts: Sequence[Said]) -> list[str]:
    """Each text once: copies do not outvote people."""
    return list({fold(p.text): p.text for p in posts}.values())


Folded = list[tuple[Said, str]]


def _folded(posts: Sequence[Said]) -> Folded:
    return [(p, fold(p.text)) for p in posts]


def _rate(posts: Folded, words: str, span: timedelta) -> float:
    """Texts an hour that hold these words; half a text more, so that never is not infinitely rarer than once."""
    return (sum(words in text for _, text in posts) + 0.5) / (span / timedelta(hours=1))


def _signal(theme: phrases.Theme, late: Folded, early: Folded, since: datetime) -> Signal:
    words = fold(theme.phrase)
    holding = [p for p, text in late if words in text]
    span = max(max(p.at for p, _ in late) - since, timedelta(hours=1))
    drawn = max(max(p.at for p, _ in late) - since, timedelta(minutes=6))
    trend = [0] * 12
    for post in holding:
        trend[min(int(12 * (post.at - since) / drawn), 11)] += 1
    before = max(since - min((p.at for p, _ in early), default=since), timedelta(hours=1))
    growth = _rate(late, words, span) / _rate(early, words, before)
    voices = len({p.author for p in holding})
    examples = list(dict.fromkeys(p.text for p in sorted(holding, key=lambda p: p.at)))[:3]
    return Signal(
        theme.phrase,
        strength(voices, growth),
        len(holding),
        voices,
        theme.z,
        round(min(growth, 999.0), 2),
        min((p.at for p in holding), default=since),
        trend,
        examples,
    )
