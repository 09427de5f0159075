"""The main courante: the journal of one crisis, each line a sentence in the reader's language."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from vigie.alerts.models import Level
from vigie.journal.models import Entry, Payload
from vigie.lib.text import fold
from vigie.plans.roles import label

from . import boards
from .models import Crisis
from .rules import Viewer

PAGE, AT_ONCE = 100, 1_000
MOMENTS = ("due", "until")


@dataclass(frozen=True)
class Line:
    """One line as it is read. `text` is empty of words when they were erased."""

    seq: int
    at: datetime
    kind: str
    who: str
    text: str
    confidential: list[str]
    owns: bool
    """Whether somebody typed it, so that it can be corrected."""
    hash: str
    actor: UUID | None
    """Who it was, whatever they are called since."""


def entries(crisis: Crisis) -> QuerySet[Entry]:
    return Entry.objects.filter(organisation_id=crisis.organisation_id, subject=crisis.subject)


def lines(
    crisis: Crisis, viewer: Viewer, *, after: int = 0, before: int = 0, most: int = PAGE, kind: str = ""
) -> list[Line]:
    """Lines that this viewer may see, oldest first: the newest ones, or those after or before a line."""
    found = entries(crisis)
    if kind in boards.kinds():
        found = found.filter(verb__in=boards.verbs_of(kind))
    if after:
        rows = list(found.filter(seq__gt=after).order_by("seq")[:most])
    else:
        rows = list((found.filter(seq__lt=before) if before else found).order_by("-seq")[:most])[::-1]
    return rendered(crisis, rows, viewer)


def every(crisis: Crisis, viewer: Viewer, *, after: int = 0) -> Iterator[Line]:
    """All lines that this viewer may see, oldest first, read a thousand at a time."""
    while rows := list(entries(crisis).filter(seq__gt=after).order_by("seq")[:AT_ONCE]):
        yield from rendered(crisis, rows, viewer)
        after = rows[-1].seq


def rendered(crisis: Crisis, rows: Iterable[Entry], viewer: Viewer) -> list[Line]:
    """Entries as lines; those that are for other roles are left out."""
    rows = list(rows)
    seqs = [row.seq for row in rows]
    bodies = dict(
        Payload.objects.filter(organisation_id=crisis.organisation_id, seq__in=seqs).values_list("seq", "body")
    )
    found = []
    for row in rows:
        body = bodies.get(row.seq)
        confidential = (body or {}).get("confidential", [])
        if viewer.sees(confidential):
            kind = (boards.sentence_of(row.verb) or ("note", ""))[0]
            who = (body or {}).get("actor", "")
            owns = row.verb in ("note.written", "call.noted", "note.corrected")
            text = sentence(row.verb, body).removeprefix(f"{who} ") if who else sentence(row.verb, body)
            found.append(Line(row.seq, row.at, kind, who, text, confidential, owns, row.hash, row.actor_id))
    return found


def sentence(verb: str, body: dict[str, Any] | None) -> str:
    if body is None:
        return _("The words of this line were erased.")
    said = boards.sentence_of(verb)
    if said is None:
        return verb
    filled = defaultdict(str, {name: _shown(name, value) for name, value in body.items()})
    text = str(_(said[1]) % filled)
    if verb == "task.added":
        text += _task_tail(body)
    return text


def _task_tail(body: dict[str, Any]) -> str:
    who = body.get("who") or _("nobody")
    due = _shown("due", body.get("due"))
    return f" — {who}" + (f", {due}" if due else "")


def _shown(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name in ("level", "before") and value in Level.values:
        return str(_(Level(value).name.lower()))
    if name == "role":
        return label(str(value))
    if name in MOMENTS and (moment := parse_datetime(str(value))):
        try:
            return date_format(localtime(moment), "j N H:i")
        except OverflowError:
            return str(value)
    return _(str(value)) if name in ("cause", "cluster", "what") and value else str(value)


def search(crisis: Crisis, viewer: Viewer, words: str, *, most: int = PAGE) -> list[Line]:
    """Lines that hold all these words, whatever their accents and capitals; the newest, oldest first."""
    wanted = fold(words).split()
    found: list[Line] = []
    before = 0
    while len(found) < most:
        rows = entries(crisis).filter(Q(seq__lt=before) if before else Q()).order_by("-seq")[:AT_ONCE]
        batch = list(rows)
        if not batch:
            break
        before = batch[-1].seq
        hits = [line for line in rendered(crisis, batch, viewer) if _holds(line, wanted)]
        found += sorted(hits, key=lambda line: -line.seq)
    return found[:most][::-1]


def _holds(line: Line, wanted: list[str]) -> bool:
    text = fold(f"{line.who} {line.text}")
    return all(word in text for word in wanted)


def pinned(crisis: Crisis, viewer: Viewer) -> list[Line]:
    return rendered(crisis, entries(crisis).filter(seq__in=crisis.pinned).order_by("seq"), viewer)
