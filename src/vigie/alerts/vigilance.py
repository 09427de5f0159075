"""The colour of each watch now."""

from __future__ import annotations

from datetime import datetime, timedelta

from vigie.people.models import Organisation

from .models import RANK, Alert


def current(organisation: Organisation, now: datetime) -> dict[int, Alert]:
    """The alert that gives each watch its colour: the loudest of the last hours that nobody dismissed."""
    found = Alert.objects.of(organisation).filter(last_at__gte=now - timedelta(hours=24), test=False)
    found = found.exclude(state=Alert.State.DISMISSED).select_related("watch__entity")
    loudest: dict[int, Alert] = {}
    for alert in found:
        over = now > alert.last_at + timedelta(minutes=alert.watch.cooldown_minutes)
        if over and alert.state != Alert.State.OPEN:
            continue
        held = loudest.get(alert.watch_id)
        if held is None or RANK[alert.level] > RANK[held.level]:
            loudest[alert.watch_id] = alert
    return loudest
