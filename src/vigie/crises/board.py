"""The boards that every room has: its head, and its team. The lines of the room itself are theirs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from vigie.lib.text import clip
from vigie.plans.roles import STEERING

from . import actions, boards, freeze, queries
from .boards import Asked, Board, Command, Dial
from .models import Crisis, Participant, SituationShare
from .rules import Viewer

GATHERED_WITHIN = timedelta(hours=2)
"""The team has met two hours after the first sign (Centre national de la fonction publique territoriale)."""


def header(crisis: Crisis, viewer: Viewer, now: datetime) -> dict[str, Any]:
    """What is always visible: level, clock, next update, leader, critical mentions, and the dials of all boards."""
    team, followed = queries.team(crisis), queries.watches(crisis)
    return {
        "leader": actions.leader(crisis),
        "followed": followed,
        "waiting": queries.waiting(crisis, followed),
        "late": crisis.next_update_at is not None and crisis.next_update_at <= now,
        "here": len({p.name for p in team if p.state == Participant.State.IN}),
        "team": len({p.name for p in team}),
        "gather_by": None if _gathered(team) else crisis.began_at + GATHERED_WITHIN,
        "mode": freeze.held(crisis.organisation, now),
        "dials": [
            (board.key, dial) for board in boards.boards() if board.dials for dial in board.dials(crisis, viewer, now)
        ],
    }


def _gathered(team: list[Participant]) -> bool:
    """Whether somebody who leads is in the room, with one more."""
    there = [p for p in team if p.state == Participant.State.IN]
    return any(p.role in STEERING for p in there) and len({p.name for p in there}) > 1


def team(crisis: Crisis, viewer: Viewer, now: datetime) -> dict[str, Any]:
    shared = SituationShare.objects.of(crisis.organisation_id).filter(crisis=crisis, closed_at=None, expires_at__gt=now)
    people: dict[str, list[Participant]] = {}
    for participant in queries.team(crisis):
        people.setdefault(str(participant.user_id or participant.name), []).append(participant)
    return {"people": list(people.values()), "cards": shared}


def unreached(crisis: Crisis, viewer: Viewer, now: datetime) -> list[Dial]:
    """Who could not be called, in red, until somebody has telephoned."""
    states = (Participant.State.UNREACHABLE, Participant.State.UNREACHED)
    names = sorted({p.name for p in queries.team(crisis) if p.state in states})
    return [Dial(_("Not reached: telephone"), clip(", ".join(names), 60), late=True)] if names else []


def write(crisis: Crisis, asked: Asked) -> None:
    """A note or a call, as it was typed."""
    text = f"@{asked.owner.name} {asked.typed.text}" if asked.owner else asked.typed.text
    common: dict[str, Any] = {"by": asked.by, "at": asked.at, "confidential": asked.typed.confidential}
    actions.note(crisis, text, call=asked.typed.kind == "call", **common)


HEADER = Board(
    key="header",
    label=gettext_noop("Header"),
    order=0,
    tab=False,
    context=header,
    verbs=(
        "crisis.*",
        "team.*",
        "mention.*",
        "mode.*",
        "report.sent",
    ),
    commands=(
        Command("note", ("note",), "…", write, reserved=True),
        Command("call", ("appel", "call", "tel"), "…", write, reserved=True),
    ),
    flags={"crisis.opened": gettext_noop("opened"), "crisis.level": gettext_noop("level")},
    sentences={
        "crisis.opened": ("crisis", gettext_noop("Crisis opened, level %(level)s: %(reason)s")),
        "crisis.level": ("crisis", gettext_noop("Level changed from %(before)s to %(level)s: %(reason)s")),
        "crisis.closed": ("crisis", gettext_noop("Crisis closed: %(reason)s")),
        "crisis.reopened": ("crisis", gettext_noop("Crisis opened again: %(reason)s")),
        "crisis.renamed": ("crisis", gettext_noop("The crisis is now called “%(title)s”, no longer “%(was)s”")),
        "crisis.watch": ("crisis", gettext_noop("The watch %(title)s is followed here too")),
        "mode.on": ("crisis", gettext_noop("Crisis mode on until %(until)s: %(reason)s")),
        "mode.off": ("crisis", gettext_noop("Crisis mode off")),
        "note.written": ("note", gettext_noop("%(text)s")),
        "note.corrected": ("note", gettext_noop("Correction of line %(seq_of)s: %(text)s")),
        "line.pinned": ("note", gettext_noop("Line %(seq_of)s is pinned")),
        "line.unpinned": ("note", gettext_noop("Line %(seq_of)s is no longer pinned")),
        "call.noted": ("call", gettext_noop("Call: %(text)s")),
        "mention.taken": ("mention", gettext_noop("Takes the mention by %(author)s: “%(words)s”")),
        "mention.handled": ("mention", gettext_noop("Mention by %(author)s handled: “%(words)s”")),
        "mention.waived": ("mention", gettext_noop("Mention by %(author)s needs no answer: “%(words)s”")),
        # As it was called before; lines are never rewritten.
        "mention.aside": ("mention", gettext_noop("Mention by %(author)s set aside: “%(words)s”")),
    },
)
TEAM = Board(
    key="team",
    label=gettext_noop("Team"),
    order=90,
    tab=False,
    context=team,
    dials=unreached,
    verbs=("team.*", "guest.*", "card.*", "crisis.closed", "crisis.reopened"),
    sentences={
        "team.called": ("team", gettext_noop("%(who)s is called (%(role)s)")),
        "team.coming": ("team", gettext_noop("%(who)s is on the way (%(role)s)")),
        "team.in": ("team", gettext_noop("%(who)s is in the room (%(role)s)")),
        "team.declined": ("team", gettext_noop("%(who)s cannot come (%(role)s)")),
        "team.silent": ("team", gettext_noop("%(who)s has not answered for %(minutes)s minutes (%(role)s)")),
        "team.unreached": ("team", gettext_noop("%(who)s could not be reached by any channel (%(role)s)")),
        "team.unreachable": ("team", gettext_noop("%(who)s has no way to be reached: telephone them (%(role)s)")),
        "team.given": ("team", gettext_noop("%(who)s takes the role: %(role)s")),
        "team.left": ("team", gettext_noop("%(who)s leaves the role: %(role)s")),
        "guest.invited": ("team", gettext_noop("%(who)s is invited as a guest until %(until)s")),
    },
)
