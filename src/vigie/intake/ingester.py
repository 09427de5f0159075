"""The process that takes posts in: a thread a source reads, one thread keeps.

Readers put batches in a bounded queue, so a slow store slows them down; the keeper stores each with its cursor in one
commit, so that a kill at any moment loses nothing: the batch comes again, and what was stored changes nothing.
"""

from __future__ import annotations

import logging
import queue
import signal
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import close_old_connections, connection

from vigie.alerts import bulletins, duty
from vigie.journal import anchors
from vigie.journal.models import Pulse
from vigie.lib.alone import Alone, Taken
from vigie.lib.times import LIVE
from vigie.networks.record import Batch
from vigie.people.models import Organisation
from vigie.posts.models import Source
from vigie.stories import actions as stories

from . import jobs, rereading, sources
from .pipeline import IngestPipeline
from .preparing import Prepared
from .readers import Outcome, Parcel, Rereader, SourceReader
from .retention import sweep, sweep_old, sweep_uploads
from .workshop import Workshop

log = logging.getLogger(__name__)
TICK = 60.0
LOOK = 0.5
"""Seconds between two looks for new sources and jobs."""
ALREADY = 75
"""How the process ends when another one listens already (EX_TEMPFAIL): its supervisor does not start it again."""


class Ingester:
    """Keeps what readers bring, and does what is due."""

    def __init__(self) -> None:
        self.queue: queue.Queue[Parcel] = queue.Queue(64)
        self.readers: dict[int, list[SourceReader]] = {}
        self.pipelines: dict[UUID, IngestPipeline] = {}
        self.stopped = threading.Event()
        self.last_tick = self.last_look = 0.0
        self.alone = Alone()
        self.workshop = Workshop()
        self.jobs = jobs.Worker(self.pipeline)

    def pipeline(self, organisation: Organisation) -> IngestPipeline:
        if organisation.pk not in self.pipelines:
            self.pipelines[organisation.pk] = IngestPipeline(organisation, notify=duty.call)
        return self.pipelines[organisation.pk]

    def run(self) -> None:
        """Until stopped. Raises Taken when another process listens with the same store."""
        self.alone.take()
        self.jobs.take_back()
        try:
            while not self.stopped.is_set():
                self.turn()
        finally:
            for readers in self.readers.values():
                _stop(readers)
            self.workshop.close()
            self.alone.leave()

    def turn(self) -> None:
        """One turn of the loop: the next batch if there is one, then whatever is due."""
        try:
            self.keep(self.queue.get(timeout=0.2 if not self.jobs.busy else 0.001))
        except queue.Empty:
            pass
        now = time.monotonic()
        if now - self.last_look > LOOK:
            self.last_look = now
            self.safely(self.look)
        if now - self.last_tick > TICK:
            self.last_tick = now
            self.safely(self.tick)
        self.safely(self.jobs.step)

    def safely(self, act: Callable[[], Any]) -> bool:
        """Whether it went well. The store may have gone away for a moment: say so, and go on with a new connection."""
        try:
            act()
            return True
        except Taken:
            raise
        except Exception:
            log.exception("ingester")
            connection.close()
            self.stopped.wait(1.0)
            return False

    def keep(self, parcel: Parcel) -> None:
        """Store what a reader brings, and tell the reader what became of it."""
        try:
            outcome = self._kept(parcel)
        except Exception as error:
            log.exception("keeping what source %s brought", parcel.reader.source.pk)
            connection.close()
            outcome = Outcome(stored=False)
            self._say(parcel.reader.source, error)
        parcel.answer(outcome)

    def _say(self, source: Source, error: Exception) -> None:
        try:
            sources.not_stored(source, error, LIVE.now())
        except Exception:  # a store that takes no posts may not take this either
            connection.close()

    def _kept(self, parcel: Parcel) -> Outcome:
        now, source, what = LIVE.now(), parcel.reader.source, parcel.what
        if isinstance(what, Exception):
            return Outcome(True, sources.failed(source, what, now).total_seconds())
        pipeline = self.pipeline(source.organisation)
        pipeline.refresh()
        again = isinstance(parcel.reader, Rereader)
        pipeline.take(
            what.records,
            source=source.pk,
            origin=source.name,
            rejected=what.rejected,
            also=None if again else sources.succeeded(source, what, now),
            prepared=parcel.prepared,
        )
        return Outcome(True)

    def prepare(self, source: Source, batch: Batch) -> Prepared | None:
        """Prepare a batch in the thread of its reader, while another one is kept."""
        pipeline = self.pipelines.get(source.organisation_id)
        if pipeline is None:
            return None
        return self.workshop.prepare(pipeline.setup, batch.records, pipeline.clock.now())

    def look(self) -> None:
        """Start readers of new sources, stop those of paused, changed or removed ones; take up jobs."""
        close_old_connections()
        wanted = {
            s.pk: s
            for s in Source.objects.across().exclude(state=Source.State.PAUSED).select_related("organisation")
            if s.network not in ("webhook", "files")
        }
        for pk, readers in list(self.readers.items()):
            source = wanted.get(pk)
            if source is None or readers[0].signature != _signature(source):
                _stop(readers)
                del self.readers[pk]
        for pk, source in wanted.items():
            if pk not in self.readers:
                kinds = [SourceReader, Rereader] if rereading.can(source) else [SourceReader]
                self.readers[pk] = [
                    kind(source, self.queue, signature=_signature(source), prepare=partial(self.prepare, source))
                    for kind in kinds
                ]
                for reader in self.readers[pk]:
                    reader.start()
        self.jobs.look()

    def tick(self) -> None:
        """Every minute: close buckets and look at all watches, work out what rises, sweep."""
        self.alone.check()
        now = LIVE.now()
        for organisation in Organisation.objects.all():
            self.safely(lambda organisation=organisation: self.tick_of(organisation))  # type: ignore[misc]
        Pulse.objects.filter(at__lt=now - timedelta(hours=1)).delete()
        sweep(now)
        sweep_uploads(settings.DATA_DIR / "uploads", now)
        anchors.drop(now)

    def tick_of(self, organisation: Organisation) -> None:
        """What is due each minute in one organisation, by its own clock."""
        now = organisation.clock.now()
        pipeline = self.pipeline(organisation)
        pipeline.refresh()
        pipeline.tick()
        for watch in pipeline.stirred(20):
            stories.refresh(watch, now)
        bulletins.morning(organisation, now)
        sweep_old(organisation)


def _stop(readers: list[SourceReader]) -> None:
    for reader in readers:
        reader.stopped.set()


def _signature(source: Source) -> tuple[Any, ...]:
    return (source.network, str(source.settings), source.secrets)


def main() -> int:
    """Run until told to stop."""
    ingester = Ingester()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ingester.stopped.set())
    try:
        ingester.run()
    except Taken as taken:
        log.error("%s: this one ends", taken)
        return ALREADY
    return 0
