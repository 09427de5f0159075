"""What alerts keep of a person: the posts that they showed, and what members wrote to them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from vigie.people.traces import ERASED, Person, Trace, overwritten, written_by

from .models import Alert, AlertChange, Channel


def _named(value: Any, person: Person) -> bool:
    """Whether a part of what an alert saw is of this author."""
    bare = person.handle.removeprefix("@").lower()
    said = str(value.get("author", "")).removeprefix("@").lower()
    return value.get("network") == person.network and said == bare


def _parts(value: Any) -> list[dict[str, Any]]:
    """Every dictionary inside what an alert saw."""
    if isinstance(value, dict):
        return [value, *(part for inner in value.values() for part in _parts(inner))]
    return [part for inner in value for part in _parts(inner)] if isinstance(value, list) else []


def _seen(organisation_id: UUID, person: Person) -> QuerySet[Any]:
    rows = Alert.objects.of(organisation_id)
    if not person.handle:
        return rows.none()
    shown = rows.filter(evidence__icontains=person.handle.removeprefix("@"))
    return rows.filter(pk__in=[a.pk for a in shown if any(_named(p, person) for p in _parts(a.evidence))])


def _forget(person: Person, alert: Alert) -> None:
    for part in _parts(alert.evidence):
        if _named(part, person):
            part.update({name: ERASED for name in ("author", "text", "url", "external_id") if name in part})
    Alert.objects.of(alert.organisation_id).filter(pk=alert.pk).update(evidence=alert.evidence)


class _Evidence(Trace):
    """Evidence is one document in which only some parts are theirs."""

    def forget(self, organisation_id: UUID, person: Person) -> int:
        found = list(self.find(organisation_id, person))
        for alert in found:
            _forget(person, alert)
        return len(found)


def _dismissed(organisation_id: UUID, person: Person) -> QuerySet[Any]:
    rows = Alert.objects.of(organisation_id)
    if person.user is None:
        return rows.none()
    theirs = AlertChange.objects.of(organisation_id).filter(user=person.user, after=Alert.State.DISMISSED)
    return rows.filter(pk__in=theirs.values("alert")).exclude(dismissal_note="")


def _channels(organisation_id: UUID, person: Person) -> QuerySet[Any]:
    """Ways to reach somebody who is no longer a member; a member's are needed, and are theirs to remove."""
    rows = Channel.objects.of(organisation_id)
    if person.user is None:
        return rows.none()
    return rows.filter(user=person.user).exclude(user__membership__organisation=organisation_id)


TRACES = [
    _Evidence("alert", _seen, ("number", "evidence")),
    Trace("dismissal", _dismissed, ("dismissal_note",), overwritten(dismissal_note="")),
    written_by(AlertChange, "user", why=""),
    Trace("channel", _channels, ("name", "address")),
]
