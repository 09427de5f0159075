"""Two watches of one entity that catch the same story ring once: the alert of the first names both."""

from __future__ import annotations

from datetime import datetime, timedelta

from vigie.lib.text import fold
from vigie.stories.actions import mentions_between
from vigie.watches.models import Watch

from .models import Alert

SHARED = 0.5
"""From this share of stories in common on, two rises are one."""
LOOKED_AT = 500
"""Newest mentions of a rise whose stories are compared."""


def told_elsewhere(watch: Watch, began: datetime, now: datetime) -> Alert | None:
    """The alert of another watch of this entity that rings about the same posts; None when there is none."""
    siblings = [w.pk for w in _siblings(watch)]
    if not siblings:
        return None
    since = now - timedelta(minutes=watch.cooldown_minutes)
    found = Alert.objects.of(watch.organisation_id).filter(watch__in=siblings, test=False, last_at__gte=since)
    mine = _stories(watch, began, now)
    for alert in found.exclude(dismissal="homonym").select_related("watch__entity").order_by("-last_at")[:10]:
        theirs = _stories(alert.watch, min(alert.began_at, began), now)
        if mine and len(mine & theirs) >= SHARED * len(mine):
            return alert
    return None


def _siblings(watch: Watch) -> list[Watch]:
    """Watches of the same entity, by its name: each watch keeps its own copy of what it knows of it."""
    others = Watch.objects.of(watch.organisation_id).filter(active=True).exclude(pk=watch.pk).select_related("entity")
    name = fold(watch.entity.name).strip()
    return [other for other in others if fold(other.entity.name).strip() == name]


def _stories(watch: Watch, since: datetime, until: datetime) -> set[int]:
    rows = mentions_between(watch, since, until).order_by("-published_at")
    return set(rows.values_list("post__story", flat=True)[:LOOKED_AT])
