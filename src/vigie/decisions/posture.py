"""Postures, their risks, and the one that usually fits: Coombs's situational crisis communication theory.

A crisis belongs to a cluster by how much people hold the organisation responsible: victim, accident, preventable. Past
crises and a bad reputation make it one step heavier. The guideline for each cluster is that of Coombs (2007),
"Protecting organization reputations during a crisis", Corporate Reputation Review 10(3); the names of postures follow
Libaert, "La communication de crise". It is advice: a person decides.

>>> cluster("rumour"), cluster("product"), cluster("misconduct")
('victim', 'accident', 'preventable')
>>> weighed("victim", past=True, reputation="neutral"), weighed("accident", past=False, reputation="bad")
('accident', 'preventable')
>>> advised("preventable", "misconduct"), advised("victim", "rumour")
('full', 'counter')
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Posture(models.TextChoices):
    FULL = "full", _("Full recognition")
    PARTIAL = "partial", _("Partial recognition")
    COUNTER = "counter", _("Counter-attack")
    VICTIM = "victim", _("Victimisation")
    SILENCE = "silence", _("Silence")
    REFUSAL = "refusal", _("Refusal")


class Cause(models.TextChoices):
    COMPLAINT = "complaint", _("customer complaint")
    PRODUCT = "product", _("product failure")
    CONTAMINATION = "contamination", _("contamination")
    ACCIDENT = "accident", _("industrial accident")
    ORGANISATION = "organisation", _("organisational accident")
    LEAK = "leak", _("data leak")
    RUMOUR = "rumour", _("rumour or disinformation")
    TROLL = "troll", _("troll or pile-on")
    POST = "post", _("clumsy post")
    EMPLOYEE = "employee", _("angry employee")
    MISCONDUCT = "misconduct", _("executive misconduct")
    BOYCOTT = "boycott", _("boycott call")


CLUSTERS = {
    "victim": _("victim: people hardly hold you responsible"),
    "accident": _("accident: responsible, without having meant it"),
    "preventable": _("preventable: it could and should have been avoided"),
}
STEPS = list(CLUSTERS)
BY_CAUSE = {
    "rumour": "victim",
    "troll": "victim",
    "complaint": "accident",
    "product": "accident",
    "accident": "accident",
    "organisation": "preventable",
    "contamination": "accident",
    "leak": "accident",
    "post": "preventable",
    "employee": "accident",
    "misconduct": "preventable",
    "boycott": "accident",
}
RISKS = {
    "full": _(
        "Costly and final: it opens the way to claims. Facts must be established, and what is promised must be kept."
    ),
    "partial": _("Reads as half an answer when more comes out later. Say what is not known yet, and when it will be."),
    "counter": _(
        "Strong warning: attacking people who complain turns spectators against you and feeds the story. "
        "Only with proof in hand, against a falsehood, never against a victim."
    ),
    "victim": _("Sounds like an excuse as soon as anybody else suffers more than you do."),
    "silence": _(
        "Strong warning: others speak in your place, and silence is read as guilt. Only for a troll who wants an "
        "audience, and with a date to look again."
    ),
    "refusal": _("Denying what turns out true costs more than the fault. Only what can be proved false may be denied."),
}
STRONG = ("silence", "counter")
SOURCE = _("Coombs (2007), situational crisis communication theory; postures after Libaert")


def cluster(cause: str) -> str:
    return BY_CAUSE.get(cause, "accident")


def weighed(found: str, *, past: bool, reputation: str) -> str:
    """One step heavier where such a crisis has happened before, or reputation was bad already."""
    step = STEPS.index(found) + (1 if past or reputation == "bad" else 0)
    return STEPS[min(step, len(STEPS) - 1)]


def advised(found: str, cause: str) -> str:
    """The posture that the guideline gives for a cluster."""
    if found == "victim":
        return {"rumour": "counter", "troll": "silence"}.get(cause, "victim")
    return "full" if found == "preventable" else "partial"
