"""Tasks as they are asked for: those that a reader may see, those that are late."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from vigie.crises.models import Crisis
from vigie.crises.rules import Viewer

from .models import Task


def visible(crisis: Crisis, viewer: Viewer) -> QuerySet[Task]:
    found = Task.objects.of(crisis.organisation_id).filter(crisis=crisis)
    hidden = [t.pk for t in found.exclude(confidential=[]) if not viewer.sees(t.confidential)]
    return found.exclude(pk__in=hidden)


def doing(crisis: Crisis, viewer: Viewer, most: int = 4) -> QuerySet[Task]:
    """What somebody is on, the most urgent first."""
    held = visible(crisis, viewer).filter(state=Task.State.TODO).exclude(owner=None)
    return held.select_related("owner").order_by("due_at", "number")[:most]


def late(crisis: Crisis, viewer: Viewer, now: datetime) -> int:
    return visible(crisis, viewer).filter(state=Task.State.TODO, due_at__lte=now).count()
