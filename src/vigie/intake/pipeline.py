"""The chain of one organisation, from records to alerts: prepare (no table touched), then keep (one transaction).

check → match → understand → group      `prepare`, pure: may run beside the keeping of the batch before
sort → store → mention → count          `keep`, one commit with the source's cursor
detect → ring                           `detect`, on the watches that the batch touched
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
from django.db import transaction
from django.db.models import Count, Max
from msgspec.structs import replace

from vigie.alerts import mention_notices
from vigie.alerts.models import Alert
from vigie.alerts.raising import AlertEvaluator, Episode, Notify
from vigie.analysis import duplicates, lessons
from vigie.journal.actions import pulse
from vigie.lib import sql
from vigie.lib.times import Clock, from_millis, millis
from vigie.networks.record import Record, Rejected
from vigie.people.models import Organisation
from vigie.posts import store
from vigie.posts.models import SetAside
from vigie.posts.traces import forgotten, wanted
from vigie.trends import counts, hearing, memory
from vigie.trends.judgement import Ringing
from vigie.watches import mentions
from vigie.watches.mentions import Change, Counted
from vigie.watches.models import Correction, Watch

from . import checking
from .preparing import Attention, Prepared, Preparer, Setup

log = logging.getLogger(__name__)
LESSONS = 500
"""Corrections that are learnt from: the newest."""


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
    said: hearing.Said = hearing.Said()


@dataclass
class Kept:
    """What became of a batch."""

    stored: int = 0
    mentions: int = 0
    watches: Counter[int] = field(default_factory=Counter)
    """How many mentions each watch got."""
    updated: int = 0
    ignored: int = 0
    aside: list[Rejected] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)

    @property
    def rejected(self) -> int:
        return len(self.aside)

    def add(self, other: Kept) -> None:
        """What became of another part of the same batch."""
        for name in ("stored", "mentions", "updated", "ignored", "watches", "aside", "events", "alerts"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


class IngestPipeline:
    """One organisation's intake. Holds what must be quick: the matcher, the index of stories, the sensors."""

    def __init__(
        self,
        organisation: Organisation,
        clock: Clock | None = None,
        notify: Notify | None = None,
        settle: Callable[[], None] | None = None,
        attention: Attention | None = None,
    ) -> None:
        self.organisation, self.clock = organisation, clock or organisation.clock
        self.notify, self.settle = notify, settle
        self.zone = organisation.tz
        self.stories = duplicates.Index()
        self.preparer = Preparer([], attention=attention)
        self.setup = Setup()
        self.evaluators: dict[int, AlertEvaluator] = {}
        self.watches: list[Watch] = []
        self.edition: tuple[int, ...] | None = None
        self.own: dict[int, frozenset[str]] = {}
        self.stirring: Counter[int] = Counter()
        self.forgotten: frozenset[str] = frozenset()
        self.refresh()

    # -- what is watched ---------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read the watches again when one was added, changed or removed, and what people corrected since."""
        found = Watch.objects.of(self.organisation).aggregate(n=Count("pk"), last=Max("changed_at"))
        self.forgotten = forgotten(self.organisation.pk)
        said = Correction.objects.of(self.organisation).filter(undone_at=None).aggregate(n=Count("pk"), last=Max("pk"))
        edition = (found["n"], millis(found["last"]) if found["last"] else 0, said["n"], said["last"] or 0)
        if edition == self.edition:
            return
        self.watches = list(
            Watch.objects.of(self.organisation).filter(active=True).select_related("entity", "organisation")
        )
        seconds, attention = self.preparer.seconds, self.preparer.attention
        self.setup = Setup(f"{self.organisation.pk}:{edition}", [w.query for w in self.watches], self._taught())
        self.preparer = Preparer(self.setup.queries, lessons.Lessons(self.setup.taught), attention)
        self.preparer.seconds = seconds
        self.own = {w.pk: mentions.own_handles(w.entity) for w in self.watches}
        kept = {w.pk for w in self.watches}
        for pk in [pk for pk in self.evaluators if pk not in kept]:
            del self.evaluators[pk]
        for watch in self.watches:
            if watch.pk in self.evaluators:
                self.evaluators[watch.pk].watch = watch
            else:
                self.evaluators[watch.pk] = self._evaluator(watch)
        # Last: what could not be read whole is read again.
        self.edition = edition

    def _taught(self) -> list[tuple[str, int]]:
        rows = Correction.objects.of(self.organisation).filter(undone_at=None).order_by("-pk")
        rows = rows.exclude(post__external_id__startswith="erased:")
        told = rows.values_list("post__title", "post__text", "after")[:LESSONS]
        return [(f"{title}\n{text}", after) for title, text, after in told]

    def _evaluator(self, watch: Watch) -> AlertEvaluator:
        evaluator = AlertEvaluator(watch, memory.sensor_of(watch, self.clock.now()), self.notify, self.settle)
        last = Alert.objects.of(self.organisation).filter(watch=watch, test=False).order_by("-last_at").first()
        if last:
            evaluator.episode = Episode(last.pk, last.level)
            rung = millis(last.last_at) / 60_000
            surprise = max(signal["surprise"] for signal in last.evidence["signals"].values())
            evaluator.ringing = Ringing.resumed(rung + watch.cooldown_minutes, rung, surprise)
        return evaluator

    def forget(self, watch: int) -> None:
        """Learn a watch again from its counts, whose past has changed."""
        memory.forget(self.organisation, watch)
        if evaluator := self.evaluators.get(watch):
            evaluator.sensor = memory.sensor_of(evaluator.watch, self.clock.now())
            memory.keep(self.organisation, [(watch, evaluator.sensor)], every=0)

    def forget_all(self) -> None:
        for watch in list(self.evaluators):
            self.forget(watch)

    def stirred(self, most: int) -> list[Watch]:
        """Watches that had mentions since the last time this was asked, the busiest first."""
        busy = [pk for pk, _n in self.stirring.most_common(most)]
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
        prepared = self.preparer.prepare(records, today or self.clock.now())
        prepared.key = self.setup.key
        return prepared

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
        kept = Kept(aside=prepared.rejected)
        mark = self.stories.mark()
        try:
            self._keep(prepared, kept, source, origin, also, now)
        except BaseException:
            # What is held in memory survives only a commit.
            self.stories.back_to(mark)
            raise
        self.stirring.update(kept.watches)
        return kept

    def _keep(
        self,
        prepared: Prepared,
        kept: Kept,
        source: int | None,
        origin: str,
        also: Callable[[Kept], None] | None,
        now: datetime,
    ) -> None:
        place = {id(record): i for i, record in enumerate(prepared.records)}
        with transaction.atomic():
            with self._timed("sort"):
                records = wanted(self.organisation.pk, prepared.records, self.forgotten)
                sorted_ = store.sort(self.organisation.pk, records, now)
            kept.ignored = sorted_.ignored + len(prepared.records) - len(records)
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

    def _counted(self, prepared: Prepared, i: int, record: Record, watch: Watch) -> Counted:
        sentiment, sensitive = prepared.understood[i].sentiment, prepared.sensitive[i]
        return mentions.counted(watch, self.own[watch.pk], record, sentiment, sensitive)

    def _caught(self, prepared: Prepared, i: int) -> list[Counted]:
        """How a new post is counted by each watch that it answers; one of them stands for it."""
        found = [self._counted(prepared, i, prepared.records[i], self.watches[at]) for at in prepared.watches[i]]
        if len(found) < 2:
            return found
        first = mentions.standing([(False, counted.own) for counted in found])
        return [counted if n == first else replace(counted, repeats=True) for n, counted in enumerate(found)]

    def _mention(self, prepared: Prepared, order: list[int], ids: list[int], kept: Kept) -> list[Change]:
        """Store the mentions of new posts and their stories; how the counts move."""
        now = self.clock.now()
        rows: list[tuple[int, Counted, str]] = []
        placed = self.stories.place_all(ids, [prepared.signatures[i] for i in order])
        for i, post in zip(order, ids, strict=True):
            lang = prepared.understood[i].lang
            for at, counted in zip(prepared.watches[i], self._caught(prepared, i), strict=True):
                rows.append((post, counted, lang))
                if counted.own:
                    continue
                kept.events.append(_event(millis(now), i, counted, prepared))
                if counted.network == "press" and self.notify:
                    mention_notices.notify(self.watches[at], post, prepared.records[i].published_at, now)
        mentions.insert(self.organisation, rows)
        changed = [(story, post) for story, post in zip(placed, ids, strict=True) if story != post]
        sql.many("UPDATE posts_post SET story = %s WHERE id = %s", changed)
        kept.mentions = len(rows)
        kept.watches.update(counted.watch for _post, counted, _lang in rows)
        return [(None, counted) for _post, counted, _lang in rows]

    def _reread(self, prepared: Prepared, i: int, record: Record, before: store.Known) -> list[Change]:
        """A later reading: counters move nothing; other words are understood and matched again."""
        reworded = not record.deleted and (record.text, record.title) != (before.text, before.title)
        understood = prepared.understood[i] if reworded else None
        store.update(self.organisation.pk, record, before, understood)
        if understood is None:
            return []
        record.published_at, record.audience = from_millis(before.published_at), before.audience
        record.own = bool(before.own)
        held = mentions.held(self.organisation, [before.id])[before.id]
        wanted = {self.watches[at].pk: self.watches[at] for at in prepared.watches[i]}
        by_watch = {w.pk: w for w in self.watches}
        changes: list[Change] = []
        for mention in held:
            watch = by_watch.get(mention.counted.watch)
            if watch is None or mention.not_ours:
                continue
            if watch.pk in wanted:
                after = self._counted(prepared, i, record, watch)
                after = replace(after, own=mention.counted.own, repeats=mention.counted.repeats)
                changes.append((mention.counted, after))
                mentions.rewrite(before.id, after, understood.lang)
            else:
                changes.append((mention.counted, None))
                mentions.remove(before.id, watch.pk)
        known = {mention.counted.watch for mention in held}
        fresh = [self._counted(prepared, i, record, watch) for pk, watch in wanted.items() if pk not in known]
        added = [replace(counted, repeats=True) for counted in fresh] if held else fresh
        mentions.insert(self.organisation, [(before.id, counted, understood.lang) for counted in added])
        changes += [(None, counted) for counted in added]
        return changes + (mentions.settle(self.organisation, [before.id]) if held or len(added) > 1 else [])

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
                    found.append(_event(arrived, i, counted, prepared))
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
                counted = evaluator.sensor.add(event.published, now_ms, event.negative, event.sensitive, event.said)
                if alert := self._evaluated(evaluator, event, counted, now_ms):
                    rung.append(alert)
            self._remember(touched)
        return rung

    def _evaluated(self, evaluator: AlertEvaluator, event: Event, counted: bool, now_ms: int) -> Alert | None:
        """The alert that this mention makes ring. What goes wrong with one keeps no other from being looked at."""
        try:
            alert = evaluator.consider(now_ms) if counted else None
            if alert is None and event.influential and (event.negative or event.sensitive):
                alert = evaluator.voice(now_ms)
            return alert
        except Exception:
            if self.settle:
                raise
            # The mention is kept and learnt; the next one, or the next minute, looks again.
            log.exception("evaluating watch %s", evaluator.watch.pk)
            return None

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

    def _remember(self, touched: set[int]) -> None:
        memory.keep(self.organisation, [(pk, self.evaluators[pk].sensor) for pk in sorted(touched)])

    # -- the whole chain ---------------------------------------------------------------------------------

    def take(
        self,
        records: list[Record],
        *,
        source: int | None = None,
        origin: str = "",
        rejected: list[Rejected] | None = None,
        also: Callable[[Kept], None] | None = None,
        quietly: bool = False,
        prepared: Prepared | None = None,
    ) -> Kept:
        """The whole chain on one batch, or its rest where it was `prepared` elsewhere.

        `quietly` shows the detectors nothing: they learn the past afterwards. A record that cannot be kept is set aside
        with its reason, and the rest goes on. Raises what a store raises that is away (`sql.TROUBLE`): then nothing of
        the batch was kept, or the same batch may be given again.
        """
        arrival = Arrival(source, origin, quietly)
        try:
            return self._take(records, arrival, rejected, also, prepared)
        except sql.TROUBLE:
            raise
        except Exception as error:
            if not records:
                raise
            log.exception("a batch of %s", origin)
            total = Kept()
            self._apart(records, arrival, error, total)
            end = self._take([], arrival, rejected, (lambda _kept: also(total)) if also else None)
            total.add(end)
            return total

    def _take(
        self,
        records: list[Record],
        arrival: Arrival,
        rejected: list[Rejected] | None = None,
        also: Callable[[Kept], None] | None = None,
        ready: Prepared | None = None,
    ) -> Kept:
        # What was prepared for watches or corrections that have changed since is prepared again.
        prepared = ready if ready is not None and ready.key == self.setup.key else self.prepare(records)
        prepared.rejected += rejected or []
        kept = self.keep(prepared, source=arrival.source, origin=arrival.origin, also=also)
        if not arrival.quietly:
            kept.alerts = self.detect(kept.events)
        return kept

    def _apart(self, records: list[Record], arrival: Arrival, error: Exception, total: Kept) -> None:
        """Keep the halves of a batch that could not be kept whole, and so on down to the record that is the cause."""
        if len(records) == 1:
            aside = checking.rejected(records[0], f"{type(error).__name__}: {error}"[:500], "")
            total.add(self._take([], arrival, [aside]))
            return
        middle = len(records) // 2
        for part in (records[:middle], records[middle:]):
            try:
                total.add(self._take(part, arrival))
            except sql.TROUBLE:
                raise
            except Exception as cause:
                self._apart(part, arrival, cause, total)


@dataclass(frozen=True)
class Arrival:
    """Where a batch comes from, and whether it is the past."""

    source: int | None
    origin: str
    quietly: bool


def _in_order(event: Event) -> tuple[int, int, int, int]:
    return event.arrived, event.published, event.place, event.watch


def _event(arrived: int, place: int, counted: Counted, prepared: Prepared) -> Event:
    record = prepared.records[place]
    negative = counted.sentiment < 0
    said = hearing.Said(
        prepared.words[place],
        hearing.author_of(record.author_id or record.author_handle),
        hearing.traits(negative, counted.influential, prepared.asks[place], record.network),
        hearing.place_of(record.network),
    )
    return Event(
        arrived,
        place,
        counted.published,
        counted.watch,
        negative,
        counted.sensitive,
        counted.influential,
        said,
    )
