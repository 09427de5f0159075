"""What a line typed in the composer does: it becomes the act that it asks for."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from vigie.crises import actions as crises
from vigie.crises import queries
from vigie.crises.composer import Typed, understood
from vigie.crises.models import Crisis, Participant
from vigie.decisions import actions as decisions
from vigie.facts import actions as facts
from vigie.lib.text import fold
from vigie.people.models import User
from vigie.plans.roles import label, meant

from . import actions as tasks


class NobodyCalled(ValueError):
    """No one in the room has such a name or role; the text is the word."""


def named(crisis: Crisis, word: str) -> Participant:
    """Who in the team is meant by a word after @: a part of a name, or a role."""
    wanted, team = fold(word), queries.team(crisis)
    role = meant(word)
    for participant in team:
        if any(part.startswith(wanted) for part in fold(participant.name).replace("-", " ").split()):
            return participant
    for participant in team:
        if participant.role == role or fold(label(participant.role)).startswith(wanted):
            return participant
    raise NobodyCalled(word)


def _after_name(text: str, owner: Participant) -> str:
    """What is left once the rest of a full name, typed after its first part, is taken off."""
    names = fold(owner.name).split()
    first, _sep, rest = text.partition(" ")
    return rest if rest and fold(first) in names[1:] else text


RESERVED = ("note", "call", "task")


def enter(crisis: Crisis, line: str, *, by: User, at: datetime) -> Typed:
    """Do what the line says; returns how it was understood. Raises NotUnderstood, NobodyCalled, ValueError."""
    typed = understood(line, at, crisis.organisation.tz)
    owner = named(crisis, typed.who) if typed.who else None
    typed = replace(typed, text=_after_name(typed.text, owner)) if owner else typed
    kept = typed.confidential
    if kept and typed.kind not in RESERVED:
        raise ValueError("only notes, calls and tasks are kept to some roles")
    match typed.kind:
        case "task":
            tasks.add(crisis, typed.text, by=by, at=at, owner=owner, due_at=typed.due, confidential=kept)
        case "decision":
            decisions.propose(crisis, typed.text, by=by, at=at)
        case "fact" | "unknown":
            facts.add(crisis, typed.kind, typed.text, by=by, at=at, owner=owner, due_at=typed.due)
        case "commitment":
            due = typed.due or at + timedelta(hours=1)
            facts.add(crisis, "commitment", typed.text, by=by, at=at, owner=owner, due_at=due)
        case _:
            text = f"@{owner.name} {typed.text}" if owner else typed.text
            crises.note(crisis, text, by=by, at=at, confidential=kept, call=typed.kind == "call")
    return typed
