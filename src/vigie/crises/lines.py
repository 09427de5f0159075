"""The main courante: the journal of one crisis, each line a sentence in the reader's language."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from vigie.alerts.models import Level
from vigie.journal.models import Entry, Payload
from vigie.lib.text import fold
from vigie.plans.roles import label

from .models import Crisis
from .rules import Viewer

PAGE, AT_ONCE = 100, 1_000
SAID: dict[str, tuple[str, str]] = {
    # verb: (kind, sentence)
    "crisis.opened": ("crisis", gettext_noop("Crisis opened, level %(level)s: %(reason)s")),
    "crisis.level": ("crisis", gettext_noop("Level changed from %(before)s to %(level)s: %(reason)s")),
    "crisis.closed": ("crisis", gettext_noop("Crisis closed: %(reason)s")),
    "crisis.reopened": ("crisis", gettext_noop("Crisis opened again: %(reason)s")),
    "crisis.renamed": ("crisis", gettext_noop("The crisis is now called “%(title)s”, no longer “%(was)s”")),
    "crisis.watch": ("crisis", gettext_noop("The watch %(title)s is followed here too")),
    "team.called": ("team", gettext_noop("%(who)s is called (%(role)s)")),
    "team.coming": ("team", gettext_noop("%(who)s is on the way (%(role)s)")),
    "team.in": ("team", gettext_noop("%(who)s is in the room (%(role)s)")),
    "team.declined": ("team", gettext_noop("%(who)s cannot come (%(role)s)")),
    "team.silent": ("team", gettext_noop("%(who)s has not answered for %(minutes)s minutes (%(role)s)")),
    "team.unreached": ("team", gettext_noop("%(who)s could not be reached by any channel (%(role)s)")),
    "team.given": ("team", gettext_noop("%(who)s takes the role: %(role)s")),
    "team.left": ("team", gettext_noop("%(who)s leaves the role: %(role)s")),
    "guest.invited": ("team", gettext_noop("%(who)s is invited as a guest until %(until)s")),
    "note.written": ("note", gettext_noop("%(text)s")),
    "note.corrected": ("note", gettext_noop("Correction of line %(seq_of)s: %(text)s")),
    "call.noted": ("call", gettext_noop("Call: %(text)s")),
    "line.pinned": ("note", gettext_noop("Line %(seq_of)s is pinned")),
    "line.unpinned": ("note", gettext_noop("Line %(seq_of)s is no longer pinned")),
    "task.added": ("task", gettext_noop("Task %(number)s: %(text)s")),
    "task.given": ("task", gettext_noop("Task %(number)s goes to %(who)s: %(text)s")),
    "task.dated": ("task", gettext_noop("Task %(number)s is due at %(due)s: %(text)s")),
    "task.done": ("task", gettext_noop("Task %(number)s done: %(text)s")),
    "task.reopened": ("task", gettext_noop("Task %(number)s is to do again: %(text)s")),
    "task.dropped": ("task", gettext_noop("Task %(number)s dropped: %(text)s")),
    "tasks.taken": ("task", gettext_noop("%(count)s tasks of the scenario “%(title)s” were given")),
    "fact.added": ("fact", gettext_noop("To be confirmed (%(number)s): %(text)s")),
    "fact.confirmed": ("fact", gettext_noop("Fact established (%(number)s): %(text)s — proof: %(proof)s")),
    "fact.withdrawn": ("fact", gettext_noop("Withdrawn (%(number)s): %(text)s")),
    "unknown.added": ("fact", gettext_noop("Not known yet (%(number)s): %(text)s")),
    "unknown.answered": ("fact", gettext_noop("Now known (%(number)s): %(text)s — %(proof)s")),
    "commitment.added": ("fact", gettext_noop("Promised (%(number)s): %(text)s, before %(due)s")),
    "commitment.kept": ("fact", gettext_noop("Promise kept (%(number)s): %(text)s")),
    "commitment.missed": ("fact", gettext_noop("Promise missed (%(number)s): %(text)s")),
    "assessment.first": ("decision", gettext_noop("Assessment made; a second person assesses apart")),
    "assessment.alone": (
        "decision",
        gettext_noop("Assessment confirmed by the same person after the wait: %(cause)s, cluster %(cluster)s"),
    ),
    "assessment.made": ("decision", gettext_noop("Assessment: %(cause)s, cluster %(cluster)s")),
    "decision.proposed": ("decision", gettext_noop("Proposed (%(number)s): %(text)s")),
    "decision.decided": ("decision", gettext_noop("Decided (%(number)s): %(text)s")),
    "decision.refused": ("decision", gettext_noop("Refused (%(number)s): %(text)s")),
    "decision.alone": (
        "decision",
        gettext_noop("Decided (%(number)s), confirmed by the same person after the wait: %(text)s"),
    ),
    "decision.dissent": ("decision", gettext_noop("Dissent on decision %(number)s: %(dissent)s")),
    "clock.started": (
        "decision",
        gettext_noop("Legal clock started: %(what)s, before %(due)s; to be checked with counsel"),
    ),
    "clock.done": ("decision", gettext_noop("Legal clock met: %(what)s")),
    "report.sent": ("report", gettext_noop("Situation report %(number)s, sent to channels: %(told)s")),
    "handover.written": ("report", gettext_noop("Handover: %(text)s")),
    "mode.on": ("crisis", gettext_noop("Crisis mode on until %(until)s: %(reason)s")),
    "mode.off": ("crisis", gettext_noop("Crisis mode off")),
    "mention.taken": ("mention", gettext_noop("Takes the mention by %(author)s: “%(words)s”")),
    "mention.handled": ("mention", gettext_noop("Mention by %(author)s handled: “%(words)s”")),
    "mention.aside": ("mention", gettext_noop("Mention by %(author)s set aside: “%(words)s”")),
    "card.shared": ("report", gettext_noop("Situation card shared until %(until)s")),
    "card.closed": ("report", gettext_noop("Situation card closed")),
}
KINDS = ["crisis", "team", "note", "call", "task", "fact", "decision", "report", "mention"]
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


def entries(crisis: Crisis) -> QuerySet[Entry]:
    return Entry.objects.filter(organisation_id=crisis.organisation_id, subject=crisis.subject)


def lines(
    crisis: Crisis, viewer: Viewer, *, after: int = 0, before: int = 0, most: int = PAGE, kind: str = ""
) -> list[Line]:
    """Lines that this viewer may see, oldest first: the newest ones, or those after or before a line."""
    found = entries(crisis)
    if kind in KINDS:
        found = found.filter(verb__in=[verb for verb, (k, _s) in SAID.items() if k == kind])
    if after:
        rows = list(found.filter(seq__gt=after).order_by("seq")[:most])
    else:
        rows = list((found.filter(seq__lt=before) if before else found).order_by("-seq")[:most])[::-1]
    return told(crisis, rows, viewer)


def every(crisis: Crisis, viewer: Viewer, *, after: int = 0) -> Iterator[Line]:
    """All lines that this viewer may see, oldest first, read a thousand at a time."""
    while rows := list(entries(crisis).filter(seq__gt=after).order_by("seq")[:AT_ONCE]):
        yield from told(crisis, rows, viewer)
        after = rows[-1].seq


def told(crisis: Crisis, rows: Iterable[Entry], viewer: Viewer) -> list[Line]:
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
            kind = SAID.get(row.verb, ("note", ""))[0]
            who = (body or {}).get("actor", "")
            owns = row.verb in ("note.written", "call.noted", "note.corrected")
            text = sentence(row.verb, body).removeprefix(f"{who} ") if who else sentence(row.verb, body)
            found.append(Line(row.seq, row.at, kind, who, text, confidential, owns, row.hash))
    return found


def sentence(verb: str, body: dict[str, Any] | None) -> str:
    if body is None:
        return _("The words of this line were erased.")
    if verb not in SAID:
        return verb
    filled = defaultdict(str, {name: _shown(name, value) for name, value in body.items()})
    text = str(_(SAID[verb][1]) % filled)
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
        hits = [line for line in told(crisis, batch, viewer) if _holds(line, wanted)]
        found += sorted(hits, key=lambda line: -line.seq)
    return found[:most][::-1]


def _holds(line: Line, wanted: list[str]) -> bool:
    text = fold(f"{line.who} {line.text}")
    return all(word in text for word in wanted)


def pinned(crisis: Crisis, viewer: Viewer) -> list[Line]:
    return told(crisis, entries(crisis).filter(seq__in=crisis.pinned).order_by("seq"), viewer)
