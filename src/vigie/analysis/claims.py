"""Repeated checkable statements, grouped: sentences that several people state as a fact in nearly the same words.

A sentence can be checked when it states (it neither asks nor tells what its author feels or wants) and names something:
a number, a name or a tag. Sentences whose words are mostly the same (Jaccard of folded words ≥ 0.5) say the same thing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from vigie.lib.text import fold

from .phrases import stopwords

ALIKE = 0.5
FEWEST_WORDS, MOST_WORDS = 4, 40
FEWEST_VOICES = 3
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n+")
_LINK = re.compile(r"(?:https?://|www\.)\S+|@\w+")
_WORD = re.compile(r"#?\w+")
_NAMES = re.compile(r"\d|(?<!^)(?<![.!?…] )\b[A-ZÀ-Þ]\w{2,}|#\w{3,}")
_FEELS = re.compile(
    r"\b(?:je|j'|moi|mon|ma|mes|i|i'm|my|me|we|nous|on espere|espere|j'aime|hope|wish|merci|thanks|please|svp|bravo)\b"
)


@dataclass(frozen=True)
class Claim:
    """A statement as it was first made, by how many people, and the places of the posts that make it."""

    text: str
    authors: int
    posts: list[int]


def checkable(sentence: str) -> bool:
    """Whether a sentence states something that somebody else could check.

    >>> checkable("L'usine de Rennes a fermé hier avec 300 salariés"), checkable("J'adore cette marque !")
    (True, False)
    """
    words = _WORD.findall(sentence)
    if not FEWEST_WORDS <= len(words) <= MOST_WORDS or sentence.rstrip().endswith("?"):
        return False
    return bool(_NAMES.search(sentence)) and not _FEELS.search(fold(sentence))


def claims(posts: Iterable[tuple[str, str]], *, most: int = 20) -> list[Claim]:
    """The statements that the most people make, of (author, text) in the order of time."""
    groups: list[tuple[set[str], str, set[str], list[int]]] = []
    by_word: dict[str, list[int]] = defaultdict(list)
    for at, (author, text) in enumerate(posts):
        for sentence in _SENTENCE.split(_LINK.sub(" ", text)):
            said = " ".join(sentence.split())
            if not checkable(said):
                continue
            words = {w for w in _WORD.findall(fold(said)) if w not in stopwords()}
            place = _place(words, groups, by_word)
            if place is None:
                place = len(groups)
                groups.append((words, said, set(), []))
                for word in words:
                    by_word[word].append(place)
            groups[place][2].add(author)
            groups[place][3].append(at)
    told = [Claim(said, len(who), list(dict.fromkeys(where))) for _, said, who, where in groups]
    told = [claim for claim in told if claim.authors >= FEWEST_VOICES]
    return sorted(told, key=lambda c: (-c.authors, c.posts[0]))[:most]


def _place(
    words: set[str], groups: list[tuple[set[str], str, set[str], list[int]]], by_word: dict[str, list[int]]
) -> int | None:
    """The group that says the same, among those that share a rare word."""
    tried: set[int] = set()
    for word in sorted(words, key=lambda w: len(by_word.get(w, ())))[:4]:
        for place in by_word.get(word, ())[-200:]:
            if place not in tried:
                tried.add(place)
                known = groups[place][0]
                if len(words & known) >= ALIKE * len(words | known):
                    return place
    return None
