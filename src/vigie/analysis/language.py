"""Which language a text is written in."""

from __future__ import annotations

import re

import pycld2

from vigie.lib.text import plain_letters

UNKNOWN = "und"
READ = frozenset(["fr", "en", "ar", "de", "es", "hi", "it", "pt"])
"""Languages that the models read."""
SHORT = 60
_WORD = re.compile(r"\w+")
_MARKS = re.compile(r"[@#][\w.]+|https?://\S+")
"""Accounts, hashtags and links belong to no language."""
_SMALL = {
    "fr": frozenset(
        "le la les de des du un une et est pas que qui quoi quel quelle quels quelles pour dans sur avec mais plus ce "
        "cet cette ça je tu il elle nous vous on sont suis ai avez très trop tout rien jamais encore merci bonjour "
        "honte nul nulle bravo déjà où ne se sa son ses vos notre votre au aux".split()
    ),
    "en": frozenset(
        "the a an is are and of to in you your this that it not so my for with what no was be on at we they he she "
        "have has do does why how all just very never still thanks please good bad love hate".split()
    ),
}
"""Small words that tell French from English where a text is too short for statistics."""


def detect(text: str, hint: str = "") -> str:
    """ISO 639-1 code, `und` when nothing tells. A hint (what the network says) wins over an unsure reading.

    >>> detect("La panne dure depuis ce matin et personne ne répond")
    'fr'
    >>> detect("quelle honte"), detect("Je m'appelle Jessica"), detect("lol ok")
    ('fr', 'fr', 'und')
    """
    text = plain_letters(text)
    hint = hint[:2].lower() if hint != UNKNOWN and hint[:2].isascii() and hint[:2].isalpha() else ""
    if len(text) < SHORT and not _WORD.search(_MARKS.sub(" ", text)):
        return hint or UNKNOWN
    try:
        sure, _, found = pycld2.detect(text, bestEffort=True, hintLanguage=hint or None)
    except pycld2.error:
        return hint or UNKNOWN
    code = str(found[0][1][:2])
    small = _by_small_words(text)
    if sure and code != "un" and len(text) >= 12 and (code in READ or len(text) >= SHORT):
        # Names pull statistics to the language that they come from; small words do not move.
        return small if small and code in _SMALL else code
    # Of a few letters statistics say Dutch as easily as anything: only the two languages of our people are believed.
    told = code != "un" and (sure or len(text) >= SHORT) and (len(text) >= 12 or code in _SMALL)
    return hint or small or (code if told else UNKNOWN)


def _by_small_words(text: str) -> str:
    """French or English by the small words of a short text; empty when they do not tell."""
    if len(text) >= SHORT:
        return ""
    words = set(_WORD.findall(text.lower()))
    french, english = (len(words & _SMALL[lang]) for lang in ("fr", "en"))
    return "fr" if french > english else "en" if english > french else ""


def languages(texts: list[str], hints: list[str]) -> list[str]:
    return [detect(text, hint) for text, hint in zip(texts, hints, strict=True)]
