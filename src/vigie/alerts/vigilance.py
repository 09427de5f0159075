"""The colour of each watch now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from vigie.people.models import Organisation
from vigie.trends import counts
from vigie.trends.models import COLUMNS
from vigie.watches.models import Watch

from .models import RANK, Alert, Level


def current(organisation: Organisation, now: datetime) -> dict[int, Alert]:
    """The alert that gives each watch its colour: the loudest of the last hours that nobody dismissed."""
    found = Alert.objects.of(organisation).filter(last_at__gte=now - timedelta(hours=24), test=False)
    found = found.exclude(state=Alert.State.DISMISSED).select_related("watch__entity")
    loudest: dict[int, Alert] = {}
    for alert in found:
        over = now > alert.last_at + timedelta(minutes=alert.watch.cooldown_minutes)
        if over and alert.state != Alert.State.OPEN:
            continue
        for watch in (alert.watch_id, *(other["watch"] for other in alert.also)):
            held = loudest.get(watch)
            if held is None or RANK[alert.level] > RANK[held.level]:
                loudest[watch] = alert
    return loudest


NOTHING = dict.fromkeys(COLUMNS, 0)


@dataclass(frozen=True)
class Standing:
    """A watch, the alert that gives it its colour, and its sums of the last 24 hours by COLUMNS."""

    watch: Watch
    alert: Alert | None
    sums: dict[str, int]

    @property
    def level(self) -> str:
        return self.alert.level if self.alert else Level.GREEN


def ranked(organisation: Organisation, now: datetime, most: int) -> list[Standing]:
    """The active watches, what is not calm first, then the busiest."""
    alerts = current(organisation, now)
    sums = counts.sums_by_watch(organisation.pk, now - timedelta(hours=24), now)
    # Sorted by what is cheap to read; only those shown are read whole.
    active = Watch.objects.of(organisation).filter(active=True)
    order = sorted(
        (-RANK[alerts[pk].level] if pk in alerts else 0, -sums.get(pk, NOTHING)["mentions"], name, pk)
        for pk, name in active.values_list("pk", "name")
    )
    watches = active.select_related("entity").in_bulk([row[-1] for row in order[:most]])
    return [Standing(watches[pk], alerts.get(pk), sums.get(pk, NOTHING)) for *_rank, pk in order[:most]]
