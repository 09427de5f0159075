"""The default understanding: linear models on hashed n-grams and lexicons, whose weights lie in `weights/`.

How they were trained, on what and under which licences, is told in `training/` and `docs/model-card.md`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from . import kernel, lexicons
from .language import languages
from .normalise import normalise

SENTIMENTS = ["negative", "neutral", "positive"]
EMOTIONS = ["anger", "fear", "disgust", "sadness", "surprise", "joy", "optimism"]
CARRIES = 0.5
"""Below this probability the label is given with `unsure`."""


@dataclass(frozen=True)
class Understanding:
    """What n texts say: languages (n), sentiments -1, 0, 1 (n), probabilities (n x 3), emotions (n x 7)."""

    langs: list[str]
    sentiments: Any
    scores: Any
    emotions: Any

    @property
    def unsure(self) -> Any:
        return self.scores.max(axis=1) < CARRIES

    def as_dicts(self) -> Iterator[dict[str, Any]]:
        for i, lang in enumerate(self.langs):
            yield {
                "lang": lang,
                "sentiment": SENTIMENTS[int(self.sentiments[i]) + 1],
                "unsure": bool(self.unsure[i]),
                "sentiment_scores": _named(SENTIMENTS, self.scores[i]),
                "emotions": _named(EMOTIONS, self.emotions[i]),
            }


def _named(names: list[str], values: Any) -> dict[str, float]:
    return {name: round(float(value), 4) for name, value in zip(names, values, strict=True)}


@dataclass(frozen=True)
class Weights:
    """Tables for the kernel: `wide` shared by all languages, `tone` by language; scales and dense weights of each."""

    wide: Any
    wide_scale: Any
    wide_dense: Any
    tone: Any
    tone_scale: Any
    tone_dense: Any
    tone_offset: Any


@cache
def weights() -> Weights:
    """Unpack the pruned int8 weights into the tables that the kernel reads."""
    with files("vigie.analysis").joinpath("weights", "default.npz").open("rb") as file:
        kept = np.load(file)
        wide = np.zeros((kernel.BUCKETS, 1 + len(EMOTIONS)), np.uint8)
        wide[:, 0] = round(float(kept["idf_unseen"] / kept["idf_step"]))
        wide[kept["idf_keys"], 0] = kept["idf_values"]
        wide[kept["feel_keys"], 1:] = kept["feel_values"].view(np.uint8)
        tone = np.zeros((len(lexicons.LANGUAGES), kernel.BUCKETS, 4), np.int8)
        for i, lang in enumerate(lexicons.LANGUAGES):
            tone[i, kept[f"tone_{lang}_keys"], :3] = kept[f"tone_{lang}_values"]
        return Weights(
            wide.view(np.int8),
            kept["feel_scale"],
            kept["feel_dense"],
            tone,
            kept["tone_scale"],
            kept["tone_dense"],
            kept["tone_offset"],
        )


_INDEX = {lang: i for i, lang in enumerate(lexicons.LANGUAGES)}
_OTHER = _INDEX["xx"]


def understand(texts: list[str], hints: list[str] | None = None, langs: list[str] | None = None) -> Understanding:
    """Language (unless given), sentiment and emotions of each text."""
    langs = langs or languages(texts, hints or [""] * len(texts))
    w = weights()
    keys, entries = lexicons.tables()
    codes, offsets = kernel.packed([normalise(text) for text in texts])
    which = np.fromiter((_INDEX.get(lang, _OTHER) for lang in langs), np.int64, len(langs))
    raw = kernel.score(
        codes,
        offsets,
        which,
        kernel.classes(),
        keys,
        entries,
        w.wide,
        w.wide_scale,
        w.wide_dense,
        w.tone,
        w.tone_scale,
        w.tone_dense,
    )
    tones, feels = raw[:, :3], raw[:, 3:]
    tones -= tones.max(axis=1, keepdims=True, initial=-1e9)
    likely = np.exp(tones)
    likely /= likely.sum(axis=1, keepdims=True)
    chosen = np.log(likely + 1e-9) + w.tone_offset[which]
    return Understanding(langs, chosen.argmax(axis=1).astype(np.int8) - 1, likely, 1 / (1 + np.exp(-feels)))


def words_that_weighed(text: str, lang: str, sentiment: int, most: int = 5) -> list[tuple[str, float]]:
    """The words whose removal would change the probability of this sentiment most, strongest first.

    Each weight is the probability with the word minus the probability without it (occlusion; Zeiler and Fergus, 2014).
    """
    words = text.split()[:80]
    if not words:
        return []
    without = [" ".join(words[:i] + words[i + 1 :]) for i in range(len(words))]
    likely = understand([" ".join(words), *without], langs=[lang] * (len(words) + 1)).scores[:, sentiment + 1]
    drops = [(word, round(float(likely[0] - p), 3)) for word, p in zip(words, likely[1:], strict=True)]
    return [(word, drop) for word, drop in sorted(drops, key=lambda pair: -pair[1])[:most] if drop >= 0.01]
