"""The board of facts: established or to be confirmed, not known yet, promised."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from vigie.crises.boards import Asked, Board, Command, Section
from vigie.crises.models import Crisis
from vigie.crises.rules import Viewer

from . import actions
from .models import Fact
from .queries import standing

PROMISED_WITHIN = timedelta(hours=1)
"""When a promise is due that was typed without an hour."""


def context(crisis: Crisis, viewer: Viewer, now: datetime) -> dict[str, Any]:
    rows = list(Fact.objects.of(crisis.organisation_id).filter(crisis=crisis).select_related("owner", "confirmed_by"))
    for fact in rows:
        fact.late = fact.state == "open" and fact.due_at is not None and fact.due_at <= now  # type: ignore[attr-defined]
    kinds = [
        ("fact", _("Established or to be confirmed"), _("No fact yet: write the first with /fait and what proves it.")),
        ("unknown", _("Not known yet"), _("What would change your answer, and who finds out?")),
        ("commitment", _("Promised"), _("A promise has an owner and a date; it is kept or missed.")),
    ]
    return {"kinds": [(kind, name, empty, [f for f in rows if f.kind == kind]) for kind, name, empty in kinds]}


def handover(crisis: Crisis) -> list[Section]:
    held = standing(crisis)
    return [
        Section(_("What is established"), [f.text for f in held["known"]]),
        Section(_("What we do not know yet"), [f.text for f in held["unknown"]]),
        Section(_("Promised"), [_promise(f) for f in held["promised"]]),
    ]


def report(crisis: Crisis, since: datetime) -> list[Section]:
    return handover(crisis)


def _promise(fact: Fact) -> str:
    return f"{fact.text} ({date_format(localtime(fact.due_at), 'H:i')})" if fact.due_at else fact.text


def left_open(crisis: Crisis) -> list[str]:
    held = standing(crisis)
    promised = [_("Promised, not settled yet: %(text)s") % {"text": f.text} for f in held["promised"]]
    return promised + [_("Not known yet: %(text)s") % {"text": f.text} for f in held["unknown"]]


def add(crisis: Crisis, asked: Asked) -> None:
    kind, due = asked.typed.kind, asked.typed.due
    if kind == Fact.Kind.COMMITMENT:
        due = due or asked.at + PROMISED_WITHIN
    actions.add(crisis, kind, asked.typed.text, by=asked.by, at=asked.at, owner=asked.owner, due_at=due)


BOARD = Board(
    key="facts",
    label=gettext_noop("Facts"),
    order=40,
    context=context,
    verbs=("fact.*", "unknown.*", "commitment.*", "team.*", "crisis.closed", "crisis.reopened"),
    report=report,
    handover=handover,
    left_open=left_open,
    commands=(
        Command("fact", ("fait", "fact"), "…", add),
        Command("unknown", ("inconnu", "unknown", "question"), "@nom …", add, dated=True),
        Command("commitment", ("promesse", "promise", "engagement", "commitment"), "… 18:00", add, dated=True),
    ),
    sentences={
        "fact.added": ("fact", gettext_noop("To be confirmed (%(number)s): %(text)s")),
        "fact.confirmed": ("fact", gettext_noop("Fact established (%(number)s): %(text)s — proof: %(proof)s")),
        "fact.withdrawn": ("fact", gettext_noop("Withdrawn (%(number)s): %(text)s")),
        "unknown.added": ("fact", gettext_noop("Not known yet (%(number)s): %(text)s")),
        "unknown.answered": ("fact", gettext_noop("Now known (%(number)s): %(text)s — %(proof)s")),
        "commitment.added": ("fact", gettext_noop("Promised (%(number)s): %(text)s, before %(due)s")),
        "commitment.kept": ("fact", gettext_noop("Promise kept (%(number)s): %(text)s")),
        "commitment.missed": ("fact", gettext_noop("Promise missed (%(number)s): %(text)s")),
    },
)
