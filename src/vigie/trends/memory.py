"""What detectors remember of each watch: kept now and then, taken up after a restart, learnt anew when needed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from vigie.lib import sql
from vigie.lib.text import fold
from vigie.lib.times import from_millis, millis
from vigie.people.models import Organisation
from vigie.watches.models import Mention, Watch

from . import counts
from .hearing import Said, asks, author_of, packed, place_of, traits
from .models import DetectorState
from .sensor import MS, Sensor

SAVED_EVERY = 6
"""Buckets that a sensor may have learnt since it was last kept."""


def sensor_of(watch: Watch, now: datetime) -> Sensor:
    """The sensor of a watch as it stands: its kept memory, then what was counted since, or all of history."""
    state = DetectorState.objects.across().filter(watch=watch).first()
    calendar = watch.organisation.calendar
    sensor = Sensor.load(calendar, state.closed, bytes(state.memory), bytes(state.heard)) if state else Sensor(calendar)
    since = (sensor.closed + 1) * MS // counts.MINUTE if sensor.closed >= 0 else 0
    rows = sql.rows(
        "SELECT start, sum(mentions), sum(negative), sum(sensitive) FROM trends_minutecount "
        "WHERE watch_id = %s AND start >= %s GROUP BY start ORDER BY start",
        [watch.pk, since],
    )
    for start, mentions, negative, sensitive in rows:
        sensor.recount(int(start) * counts.MINUTE, int(mentions), int(negative), int(sensitive))
    for published, one in said(watch, from_millis(max(since * counts.MINUTE, 0)), now):
        sensor.recall(millis(published), one)
    sensor.close_until(millis(now))
    return sensor


RECALLED, RECALLED_OVER = 5_000, timedelta(days=60)
"""Posts that are listened to again after a restart, or for a new watch: the newest."""


def said(watch: Watch, since: datetime, until: datetime, most: int = RECALLED) -> list[tuple[datetime, Said]]:
    """When the stored mentions that are counted were published, and what they said, in their order."""
    rows = Mention.objects.of(watch.organisation_id).filter(watch=watch, own=False, not_ours=False)
    rows = rows.filter(published_at__gte=max(since, until - RECALLED_OVER), published_at__lte=until)
    names = ("sentiment", "influential", "network", "post__title", "post__text", "post__author_id")
    found = list(
        rows.order_by("-published_at", "-pk").values_list("published_at", *names, "post__author_handle")[:most]
    )
    return [(at, _said(*told)) for at, *told in found[::-1]]


def _said(tone: int, influential: bool, network: str, title: str, text: str, identity: str, handle: str) -> Said:
    folded = fold(f"{title}\n{text}")
    bits = traits(tone < 0, influential, asks(folded), network)
    return Said(packed(folded), author_of(identity or handle), bits, place_of(network))


def keep(organisation: Organisation, sensors: Iterable[tuple[int, Sensor]], *, every: int = SAVED_EVERY) -> None:
    """Keep what the sensors of some watches have learnt, those that learnt enough since they were last kept."""
    due = [(watch, sensor) for watch, sensor in sensors if sensor.unsaved() >= every]
    key = sql.uuid_value(organisation.pk)
    sql.many(
        "INSERT INTO trends_detectorstate (watch_id, organisation_id, closed, memory, heard) "
        "VALUES (%s, %s, %s, %s, %s) ON CONFLICT (watch_id) DO UPDATE "
        "SET closed = excluded.closed, memory = excluded.memory, heard = excluded.heard",
        [(watch, key, sensor.closed, sensor.dump(), sensor.dump_heard()) for watch, sensor in due],
    )
    # Only what the store has taken counts as kept.
    for _watch, sensor in due:
        sensor.saved()


def forget(organisation: Organisation, watch: int) -> None:
    """The past of a watch has changed: what was learnt of it is no longer so."""
    DetectorState.objects.of(organisation).filter(watch=watch).delete()
