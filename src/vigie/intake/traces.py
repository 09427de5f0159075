"""What work that failed keeps of an author: bodies that webhooks brought. Those taken in are gone already."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from vigie.people.traces import Person, Trace

from .models import Job


def _bodies(organisation_id: UUID, person: Person) -> QuerySet[Any]:
    rows = Job.objects.of(organisation_id).filter(kind="hook").exclude(what__body=None)
    if not person.handle:
        return rows.none()
    bare = person.handle.removeprefix("@").lower()
    # A body is JSON inside JSON, whose quotes each store escapes in its own way.
    return rows.filter(pk__in=[job.pk for job in rows if bare in str(job.what["body"]).lower()])


TRACES = [Trace("webhook", _bodies, ("what",))]
