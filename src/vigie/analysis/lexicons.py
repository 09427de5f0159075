"""Words that carry a polarity: those of kept packages, and our own files in `vocabulary/`.

A table maps a word's hash to its valences (in the text's language, in the fallback language) and to bits that say
negation, booster, contrast, and the categories of `categories.tsv`. It is an open-addressing hash table that the kernel
reads.
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

FALLBACK = {"fr": "en", "en": "fr", "es": "fr", "pt": "es", "it": "fr"}
"""The language whose words are looked up beside a text's own; English for the others."""
SLOTS = 1 << 17


def _rows(text: str) -> Iterator[tuple[str, float]]:
    """word<TAB>valence or word->valence, as kept packages write it."""
    for line in text.splitlines():
        word, _arrow, valence = line.rpartition("->") if "\t" not in line else line.partition("\t")
        try:
            yield word.strip(), float(valence.partition("\t")[0])
        except ValueError:
            continue


def _groups(text: str) -> Iterator[tuple[str, float]]:
    """valence<TAB>words, as our own files are written."""
    for line in text.splitlines():
        if line and not line.startswith("#"):
            valence, words = line.split("\t")
            for word in words.split():
                yield word, float(valence)


def _packaged(module: str, *names: str) -> Iterator[tuple[str, float]]:
    for name in names:
        found = files(module).joinpath(name)
        if found.is_file():
            yield from _rows(found.read_text(encoding="utf-8"))


def _own(name: str) -> str:
    return files("vigie.analysis").joinpath("vocabulary", name).read_text(encoding="utf-8")


def _loose(exact: dict[str, Any]) -> dict[str, Any]:
    """Forgiving variants (no accents, plural) where they clash with nothing, below the exact ones."""
    loose: dict[str, Any] = {}
    for word, value in exact.items():
        for variant in (fold(word), word + "s", fold(word) + "s"):
            loose.setdefault(variant, value)
    return {**loose, **exact}


PACKAGED = {"fr": ("vaderSentiment_fr", "fr_lexicon.txt"), "en": ("vaderSentiment", "vader_lexicon.txt")}


@cache
def polarity(lang: str) -> dict[str, float]:
    """Word to valence (about -4 to 4): of a kept package where there is one, then our own, which wins."""
    rows = list(_rows(_own("emoji.tsv")))
    if lang in PACKAGED:
        rows += _packaged(*PACKAGED[lang])
    if files("vigie.analysis").joinpath("vocabulary", f"polarity.{lang}.tsv").is_file():
        rows += _groups(_own(f"polarity.{lang}.tsv"))
    return _loose({normalise(word): value for word, value in rows if word and " " not in word})


@cache
def kinds() -> list[str]:
    """The categories of words, in the order of their bits."""
    names = [line.split("\t")[0] for line in _own("categories.tsv").splitlines() if not line.startswith("#")]
    return list(dict.fromkeys(names))


@cache
def categories(lang: str) -> dict[str, int]:
    """Word to the bits of its categories; languages without words of their own use the English ones."""
    chosen = lang if lang in ("fr", "en") else "en"
    found: dict[str, int] = {}
    for line in _own("categories.tsv").splitlines():
        if line and not line.startswith("#"):
            kind, of, words = line.split("\t")
            if of == chosen:
                for word in words.split():
                    key = normalise(word)
                    found[key] = found.get(key, 0) | 1 << (kernel.FIRST_KIND + kinds().index(kind))
    return _loose(found)


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
def tables() -> tuple[Any, Any, Any]:
    """For the kernel: keys (languages x slots), valences (languages x slots x 2), marks (languages x slots)."""
    keys = np.zeros((len(LANGUAGES), SLOTS), np.uint64)
    entries = np.zeros((len(LANGUAGES), SLOTS, 2), np.float32)
    marks = np.zeros((len(LANGUAGES), SLOTS), np.int64)
    for index, lang in enumerate(LANGUAGES):
        own = "en" if lang == "xx" else lang
        _fill(keys[index], entries[index], marks[index], polarity(own), polarity(FALLBACK.get(lang, "en")), lang)
    return keys, entries, marks


def _fill(keys: Any, entries: Any, marks: Any, first: dict[str, float], second: dict[str, float], lang: str) -> None:
    grammar, kinds_of = flags(), categories(lang)
    words = sorted({*first, *second, *grammar, *kinds_of})
    mask = SLOTS - 1
    for word, hashed in zip(words, _hashes(words), strict=True):
        slot = int(hashed) & mask
        while keys[slot]:
            slot = (slot + 1) & mask
        keys[slot] = hashed
        entries[slot] = first.get(word, 0.0), second.get(word, 0.0)
        marks[slot] = grammar.get(word, 0) | kinds_of.get(word, 0)
