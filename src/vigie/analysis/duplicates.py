"""Near-duplicates: MinHash signatures in bands, and an index of the recent ones in bounded memory."""

from __future__ import annotations

from collections import OrderedDict
from itertools import pairwise
from typing import Any

from rensa import RMinHash

PERMUTATIONS, BANDS = 32, 8
ROWS = PERMUTATIONS // BANDS
ALIKE = 0.55
"""Share of equal signature places from which two texts tell the same (an estimate of Jaccard on word pairs)."""
SHORTEST = 5
"""Texts of fewer words resemble each other by chance."""


def shingles(words: list[str]) -> list[str]:
    """Words in pairs; links and mentions carry no story."""
    kept = [word for word in words if word not in ("http", "https", "t", "co", "www", "rt")]
    if len(kept) < SHORTEST:
        return []
    return [f"{a} {b}" for a, b in pairwise(kept)]


def signatures(texts: list[list[str]]) -> list[Any]:
    """Signature of each text given as folded words; None for texts too short to compare."""
    sets = [shingles(words) for words in texts]
    wanted = [s for s in sets if s]
    found = iter(RMinHash.digests_from_token_sets(wanted, PERMUTATIONS, 42) if wanted else [])
    return [tuple(next(found)) if s else None for s in sets]


class Index:
    """Finds the story of a text among the `room` most recent ones."""

    def __init__(self, room: int = 100_000) -> None:
        self.room = room
        self._signatures: OrderedDict[int, tuple[int, Any]] = OrderedDict()
        self._bands: dict[tuple[int, ...], int] = {}

    def place(self, post: int, signature: Any) -> int:
        """The id of the story's first post: an earlier near-duplicate's story, else `post` itself."""
        if signature is None:
            return post
        keys = [(b, *signature[b * ROWS : (b + 1) * ROWS]) for b in range(BANDS)]
        story = post
        for key in keys:
            other = self._bands.get(key)
            if other is not None and other in self._signatures:
                first, theirs = self._signatures[other]
                if sum(map(int.__eq__, signature, theirs)) >= ALIKE * PERMUTATIONS:
                    story = first
                    break
        self._signatures[post] = (story, signature)
        for key in keys:
            self._bands[key] = post
        if len(self._signatures) > self.room:
            self._forget()
        return story

    def _forget(self) -> None:
        old, (_, signature) = self._signatures.popitem(last=False)
        for b in range(BANDS):
            key = (b, *signature[b * ROWS : (b + 1) * ROWS])
            if self._bands.get(key) == old:
                del self._bands[key]
