"""What is kept of a person, everywhere: seen, given to them, forgotten. One line a package, in the order of erasing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from vigie.alerts.traces import TRACES as ALERTS
from vigie.crises.traces import TRACES as CRISES
from vigie.decisions.traces import TRACES as DECISIONS
from vigie.facts.traces import TRACES as FACTS
from vigie.intake.traces import TRACES as INTAKE
from vigie.journal import actions as journal
from vigie.outbox.traces import TRACES as OUTBOX
from vigie.people import actions as people
from vigie.people.models import Membership, Organisation, User
from vigie.people.traces import TRACES as PEOPLE
from vigie.people.traces import Person
from vigie.plans.traces import TRACES as PLANS
from vigie.posts.traces import TRACES as POSTS
from vigie.tasks.traces import TRACES as TASKS

TRACES = [*FACTS, *TASKS, *DECISIONS, *CRISES, *ALERTS, *PLANS, *INTAKE, *POSTS, *OUTBOX, *PEOPLE]


class UnknownPerson(LookupError):
    """Nothing says who is meant."""


def found(who: str) -> Person:
    """A person by mail address, or an author as `network:handle`. Raises UnknownPerson."""
    network, colon, handle = who.partition(":")
    if colon and network and handle:
        return Person(network=network, handle=handle)
    if "@" not in who.strip("@"):
        raise UnknownPerson(f"{who or 'nobody'}: give a mail address, or an author as network:handle")
    return Person(mail=who.strip().lower(), user=User.objects.filter(email=who.strip().lower()).first())


def kept(organisation: Organisation, person: Person) -> Iterator[dict[str, Any]]:
    """Everything that is held of them here, a dictionary a row, as it would be given to them."""
    for trace in TRACES:
        yield from trace.shown(organisation.pk, person)
    for seq, at, verb, body in journal.lines_of(organisation.pk, _account(person), **_named(person)):
        yield {"kind": "journal", "seq": seq, "at": at, "verb": verb, "body": body}


@transaction.atomic
def forget(organisation: Organisation, person: Person, *, at: datetime) -> Counter[str]:
    """Erase what is held of them here: how many rows of each kind. The journal says that it was done, not of whom."""
    gone = Counter({trace.kind: n for trace in TRACES if (n := trace.forget(organisation.pk, person))})
    if lines := journal.erase_person(organisation.pk, _account(person), at=at, **_named(person)):
        gone["journal"] = lines
    if gone:
        counted = ", ".join(f"{kind}: {n}" for kind, n in sorted(gone.items()))
        journal.record(organisation.pk, "person.forgotten", at=at, subject="journal", counted=counted)
    return gone


def _account(person: Person) -> UUID | None:
    return person.user.pk if person.user else None


def _named(person: Person) -> dict[str, str]:
    """How lines of the journal name them."""
    return {"email": person.mail, "author": person.handle.removeprefix("@")}


@transaction.atomic
def close_account(person: Person) -> bool:
    """Take the name and the address off an account that belongs to no organisation any more; whether that was done."""
    if person.user is None or Membership.objects.across().filter(user=person.user).exists():
        return False
    people.close_account(person.user)
    return True
