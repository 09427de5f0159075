# ruff: noqa: E501  (lists of words)
"""What a bag of words cannot hear: praise that tells of trouble, trouble that is over, denials of something bad, questions.

Four small rules in French and English, on texts as `normalise` leaves them, each with words of its own that must stand there.
They are narrow on purpose: a wide list of openings and troubles passed all our pairs, and was wrong on four of five real
tweets that it touched (bench/RESULTS.md).
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

_PRAISE = re.compile(
    r"^\W*(?:@user\W+)*(?:merci (?:de|pour|d')|bravo|super|génial|formidable|magnifique|parfait|félicitations?|quel(?:le)? (?:plaisir|bonheur|joie|efficacité|chance)|"
    r"j'adore quand|thanks for|thank you for|well done|great|brilliant|wonderful|fantastic|perfect|congratulations|what a (?:joy|pleasure|treat|delight)|"
    r"i love it when)\b"
)
_TROUBLE = re.compile(
    r"^(?:\W*\w+){0,8}?\W*\b(?:pannes?|cass[ée]e?s?|en morceaux|bloqu[ée]e?s?|coupures?|périm[ée]e?s?|pour rien|facture doublée|"
    r"factur[ée]e? deux fois|frais cachés|sans (?:réponse|prévenir|remboursement)|outages?|broken|in pieces|locked|expired|"
    r"no answer|for nothing|charged twice|hidden fees|no refund|without a refund|breakdown)\b"
)
_OVER = re.compile(
    r"\b(?:(?:problème|souci|bug|panne|erreur|incident)s? (?:est |sont )?(?:enfin )?(?:résolue?s?|réglée?s?|corrigée?s?|terminée?s?)|"
    r"tout (?:est rentré dans l'ordre|refonctionne|remarche)|c'est réparé|remboursée? ce|colis retrouvé|"
    r"(?:problem|issue|bug|error|outage)s? (?:is |are |was |has been )?(?:finally )?(?:solved|sorted|fixed|corrected|over|resolved)|"
    r"(?:everything|all) (?:is )?(?:back to normal|works again)|refunded this|parcel found|it is fixed)\b"
)
_DENIED = re.compile(
    r"\b(?:pas (?:si |du tout )?mal(?! d[e'])|pas mauvaise?s?|rien à redire|rien à reprocher|jamais (?:eu )?(?:de|un) (?:problème|souci)s?|"
    r"pas (?:déçue?s?|désagréables?|une arnaque)|ne (?:le |la )?regrette pas|sans (?:aucun )?problème|impossible à critiquer|"
    r"not (?:a )?bad|not (?:at all )?disappointed|nothing to complain|no complaints|never had any (?:trouble|problem)s?|"
    r"(?:do not|don't) regret|not unpleasant|not badly|no scam|can't complain)\b"
)
_ASKS = re.compile(
    r"^\W*(?:@user\W+)*(?:quelqu'un (?:sait|saurait|connaît|peut|a une idée)|(?:est-ce que )?quelqu'un|savez-vous|sait-on|qui sait|"
    r"does any(?:one|body)|do you know|any(?:one|body) knows?|can any(?:one|body)|who knows)\b[^?]*\?"
)
"""Whoever asks people for something praises nothing yet."""
TOLD = 0.75
"""The probability that a rule gives what it says."""


SHORT = 14
"""Words up to which a denial is what a text says; in longer ones other things weigh as much."""


def heard(texts: list[str], langs: list[str], likely: Any) -> Any:
    """Probabilities of negative, neutral and positive (n x 3), moved where a rule speaks. `texts` are normalised."""
    for i, (text, lang) in enumerate(zip(texts, langs, strict=True)):
        if lang not in ("fr", "en"):
            continue
        opening = _PRAISE.search(text)
        if opening and _TROUBLE.search(text[opening.end() :]):
            likely[i] = np.array([TOLD, (1 - TOLD) / 2, (1 - TOLD) / 2])
        elif text.count(" ") < SHORT and (_DENIED.search(text) or _OVER.search(text)):
            _move(likely[i], away=0)
        elif _ASKS.search(text):
            _move(likely[i], away=2)
    return likely


def _move(row: Any, away: int) -> None:
    """Take most of the probability of one label, and share it as the others stand."""
    if row.argmax() != away:
        return
    left = row[away] * (1 - TOLD)
    others = [k for k in range(3) if k != away]
    whole = sum(float(row[k]) for k in others) or 1.0
    freed = row[away] - left
    for k in others:
        row[k] += freed * row[k] / whole
    row[away] = left
