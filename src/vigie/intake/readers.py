"""A thread a source: what it reads is handed to the store, and its place moves only once the store has it.

A batch that could not be stored is held and handed again, less and less often, until it is stored or we are told to
stop; meanwhile nothing more is read. What a server still has after a stop is read again from the place that is stored.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import close_old_connections
from django.utils.translation import gettext_noop

from vigie.lib.paced import paced
from vigie.lib.times import LIVE
from vigie.networks.record import Batch
from vigie.networks.registry import NETWORKS
from vigie.posts.models import Source

from . import rereading, sources
from .preparing import Prepared

log = logging.getLogger(__name__)
FIRST_WAIT, LONGEST_WAIT = 1.0, 300.0
"""Seconds before a batch that could not be stored is handed again: twice as long each time."""
REREAD_EVERY = 60.0
SHORT_LIVED, LONGEST_CUT = 60.0, 1_800.0
"""Seconds: a stream that lived shorter is cut off; the longest wait before it is opened again."""
GATHERED = 0.2
"""Seconds in which what a stream brings is gathered into one commit."""
AT_ONCE = 1_000
"""Records of one commit at most."""


@dataclass
class Outcome:
    """What became of what was handed over: stored, or why not; `wait` is for the reader, in seconds."""

    stored: bool
    wait: float = 0.0


@dataclass
class Parcel:
    """A batch (or the error that came instead) on its way to the store."""

    reader: SourceReader
    what: Batch | Exception
    prepared: Prepared | None = None
    """What of it could be prepared on the way."""
    answered: threading.Event = field(default_factory=threading.Event)
    outcome: Outcome | None = None

    def answer(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.answered.set()


@dataclass
class SourceReader:
    """Reads one source for ever."""

    source: Source
    out: queue.Queue[Parcel]
    stopped: threading.Event = field(default_factory=threading.Event)
    signature: tuple[Any, ...] = ()
    first_wait: float = FIRST_WAIT
    prepare: Callable[[Batch], Prepared | None] = lambda _batch: None
    """Prepares a batch in this thread's time (see `Workshop`); None: the keeper does."""
    cuts: int = 0
    """Short-lived connections of a stream in a row."""

    def start(self) -> None:
        threading.Thread(target=self.run, name=f"reader-{self.source.pk}", daemon=True).start()

    def run(self) -> None:
        while not self.stopped.is_set():
            self.stopped.wait(self.turn())
        close_old_connections()

    def turn(self) -> float:
        """One reading, and how long to wait before the next, in seconds."""
        begun = time.monotonic()
        try:
            self.once()
            self.cuts = 0
            return sources.every(self.source).total_seconds()
        except Exception as error:  # whatever a stranger's server does, the others go on
            log.info("source %s: %s", self.source.pk, error)
            outcome = self.hand(error)
            # A stream that is cut off soon after each connection backs off, though each catch-up succeeds.
            self.cuts = self.cuts + 1 if time.monotonic() - begun < SHORT_LIVED else 0
            cut_wait = min(5.0 * 2 ** min(self.cuts, 10), LONGEST_CUT) if sources.is_stream(self.source) else 0.0
            return max(outcome.wait, cut_wait) if outcome else 0.0

    def once(self) -> None:
        """One reading, or, for a stream, all of it.

        While a batch is being stored the next one is prepared; it is handed over once the one before is safe.
        """
        waiting: Parcel | None = None
        for batch in self.batches():
            parcel = Parcel(self, batch, prepared=self.prepare(batch))
            if waiting and not self._safe(waiting):
                return
            if self.stopped.is_set() or not self._put(parcel):
                return
            waiting = parcel
        if waiting and not self._safe(waiting):
            return
        if sources.is_stream(self.source):
            raise ConnectionError(gettext_noop("The server ended the stream; we connect again."))

    def _safe(self, parcel: Parcel) -> bool:
        """Wait until a batch is stored, handing it again as long as it takes; then the place has moved."""
        outcome = self._answer(parcel)
        if outcome is None or (not outcome.stored and self.hand_again(parcel) is None):
            return False
        if isinstance(parcel.what, Batch) and parcel.what.cursor:
            self.source.cursor = parcel.what.cursor
        return True

    def batches(self) -> Iterator[Batch]:
        module = NETWORKS[self.source.network]
        found = module.read(sources.full_settings(self.source), dict(self.source.cursor))
        return gathered(found) if sources.is_stream(self.source) else found

    def hand(self, what: Batch | Exception) -> Outcome | None:
        """Hand something over until it is stored; None when we were told to stop before it was."""
        parcel = Parcel(self, what)
        if not self._put(parcel):
            return None
        outcome = self._answer(parcel)
        return outcome if outcome is None or outcome.stored else self.hand_again(parcel)

    def hand_again(self, parcel: Parcel) -> Outcome | None:
        """Hand over what could not be stored, less and less often."""
        wait = self.first_wait
        while not self.stopped.wait(wait):
            again = Parcel(self, parcel.what)
            outcome = self._answer(again) if self._put(again) else None
            if outcome is None or outcome.stored:
                return outcome
            wait = min(max(wait, FIRST_WAIT if self.first_wait else 0.0) * 2, LONGEST_WAIT)
        return None

    def _put(self, parcel: Parcel) -> bool:
        while not self.stopped.is_set():
            try:
                self.out.put(parcel, timeout=1.0)
                return True
            except queue.Full:
                continue
        return False

    def _answer(self, parcel: Parcel) -> Outcome | None:
        while not self.stopped.is_set():
            if parcel.answered.wait(1.0):
                return parcel.outcome
        return None


class Rereader(SourceReader):
    """Reads again what weighs most of what a source brought. What fails says nothing of the source itself."""

    def run(self) -> None:
        since = LIVE.now()
        while not self.stopped.wait(REREAD_EVERY):
            now = LIVE.now()
            try:
                close_old_connections()
                for batch in rereading.read(self.source, since, now):
                    self.hand(batch)
            except Exception as error:
                log.info("reading source %s again: %s", self.source.pk, error)
            since = now


def gathered(batches: Iterator[Batch], *, within: float = GATHERED, at_once: int = AT_ONCE) -> Iterator[Batch]:
    """What a stream brings in a short while as one batch, so that a fast one does not make a commit of each post."""
    held: Batch | None = None
    until = 0.0
    try:
        for item in paced(batches, within / 4):
            if item is not None:
                until = until if held else time.monotonic() + within
                held = joined(held, item) if held else item
            if held and (len(held.records) >= at_once or held.gap or time.monotonic() >= until):
                yield held
                held = None
    except Exception:
        if held:
            yield held
        raise
    if held:
        yield held


def joined(first: Batch, then: Batch) -> Batch:
    """Two batches that follow each other as one."""
    return Batch(
        first.records + then.records,
        first.rejected + then.rejected,
        then.cursor or first.cursor,
        first.gap or then.gap,
    )
