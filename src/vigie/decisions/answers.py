"""The words of the guided assessment: its questions, and the answers that may be given."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from . import posture

ANSWERED = {
    "cause": gettext_lazy("Cause"),
    "origin": gettext_lazy("Origin"),
    "speaker": gettext_lazy("Who speaks"),
    "scale": gettext_lazy("Scale"),
    "threatened": gettext_lazy("What is threatened"),
    "cluster": gettext_lazy("Cluster"),
    "advised": gettext_lazy("Posture that usually fits"),
}
ANSWERS = {
    "inside": gettext_noop("inside the organisation"),
    "outside": gettext_noop("outside the organisation"),
    "customer": gettext_noop("customers"),
    "employee": gettext_noop("employees"),
    "journalist": gettext_noop("journalists"),
    "activist": gettext_noop("activists"),
    "politician": gettext_noop("elected people"),
    "troll": gettext_noop("trolls"),
    "local": gettext_noop("a small circle"),
    "national": gettext_noop("the whole country"),
    "international": gettext_noop("several countries"),
    "people": gettext_noop("people’s health or safety"),
    "trade": gettext_noop("commercial goals"),
    "survival": gettext_noop("the survival of the organisation"),
    "trust": gettext_noop("trust"),
}


def choices(*names: str) -> list[tuple[str, Any]]:
    return [(name, gettext_lazy(ANSWERS[name])) for name in names]


def shown(name: str, value: Any) -> str:
    """An answer in the reader's language."""
    if isinstance(value, list):
        return ", ".join(str(_(ANSWERS.get(str(v), str(v)))) for v in value)
    if name == "cause":
        return str(posture.Cause(value).label) if value in posture.Cause.values else str(value)
    if name == "advised":
        return str(posture.Posture(value).label) if value in posture.Posture.values else str(value)
    if name == "cluster":
        return str(posture.CLUSTERS.get(value, value))
    return str(_(ANSWERS.get(str(value)) or str(value)))
