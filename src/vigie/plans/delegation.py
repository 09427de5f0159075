"""Who may do what alone, who approves, who is told, by level: a table that the organisation may change.

A row is `{"alone": [roles], "approve": [roles], "told": [roles]}`. Everybody who is in the team may propose.

>>> ruling(DEFAULT, "answer", "yellow").alone
['community', 'press', 'lead', 'director']
>>> may_alone(DEFAULT, {"press"}, "statement", "red"), may_approve(DEFAULT, {"director"}, "statement", "red")
(False, True)
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

LEVELS = ("yellow", "orange", "red")
Table = Mapping[str, Mapping[str, Mapping[str, Any]]]


class Act(models.TextChoices):
    ANSWER = "answer", _("Answer a comment")
    STATEMENT = "statement", _("Publish a statement")
    PRESS = "press", _("Speak to the press")
    HIDE = "hide", _("Hide a comment")
    LAWYER = "lawyer", _("Involve a lawyer")
    POSTURE = "posture", _("Choose the posture")


@dataclass(frozen=True)
class Ruling:
    """What the table says of one act at one level, in roles."""

    alone: list[str]
    approve: list[str]
    told: list[str]


def _row(alone: str, approve: str = "", told: str = "") -> dict[str, list[str]]:
    return {"alone": alone.split(), "approve": approve.split(), "told": told.split()}


DEFAULT: dict[str, dict[str, dict[str, list[str]]]] = {
    "answer": {
        "yellow": _row("community press lead director"),
        "orange": _row("lead director", "press lead director", "lead"),
        "red": _row("director", "lead director", "lead spokesperson"),
    },
    "statement": {
        "yellow": _row("lead director", "press lead director", "director"),
        "orange": _row("director", "lead director", "director legal"),
        "red": _row("", "director", "legal spokesperson lead"),
    },
    "press": {
        "yellow": _row("press spokesperson lead director", "", "lead"),
        "orange": _row("spokesperson director", "lead director", "lead director"),
        "red": _row("", "director", "spokesperson legal"),
    },
    "hide": {
        "yellow": _row("", "press lead director", "lead"),
        "orange": _row("", "lead director", "lead legal"),
        "red": _row("", "director", "lead legal"),
    },
    "lawyer": {
        "yellow": _row("lead director", "lead director", "director"),
        "orange": _row("lead director", "", "director"),
        "red": _row("lead director legal", "", "director"),
    },
    "posture": {
        "yellow": _row("lead director", "lead director", "director"),
        "orange": _row("director", "director lead", "spokesperson press community"),
        "red": _row("", "director", "spokesperson press community legal"),
    },
}


def ruling(table: Table, act: str, level: str) -> Ruling:
    """What holds at a level; green is held to what yellow is."""
    row = table[act]["yellow" if level == "green" else level]
    return Ruling(list(row["alone"]), list(row["approve"]), list(row["told"]))


def may_alone(table: Table, roles: Collection[str], act: str, level: str) -> bool:
    return bool(set(roles) & set(ruling(table, act, level).alone))


def may_approve(table: Table, roles: Collection[str], act: str, level: str) -> bool:
    return bool(set(roles) & set(ruling(table, act, level).approve))
