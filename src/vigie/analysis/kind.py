"""What kind of thing a post is: a question, a complaint, praise, or none of these."""

from __future__ import annotations

import re

from . import kernel, lexicons
from .normalise import normalise

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


def kind(text: str, lang: str, sentiment: int, negative: float, positive: float) -> str:
    """By the sentiment and its probabilities, question marks, and the words of `categories.tsv`.

    A question that complains is a complaint: it is what somebody must answer first.
    """
    said = normalise(text)
    marks = _marks(said, lang)
    complains, praises = "complaint" in marks, "praise" in marks
    if sentiment < 0 and (complains or negative >= 0.6):
        return "complaint"
    if "?" in said:
        return "complaint" if complains and negative >= 0.5 else "question"
    if sentiment > 0 and (praises or positive >= 0.6):
        return "praise"
    return "other"


def _marks(said: str, lang: str) -> set[str]:
    words = lexicons.categories(lang if lang in ("fr", "en") else "en")
    bits = 0
    for word in _WORD.findall(said):
        bits |= words.get(word, 0)
    return {name for i, name in enumerate(lexicons.kinds()) if bits >> (kernel.FIRST_KIND + i) & 1}
