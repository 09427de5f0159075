"""What counts cannot tell: whether people speak of one new thing, turned against us, or are others than usual.

**Subject.** The last posts of a watch (48 at most, of one day) against what its history speaks of. For each word of a
post: in how many of them it stands, by different authors in different words, against the share of texts that held it
before (half-life three weeks). The surprise is -log10 of the binomial tail, less the log of some fifty words that
could have done so by chance. Subjects that come back (results of a match, a weekly offer) are in the history; eight
posts of fourteen about something that was never spoken of are not.

**Tone.** The share of bad ones among the last 10, 20 and 40 posts (of ten days) against the share of those before them:
the signed root of the binomial deviance over its running scale. It needs no more posts than usual.

**Voices.** In the same way, who speaks: people never heard here, voices of reach and the press, people who ask, and
networks where hardly anybody spoke of it before.

A watch that is busy is listened to by sample: ten posts a minute tell what people speak of.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
from numba import njit

from vigie.analysis.phrases import stopwords
from vigie.lib.text import LINK

_WORD = re.compile(r"[#@]?\w+")

WORDS = 4096
"""Places for words; two that share one make each other look less new, never more."""
LONGEST = 40
"""Words of a post that are listened to."""
POSTS = 48
DAY = 86_400.0
HALF_LIFE = 21.0
"""Days."""
A_MINUTE = 10
FEWEST = 3
"""Authors, in different words, that make a subject."""
BY_CHANCE = 1.7
"""log10 of the words that might have stood out."""
SIZES = np.array([10, 20, 40], np.int64)
OLDEST = 10 * DAY
KNOWN = 20.0
"""Posts that the usual share must rest on."""
POSTS_REMEMBERED, SCALE_REMEMBERED = 300.0, 300.0
"""Half-lives of the usual share and of its scale, in posts."""

TRAITS = ("bad", "weighty", "asks", "newcomer", "elsewhere")
"""What is asked of each post. The last two are worked out here."""
BAD, WEIGHTY, ASKS = 1, 2, 4
"""Bits of the traits that a post brings."""
_NEW, _ELSEWHERE = 3, 4
PAGE = 1 << 15
"""Places for authors; once a third of them are taken, a new page is begun, and the one before is kept."""
NETWORKS = 16
RARE = 0.1
"""Of the posts of a watch: a network with less is one where hardly anybody speaks of it."""

_TEXTS, _LEARNT_AT, _AT, _COUNT, _HEARD, _TAIL_AT, _TAIL_N, _WRITTEN, _PAGE = range(9)
_NUMBERS = 9
_SHARES = 1 + 2 * len(SIZES)
"""Of a trait: how many posts had it, and the scale of each size."""


def place(word: str) -> int:
    """Where a word is counted."""
    return crc32(word.encode("utf-8", "surrogatepass")) % WORDS


def words_of(folded: str) -> list[str]:
    """The words of a folded text that may name a subject: no links, accounts, numbers, empty words."""
    empty = stopwords()
    found = [word.lstrip("#") for word in _WORD.findall(LINK.sub(" ", folded)) if word[0] != "@"]
    return [word for word in found if len(word) > 2 and word not in empty and not word.isdigit()]


def packed(folded: str) -> bytes:
    """The words of a folded text as places: each once, in order."""
    return np.array(sorted({place(word) for word in words_of(folded)})[:LONGEST], np.uint16).tobytes()


def author_of(identity: str) -> int:
    """An author as a number; 0 for nobody known."""
    return crc32(identity.encode("utf-8", "surrogatepass")) if identity else 0


def place_of(network: str) -> int:
    """A network as a number."""
    return crc32(network.encode()) % NETWORKS


PRESS = frozenset({"press", "rss"})


def asks(folded: str) -> bool:
    """Whether a text asks something."""
    return "?" in folded and "?" in LINK.sub(" ", folded)


def traits(negative: bool, influential: bool, asking: bool, network: str) -> int:
    """The traits that a post brings, as bits."""
    return BAD * negative + WEIGHTY * (influential or network in PRESS) + ASKS * asking


class Said(NamedTuple):
    """A post as it is listened to: its words `packed`, who wrote it (0 for nobody known), its traits as bits, and where
    (see `place_of`)."""

    words: bytes = b""
    author: int = 0
    traits: int = 0
    network: int = 0


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _tail(k: int, n: int, p: float) -> Any:
    """-log10 P(Bin(n, p) >= k)."""
    log = k * np.log(p) + (n - k) * np.log1p(-p)
    for i in range(k):
        log += np.log((n - i) / (i + 1.0))
    total = ratio = 1.0
    for j in range(k, n):
        ratio *= (n - j) / (j + 1.0) * p / (1.0 - p)
        total += ratio
        if ratio < 1e-9:
            break
    return max(-(log + np.log(total)) / np.log(10.0), 0.0)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _holds(words: Any, length: int, word: int) -> Any:
    for i in range(length):  # noqa: SIM110  (compiled: a generator is not)
        if words[i] == word:
            return True
    return False


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _forget_oldest(known: Any, numbers: Any, ring: Any, times: Any, lengths: Any) -> None:
    """The oldest post of the window becomes history."""
    first = np.int64(numbers[_AT])
    passed = times[first] - numbers[_LEARNT_AT]
    if numbers[_TEXTS] > 0 and passed > 0:
        keep = np.float32(0.5 ** (passed / (HALF_LIFE * DAY)))
        known *= keep
        numbers[_TEXTS] *= keep
    numbers[_LEARNT_AT] = max(times[first], numbers[_LEARNT_AT])
    for i in range(lengths[first]):
        known[ring[first, i]] += np.float32(1.0)
    numbers[_TEXTS] += 1.0
    numbers[_AT] = (first + 1) % POSTS
    numbers[_COUNT] -= 1


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _voices(word: int, numbers: Any, ring: Any, lengths: Any, authors: Any, copies: Any) -> Any:
    """How many posts of the window hold a word, and by how many authors in how many different texts: the fewer."""
    first, count = np.int64(numbers[_AT]), np.int64(numbers[_COUNT])
    holding = 0
    people = np.empty(POSTS, np.int64)
    texts = np.empty(POSTS, np.int64)
    known = 0
    for i in range(count):
        at = (first + i) % POSTS
        if not _holds(ring[at], lengths[at], word):
            continue
        holding += 1
        fresh = True
        for j in range(known):
            if people[j] == authors[at] or texts[j] == copies[at]:
                fresh = False
                break
        if fresh:
            people[known], texts[known] = authors[at], copies[at]
            known += 1
    return holding, known


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _subject(known: Any, numbers: Any, ring: Any, lengths: Any, authors: Any, copies: Any, last: int, out: Any) -> None:
    """The most surprising word of the last post: (surprise, word, voices, posts of the window) into `out`."""
    count = np.int64(numbers[_COUNT])
    out[0], out[1], out[2], out[3] = 0.0, -1.0, 0.0, count
    if count < 4 or numbers[_TEXTS] < 10:
        return
    for i in range(lengths[last]):
        word = np.int64(ring[last, i])
        share = (known[word] + 0.5) / (numbers[_TEXTS] + 1.0)
        if share >= 0.5:
            continue
        holding, voices = _voices(word, numbers, ring, lengths, authors, copies)
        if voices < FEWEST or holding <= 2 * count * share:
            continue
        surprise = _tail(voices, count - (holding - voices), share) - BY_CHANCE
        if surprise > out[0]:
            out[0], out[1], out[2] = surprise, word, voices


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _turn(share: Any, numbers: Any, tail: Any, when: Any, out: Any) -> None:
    """The surprise of the share of posts with a trait among the last ones, the largest of all sizes.

    `share` is what is remembered of the trait, `tail` the last posts; `out`: surprise, posts that have it, posts.
    """
    largest = SIZES[-1]
    heard, at = np.int64(numbers[_TAIL_N]), np.int64(numbers[_TAIL_AT])
    out[0], out[1], out[2] = -9.0, 0.0, 0.0
    if numbers[_HEARD] < KNOWN:
        return
    usual = (share[0] + 1.0) / (numbers[_HEARD] + 2.0)
    for s in range(SIZES.shape[0]):
        size = SIZES[s]
        if heard < size or when[(at - 1) % largest] - when[(at - size) % largest] > OLDEST:
            continue
        seen = 0.0
        for i in range(size):
            seen += tail[(at - 1 - i) % largest]
        d = 0.0
        if seen > 0:
            d += seen * np.log(seen / (size * usual))
        if seen < size:
            d += (size - seen) * np.log((size - seen) / (size * (1.0 - usual)))
        r = np.sqrt(max(2.0 * d, 0.0) / (1.0 + size / (numbers[_HEARD] + 1.0)))
        r = r if seen > size * usual else -r
        where = 1 + 2 * s
        scale = max(1.0, np.sqrt((share[where] + 50.0) / (share[where + 1] + 50.0)))
        if r / scale > out[0]:
            out[0], out[1], out[2] = r / scale, seen, size
        keep = 0.5 ** (1.0 / SCALE_REMEMBERED)
        cut = min(max(r, -4.0 * scale), 4.0 * scale)
        share[where] = share[where] * keep + cut * cut
        share[where + 1] = share[where + 1] * keep + 1.0


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _never_heard(people: Any, numbers: Any, author: int) -> Any:
    """Whether this author was not heard before; they are from now on."""
    place = (np.uint64(author) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(49)
    page, cell, bit = np.int64(numbers[_PAGE]), place >> np.uint64(3), np.uint8(1 << np.int64(place & np.uint64(7)))
    if people[page, cell] & bit or people[1 - page, cell] & bit:
        return False
    if numbers[_WRITTEN] > PAGE / 3:
        page = 1 - page
        people[page] = 0
        numbers[_PAGE], numbers[_WRITTEN] = page, 0.0
    people[page, cell] |= bit
    numbers[_WRITTEN] += 1.0
    return True


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _elsewhere(networks: Any, network: int) -> Any:
    """Whether hardly anybody spoke there before; it is remembered that somebody did."""
    total = networks.sum()
    rare = total >= KNOWN and networks[network] < RARE * total
    networks *= 0.5 ** (1.0 / POSTS_REMEMBERED)
    networks[network] += 1.0
    return rare


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _counted_once(tails: Any, spoke: Any, author: int, has: Any) -> None:
    """One person who speaks again is no further voice, whatever they are; how they speak counts each time."""
    for t in range(1, has.shape[0]):
        for i in range(spoke.shape[0]):
            if author != 0 and spoke[i] == author and tails[t, i] > 0:
                has[t] = 0.0


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _turns(
    shares: Any, numbers: Any, tails: Any, when: Any, spoke: Any, now: float, author: int, has: Any, out: Any
) -> None:
    """The last posts move on by one. `out`: the tone, then the other trait that surprises most, and which it is."""
    largest = SIZES[-1]
    at = np.int64(numbers[_TAIL_AT])
    if numbers[_TAIL_N] >= largest:
        keep = 0.5 ** (1.0 / POSTS_REMEMBERED)
        numbers[_HEARD] = numbers[_HEARD] * keep + 1.0
        for t in range(has.shape[0]):
            shares[t, 0] = shares[t, 0] * keep + tails[t, at]
    _counted_once(tails, spoke, author, has)
    for t in range(has.shape[0]):
        tails[t, at] = has[t]
    when[at], spoke[at] = now, author
    numbers[_TAIL_AT] = (at + 1) % largest
    numbers[_TAIL_N] = min(numbers[_TAIL_N] + 1, float(largest))
    _turn(shares[0], numbers, tails[0], when, out[:3])
    found = np.empty(3)
    out[3] = -9.0
    for t in range(1, has.shape[0]):
        _turn(shares[t], numbers, tails[t], when, found)
        if found[0] > out[3] or t == 1:
            out[3:6], out[6] = found, t


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _hear(
    known: Any, numbers: Any, ring: Any, times: Any, lengths: Any, authors: Any, copies: Any, words: Any, now: float,
    author: int, copy: int, out: Any,
) -> None:  # fmt: skip
    while numbers[_COUNT] > 0 and (numbers[_COUNT] >= POSTS or now - times[np.int64(numbers[_AT])] > DAY):
        _forget_oldest(known, numbers, ring, times, lengths)
    last = (np.int64(numbers[_AT]) + np.int64(numbers[_COUNT])) % POSTS
    lengths[last] = words.shape[0]
    for i in range(words.shape[0]):
        ring[last, i] = words[i]
    times[last], authors[last], copies[last] = now, author, copy
    numbers[_COUNT] += 1
    _subject(known, numbers, ring, lengths, authors, copies, last, out)


@dataclass(frozen=True)
class Turn:
    """A trait among the last posts: how surprising its share is, how many of how many have it."""

    surprise: float = -9.0
    seen: int = 0
    of: int = 0
    trait: int = 0


@dataclass(frozen=True)
class Heard:
    """What the posts of now show. `word` is a place, -1 for none."""

    subject: float = 0.0
    word: int = -1
    voices: int = 0
    posts: int = 0
    tone: Turn = Turn()
    others: Turn = Turn()
    """Who speaks: of their traits, the one that surprises most."""


SILENCE = Heard()


class Hearing:
    """Listens to the posts of one watch, in the order of their arrival."""

    def __init__(self) -> None:
        self.known = np.zeros(WORDS, np.float32)
        self.numbers = np.zeros(_NUMBERS)
        self.ring = np.zeros((POSTS, LONGEST), np.uint16)
        self.times = np.zeros(POSTS)
        self.lengths = np.zeros(POSTS, np.int64)
        self.authors = np.zeros(POSTS, np.int64)
        self.copies = np.zeros(POSTS, np.int64)
        self.shares = np.zeros((len(TRAITS), _SHARES))
        self.tails = np.zeros((len(TRAITS), int(SIZES[-1])))
        self.when = np.zeros(int(SIZES[-1]))
        self.spoke = np.zeros(int(SIZES[-1]), np.int64)
        self.people = np.zeros((2, PAGE // 8), np.uint8)
        self.networks = np.zeros(NETWORKS)
        self._out = np.zeros(11)
        self._minute = (-1, 0)

    def hear(self, now: float, said: Said) -> Heard:
        """One post, `now` in seconds."""
        minute = int(now) // 60
        heard = self._minute[1] + 1 if self._minute[0] == minute else 1
        self._minute = (minute, heard)
        if heard > A_MINUTE:
            return SILENCE
        told = np.frombuffer(said.words, np.uint16)
        # Where nothing says who spoke, each post is taken for a voice of its own; texts without words are all alike.
        copy = crc32(said.words)
        who = said.author or -(int(now * 1000) * 64 + heard)
        _hear(
            self.known, self.numbers, self.ring, self.times, self.lengths, self.authors, self.copies, told, now, who,
            copy, self._out,
        )  # fmt: skip
        traits = self._traits(said)
        _turns(
            self.shares, self.numbers, self.tails, self.when, self.spoke, now, said.author, traits, self._out[4:]
        )  # fmt: skip
        subject, word, voices, posts, *turns = self._out.tolist()
        tone = Turn(turns[0], int(turns[1]), int(turns[2]))
        others = Turn(turns[3], int(turns[4]), int(turns[5]), int(turns[6]))
        return Heard(subject, int(word), int(voices), int(posts), tone, others)

    def _traits(self, said: Said) -> Any:
        has = np.array([said.traits >> bit & 1 for bit in range(len(TRAITS))], np.float64)
        has[_NEW] = bool(said.author) and _never_heard(self.people, self.numbers, said.author)
        has[_ELSEWHERE] = _elsewhere(self.networks, said.network)
        return has

    def usual_share(self, trait: int) -> float:
        """The share of posts with a trait before the last ones."""
        return float((self.shares[trait, 0] + 1.0) / (self.numbers[_HEARD] + 2.0))

    def _parts(self) -> list[Any]:
        return [
            self.known, self.numbers, self.ring, self.times, self.lengths, self.authors, self.copies, self.shares,
            self.tails, self.when, self.spoke, self.people, self.networks,
        ]  # fmt: skip

    def dump(self) -> bytes:
        return b"".join(part.tobytes() for part in self._parts())

    @classmethod
    def load(cls, kept: bytes) -> Hearing | None:
        """What was kept; None for what another version kept."""
        made = cls()
        if len(kept) != sum(part.nbytes for part in made._parts()):
            return None
        at = 0
        for part in made._parts():
            part.flat[:] = np.frombuffer(kept, part.dtype, part.size, at)
            at += part.nbytes
        return made
