"""Near-duplicates: MinHash signatures in bands, and an index of the recent ones in bounded memory."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numba import njit
from rensa import RMinHash

from .phrases import stopwords

PERMUTATIONS, BANDS = 48, 16
ROWS = PERMUTATIONS // BANDS
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


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _place(found: Any, posts: Any, held: Any, stories: Any, table: Any, at: int, least: int, out: Any) -> int:
    """Give each signature of `found` its story in `out`; where the next one is to be held."""
    room, mask = held.shape[0], np.uint64(table.shape[1] - 1)
    for i in range(found.shape[0]):
        story = posts[i]
        known = False
        for band in range(BANDS):
            h = np.uint64(band + 1)
            for k in range(ROWS):
                h = (h ^ np.uint64(found[i, band * ROWS + k])) * np.uint64(0x9E3779B97F4A7C15)
                h ^= h >> np.uint64(29)
            slot = h & mask
            other = table[band, slot]
            table[band, slot] = at
            if known or other < 0 or other == at:
                continue
            same = 0
            for k in range(PERMUTATIONS):
                same += held[other, k] == found[i, k]
            if same >= least:
                story, known = stories[other], True
        held[at] = found[i]
        stories[at] = story
        out[i] = story
        at = (at + 1) % room
    return at


class Index:
    """Finds the stories of texts among the `room` most recent ones, in memory that never grows.

    A band of a signature leads to the last text that had it. A place that was taken over by another text does no harm:
    whole signatures are compared.
    """

    def __init__(self, room: int = 100_000) -> None:
        slots = 1 << max((2 * room - 1).bit_length(), 4)
        self._held = np.zeros((room, PERMUTATIONS), np.uint32)
        self._stories = np.zeros(room, np.int64)
        self._table = np.full((BANDS, slots), -1, np.int32)
        self._at = 0

    def place_all(self, posts: list[int], signatures: list[bytes]) -> list[int]:
        """The id of each text's story: an earlier near-duplicate's story, else its own id."""
        found = list(posts)
        told = [i for i, signature in enumerate(signatures) if signature]
        if told:
            rows = np.frombuffer(b"".join(signatures[i] for i in told), np.uint32).reshape(-1, PERMUTATIONS)
            ids, out = np.array([posts[i] for i in told], np.int64), np.empty(len(told), np.int64)
            least = int(np.ceil(ALIKE * PERMUTATIONS))
            self._at = _place(rows, ids, self._held, self._stories, self._table, self._at, least, out)
            for i, story in zip(told, out.tolist(), strict=True):
                found[i] = story
        return found

    def mark(self) -> int:
        """Where the index stands, for `back_to`."""
        return self._at

    def back_to(self, mark: int) -> None:
        """Forget all texts placed since `mark`: the store did not take them, and their ids may be given again."""
        room = len(self._held)
        gone = np.arange(mark, mark + (self._at - mark) % room) % room
        self._held[gone] = 0
        self._at = mark

    def place(self, post: int, signature: bytes) -> int:
        return self.place_all([post], [signature])[0]
