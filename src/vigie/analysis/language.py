"""Which language a text is written in."""

from __future__ import annotations

import pycld2

UNKNOWN = "und"


def detect(text: str, hint: str = "") -> str:
    """ISO 639-1 code, `und` when nothing tells. A hint (what the network says) wins over an unsure reading.

    >>> detect("La panne dure depuis ce matin et personne ne répond")
    'fr'
    """
    hint = hint[:2].lower() if hint != UNKNOWN and hint[:2].isascii() and hint[:2].isalpha() else ""
    try:
        sure, _, found = pycld2.detect(text, bestEffort=True, hintLanguage=hint or None)
    except pycld2.error:
        return hint or UNKNOWN
    code = found[0][1][:2]
    if sure and code != "un" and len(text) >= 12:
        return str(code)
    return hint or (UNKNOWN if code == "un" else str(code))


def languages(texts: list[str], hints: list[str]) -> list[str]:
    return [detect(text, hint) for text, hint in zip(texts, hints, strict=True)]
