"""Facts are proposed, then confirmed with a proof; unknowns have a finder; promises are kept or missed."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_noop

from vigie.crises.actions import following
from vigie.crises.acts import acting
from vigie.crises.models import Crisis, Participant
from vigie.lib.refusals import Conflict, Refused
from vigie.people.models import User

from .models import Fact

VERBS = {"fact": "fact.added", "unknown": "unknown.added", "commitment": "commitment.added"}
NEXT = {
    ("fact", "confirmed"): "fact.confirmed",
    ("fact", "withdrawn"): "fact.withdrawn",
    ("unknown", "answered"): "unknown.answered",
    ("unknown", "withdrawn"): "fact.withdrawn",
    ("commitment", "kept"): "commitment.kept",
    ("commitment", "missed"): "commitment.missed",
    ("commitment", "withdrawn"): "fact.withdrawn",
}
PROVED = ("confirmed", "answered")


def add(
    crisis: Crisis,
    kind: str,
    text: str,
    *,
    by: User,
    at: datetime,
    owner: Participant | None = None,
    due_at: datetime | None = None,
    proof: str = "",
) -> Fact:
    """Write a fact to be confirmed, an unknown, or a promise, which has an owner and a date."""
    if not text.strip() or kind not in Fact.Kind.values:
        raise Refused("unclear", gettext_noop("Say what."))
    if kind == Fact.Kind.COMMITMENT and due_at is None:
        raise Refused("unclear", gettext_noop("A promise has a date."))
    with acting(crisis, by=by, at=at) as act:
        here = act.crisis
        made = Fact.objects.create(
            organisation=here.organisation,
            crisis=here,
            number=following(Fact.objects.of(here.organisation_id).filter(crisis=here)),
            kind=kind,
            text=text.strip(),
            proof=proof.strip(),
            owner=owner,
            due_at=due_at,
            by=by,
            at=at,
        )
        due, who = due_at.isoformat() if due_at else "", owner.name if owner else ""
        act.line(VERBS[kind], number=made.number, text=made.text, due=due, who=who)
    return made


def settle(fact: Fact, state: str, *, by: User, at: datetime, proof: str = "") -> None:
    """Confirm a fact, answer an unknown (both with a proof), keep or miss a promise, or withdraw any."""
    verb = NEXT.get((fact.kind, state))
    if verb is None:
        raise Refused("unclear", gettext_noop("This cannot become so."))
    if state in PROVED and not proof.strip():
        raise Refused("unclear", gettext_noop("Say what proves it."))
    with acting(fact.crisis, by=by, at=at) as act:
        before = [Fact.State.OPEN] + ([Fact.State.CONFIRMED] if state == "withdrawn" else [])
        rows = Fact.objects.of(fact.organisation_id).filter(pk=fact.pk, state__in=before)
        if not rows.update(state=state, proof=proof.strip() or fact.proof, confirmed_by=by, confirmed_at=at):
            raise Conflict("fact", gettext_noop("Somebody settled this before you."))
        act.line(verb, number=fact.number, text=fact.text, proof=proof.strip())
