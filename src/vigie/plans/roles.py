"""The roles of a crisis team, and how people name them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from vigie.lib.text import fold


class CrisisRole(models.TextChoices):
    DIRECTOR = "director", _("Crisis director")
    LEAD = "lead", _("Crisis team leader")
    SPOKESPERSON = "spokesperson", _("Spokesperson")
    PRESS = "press", _("Press officer")
    COMMUNITY = "community", _("Community manager")
    LEGAL = "legal", _("Lawyer")
    HR = "hr", _("Human resources")
    OPERATIONS = "operations", _("Operations")
    SCRIBE = "scribe", _("Scribe")
    EXPERT = "expert", _("Outside expert")


STEERING = frozenset({CrisisRole.DIRECTOR, CrisisRole.LEAD})
"""Who may change the level, give roles, and close."""


def label(role: str) -> str:
    return str(CrisisRole(role).label) if role in CrisisRole.values else role


def meant(word: str) -> str:
    """The role that somebody means by a word, in either language; empty when none."""
    wanted = fold(word)
    for role in CrisisRole:
        if wanted == role.value or (len(wanted) > 2 and fold(str(role.label)).startswith(wanted)):
            return role.value
    return ""
