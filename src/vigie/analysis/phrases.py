"""What the rising part of a conversation is about: its distinctive phrases, in its own words.

Each phrase of one to three words is scored by the log-odds of its share among the rising texts against the others,
with an informative Dirichlet prior, divided by its standard deviation (Monroe, Colaresi and Quinn, 2008, "Fightin'
Words"). A phrase counts once a text, and once a story, so that copies do not outvote people.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from vigie.lib.text import LINK, fold

_WORD = re.compile(r"[#@]?\w+(?:['’]\w+)*")


@dataclass(frozen=True)
class Theme:
    """A phrase as people wrote it, how many texts hold it, and how distinctive it is (z)."""

    phrase: str
    texts: int
    z: float


@cache
def stopwords() -> frozenset[str]:
    text = files("vigie.analysis").joinpath("vocabulary", "stopwords.txt").read_text(encoding="utf-8")
    return frozenset(fold(word) for line in text.splitlines() if not line.startswith("#") for word in line.split())


def _phrases(text: str) -> dict[str, str]:
    """Folded phrase to its form in the text. A phrase neither begins nor ends with an empty word."""
    found: dict[str, str] = {}
    text = LINK.sub(" . ", text)
    spans = [(m.start(), m.end(), fold(m.group())) for m in _WORD.finditer(text)]
    empty = [
        word in stopwords()
        or word.startswith("@")
        or len(word) < 3
        or word.isdigit()
        or ("'" in word and word.split("'")[-1] in stopwords())
        for _, _, word in spans
    ]
    for i in range(len(spans)):
        if empty[i]:
            continue
        for j in range(i, min(i + 3, len(spans))):
            between = text[spans[j - 1][1] : spans[j][0]] if j > i else ""
            if j > i and between.strip(" \u00a0"):
                break
            if not empty[j]:
                key = " ".join(word for _, _, word in spans[i : j + 1])
                found.setdefault(key, text[spans[i][0] : spans[j][1]])
    return found


def _count(texts: Iterable[str]) -> tuple[Counter[str], dict[str, Counter[str]], int]:
    counts: Counter[str] = Counter()
    forms: dict[str, Counter[str]] = {}
    n = 0
    for text in texts:
        n += 1
        for key, form in _phrases(text).items():
            counts[key] += 1
            forms.setdefault(key, Counter())[form.lower()] += 1
    return counts, forms, n


def themes(rising: list[str], usual: list[str], *, leave_out: Iterable[str] = (), most: int = 5) -> list[Theme]:
    """The phrases that set `rising` apart from `usual`, strongest first, none inside another."""
    here, forms, n = _count(rising)
    there, _, m = _count(usual)
    if not n:
        return []
    known = {fold(word) for word in leave_out}
    least = 2 if n >= 4 else 1
    scored = []
    for key, count in here.items():
        if count < least or any(word.lstrip("#") in known for word in key.split()):
            continue
        before = there.get(key, 0)
        prior = 0.5
        z = (
            math.log((count + prior) / (n - count + 1)) - math.log((before + prior * 0.5) / (m - before + 1))
        ) / math.sqrt(1 / (count + prior) + 1 / (before + prior))
        scored.append(Theme(forms[key].most_common(1)[0][0], count, round(z * (1 + 0.15 * key.count(" ")), 2)))
    scored.sort(key=lambda t: (-t.z, t.phrase))
    return _apart(scored[:60], most)


def _apart(scored: list[Theme], most: int) -> list[Theme]:
    """Longest first among phrases that say the same thing."""
    kept: list[Theme] = []
    for theme in scored:
        words = set(fold(theme.phrase).split())
        clash = next((k for k in kept if words & set(fold(k.phrase).split())), None)
        if clash is None:
            kept.append(theme)
        elif words > set(fold(clash.phrase).split()) and theme.texts >= 0.6 * clash.texts:
            kept[kept.index(clash)] = theme
    return kept[:most]
