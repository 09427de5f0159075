"""The inner loops: texts to hashed features, features to scores. Compiled by numba, free of the interpreter's lock.

Three blocks of features share one index space of 3 x 2^18 buckets: words, word bigrams, characters 2 to 5 inside
space-padded tokens. A feature weighs (1 + ln count) x idf; each block is scaled to length one by itself. Hashes are
FNV-1a over code points, finished with the murmur mixer.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Any

import numpy as np
from numba import njit

BITS = 18
SIZE = 1 << BITS
BUCKETS = 3 * SIZE
SLOTS = 1 << 14
TOKENS = 512
VALENCE = 11
"""Numbers that sum up one polarity lexicon."""
KINDS = 25
"""Categories of words: see `vocabulary/categories.tsv`."""
SHAPES = 6
DENSE = 2 * VALENCE + KINDS + SHAPES
"""Numbers of a text beside its n-grams."""
TONE, WIDE = 4, 12
"""Columns of the tables of weights: sentiment and a filler; idf, what all languages share, and a filler."""
SHARED = 10

SEPARATOR, WORD, PUNCTUATION, PICTURE, APOSTROPHE = range(5)
NEGATION, BOOSTER, CONTRAST = 1, 2, 4
FIRST_KIND = 3
"""Bit of the first category."""
INSULT, VULGAR, SECOND, GROUP = 7, 8, 13, 14
"""Places of some categories among them, for what only means something together."""


@cache
def classes() -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The class of each code point, for the tokeniser."""
    table = np.zeros(0x110000, np.uint8)
    for code in range(33, 0x20000):
        category = unicodedata.category(chr(code))
        if category[0] in "LNM" or code in (35, 64, 95):
            table[code] = WORD
        elif category in ("So", "Sk") and code > 0x2000:
            table[code] = PICTURE
        elif category[0] in "PS":
            table[code] = PUNCTUATION
    table[ord("'")] = APOSTROPHE
    table[0x20000:0x30000] = WORD
    return table


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def mixed(h: np.uint64) -> np.uint64:
    h ^= h >> np.uint64(33)
    h *= np.uint64(0xFF51AFD7ED558CCD)
    h ^= h >> np.uint64(33)
    h *= np.uint64(0xC4CEB9FE1A85EC53)
    return h ^ (h >> np.uint64(33))


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def fnv(codes: Any, start: int, end: int) -> np.uint64:
    h = np.uint64(0xCBF29CE484222325)
    for i in range(start, end):
        h = (h ^ np.uint64(codes[i])) * np.uint64(0x100000001B3)
    return h


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def tokenise(codes: Any, start: int, end: int, table: Any, spans: Any) -> int:
    """Fill `spans` with (start, end, class) and return how many tokens there are.

    An apostrophe ends a token of at most two letters (j', l', qu' keep theirs) and stays inside a longer one (don't).
    """
    n = 0
    i = start
    while i < end and n < TOKENS:
        kind = table[codes[i]]
        j = i + 1
        if kind == SEPARATOR:
            i = j
            continue
        if kind == WORD:
            while j < end:
                k = table[codes[j]]
                if k == APOSTROPHE:
                    if j - i <= 2:
                        j += 1
                        break
                    if j + 1 < end and table[codes[j + 1]] == WORD:
                        j += 1
                        continue
                    break
                if k != WORD:
                    break
                j += 1
        elif kind == PICTURE:
            while j < end and codes[j] == codes[i]:
                j += 1
            spans[n, 0], spans[n, 1], spans[n, 2] = i, i + 1, kind
            n += 1
            i = j
            continue
        else:
            while j < end and (table[codes[j]] == PUNCTUATION or table[codes[j]] == APOSTROPHE):
                j += 1
            spans[n, 0], spans[n, 1], spans[n, 2] = i, min(j, i + 2), PUNCTUATION
            n += 1
            i = j
            continue
        spans[n, 0], spans[n, 1], spans[n, 2] = i, j, kind
        n += 1
        i = j
    return n


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _count(bucket: Any, tags: Any, counts: Any, stamp: Any, last: Any, used: Any, n: int) -> int:
    """Count a bucket of this text (`stamp`) in the table's first `last` + 1 slots; how many are used."""
    tag = (stamp << np.uint64(32)) | bucket
    slot = ((bucket * np.uint64(2654435761)) >> np.uint64(8)) & last
    while tags[slot] >> np.uint64(32) == stamp:
        if tags[slot] == tag:
            counts[slot] += 1
            return n
        slot = (slot + np.uint64(1)) & last
    if n >= SLOTS // 2:
        return n
    tags[slot] = tag
    counts[slot] = 1
    used[n] = slot
    return n + 1


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _room(length: int) -> Any:
    """Slots, less one, that a text of so many characters fills to a half: short texts stay in the nearest cache."""
    slots = 256
    while slots < 10 * length and slots < SLOTS:
        slots *= 2
    return np.uint64(slots - 1)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def squeeze(codes: Any, offsets: Any, table: Any) -> int:
    """Cut letters repeated over twice to two, in place, and move the offsets with them."""
    at = 0
    begin = offsets[0]
    for i in range(offsets.shape[0] - 1):
        end = offsets[i + 1]
        first = at
        for k in range(begin, end):
            c = codes[k]
            if at - first >= 2 and codes[at - 1] == c and codes[at - 2] == c and table[c] == WORD:
                continue
            codes[at] = c
            at += 1
        begin = end
        offsets[i + 1] = at
    return at


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _features(codes: Any, spans: Any, n_tokens: int, hashes: Any, tags: Any, counts: Any, stamp: Any, used: Any) -> int:
    """Count the buckets of one text; `used` holds the slots of its n distinct ones."""
    n = 0
    mask = np.uint64(SIZE - 1)
    padded = np.empty(64, np.uint32)
    last = _room(spans[n_tokens - 1, 1] - spans[0, 0] if n_tokens else 0)
    for t in range(n_tokens):
        a, b = spans[t, 0], spans[t, 1]
        h = mixed(fnv(codes, a, b))
        hashes[t] = h
        n = _count(h & mask, tags, counts, stamp, last, used, n)
        if t:
            pair = mixed(hashes[t - 1] * np.uint64(0x9E3779B97F4A7C15) + h)
            n = _count(np.uint64(SIZE) + (pair & mask), tags, counts, stamp, last, used, n)
        length = min(b - a, 62)
        padded[0] = 32
        for k in range(length):
            padded[k + 1] = codes[a + k]
        padded[length + 1] = 32
        for first in range(length + 1):
            g = np.uint64(0xCBF29CE484222325)
            for size in range(min(5, length + 2 - first)):
                g = (g ^ np.uint64(padded[first + size])) * np.uint64(0x100000001B3)
                if size >= 1:
                    bucket = np.uint64(2 * SIZE) + (mixed(g + np.uint64(size)) & mask)
                    n = _count(bucket, tags, counts, stamp, last, used, n)
    return n


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _find(h: np.uint64, keys: Any) -> Any:
    mask = np.uint64(keys.shape[0] - 1)
    slot = h & mask
    while keys[slot] != 0:
        if keys[slot] == h:
            return np.int64(slot)
        slot = (slot + np.uint64(1)) & mask
    return -1


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _look_up(n_tokens: int, hashes: Any, spans: Any, keys: Any, found: Any) -> None:
    """The place of each token in the vocabulary of its language, -1 where it has none."""
    for t in range(n_tokens):
        found[t] = -1 if spans[t, 2] == PUNCTUATION else _find(hashes[t], keys)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _valence(spans: Any, codes: Any, n_tokens: int, found: Any, entries: Any, marks: Any, which: int, out: Any) -> None:
    """Eleven numbers on what a lexicon says of a text: see `lexicons` for what its words carry.

    A negation turns the next three words (x -0.74), a booster strengthens the next (x 1.3), and what stands before
    "but" counts half.
    """
    plus = minus = total = low = high = last = later = 0.0
    hits = words = reach = 0
    boost = 1.0
    half = n_tokens // 2
    for t in range(n_tokens):
        if spans[t, 2] == PUNCTUATION:
            c = codes[spans[t, 0]]
            if c == 46 or c == 44 or c == 59 or c == 58 or c == 33 or c == 63 or c == 40 or c == 41:
                reach = 0
            continue
        words += 1
        slot = found[t]
        if slot < 0:
            boost = 1.0
            reach -= 1 if reach > 0 else 0
            continue
        flags = marks[slot]
        if flags & NEGATION:
            reach = 4
        if flags & CONTRAST:
            plus, minus, total, later = plus * 0.5, minus * 0.5, total * 0.5, later * 0.5
        value = entries[slot, which]
        if value != 0.0:
            value *= boost
            if reach > 0 and not flags & NEGATION:
                value *= -0.74
            hits += 1
            total += value
            last = 1.0 if value > 0 else -1.0
            low, high = min(low, value), max(high, value)
            if value > 0:
                plus += value
            else:
                minus -= value
            if t >= half:
                later += value
        boost = 1.3 if flags & BOOSTER else 1.0
        reach -= 1 if reach > 0 else 0
    out[0], out[1] = np.log1p(plus), np.log1p(minus)
    out[2] = total / np.sqrt(total * total + 15.0)
    out[3], out[4], out[5] = high, low, last
    out[6] = min(hits / 4.0, 1.0)
    out[7] = total / np.sqrt(words + 1.0)
    out[8] = np.tanh(later / 2.0)
    out[9] = 1.0 if plus > minus else 0.0
    out[10] = 1.0 if minus > plus else 0.0


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _kinds(spans: Any, codes: Any, n_tokens: int, found: Any, marks: Any, out: Any) -> None:
    """How many words of each category (log), and the shape: insults with you or a group, !, ?, length, pictures."""
    out[:] = 0.0
    calls = asks = words = pictures = 0
    for t in range(n_tokens):
        kind = spans[t, 2]
        if kind == PUNCTUATION:
            c = codes[spans[t, 0]]
            calls += c == 33
            asks += c == 63
            continue
        words += 1
        pictures += kind == PICTURE
        if found[t] >= 0:
            left = marks[found[t]] >> FIRST_KIND
            at = 0
            while left:
                if left & 1:
                    out[at] += 1.0
                left >>= 1
                at += 1
    insults = out[INSULT] + out[VULGAR]
    shapes = out[KINDS:]
    shapes[0] = 1.0 if insults > 0 and out[SECOND] > 0 else 0.0
    shapes[1] = 1.0 if insults > 0 and out[GROUP] > 0 else 0.0
    shapes[2], shapes[3] = np.log1p(calls), np.log1p(asks)
    shapes[4], shapes[5] = np.log1p(words), np.log1p(pictures)
    for at in range(KINDS):
        out[at] = np.log1p(out[at])


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _summarise(
    spans: Any, codes: Any, n_tokens: int, hashes: Any, found: Any, keys: Any, entries: Any, marks: Any, out: Any
) -> None:
    """All numbers of a text beside its n-grams."""
    _look_up(n_tokens, hashes, spans, keys, found)
    for which in range(2):
        part = out[which * VALENCE : (which + 1) * VALENCE]
        _valence(spans, codes, n_tokens, found, entries, marks, which, part)
    _kinds(spans, codes, n_tokens, found, marks, out[2 * VALENCE :])


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _values(tags: Any, counts: Any, used: Any, n: int, idf: Any, buckets: Any, values: Any) -> None:
    """The n counted buckets of a text, and what each weighs once its block has length one."""
    norms = np.zeros(3)
    for k in range(n):
        slot = used[k]
        bucket = np.int64(tags[slot] & np.uint64(0xFFFFFFFF))
        value = (1.0 + np.log(counts[slot])) * idf[bucket]
        buckets[k], values[k] = bucket, value
        norms[bucket >> BITS] += value * value
    for block in range(3):
        norms[block] = 1.0 / np.sqrt(norms[block]) if norms[block] > 0 else 0.0
    for k in range(n):
        values[k] *= norms[buckets[k] >> BITS]


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def extract(
    codes: Any,
    offsets: Any,
    langs: Any,
    table: Any,
    idf: Any,
    keys: Any,
    entries: Any,
    marks: Any,
    buckets: Any,
    values: Any,
) -> Any:
    """Features of each text, for training: row pointers, and the dense features (texts x DENSE).

    `buckets` and `values` are filled; they must be long enough.
    """
    n_texts = offsets.shape[0] - 1
    spans, hashes = np.empty((TOKENS, 3), np.int64), np.empty(TOKENS, np.uint64)
    tags, counts, used = np.zeros(SLOTS, np.uint64), np.empty(SLOTS, np.int32), np.empty(SLOTS, np.int64)
    rows = np.zeros(n_texts + 1, np.int64)
    dense = np.zeros((n_texts, DENSE), np.float32)
    found = np.empty(TOKENS, np.int64)
    for i in range(n_texts):
        n_tokens = tokenise(codes, offsets[i], offsets[i + 1], table, spans)
        n = _features(codes, spans, n_tokens, hashes, tags, counts, np.uint64(i + 1), used)
        at = rows[i]
        _values(tags, counts, used, n, idf, buckets[at:], values[at:])
        rows[i + 1] = at + n
        lang = langs[i]
        _summarise(spans, codes, n_tokens, hashes, found, keys[lang], entries[lang], marks[lang], dense[i])
    return rows, dense


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _weigh(tags: Any, counts: Any, used: Any, n: int, wide: Any, tone: Any, sums: Any, norms: Any) -> None:
    """Sums of weights by block (3 x outputs) and squared length of each block.

    `wide` holds, for each bucket, its idf and then the weights of all tasks that languages share: what is read
    together lies together, since waiting for memory is most of the work.
    """
    sums[:], norms[:] = 0.0, 0.0
    for k in range(n):
        slot = used[k]
        bucket = tags[slot] & np.uint64(0xFFFFFFFF)
        value = np.float32(np.uint8(wide[bucket, 0]))
        if counts[slot] > 1:
            value *= np.float32(1.0 + np.log(counts[slot]))
        block = bucket >> np.uint64(BITS)
        norms[block] += value * value
        # Widths known to the compiler: one vector instruction each.
        for c in range(TONE):
            sums[block, c] += value * tone[bucket, c]
        for c in range(WIDE):
            sums[block, TONE + c] += value * wide[bucket, c]


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def score(
    codes: Any,
    offsets: Any,
    langs: Any,
    table: Any,
    keys: Any,
    entries: Any,
    marks: Any,
    wide: Any,
    wide_scale: Any,
    wide_dense: Any,
    tone: Any,
    tone_scale: Any,
    tone_dense: Any,
) -> Any:
    """Raw scores of each text (texts x outputs): sentiment by the model of its language, then the shared tasks."""
    n_texts = offsets.shape[0] - 1
    own, shared = TONE - 1, SHARED
    spans, hashes = np.empty((TOKENS, 3), np.int64), np.empty(TOKENS, np.uint64)
    tags, counts, used = np.zeros(SLOTS, np.uint64), np.empty(SLOTS, np.int32), np.empty(SLOTS, np.int64)
    sums, norms = np.zeros((3, TONE + WIDE), np.float32), np.zeros(3, np.float32)
    dense, found = np.zeros(DENSE, np.float32), np.empty(TOKENS, np.int64)
    out = np.zeros((n_texts, own + shared), np.float32)
    for i in range(n_texts):
        lang = langs[i]
        n_tokens = tokenise(codes, offsets[i], offsets[i + 1], table, spans)
        n = _features(codes, spans, n_tokens, hashes, tags, counts, np.uint64(i + 1), used)
        _weigh(tags, counts, used, n, wide, tone[lang], sums, norms)
        _summarise(spans, codes, n_tokens, hashes, found, keys[lang], entries[lang], marks[lang], dense)
        for c in range(own + shared):
            total = np.float32(0.0)
            column = c if c < own else c + 2
            for block in range(3):
                if norms[block] > 0:
                    total += sums[block, column] / np.sqrt(norms[block])
            scale, weights = tone_scale[lang], tone_dense[lang]
            at = c
            if c >= own:
                scale, weights, at = wide_scale, wide_dense, c - own
            total = total * scale[at] + weights[DENSE, at]
            for d in range(DENSE):
                total += dense[d] * weights[d, at]
            out[i, c] = total
    return out


def packed(texts: list[str]) -> tuple[Any, Any]:
    """Code points of all texts in one array, and where each begins; letters repeated over twice are cut to two."""
    codes = np.frombuffer(bytearray("".join(texts).encode("utf-32-le", "replace")), np.uint32)
    offsets = np.zeros(len(texts) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)), out=offsets[1:])
    return codes[: squeeze(codes, offsets, classes())], offsets
