"""A second reading, with the sentence encoder, of what the first one doubts.

Linear again: what the first reading says of a text (its scores), and 512 numbers on what the sentence is about, give
new scores. Not all texts are read twice, for it takes milliseconds each: those whose sentiment, toxicity or strongest
emotion could be one thing or the other. `VIGIE_ENCODER=off` leaves it out, with its memory (about 130 MB).
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from . import encoder

LANGUAGES = frozenset("ar de en es fr it ja ko nl pl pt ru th tr zh".split())
"""Those that the encoder was made for; a text in another one is read once."""
DOUBT = 0.55
"""Below this probability of its likeliest sentiment a text is read twice."""
BETWEEN = 0.4, 0.6
"""So are those whose toxicity, or strongest emotion, lies between these."""
SPREAD = 4.0
"""Standard deviations at which a number of the encoder is cut."""


def on() -> bool:
    """Whether there is a second reading."""
    return os.environ.get("VIGIE_ENCODER", "on") != "off"


def doubtful(langs: list[str], likely: Any, toxicity: Any, emotions: Any) -> Any:
    """The places of the texts to read twice, by their languages (n), the probabilities of their sentiments (n x 3),
    their toxicity (n) and emotions (n x emotions)."""
    known = np.fromiter((lang in LANGUAGES for lang in langs), bool, len(langs))
    open_ones = (likely.max(axis=1) < DOUBT) | _between(toxicity) | _between(emotions.max(axis=1))
    return np.flatnonzero(known & open_ones)


def _between(values: Any) -> Any:
    low, high = BETWEEN
    return (values > low) & (values < high)


def standard(vectors: Any, mean: Any, std: Any) -> Any:
    """Numbers of the encoder as these models read them: standardised by a pool, and cut."""
    return np.clip((vectors - mean) / std, -SPREAD, SPREAD)


def read(texts: list[str], places: Any, raw: Any, kept: dict[str, Any]) -> Any:
    """New scores of n texts (n x outputs), from the first ones and the weights of `model.stored`.

    `places` are those of the models of their languages.
    """
    z = standard(encoder.vectors(texts), kept["again_mean"], kept["again_std"])
    tone, shared = raw[:, :3], raw[:, 3:]
    found = np.empty_like(raw)
    found[:, 3:] = shared @ kept["again_shared_first"] + z @ kept["again_shared"] + kept["again_shared_constant"]
    for place in np.unique(places):
        rows = places == place
        found[rows, :3] = tone[rows] @ kept["again_tone_first"][place] + z[rows] @ kept["again_tone"][place]
        found[rows, :3] += kept["again_tone_constant"][place]
    return found
