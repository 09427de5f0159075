"""What messages that left keep of a person: to whom, and what."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from vigie.people.traces import Person, Trace

from .models import Message


def _to_them(organisation_id: UUID, person: Person) -> QuerySet[Any]:
    rows = Message.objects.of(organisation_id).exclude(state__in=[Message.State.WAITING, Message.State.SENDING])
    if not person.mail:
        return rows.none()
    return rows.filter(Q(where__istartswith=f"mail:{person.mail}|") | Q(name__iexact=person.mail))


TRACES = [Trace("message", _to_them, ("kind", "where", "name", "payload"))]
