"""An act in a room is one unit: what it changes, the lines that tell it, and the pulse that open pages hear.

Locks are always taken in one order, so that two acts never wait for each other: organisation, alert, crises by key, and
last the chain head, under which all lines of the act are written at once.

    with acting(crisis, by=alice, at=now) as act:
        act.line("note.written", text="the mayor called")
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop

from vigie.alerts.models import Alert
from vigie.journal.actions import Draft, pulse, record_all
from vigie.lib.refusals import Conflict
from vigie.people.models import Organisation, User

from .models import Crisis


@dataclass
class Act:
    """What one act has written so far. `crises` are locked, as they stand now."""

    organisation: Organisation
    at: datetime
    by: User | None
    name: str
    crises: list[Crisis]
    drafts: list[tuple[Crisis | None, Draft]] = field(default_factory=list)
    seqs: list[int] = field(default_factory=list)
    """The places of its lines in the journal, once it is over."""

    @property
    def crisis(self) -> Crisis:
        """The one crisis of an act in one room."""
        return self.crises[0]

    def line(
        self,
        verb: str,
        *,
        crisis: Crisis | None = None,
        confidential: Iterable[str] = (),
        name: str | None = None,
        **body: Any,
    ) -> None:
        """A line of the main courante, for some roles only if `confidential` names any."""
        here = crisis or self.crisis
        if kept := sorted(set(confidential)):
            body["confidential"] = kept
            self.reserve(here, kept)
        self.drafts.append((here, self._draft(verb, here.subject, name, body)))

    def entry(self, verb: str, subject: str, **body: Any) -> None:
        """A line of the organisation's journal that stands in no room."""
        self.drafts.append((None, self._draft(verb, subject, None, body)))

    def _draft(self, verb: str, subject: str, name: str | None, body: dict[str, Any]) -> Draft:
        actor = str(self.by) if self.by else self.name
        return Draft(verb, subject, self.by.pk if self.by else None, actor if name is None else name, body)

    @staticmethod
    def reserve(crisis: Crisis, roles: Iterable[str]) -> None:
        """Something here is kept to these roles: pages are drawn apart for those who hold one (see `rules.Viewer`)."""
        new = sorted(set(crisis.reserved) | set(roles))
        if new != crisis.reserved:
            Crisis.objects.of(crisis.organisation_id).filter(pk=crisis.pk).update(reserved=new)
            crisis.reserved = new

    def write(self) -> None:
        """All lines under one lock of the chain head, then one pulse a room. The last statement of the transaction."""
        if not self.drafts:
            return
        self.seqs = record_all(self.organisation.pk, [draft for _crisis, draft in self.drafts], at=self.at)
        told: dict[int, tuple[list[int], list[str]]] = {}
        for (crisis, draft), seq in zip(self.drafts, self.seqs, strict=True):
            if crisis is not None:
                seqs, verbs = told.setdefault(crisis.number, ([], []))
                seqs.append(seq)
                verbs.append(draft.verb)
        for number, (seqs, verbs) in told.items():
            pulse(self.organisation.pk, "crisis", at=self.at, crisis=number, seq=seqs[0], verbs=sorted(set(verbs)))


@contextmanager
def acting(
    *crises: Crisis,
    at: datetime,
    by: User | None = None,
    name: str = "",
    organisation: Organisation | None = None,
    alert: Alert | None = None,
    afterwards: bool = False,
) -> Iterator[Act]:
    """One act. Give the organisation when numbers of its own are drawn, the alert when it changes too.

    Raises Conflict when somebody closed one of the crises meanwhile, unless the act may be done `afterwards`.
    """
    with transaction.atomic():
        whose = organisation or (crises[0].organisation if crises else None)
        if whose is None:
            raise TypeError("an act needs an organisation or a crisis")
        if organisation:
            Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
        if alert:
            rows = Alert.objects.of(whose).select_for_update(of=("self",), no_key=True)
            alert.refresh_from_db(from_queryset=rows)
        held = locked(whose, crises)
        if not afterwards and not all(crisis.open for crisis in held):
            raise Conflict("closed", gettext_noop("Somebody closed the crisis before you."))
        act = Act(whose, at, by, name, held)
        yield act
        act.write()


def locked(organisation: Organisation, crises: Iterable[Crisis]) -> list[Crisis]:
    """These crises as they stand, held until the end of the transaction, in the order of their keys."""
    wanted = [crisis.pk for crisis in crises]
    if not wanted:
        return []
    rows = Crisis.objects.of(organisation).filter(pk__in=wanted).select_related("organisation").order_by("pk")
    return list(rows.select_for_update(of=("self",), no_key=True))
