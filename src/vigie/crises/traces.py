"""What the room keeps of a person: reasons, reports, and who was in the team."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from vigie.people.traces import ERASED, Person, Trace, overwritten, written_by

from .models import Crisis, Participant, PublishingFreeze, Report, SituationShare


def _rooms_left(organisation_id: UUID, person: Person) -> QuerySet[Any]:
    """Places that are over: whoever is in an open room stays there by name until it closes."""
    held = Q(user=person.user) if person.user else Q()
    if person.mail:
        held |= Q(email__iexact=person.mail)
    rows = Participant.objects.of(organisation_id)
    over = Q(crisis__state=Crisis.State.CLOSED) | Q(left_at__isnull=False)
    return rows.filter(held, over) if held else rows.none()


def _deputy_of(organisation_id: UUID, person: Person) -> QuerySet[Any]:
    rows = Participant.objects.of(organisation_id)
    return rows.filter(deputy__user=str(person.user.pk)) if person.user else rows.none()


TRACES = [
    written_by(Crisis, "opened_by", reason=ERASED),
    written_by(Report, "by", text=ERASED),
    written_by(SituationShare, "by", title=ERASED),
    written_by(PublishingFreeze, "by", reason=ERASED),
    Trace(
        "participant",
        _rooms_left,
        ("name", "email", "role"),
        overwritten(name=ERASED, email="", channels=[], user=None),
    ),
    Trace("deputy", _deputy_of, ("deputy",), overwritten(deputy={})),
]
