"""The chain of one organisation, from records to alerts: prepare (no table touched), then keep (one transaction).

check → match → understand → group      `prepare`, pure: may run beside the keeping of the batch before
sort → store → mention → count          `keep`, one commit with the source's cursor
detect → ring                           `detect`, on the watches that the batch touched
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import Count, Max

from vigie.alerts import bulletins
from vigie.alerts.models import Alert
from vigie.alerts.raising import AlertEvaluator, Episode, Notify
from vigie.analysis import duplicates, lessons
from vigie.journal.actions import pulse
from vigie.lib import sql
from vigie.lib.text import fold
from vigie.lib.times import Clock, from_millis, millis
from vigie.networks.record import Record, Rejected
from vigie.people.models import Organisation
from vigie.posts import store
from vigie.posts.models import SetAside
from vigie.trends import counts
from vigie.trends.counts import Counted
from vigie.trends.models import DetectorState
from vigie.trends.sensor import MS, Sensor
from vigie.watches.models import Correction, Watch

from .preparing import Prepared, Preparer

_MENTION = sql.insert(
    "watches_mention",
    [
        "id",
        "organisation_id",
        "watch_id",
        "post_id",
        "network",
        "published_at",
        "lang",
        "sentiment",
        "audience",
        "own",
        "sensitive",
        "influential",
        "not_ours",
    ],
)


LESSONS = 500
"""Corrections that are learnt from: the newest."""
SAVED_EVERY = 6
"""Buckets that a sensor may have learnt since it was last kept."""


class Event(msgspec.Struct, frozen=True):
    """One mention as detectors see it."""

    arrived: int
    place: int
    """Where its record stands in the batch."""
    published: int
    watch: int
    negative: bool
    sensitive: bool
    influential: bool = False


@dataclass
class Kept:
    """What became of a batch."""

    stored: int = 0
    mentions: int = 0
    updated: int = 0
    ignored: int = 0
    rejected: int = 0
    events: list[Event] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)


class IngestPipeline:
    """One organisation's intake. Holds what must be quick: the matcher, the index of stories, the sensors."""

    def __init__(
        self,
        organisation: Organisation,
        clock: Clock | None = None,
        notify: Notify | None = None,
        settle: Callable[[], None] | None = None,
    ) -> None:
        self.organisation, self.clock = organisation, clock or organisation.clock
        self.notify, self.settle = notify, settle
        self.zone = organisation.tz
        self.stories = duplicates.Index()
        self.preparer = Preparer([])
        self.evaluators: dict[int, AlertEvaluator] = {}
        self.watches: list[Watch] = []
        self.edition: tuple[int, ...] | None = None
        self.own: dict[int, set[str]] = {}
        self.stirring: dict[int, int] = defaultdict(int)
        self.refresh()

    # -- what is watched ---------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read the watches again when one was added, changed or removed, and what people corrected since."""
        found = Watch.objects.of(self.organisation).aggregate(n=Count("pk"), last=Max("changed_at"))
        said = Correction.objects.of(self.organisation).filter(undone_at=None).aggregate(n=Count("pk"), last=Max("pk"))
        edition = (found["n"], millis(found["last"]) if found["last"] else 0, said["n"], said["last"] or 0)
        if edition == self.edition:
            return
        self.edition = edition
        self.watches = list(
            Watch.objects.of(self.organisation).filter(active=True).select_related("entity", "organisation")
        )
        seconds = self.preparer.seconds
        self.preparer = Preparer([w.query for w in self.watches], self._taught())
        self.preparer.seconds = seconds
        self.own = {w.pk: {fold(h.lstrip("@")) for h in w.entity.handles} for w in self.watches}
        kept = {w.pk for w in self.watches}
        for pk in [pk for pk in self.evaluators if pk not in kept]:
            del self.evaluators[pk]
        for watch in self.watches:
            if watch.pk in self.evaluators:
                self.evaluators[watch.pk].watch = watch
            else:
                self.evaluators[watch.pk] = self._evaluator(watch)

    def _taught(self) -> lessons.Lessons:
        rows = Correction.objects.of(self.organisation).filter(undone_at=None).order_by("-pk")
        told = rows.values_list("post__title", "post__text", "after")[:LESSONS]
        return lessons.Lessons((f"{title}\n{text}", after) for title, text, after in told)

    def _evaluator(self, watch: Watch) -> AlertEvaluator:
        evaluator = AlertEvaluator(watch, sensor_of(watch, self.clock.now()), self.notify, self.settle)
        last = Alert.objects.of(self.organisation).filter(watch=watch, test=False).order_by("-last_at").first()
        if last:
            evaluator.episode = Episode(
                last.pk,
                last.level,
                last.last_at + timedelta(minutes=watch.cooldown_minutes),
                checked=last.evidence["signals"]["mentions"]["seen"],
                rung=max(signal["surprise"] for signal in last.evidence["signals"].values()),
            )
        return evaluator

    def forget(self, watch: int) -> None:
        """Learn a watch again from its counts, whose past has changed."""
        DetectorState.objects.of(self.organisation).filter(watch=watch).delete()
        if evaluator := self.evaluators.get(watch):
            evaluator.sensor = sensor_of(evaluator.watch, self.clock.now())
            self._remember({watch}, every=0)

    def forget_all(self) -> None:
        for watch in list(self.evaluators):
            self.forget(watch)

    def stirred(self, most: int) -> list[Watch]:
        """Watches that had mentions since the last time this was asked, the busiest first."""
        busy = sorted(self.stirring, key=lambda pk: -self.stirring[pk])[:most]
        self.stirring.clear()
        return [self.evaluators[pk].watch for pk in busy if pk in self.evaluators]

    # -- prepare -----------------------------------------------------------------------------------------

    def _timed(self, step: str) -> AbstractContextManager[None]:
        return self.preparer.timed(step)

    @property
    def seconds(self) -> dict[str, float]:
        """How long each step took in all."""
        return self.preparer.seconds

    def prepare(self, records: list[Record], *, today: datetime | None = None) -> Prepared:
        """Everything that needs no table. Dates after `today` (now, if not given) are refused."""
        return self.preparer.prepare(records, today or self.clock.now())

    # -- keep --------------------------------------------------------------------------------------------

    def keep(
        self,
        prepared: Prepared,
        *,
        source: int | None = None,
        origin: str = "",
        also: Callable[[Kept], None] | None = None,
    ) -> Kept:
        """Store a batch, its mentions and their counts, and what `also` does (a source's cursor), in one commit."""
        now = self.clock.now()
        kept = Kept(rejected=len(prepared.rejected))
        place = {id(record): i for i, record in enumerate(prepared.records)}
        with transaction.atomic():
            with self._timed("sort"):
                sorted_ = store.sort(self.organisation.pk, prepared.records, now)
            kept.ignored = sorted_.ignored
            order = [place[id(record)] for record in sorted_.fresh]
            with self._timed("store"):
                ids = store.insert(
                    self.organisation.pk, source, sorted_.fresh, [prepared.understood[i] for i in order], now
                )
            kept.stored = len(ids)
            with self._timed("mention"):
                changes = self._mention(prepared, order, ids, kept)
            for record, before in sorted_.later:
                changes += self._reread(prepared, place[id(record)], record, before)
                kept.updated += 1
            with self._timed("count"):
                counts.apply(self.organisation.pk, changes)
            self._set_aside(prepared.rejected, source, origin, now)
            if also:
                also(kept)
            if kept.mentions:
                pulse(self.organisation.pk, "mentions", at=now, count=kept.mentions)
        return kept

    def _counted(self, prepared: Prepared, i: int, record: Record, watch: Watch) -> Counted:
        understood = prepared.understood[i]
        return Counted(
            watch.pk,
            record.network,
            millis(record.published_at),
            understood.sentiment,
            record.own or (bool(own := self.own[watch.pk]) and fold(record.author_handle.lstrip("@")) in own),
            prepared.sensitive[i],
            record.audience >= watch.influential_from,
            record.audience,
        )

    def _mention(
        self, prepared: Prepared, order: list[int], ids: list[int], kept: Kept
    ) -> list[tuple[Counted | None, Counted | None]]:
        key = sql.uuid_value(self.organisation.pk)
        rows: list[list[Any]] = []
        moved: list[tuple[Counted | None, Counted | None]] = []
        stories = []
        now = millis(self.clock.now())
        placed = self.stories.place_all(ids, [prepared.signatures[i] for i in order])
        for i, post, story in zip(order, ids, placed, strict=True):
            record = prepared.records[i]
            if story != post:
                stories.append((story, post))
            for at in prepared.watches[i]:
                counted = self._counted(prepared, i, record, self.watches[at])
                moved.append((None, counted))
                self.stirring[counted.watch] += 1
                rows.append(
                    [
                        0,
                        key,
                        counted.watch,
                        post,
                        record.network,
                        counted.published,
                        prepared.understood[i].lang,
                        counted.sentiment,
                        counted.audience,
                        counted.own,
                        counted.sensitive,
                        counted.influential,
                        False,
                    ]
                )
                if record.network == "press" and self.notify and not counted.own:
                    bulletins.tell_mention(self.watches[at], post, record.published_at, self.clock.now())
                if not counted.own:
                    kept.events.append(_event(now, i, counted))
        for row, pk in zip(rows, sql.reserve("watches_mention", len(rows)) if rows else [], strict=True):
            row[0] = pk
        sql.many(_MENTION, rows)
        sql.many("UPDATE posts_post SET story = %s WHERE id = %s", stories)
        kept.mentions = len(rows)
        return moved

    def _reread(
        self, prepared: Prepared, i: int, record: Record, before: store.Known
    ) -> list[tuple[Counted | None, Counted | None]]:
        """A later reading: counters move nothing; other words are understood and matched again."""
        reworded = not record.deleted and (record.text, record.title) != (before.text, before.title)
        understood = prepared.understood[i] if reworded else None
        store.update(self.organisation.pk, record, before, understood)
        if understood is None:
            return []
        held = held_mentions(self.organisation, before.id)
        wanted = {self.watches[at].pk: self.watches[at] for at in prepared.watches[i]}
        by_watch = {w.pk: w for w in self.watches}
        changes: list[tuple[Counted | None, Counted | None]] = []
        record.published_at = from_millis(before.published_at)
        record.audience = before.audience
        for watch_id, (counted, not_ours) in held.items():
            if watch_id not in by_watch or not_ours:
                continue
            if watch_id in wanted:
                after = self._counted(prepared, i, record, by_watch[watch_id])
                changes.append((counted, after))
                _rewrite_mention(before.id, after, understood.lang)
            else:
                changes.append((counted, None))
                sql.many("DELETE FROM watches_mention WHERE post_id = %s AND watch_id = %s", [(before.id, watch_id)])
        for watch_id in set(wanted) - set(held):
            after = self._counted(prepared, i, record, wanted[watch_id])
            changes.append((None, after))
            write_mention(self.organisation, before.id, after, understood.lang)
        return changes

    def _set_aside(self, rejected: list[Rejected], source: int | None, origin: str, now: datetime) -> None:
        if rejected:
            SetAside.objects.across().bulk_create(
                [
                    SetAside(
                        organisation=self.organisation,
                        source_id=source,
                        origin=origin,
                        position=r.position,
                        reason=r.reason,
                        raw=r.raw,
                        at=now,
                    )
                    for r in rejected
                ]
            )

    def events(self, prepared: Prepared) -> list[Event]:
        """The mentions of a batch as detectors see them, each at the time when it was seen (else published)."""
        found = []
        for i, record in enumerate(prepared.records):
            arrived = millis(record.seen_at or record.published_at)
            for at in prepared.watches[i]:
                counted = self._counted(prepared, i, record, self.watches[at])
                if not counted.own:
                    found.append(_event(arrived, i, counted))
        return found

    # -- detect ------------------------------------------------------------------------------------------

    def detect(self, events: list[Event], *, step: Callable[[Event], None] | None = None) -> list[Alert]:
        """Show each mention to its watch's sensor, in order, and ring where it must.

        `step` is called with each mention before it is looked at: a replay moves its clock there.
        """
        rung: list[Alert] = []
        touched: set[int] = set()
        with self._timed("detect"):
            now_ms = millis(self.clock.now())
            for event in sorted(events, key=_in_order):
                if step:
                    step(event)
                    now_ms = max(now_ms, event.arrived)
                evaluator = self.evaluators.get(event.watch)
                if evaluator is None:
                    continue
                if evaluator.sensor.close_until(now_ms):
                    touched.add(event.watch)
                if (
                    evaluator.sensor.add(event.published, now_ms, event.negative, event.sensitive)
                    and (alert := evaluator.consider(now_ms))
                ) or (event.influential and (event.negative or event.sensitive) and (alert := evaluator.voice(now_ms))):
                    rung.append(alert)
            self._remember(touched)
        return rung

    def tick(self) -> list[Alert]:
        """Every minute, on all watches: close what is over, and look."""
        now_ms = millis(self.clock.now())
        rung, touched = [], set()
        for pk, evaluator in self.evaluators.items():
            if evaluator.sensor.close_until(now_ms):
                touched.add(pk)
            if alert := evaluator.consider(now_ms):
                rung.append(alert)
        self._remember(touched)
        return rung

    def _remember(self, touched: set[int], *, every: int = SAVED_EVERY) -> None:
        """Keep what sensors have learnt, now and then: a restart counts again what came since."""
        due = [pk for pk in sorted(touched) if self.evaluators[pk].sensor.unsaved() >= every]
        key = sql.uuid_value(self.organisation.pk)
        rows = [(pk, key, self.evaluators[pk].sensor.closed, self.evaluators[pk].sensor.dump()) for pk in due]
        sql.many(
            "INSERT INTO trends_detectorstate (watch_id, organisation_id, closed, memory) VALUES (%s, %s, %s, %s) "
            "ON CONFLICT (watch_id) DO UPDATE SET closed = excluded.closed, memory = excluded.memory",
            rows,
        )

    def take(
        self,
        records: list[Record],
        *,
        source: int | None = None,
        origin: str = "",
        rejected: list[Rejected] | None = None,
        also: Callable[[Kept], None] | None = None,
    ) -> Kept:
        """The whole chain on one batch, as live."""
        prepared = self.prepare(records)
        prepared.rejected += rejected or []
        kept = self.keep(prepared, source=source, origin=origin, also=also)
        kept.alerts = self.detect(kept.events)
        return kept


def _in_order(event: Event) -> tuple[int, int, int, int]:
    return event.arrived, event.published, event.place, event.watch


def _event(arrived: int, place: int, counted: Counted) -> Event:
    negative = counted.sentiment < 0
    return Event(arrived, place, counted.published, counted.watch, negative, counted.sensitive, counted.influential)


def held_mentions(organisation: Organisation, post: int) -> dict[int, tuple[Counted, bool]]:
    """How a post is counted now, by watch, and whether it was said not to be ours."""
    found = sql.rows(
        "SELECT watch_id, network, published_at, sentiment, own, sensitive, influential, audience, not_ours "
        "FROM watches_mention WHERE organisation_id = %s AND post_id = %s",
        [sql.uuid_value(organisation.pk), post],
    )
    return {
        row[0]: (
            Counted(row[0], row[1], row[2], row[3], bool(row[4]), bool(row[5]), bool(row[6]), row[7]),
            bool(row[8]),
        )
        for row in found
    }


def _rewrite_mention(post: int, counted: Counted, lang: str) -> None:
    sql.many(
        "UPDATE watches_mention SET sentiment = %s, lang = %s, sensitive = %s WHERE post_id = %s AND watch_id = %s",
        [(counted.sentiment, lang, counted.sensitive, post, counted.watch)],
    )


def write_mention(organisation: Organisation, post: int, counted: Counted, lang: str) -> None:
    pk = sql.reserve("watches_mention", 1)[0]
    sql.many(
        _MENTION,
        [
            [
                pk,
                sql.uuid_value(organisation.pk),
                counted.watch,
                post,
                counted.network,
                counted.published,
                lang,
                counted.sentiment,
                counted.audience,
                counted.own,
                counted.sensitive,
                counted.influential,
                False,
            ]
        ],
    )


def sensor_of(watch: Watch, now: datetime) -> Sensor:
    """The sensor of a watch as it stands: its kept memory, then what was counted since, or all of history."""
    state = DetectorState.objects.across().filter(watch=watch).first()
    calendar = watch.organisation.calendar
    sensor = Sensor.load(calendar, state.closed, bytes(state.memory)) if state else Sensor(calendar)
    since = (sensor.closed + 1) * MS // counts.MINUTE if sensor.closed >= 0 else 0
    rows = sql.rows(
        "SELECT start, sum(mentions), sum(negative), sum(sensitive) FROM trends_minutecount "
        "WHERE watch_id = %s AND start >= %s GROUP BY start ORDER BY start",
        [watch.pk, since],
    )
    for start, mentions, negative, sensitive in rows:
        sensor.recount(int(start) * counts.MINUTE, int(mentions), int(negative), int(sensitive))
    sensor.close_until(millis(now))
    return sensor
