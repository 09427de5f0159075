"""Sensitive vocabulary: words that call for attention whatever the volume, by risk and language, editable."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from ahocorasick_rs import AhoCorasick

from .query import split


@cache
def _finder() -> AhoCorasick:
    words = []
    for line in files("vigie.watches").joinpath("vocabulary", "sensitive.tsv").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            words += [" ".join(split(word)) + " " * word.endswith(" ") for word in line.split("\t")[2].split(",")]
    return AhoCorasick([f" {word}" for word in words])


def is_sensitive(spaced: str) -> bool:
    """Whether a text, as folded words between single spaces, holds a sensitive expression."""
    return bool(_finder().find_matches_as_indexes(spaced))
