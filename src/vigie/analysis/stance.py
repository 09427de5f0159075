"""What a post does with a claim: support, deny, ask, or only comment (RumourEval; Derczynski et al., 2017)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from . import kernel, lexicons, model
from .normalise import normalise

STANCES = ["support", "deny", "query", "comment"]
_WORD = re.compile(r"\w+")
_EMPTY = frozenset(["user", "http"])
_NO = frozenset(
    "not no never isn't doesn't didn't wasn't false fake lie pas non jamais faux intox rumeur hoax untrue".split()
)
_ASKS = re.compile(
    r"^(?:@user\s*)*(?:is|are|do|does|did|was|what|why|who|how|when|where|really|source|any"
    r"|est-ce|pourquoi|qui|quand|comment|où|vraiment|c'est vrai)\b"
)
_AGREES = re.compile(r"\b(?:yes|exactly|true|agree|rip|pray|prayers|sad|terrible|oui|exact|vrai|confirme)\b")
_PROOF = re.compile(r"source|link|proof|evidence|confirm|preuve|lien")
_NEWS = re.compile(r"\b(?:rt|via|breaking|update|urgent|info|alerte)\b")


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text)) - _EMPTY


def _jaccard(one: set[str], other: set[str]) -> float:
    return len(one & other) / max(len(one | other), 1)


def relation(text: str, claim: str, parent: str) -> list[float]:
    """How a post stands to the claim and to what it answers, as twenty numbers."""
    said, claimed, answered = normalise(text), normalise(claim), normalise(parent)
    words, of_claim, of_parent = _words(said), _words(claimed), _words(answered)
    first = not parent and bool(claim) and said == claimed
    return [
        float(value)
        for value in (
            bool(parent),
            first,
            _jaccard(words, of_parent) if parent else 0,
            _jaccard(words, of_claim) if not first else 0,
            bool(parent) and answered == claimed,
            "?" in text,
            said.rstrip().endswith("?"),
            text.count("?") > 1,
            "!" in text,
            "http" in said,
            min(len(words), 30) / 30,
            bool(words & _NO),
            bool(_ASKS.match(said)),
            text.isupper(),
            "?" in parent,
            bool(_AGREES.search(said)),
            bool(_PROOF.search(said)),
            len(words) < 4,
            bool(_NEWS.search(said)),
            len(words - of_parent - of_claim) / max(len(words), 1),
        )
    ]


@dataclass(frozen=True)
class Stance:
    """A stance and the probability of each."""

    name: str
    scores: dict[str, float]


def stance(text: str, claim: str, parent: str = "", lang: str = "en") -> Stance:
    """What a text does with a claim; `parent` is what it answers, empty where it answers nothing.

    The weights come from English threads. French texts go through the same model, whose words of denial, doubt and
    proof are French too; no French figure is claimed.
    """
    kept = model.stored()
    codes, offsets = kernel.packed([normalise(text)])
    room = int(len(codes) * 7 + 20_000)
    buckets, values = np.empty(room, np.int64), np.empty(room, np.float32)
    tables = lexicons.tables()
    rows, dense = kernel.extract(
        codes, offsets, model.places([lang]), kernel.classes(), _idf(), *tables, buckets, values
    )
    n = int(rows[-1])
    places = np.searchsorted(kept["stance_keys"], buckets[:n])
    places = np.minimum(places, len(kept["stance_keys"]) - 1)
    known = kept["stance_keys"][places] == buckets[:n]
    sparse = values[:n][known] @ (kept["stance_values"][places[known]] * kept["stance_scale"])
    raw = sparse + dense[0] @ kept["stance_dense"][:-1] + kept["stance_dense"][-1]
    raw += kept["stance_relation"] @ np.array(relation(text, claim, parent))
    likely = np.exp(raw - raw.max())
    likely /= likely.sum()
    scores = {name: round(float(p), 4) for name, p in zip(STANCES, likely, strict=True)}
    return Stance(STANCES[int(likely.argmax())], scores)


@cache
def _idf() -> Any:
    """Inverse document frequency of every bucket."""
    kept = model.stored()
    found = np.full(kernel.BUCKETS, kept["idf_unseen"], np.float32)
    found[kept["idf_keys"]] = kept["idf_values"].astype(np.float32) * kept["idf_step"]
    return found
