"""Words that carry a polarity: those of kept packages, and our own files in `vocabulary/`.

A table maps a word's hash to (valence in the text's language, valence in the fallback language, flags), where flags
say negation, booster or contrast. It is an open-addressing hash table that the kernel reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from vigie.lib.text import fold

from . import kernel
from .normalise import normalise

LANGUAGES = ["fr", "en", "ar", "de", "es", "hi", "it", "pt", "xx"]
"""Order of the models; `xx` is any other language."""

PAIRS = {"fr": ("fr", "en"), "es": ("fr", "en"), "pt": ("fr", "en"), "it": ("fr", "en")}
SLOTS = 1 << 17


def _rows(text: str) -> Iterator[tuple[str, float]]:
    for line in text.splitlines():
        parts = line.split("\t")
        if len(parts) >= 2 and not line.startswith("# "):
            try:
                yield parts[0].strip(), float(parts[1])
            except ValueError:
                continue


def _packaged(module: str, *names: str) -> Iterator[tuple[str, float]]:
    for name in names:
        found = files(module).joinpath(name)
        if found.is_file():
            yield from _rows(found.read_text(encoding="utf-8"))


def _own(name: str) -> str:
    return files("vigie.analysis").joinpath("vocabulary", name).read_text(encoding="utf-8")


@cache
def polarity(lang: str) -> dict[str, float]:
    """Word to valence (about -4 to 4), with forgiving variants (no accents, plural) where they clash with nothing."""
    rows = list(_rows(_own("emoji.tsv")))
    if lang == "fr":
        rows += [*_packaged("vaderSentiment_fr", "fr_lexicon.txt"), *_rows(_own("polarity.fr.tsv"))]
    else:
        rows += list(_packaged("vaderSentiment", "vader_lexicon.txt"))
    exact = {normalise(word): value for word, value in rows if word and " " not in word}
    loose: dict[str, float] = {}
    for word, value in exact.items():
        for variant in (fold(word), word + "s", fold(word) + "s"):
            loose.setdefault(variant, value)
    return {**loose, **exact}


@cache
def flags() -> dict[str, int]:
    """Word to its grammatical flags, all languages together."""
    found: dict[str, int] = {}
    for line in _own("grammar.tsv").splitlines():
        if line and not line.startswith("#"):
            kind, words = line.split("\t")
            bit = {"negation": kernel.NEGATION, "booster": kernel.BOOSTER, "contrast": kernel.CONTRAST}[kind]
            for word in words.split():
                found[word] = found.get(word, 0) | bit
    return found


def _hashes(words: list[str]) -> Any:
    codes, offsets = kernel.packed(words)
    with np.errstate(over="ignore"):
        return [kernel.mixed(np.uint64(kernel.fnv(codes, offsets[i], offsets[i + 1]))) for i in range(len(words))]


@cache
def tables() -> tuple[Any, Any]:
    """Keys (languages x slots) and entries (languages x slots x 3) for the kernel."""
    keys = np.zeros((len(LANGUAGES), SLOTS), np.uint64)
    entries = np.zeros((len(LANGUAGES), SLOTS, 3), np.float32)
    built: dict[tuple[str, str], int] = {}
    for index, lang in enumerate(LANGUAGES):
        pair = PAIRS.get(lang, ("en", "en"))
        if pair in built:
            keys[index], entries[index] = keys[built[pair]], entries[built[pair]]
            continue
        built[pair] = index
        _fill(keys[index], entries[index], polarity(pair[0]), polarity(pair[1]) if pair[1] != pair[0] else {})
    return keys, entries


def _fill(keys: Any, entries: Any, first: dict[str, float], second: dict[str, float]) -> None:
    grammar = flags()
    words = sorted({*first, *second, *grammar})
    mask = SLOTS - 1
    for word, hashed in zip(words, _hashes(words), strict=True):
        slot = int(hashed) & mask
        while keys[slot]:
            slot = (slot + 1) & mask
        keys[slot] = hashed
        entries[slot] = first.get(word, 0.0), second.get(word, 0.0), grammar.get(word, 0)
