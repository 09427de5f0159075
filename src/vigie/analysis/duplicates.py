"""Near-duplicates: MinHash signatures in bands, and an index of the recent ones in bounded memory."""

from __future__ import annotations

from collections import OrderedDict
from itertools import pairwise

import numpy as np
from rensa import RMinHash

from .phrases import stopwords

PERMUTATIONS, BANDS = 48, 16
ROWS = PERMUTATIONS // BANDS
MARKS = [bytes([b]) for b in range(BANDS)]
ALIKE = 0.5
"""Share of equal signature places from which two texts tell the same (an estimate of Jaccard on the shingles)."""
EMPTY = frozenset(["http", "https", "t", "co", "www", "rt"])
SHORTEST = 5
"""Texts of fewer words resemble each other by chance."""


def shingles(words: list[str]) -> list[str]:
    """Words in pairs, which keep the order, and the words that say something alone, which survive a rewording.

    Links and mentions carry no story.
    """
    kept = [word for word in words if word not in EMPTY]
    if len(kept) < SHORTEST:
        return []
    empty = stopwords()
    alone = [word for word in kept if len(word) > 2 and word not in empty]
    return alone + [a + " " + b for a, b in pairwise(kept)]


def signatures(texts: list[list[str]]) -> list[bytes]:
    """Signature of each text given as folded words; empty for texts too short to compare."""
    sets = [shingles(words) for words in texts]
    wanted = [s for s in sets if s]
    rows = RMinHash.digests_from_token_sets(wanted, PERMUTATIONS, 42) if wanted else []
    packed = np.array(rows, np.uint32).tobytes()
    size, at = 4 * PERMUTATIONS, 0
    found = []
    for one in sets:
        found.append(packed[at : at + size] if one else b"")
        at += size if one else 0
    return found


def alike(one: bytes, other: bytes) -> bool:
    """Whether two signatures have so many places in common that their texts tell the same."""
    same = np.frombuffer(one, np.uint32) == np.frombuffer(other, np.uint32)
    return bool(np.count_nonzero(same) >= ALIKE * PERMUTATIONS)


def bands(signature: bytes) -> list[bytes]:
    size = 4 * ROWS
    return [MARKS[b] + signature[b * size : (b + 1) * size] for b in range(BANDS)]


class Index:
    """Finds the story of a text among the `room` most recent ones."""

    def __init__(self, room: int = 100_000) -> None:
        self.room = room
        self._signatures: OrderedDict[int, tuple[int, bytes]] = OrderedDict()
        self._bands: dict[bytes, int] = {}

    def place(self, post: int, signature: bytes) -> int:
        """The id of the story's first post: an earlier near-duplicate's story, else `post` itself."""
        if not signature:
            return post
        keys, held = bands(signature), self._bands
        story = post
        for key in keys:
            other = held.get(key)
            if other is not None and other in self._signatures:
                first, theirs = self._signatures[other]
                if alike(signature, theirs):
                    story = first
                    break
        self._signatures[post] = (story, signature)
        held.update(dict.fromkeys(keys, post))
        if len(self._signatures) > self.room:
            self._forget()
        return story

    def _forget(self) -> None:
        old, (_, signature) = self._signatures.popitem(last=False)
        for key in bands(signature):
            if self._bands.get(key) == old:
                del self._bands[key]
