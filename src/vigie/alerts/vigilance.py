"""The colour of each watch now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from vigie.people.models import Organisation
from vigie.posts.models import Source
from vigie.trends import counts
from vigie.trends.judgement import ENOUGH_HOURS, ENOUGH_MENTIONS
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
GREY = "grey"
"""The colour of a watch of which nothing can be said: green stands only where something was seen and is usual."""


class Blind(TextChoices):
    """Why nothing can be said of a watch."""

    NO_SOURCE = "no_source", _("Vigie sees nothing: add a source.")
    DOWN = "down", _("Vigie sees nothing: no source answers.")
    YOUNG = "young", _("Not enough history yet to say what is usual.")


@dataclass(frozen=True)
class Standing:
    """A watch, the alert that gives it its colour, why it has none, and its sums of the last 24 hours by COLUMNS."""

    watch: Watch
    alert: Alert | None
    sums: dict[str, int]
    blind: Blind | None = None

    @property
    def level(self) -> str:
        if self.alert:
            return self.alert.level
        return GREY if self.blind else Level.GREEN


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
    shown = [pk for *_rank, pk in order[:most]]
    watches = active.select_related("entity").in_bulk(shown)
    unseen, young = _unseen(organisation, now), _young(organisation, shown, now)
    return [
        Standing(watches[pk], alerts.get(pk), sums.get(pk, NOTHING), unseen or (Blind.YOUNG if pk in young else None))
        for pk in shown
    ]


def _unseen(organisation: Organisation, now: datetime) -> Blind | None:
    """Why no watch of an organisation sees anything, if that is so."""
    sources = Source.objects.of(organisation).exclude(state=Source.State.PAUSED)
    if not sources.exists():
        return Blind.NO_SOURCE
    lately = now - timedelta(hours=24)
    brought = sources.filter(last_success_at__gte=lately).exclude(state=Source.State.DOWN)
    return None if brought.exists() else Blind.DOWN


def _young(organisation: Organisation, watches: list[int], now: datetime) -> set[int]:
    """Those that were not seen for long enough, or too little, to know what is usual."""
    old = counts.known_since(organisation.pk, now - timedelta(hours=ENOUGH_HOURS), ENOUGH_MENTIONS)
    return set(watches) - old
