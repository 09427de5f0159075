"""What an organisation's own corrections teach: posts that resemble a corrected one are read as people read it.

Two things move the log-odds of a text. A text that shares half of its words with a corrected one (Jaccard ≥ 0.5) moves
towards what people said of that one; and a word that stood in at least two corrected texts of one sentiment, and in
none of another, moves a little every text that holds it. With no correction nothing moves; undoing one takes its part
away.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from vigie.lib.text import fold

from .phrases import stopwords

ALIKE, PULL = 0.5, 4.0
"""From this share of words in common on, and how much log-odds a perfect likeness is worth."""
SHARED = 3
"""Words in common that make a likeness: one or two are in every short text."""
FEWEST, NUDGE, MOST = 2, 0.8, 1.6
"""Corrected texts that a word must stand in, what it is worth, and what all words together may be worth."""


def words(text: str) -> frozenset[str]:
    """The words of a text that say something."""
    empty = stopwords()
    found = (w.strip("#@.,;:!?…()\"'«»’") for w in fold(text).split())
    return frozenset(w for w in found if len(w) > 2 and w not in empty and not w.startswith("http"))


class Lessons:
    """Corrections as (text, sentiment -1, 0 or 1), newest first."""

    def __init__(self, corrections: Iterable[tuple[str, int]]) -> None:
        self.known = [(words(text), sentiment + 1) for text, sentiment in corrections]
        self.by_word: dict[str, list[int]] = defaultdict(list)
        for at, (said, _) in enumerate(self.known):
            for word in said:
                self.by_word[word].append(at)
        self.telling: dict[str, int] = {}
        for word, places in self.by_word.items():
            by_class = Counter(self.known[at][1] for at in places)
            if len(by_class) == 1 and len(places) >= FEWEST:
                self.telling[word] = next(iter(by_class))

    def __bool__(self) -> bool:
        return bool(self.known)

    def shift(self, text: str) -> Any:
        """What to add to the log-odds of negative, neutral, positive."""
        said, moved = words(text), np.zeros(3)
        shared: Counter[int] = Counter(at for word in said for at in self.by_word.get(word, ()))
        for at, n in shared.most_common(5):
            other, sentiment = self.known[at]
            likeness = n / len(said | other)
            if n >= SHARED and likeness >= ALIKE:
                moved[sentiment] = max(moved[sentiment], PULL * likeness)
        nudges = np.bincount([self.telling[w] for w in said if w in self.telling], minlength=3)
        return moved + np.minimum(NUDGE * nudges, MOST)

    def applied(self, texts: Sequence[str], likely: Any) -> Any:
        """Probabilities (texts x 3) as these corrections move them; the given ones where they teach nothing."""
        moved = np.array([self.shift(text) for text in texts]).reshape(-1, 3)
        if not moved.any():
            return likely
        odds = np.log(likely + 1e-9) + moved
        odds -= odds.max(axis=1, keepdims=True)
        found = np.exp(odds)
        return found / found.sum(axis=1, keepdims=True)


NONE = Lessons([])
