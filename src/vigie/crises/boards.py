"""What a board of the room is. Each package that has one declares it in its `board.py`; `rooms.registry` lists them.

A board says what it shows and which verbs of the journal change it; the sentences of its lines; its words in the
composer; what it tells in a report and a handover, and what it leaves open when the crisis is closed. Whatever shows a
room asks all boards, and knows none by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from vigie.people.models import User

from .acts import Act
from .models import Crisis, Participant
from .rules import Viewer

Context = Callable[[Crisis, Viewer, datetime], dict[str, Any]]


@dataclass(frozen=True)
class Typed:
    """What a line of the composer asks for. `who` is the word after @, `due` a moment to come."""

    kind: str
    text: str
    who: str = ""
    due: datetime | None = None
    confidential: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Asked:
    """A typed command as it is run: what was typed, the person it names, who typed it and when."""

    typed: Typed
    owner: Participant | None
    by: User
    at: datetime


@dataclass(frozen=True)
class Command:
    """A word after a slash in the composer. The first of `words` is the French one that help shows."""

    key: str
    words: tuple[str, ...]
    example: str
    """What follows the word, for the line of help."""
    run: Callable[[Crisis, Asked], object]
    dated: bool = False
    """Whether a time at the end of the line is its deadline."""
    reserved: bool = False
    """Whether it may be kept to some roles with `!role`."""


@dataclass(frozen=True)
class Section:
    """A heading and its lines, in a report, a handover or the page that closes a crisis."""

    title: str
    lines: list[str]


@dataclass(frozen=True)
class Dial:
    """A number in the head of the room that leads to a board; late ones are red."""

    label: str
    value: str
    late: bool = False


@dataclass(frozen=True)
class Board:
    """One board. `verbs` are those whose lines draw it anew; a `*` at the end stands for any rest."""

    key: str
    label: str
    order: int
    context: Context
    verbs: tuple[str, ...]
    sentences: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Verb to (kind of line, sentence), of the lines that this board's package writes."""
    commands: tuple[Command, ...] = ()
    tab: bool = True
    """Whether it is one of the tabs; others have a place of their own in the page."""
    dials: Callable[[Crisis, Viewer, datetime], list[Dial]] | None = None
    fill: Callable[[Act, Crisis], None] | None = None
    """Puts into a room that opens what its scenario brings, in the act that opens it."""
    report: Callable[[Crisis, datetime], list[Section]] | None = None
    """What a situation report tells of it since a moment."""
    handover: Callable[[Crisis], list[Section]] | None = None
    """What the next shift must know of it."""
    left_open: Callable[[Crisis], list[str]] | None = None
    """What is not settled when the crisis is closed, a sentence each."""
    abilities: Callable[[Crisis, Viewer], Iterable[str]] | None = None
    """What this reader may do or see here that others may not, besides what is reserved to roles."""
    flags: Mapping[str, str] = field(default_factory=dict)
    """Verbs that are marked on the curve of the situation, and the word beside the mark."""

    def changed_by(self, verbs: Iterable[str]) -> bool:
        return any(_meant(pattern, verb) for verb in verbs for pattern in self.verbs)


def _meant(pattern: str, verb: str) -> bool:
    return verb.startswith(pattern[:-1]) if pattern.endswith("*") else verb == pattern


HEADER = "header"
"""The board at the head of the room, which shows the dials of all."""
_table: list[Board] = []


def use(table: Sequence[Board]) -> None:
    """Hand down the table of boards: packages below it may not import it."""
    _table[:] = sorted(table, key=lambda board: board.order)


def boards() -> list[Board]:
    """All boards, in their order."""
    return list(_table)


def board(key: str) -> Board | None:
    return next((one for one in _table if one.key == key), None)


def changed(verbs: Iterable[str]) -> list[Board]:
    """The boards that lines with these verbs draw anew; the head too where it holds a dial of one of them."""
    said = list(verbs)
    drawn = [one for one in _table if one.changed_by(said)]
    dialled = any(one.dials for one in drawn)
    return [one for one in _table if one in drawn or (dialled and one.key == HEADER)]


def kind_of(crisis: Crisis, viewer: Viewer) -> Viewer:
    """What kind of reader somebody is in this room: all of one kind see the same, which is drawn once for them."""
    if viewer.abilities is not None:
        return viewer
    found = (ability for one in _table if one.abilities for ability in one.abilities(crisis, viewer))
    return viewer.narrowed(crisis.reserved, found)


def commands() -> dict[str, Command]:
    """Words of the composer, folded, to what they do."""
    return {word: command for one in _table for command in one.commands for word in command.words}


def sentence_of(verb: str) -> tuple[str, str] | None:
    """(kind, sentence) of a line; None for a verb that no board knows."""
    return next((one.sentences[verb] for one in _table if verb in one.sentences), None)


def kinds() -> list[str]:
    """The kinds of lines there are, in the order of the boards."""
    return list(dict.fromkeys(kind for one in _table for kind, _sentence in one.sentences.values()))


def verbs_of(kind: str) -> list[str]:
    return [verb for one in _table for verb, (k, _sentence) in one.sentences.items() if k == kind]


def flags() -> dict[str, str]:
    return {verb: word for one in _table for verb, word in one.flags.items()}
