"""The board of messages: what the scenario brought, beside what is known now; a spokesperson's brief."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop

from vigie.crises.boards import Board
from vigie.crises.models import Crisis
from vigie.crises.rules import Viewer
from vigie.facts.queries import standing
from vigie.plans.models import Contact
from vigie.plans.queries import handbook
from vigie.plans.roles import label


def context(crisis: Crisis, viewer: Viewer, now: datetime) -> dict[str, Any]:
    groups = dict(Contact.Group.choices)
    scenario, book = crisis.scenario, handbook(crisis.organisation)
    return {
        "scenario": scenario,
        "sheets": [(label(role), sheet) for role, sheet in sorted(book.sheets.items()) if viewer.can(f"sheet.{role}")],
        "voice": book.voice,
        "tell": [{**row, "label": groups.get(row["group"], row["group"])} for row in scenario.get("stakeholders", [])],
        "said": [(groups.get(who, who), told) for who, told in scenario.get("audiences", {}).items()],
        **standing(crisis),
    }


def abilities(crisis: Crisis, viewer: Viewer) -> list[str]:
    """A role sheet is private: it is shown to whoever holds the role."""
    sheets = handbook(crisis.organisation).sheets
    return [f"sheet.{role}" for role in viewer.roles if sheets.get(role)]


BOARD = Board(
    key="framework",
    label=gettext_noop("Messages"),
    order=50,
    context=context,
    abilities=abilities,
    verbs=("fact.*", "unknown.*", "commitment.*", "team.*", "crisis.closed", "crisis.reopened"),
)
