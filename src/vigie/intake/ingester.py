"""The process that takes posts in: a thread a source reads, one thread keeps.

Readers put batches in a bounded queue, so a slow store slows them down; the keeper stores each with its cursor in one
commit, so that a kill at any moment loses nothing: the batch comes again, and what was stored changes nothing.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import close_old_connections, connection
from django.utils.translation import gettext_noop

from vigie.alerts import bulletins, duty
from vigie.journal.models import Pulse
from vigie.lib.times import LIVE
from vigie.networks.record import Batch
from vigie.networks.registry import NETWORKS
from vigie.people.models import Organisation
from vigie.posts.models import Source
from vigie.stories import actions as stories

from . import jobs, rereading, sources
from .pipeline import IngestPipeline
from .retention import sweep, sweep_uploads

log = logging.getLogger(__name__)
TICK = 60.0
LOOK = 0.5
"""Seconds between two looks for new sources and jobs."""


@dataclass
class SourceReader:
    """Reads one source for ever, in a thread of its own."""

    source: Source
    out: queue.Queue[tuple[SourceReader, Batch | Exception]]
    stopped: threading.Event = field(default_factory=threading.Event)
    stored: threading.Event = field(default_factory=threading.Event)
    wait: float = 0.0
    signature: tuple[Any, ...] = ()

    def start(self) -> None:
        threading.Thread(target=self.run, name=f"reader-{self.source.pk}", daemon=True).start()

    def run(self) -> None:
        while not self.stopped.is_set():
            try:
                self.once()
                self.wait = sources.every(self.source).total_seconds()
            except Exception as error:  # whatever a stranger's server does, the others go on
                log.info("source %s: %s", self.source.pk, error)
                self.hand(error)
            self.stopped.wait(self.wait)

    def once(self) -> None:
        """One reading (or, for a stream, all of it): each batch waits until the one before is safely stored."""
        module = NETWORKS[self.source.network]
        for batch in module.read(sources.full_settings(self.source), dict(self.source.cursor)):
            if self.stopped.is_set():
                return
            self.hand(batch)
            if batch.cursor:
                self.source.cursor = batch.cursor
        if sources.is_stream(self.source):
            raise ConnectionError(gettext_noop("The server ended the stream; we connect again."))

    def hand(self, what: Batch | Exception) -> None:
        self.stored.clear()
        self.out.put((self, what))
        while not self.stored.wait(1.0):
            if self.stopped.is_set():
                return


class Rereader(SourceReader):
    """Reads again what weighs most of what a source brought. What fails says nothing of the source itself."""

    def run(self) -> None:
        since = LIVE.now()
        while not self.stopped.wait(TICK):
            now = LIVE.now()
            try:
                close_old_connections()
                for batch in rereading.read(self.source, since, now):
                    self.hand(batch)
            except Exception as error:
                log.info("reading source %s again: %s", self.source.pk, error)
            since = now


class Ingester:
    """Keeps what readers bring, and does what is due."""

    def __init__(self) -> None:
        self.queue: queue.Queue[tuple[SourceReader, Batch | Exception]] = queue.Queue(64)
        self.readers: dict[int, list[SourceReader]] = {}
        self.pipelines: dict[UUID, IngestPipeline] = {}
        self.stopped = threading.Event()
        self.last_tick = self.last_look = 0.0
        self.jobs = jobs.Worker(self.pipeline)
        self.jobs.take_back()

    def pipeline(self, organisation: Organisation) -> IngestPipeline:
        if organisation.pk not in self.pipelines:
            self.pipelines[organisation.pk] = IngestPipeline(organisation, notify=duty.call)
        return self.pipelines[organisation.pk]

    def run(self) -> None:
        while not self.stopped.is_set():
            self.turn()
        for readers in self.readers.values():
            for reader in readers:
                reader.stopped.set()

    def turn(self) -> None:
        """One turn of the loop: the next batch if there is one, then whatever is due."""
        try:
            reader, what = self.queue.get(timeout=0.2 if not self.jobs.busy else 0.001)
            self.safely(lambda: self.keep(reader, what))
            reader.stored.set()
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

    def safely(self, act: Callable[[], Any]) -> None:
        try:
            act()
        except Exception:
            # The store may have gone away for a moment: say so, and go on with a new connection.
            log.exception("ingester")
            connection.close()
            self.stopped.wait(1.0)

    def keep(self, reader: SourceReader, what: Batch | Exception) -> None:
        now = LIVE.now()
        if isinstance(what, Exception):
            reader.wait = sources.failed(reader.source, what, now).total_seconds()
            return
        pipeline = self.pipeline(reader.source.organisation)
        pipeline.refresh()
        pipeline.take(
            what.records,
            source=reader.source.pk,
            origin=reader.source.name,
            rejected=what.rejected,
            also=None if isinstance(reader, Rereader) else sources.succeeded(reader.source, what, now),
        )

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
                for reader in readers:
                    reader.stopped.set()
                del self.readers[pk]
        for pk, source in wanted.items():
            if pk not in self.readers:
                kinds = [SourceReader, Rereader] if rereading.can(source) else [SourceReader]
                self.readers[pk] = [kind(source, self.queue, signature=_signature(source)) for kind in kinds]
                for reader in self.readers[pk]:
                    reader.start()
        self.jobs.look()

    def tick(self) -> None:
        """Every minute: close buckets and look at all watches, work out what rises, sweep."""
        now = LIVE.now()
        for organisation in Organisation.objects.all():
            pipeline = self.pipeline(organisation)
            pipeline.refresh()
            pipeline.tick()
            for watch in pipeline.stirred(20):
                stories.refresh(watch, now)
            bulletins.morning(organisation, now)
        Pulse.objects.filter(at__lt=now - timedelta(hours=1)).delete()
        sweep(now)
        sweep_uploads(settings.DATA_DIR / "uploads", now)


def _signature(source: Source) -> tuple[Any, ...]:
    return (source.network, str(source.settings), source.secrets)


def main() -> None:
    """Run until told to stop."""
    import signal

    ingester = Ingester()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ingester.stopped.set())
    ingester.run()
