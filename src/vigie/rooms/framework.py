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
        # A role sheet is private: it is shown to whoever holds the role.
        "sheets": [(label(role), book.sheets[role]) for role in sorted(viewer.roles) if book.sheets.get(role)],
        "voice": book.voice,
        "tell": [{**row, "label": groups.get(row["group"], row["group"])} for row in scenario.get("stakeholders", [])],
        "said": [(groups.get(who, who), told) for who, told in scenario.get("audiences", {}).items()],
        **standing(crisis),
    }


def roles(crisis: Crisis) -> list[str]:
    return [role for role, sheet in handbook(crisis.organisation).sheets.items() if sheet]


BOARD = Board(
    key="framework",
    label=gettext_noop("Messages"),
    order=50,
    context=context,
    roles=roles,
    verbs=("fact.*", "unknown.*", "commitment.*", "team.*", "crisis.closed", "crisis.reopened"),
)
