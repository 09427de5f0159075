"""The default understanding: linear models on hashed n-grams and vocabularies, whose weights lie in `weights/`.

How they were trained, on what and under which licences, is told in `training/` and `docs/model-card.md`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files
from typing import Any

import numpy as np

from vigie.lib.text import fold

from . import kernel, lexicons, second, sense, transformer
from .language import languages
from .normalise import normalise
from .phrases import stopwords

SENTIMENTS = ["negative", "neutral", "positive"]
EMOTIONS = ["anger", "fear", "disgust", "sadness", "surprise", "joy", "optimism"]
OFFENSIVE, TOXIC_FRENCH, IRONY = len(EMOTIONS), len(EMOTIONS) + 1, len(EMOTIONS) + 2
"""Places of the other shared outputs, after the emotions."""
_AROUND = ".,;:!?…()\"'«»’"
IRONIC = 0.97
"""From this probability of irony on, good words are given with `unsure`: they may mean the reverse."""


@dataclass(frozen=True)
class Understanding:
    """What n texts say: languages (n), sentiments -1, 0, 1 (n), probabilities (n x 3), emotions (n x 7), toxicity and
    irony (n)."""

    langs: list[str]
    sentiments: Any
    scores: Any
    emotions: Any
    toxicity: Any
    irony: Any
    carries: Any
    """The probability below which a sentiment is given with `unsure` (n)."""
    twice: int
    """How many texts were read twice…"""
    seconds: float
    """…and how long that took."""

    @property
    def unsure(self) -> Any:
        doubtful = (self.irony >= IRONIC) & (self.sentiments > 0)
        return (self.scores.max(axis=1) < self.carries) | doubtful

    def as_dicts(self) -> Iterator[dict[str, Any]]:
        unsure = self.unsure
        for i, lang in enumerate(self.langs):
            yield {
                "lang": lang,
                "sentiment": SENTIMENTS[int(self.sentiments[i]) + 1],
                "unsure": bool(unsure[i]),
                "sentiment_scores": _named(SENTIMENTS, self.scores[i]),
                "emotions": _named(EMOTIONS, self.emotions[i]),
                "toxicity": round(float(self.toxicity[i]), 4),
                "irony": round(float(self.irony[i]), 4),
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


@cache
def stored() -> dict[str, Any]:
    """The arrays of the weights file: pruned buckets with int8 weights, and what goes with them."""
    with files("vigie.analysis").joinpath("weights", "default.npz").open("rb") as file:
        kept = np.load(file)
        return {name: kept[name] for name in kept.files}


@cache
def weights() -> Weights:
    """Unpack the pruned int8 weights into the tables that the kernel reads."""
    kept = stored()
    wide = np.zeros((kernel.BUCKETS, kernel.WIDE), np.uint8)
    wide[:, 0] = round(float(kept["idf_unseen"] / kept["idf_step"]))
    wide[kept["idf_keys"], 0] = kept["idf_values"]
    wide[kept["wide_keys"], 1 : 1 + kernel.SHARED] = kept["wide_values"].view(np.uint8)
    tone = np.zeros((len(lexicons.LANGUAGES), kernel.BUCKETS, kernel.TONE), np.int8)
    for i, lang in enumerate(lexicons.LANGUAGES):
        tone[i, kept[f"tone_{lang}_keys"], :3] = kept[f"tone_{lang}_values"]
    return Weights(
        wide.view(np.int8),
        kept["wide_scale"],
        kept["wide_dense"],
        tone,
        kept["tone_scale"],
        kept["tone_dense"],
    )


_INDEX = {lang: i for i, lang in enumerate(lexicons.LANGUAGES)}
_OTHER = _INDEX["xx"]
_FRENCH = _INDEX["fr"]


def places(langs: list[str]) -> Any:
    """The place of the model of each language."""
    return np.fromiter((_INDEX.get(lang, _OTHER) for lang in langs), np.int64, len(langs))


def understand(
    texts: list[str], hints: list[str] | None = None, langs: list[str] | None = None, twice: int | None = None
) -> Understanding:
    """Language (unless given), sentiment, emotions, toxicity and irony of each text.

    What is doubtful is read twice (see `second`): all of it, or the first `twice` texts of it.
    """
    langs = langs or languages(texts, hints or [""] * len(texts))
    return _read(texts, langs, lambda which, raw: _doubtful(langs, which, raw)[:twice])


def _read(texts: list[str], langs: list[str], doubted: Callable[[Any, Any], Any]) -> Understanding:
    """`doubted` says which texts to read twice, by the places of their models and their first scores."""
    told, which, kept = [normalise(text) for text in texts], places(langs), stored()
    raw = _first(told, which)
    again = doubted(which, raw)
    begun = time.perf_counter()
    raw[again] = second.read([texts[i] for i in again], which[again], raw[again], kept)
    seconds = time.perf_counter() - begun
    likely, shared = _likely(raw)
    carries = kept["tone_carries"][which]
    carries[again] = kept["again_tone_carries"][which[again]]
    if own := transformer.chosen():
        likely, carries = own.scores(texts), np.full(len(texts), transformer.CARRIES)
    likely = sense.heard(told, langs, likely)
    sentiments = likely.argmax(axis=1).astype(np.int8) - 1
    return Understanding(
        langs,
        sentiments,
        likely,
        shared[:, : len(EMOTIONS)],
        _toxicity(which, shared),
        shared[:, IRONY],
        carries,
        len(again),
        seconds,
    )


def _doubtful(langs: list[str], which: Any, raw: Any) -> Any:
    """The places of the texts to read twice."""
    if not second.on():
        return np.zeros(0, np.int64)
    likely, shared = _likely(raw)
    return second.doubtful(langs, likely, _toxicity(which, shared), shared[:, : len(EMOTIONS)])


def _first(told: list[str], which: Any) -> Any:
    """Raw scores of normalised texts (texts x outputs), by the models at these places."""
    w = weights()
    codes, offsets = kernel.packed(told)
    return kernel.score(
        codes,
        offsets,
        which,
        kernel.classes(),
        *lexicons.tables(),
        w.wide,
        w.wide_scale,
        w.wide_dense,
        w.tone,
        w.tone_scale,
        w.tone_dense,
    )


def _likely(raw: Any) -> tuple[Any, Any]:
    """Probabilities of the three sentiments, and of each of the shared outputs."""
    tones = raw[:, :3] - raw[:, :3].max(axis=1, keepdims=True, initial=-1e9)
    likely = np.exp(tones)
    return likely / likely.sum(axis=1, keepdims=True), 1 / (1 + np.exp(-raw[:, 3:]))


def _toxicity(which: Any, shared: Any) -> Any:
    return np.where(which == _FRENCH, shared[:, TOXIC_FRENCH], shared[:, OFFENSIVE])


MOST_WORDS, MOST_TWICE = 80, 40
"""Words of a text that are left out one by one; fewer where each text is read twice, which takes time."""


def _without_each(text: str, lang: str) -> tuple[list[str], Understanding]:
    """The words of a text, and what it says whole (first) and without each of them."""
    words = text.split()[:MOST_WORDS]
    twice = bool(_read([" ".join(words)], [lang], partial(_doubtful, [lang])).twice)
    words = words[: MOST_TWICE if twice else MOST_WORDS]
    lacking = [" ".join(words[:i] + words[i + 1 :]) for i in range(len(words))]
    # All are read as the first one is: what two readings say cannot be subtracted.
    every = np.arange(len(lacking) + 1 if twice else 0)
    return words, _read([" ".join(words), *lacking], [lang] * (len(words) + 1), lambda which, raw: every)


def _tells(word: str, lang: str) -> bool:
    """Whether a word is more than grammar: what denies, stresses or judges says something, however small it is."""
    plain = normalise(word).strip(_AROUND)
    if fold(plain) not in stopwords() or plain in lexicons.flags():
        return True
    return bool(lexicons.polarity(lang if lang in lexicons.LANGUAGES else "en").get(plain))


def _heaviest(words: list[str], lang: str, likely: Any, most: int) -> list[tuple[str, float]]:
    drops = [(word, round(float(likely[0] - p), 3)) for word, p in zip(words, likely[1:], strict=True)]
    telling = [(word, drop) for word, drop in drops if drop >= 0.01 and _tells(word, lang)]
    return sorted(telling, key=lambda pair: -pair[1])[:most]


def words_that_weighed(text: str, lang: str, sentiment: int, most: int = 5) -> list[tuple[str, float]]:
    """The words whose removal would change the probability of this sentiment most, strongest first.

    Each weight is the probability with the word minus the probability without it (occlusion; Zeiler and Fergus, 2014).
    """
    return explained(text, lang, most, sentiment=sentiment).get("sentiment", [])


def explained(
    text: str, lang: str, most: int = 5, *, sentiment: int | None = None
) -> dict[str, list[tuple[str, float]]]:
    """The words that weighed for the sentiment, and for each emotion, toxicity and irony that is likelier than not.

    The sentiment is the one that the models read, unless another is given.
    """
    words, found = _without_each(text, lang)
    if not words:
        return {}
    chosen = int(found.sentiments[0]) if sentiment is None else sentiment
    columns = {"sentiment": found.scores[:, chosen + 1]}
    beside = {name: found.emotions[:, i] for i, name in enumerate(EMOTIONS)}
    beside |= {"toxicity": found.toxicity, "irony": found.irony}
    columns |= {name: values for name, values in beside.items() if values[0] >= 0.5}
    return {name: _heaviest(words, lang, values, most) for name, values in columns.items()}
