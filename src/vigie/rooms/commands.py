"""What a line typed in the composer does: it becomes the act that it asks for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import gettext_noop

from vigie.crises import boards, queries
from vigie.crises.actions import worded
from vigie.crises.boards import Asked, Typed
from vigie.crises.models import Crisis, Participant
from vigie.crises.parsing import understood
from vigie.lib.refusals import Refused
from vigie.lib.text import fold
from vigie.people.models import User
from vigie.plans.roles import label, meant


class NobodyCalled(Refused):
    """No one in the room has such a name or role."""

    def __init__(self, word: str) -> None:
        super().__init__("nobody", gettext_noop("Nobody in the team is called “%(word)s”."), word=word)


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


def enter(crisis: Crisis, line: str, *, by: User, at: datetime) -> Typed:
    """Do what the line says; returns how it was understood. Raises Refused."""
    typed = understood(worded(line), at, crisis.organisation.tz)
    command = next(one for one in boards.commands().values() if one.key == typed.kind)
    owner = named(crisis, typed.who) if typed.who else None
    typed = replace(typed, text=_after_name(typed.text, owner)) if owner else typed
    if typed.confidential and not command.reserved:
        raise Refused("not_reserved", gettext_noop("Only notes, calls and tasks are kept to some roles."))
    command.run(crisis, Asked(typed, owner, by, at))
    return typed


@dataclass(frozen=True)
class Hint:
    """A command as the composer offers it: what completion types, and what follows."""

    typed: str
    example: str


def hints() -> list[Hint]:
    """The commands of all boards, each once, in their order."""
    once = {command.key: command for command in boards.commands().values()}
    return [Hint(f"/{command.words[0]}", command.example) for command in once.values()]
