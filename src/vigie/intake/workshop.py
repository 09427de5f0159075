"""A process that prepares, so that both cores work: one understands and matches while the other keeps.

Streams hand it batches of records; a file it reads by itself, from its rows on. Both live on the same `Preparer` as
everything else: where the process cannot be had, the work is done here.
"""

from __future__ import annotations

import itertools
import logging
import multiprocessing
import threading
from collections.abc import Iterator
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import msgspec

from vigie.analysis import lessons
from vigie.lib import memory
from vigie.networks.files.export import open_export
from vigie.networks.record import Record, Rejected

from .preparing import Attention, Prepared, Preparer, Setup

log = logging.getLogger(__name__)
WORTH = 100
"""Records from which on a batch is handed over: smaller ones cost more on the way than they save."""
ROWS = 2_000
"""Rows of a file in one batch."""
AHEAD = 2
"""Batches of a file that are made ready while one is kept."""


class Task(msgspec.Struct):
    """One batch to prepare. `setup` comes along when the process does not have it yet."""

    key: str
    records: list[Record]
    today: datetime
    setup: Setup | None = None


class FileTask(msgspec.Struct):
    """A file to read and prepare, batch after batch."""

    path: str
    mapping: dict[str, str]
    format: str
    zone: str
    setup: Setup
    today: datetime


class Ended(msgspec.Struct):
    """The end of a file: what it was, what is to be said of it, and the error that ended it (empty when none did)."""

    format: str
    notes: list[str]
    error: str = ""
    kind: str = ""
    seconds: dict[str, float] = {}


_encode = msgspec.msgpack.Encoder().encode
_task = msgspec.msgpack.Decoder(Task).decode
_prepared = msgspec.msgpack.Decoder(Prepared).decode


def _spawn(work: Any, *args: Any) -> tuple[Any, Connection]:
    # Spawned, not forked: this process holds threads and connections.
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=work, args=(theirs, *args), daemon=True)
    process.start()
    theirs.close()
    return process, ours


# -- batches of streams ---------------------------------------------------------------------------------------


def _ready() -> None:
    """What a process of our own needs before it prepares: the words of messages, and no table."""
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vigie.main.settings")
    django.setup()


def _prepare_for_ever(pipe: Connection) -> None:
    _ready()
    made: dict[str, Preparer] = {}
    # One for all organisations and all their editions: they share this process.
    attention = Attention()
    memory.for_streams()
    while True:
        try:
            task = _task(pipe.recv_bytes())
        except EOFError:
            return
        if task.setup is not None:
            # One setup an organisation: what it was before is let go.
            made = {key: held for key, held in made.items() if key.split(":")[0] != task.key.split(":")[0]}
            made[task.key] = preparer_of(task.setup, attention)
        pipe.send_bytes(_encode(made[task.key].prepare(task.records, task.today)))


def preparer_of(setup: Setup, attention: Attention | None = None) -> Preparer:
    taught = lessons.Lessons(setup.taught) if setup.taught else lessons.NONE
    return Preparer(setup.queries, taught, attention)


class Workshop:
    """Prepares batches in another process; None where it cannot, and the caller does it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: Any = None
        self._pipe: Connection | None = None
        self._known: set[str] = set()

    def prepare(self, setup: Setup, records: list[Record], today: datetime) -> Prepared | None:
        """A batch prepared; called from any thread, which waits while the other process works."""
        if len(records) < WORTH:
            return None
        with self._lock:
            try:
                return self._asked(setup, records, today)
            except (OSError, EOFError, msgspec.DecodeError):
                log.warning("the preparing process was lost; batches are prepared here until it is back", exc_info=True)
                self.close()
                return None

    def _asked(self, setup: Setup, records: list[Record], today: datetime) -> Prepared:
        if self._pipe is None:
            self._process, self._pipe = _spawn(_prepare_for_ever)
        new = setup.key not in self._known
        self._pipe.send_bytes(_encode(Task(setup.key, records, today, setup if new else None)))
        found = _prepared(self._pipe.recv_bytes())
        self._known = {key for key in self._known if key.split(":")[0] != setup.key.split(":")[0]} | {setup.key}
        found.key = setup.key
        return found

    def close(self) -> None:
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            self._process.terminate()
        self._process, self._pipe, self._known = None, None, set()


# -- files ----------------------------------------------------------------------------------------------------


def _read_file(pipe: Connection, packed: bytes) -> None:
    _ready()
    task = msgspec.msgpack.decode(packed, type=FileTask)
    memory.for_streams()
    end, preparer = Ended("", []), preparer_of(task.setup)
    try:
        export = open_file(task)
        end.format = export.format
        while chunk := list(itertools.islice(export.rows, ROWS)):
            pipe.send_bytes(_encode(prepared_rows(preparer, chunk, task.today)))
        end.notes = list(export.notes)
    except Exception as error:  # told at the other end, in its place
        end.error, end.kind = str(error), type(error).__name__
    end.seconds = dict(preparer.seconds)
    pipe.send_bytes(b"")
    pipe.send_bytes(_encode(end))


def open_file(task: FileTask) -> Any:
    from .replay import zone_of

    return open_export(Path(task.path), format=task.format, mapping=task.mapping, zone=zone_of(task.zone))


def prepared_rows(preparer: Preparer, chunk: list[Record | Rejected], today: datetime) -> Prepared:
    """Rows of an export prepared; what could not be read is set aside."""
    records = [row for row in chunk if isinstance(row, Record)]
    for record in records:
        record.observed_at = record.observed_at or record.published_at
    prepared = preparer.prepare(records, today)
    prepared.rejected += [row for row in chunk if isinstance(row, Rejected)]
    return prepared


class Lost(RuntimeError):
    """The process that read a file was killed."""


def read_aside(task: FileTask) -> Iterator[Prepared | Ended]:
    """The batches of a file, read and prepared by another process while this one keeps; then how it ended."""
    process, pipe = _spawn(_read_file, _encode(task))
    try:
        while packed := pipe.recv_bytes():
            prepared = _prepared(packed)
            prepared.key = task.setup.key
            yield prepared
        yield msgspec.msgpack.decode(pipe.recv_bytes(), type=Ended)
    except EOFError as error:
        raise Lost("the process that read this file was killed: give it again") from error
    finally:
        pipe.close()
        process.terminate()
        process.join(5)
