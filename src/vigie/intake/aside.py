"""Preparing in a process of its own, so that both cores work: one understands while the other keeps."""

from __future__ import annotations

import itertools
import multiprocessing
from collections.abc import Iterator
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec

from vigie.lib import memory
from vigie.networks import statuses
from vigie.networks.record import Record, Rejected

from .preparing import Prepared, Preparer

BATCH = 4_000
_encode = msgspec.msgpack.Encoder().encode


class Done(msgspec.Struct):
    """The end of the file: how long each step took."""

    seconds: dict[str, float]


def read(lines: list[bytes], rejected: list[Rejected]) -> list[Record]:
    """Statuses of JSON lines; what is none is added to the rejected."""
    found = []
    for line in lines:
        try:
            record = statuses.record(statuses.decode_one(line))
        except msgspec.DecodeError as error:
            rejected.append(Rejected("line", f"not a status: {error}", line[:20_000].decode("utf-8", "replace")))
            continue
        if record is not None:
            record.observed_at = record.published_at
            found.append(record)
    return found


def _work(out: Connection, path: str, queries: list[str], today: datetime) -> None:
    preparer = Preparer(queries)
    preparer.prepare([], today)
    memory.for_streams()
    out.send_bytes(b"ready")
    with Path(path).open("rb") as file:
        while lines := list(itertools.islice(file, BATCH)):
            rejected: list[Rejected] = []
            with preparer.timed("parse"):
                records = read(lines, rejected)
            prepared = preparer.prepare(records, today)
            prepared.rejected += rejected
            with preparer.timed("hand over"):
                packed = _encode(prepared)
            out.send_bytes(packed)
    out.send_bytes(b"")
    out.send_bytes(_encode(Done(dict(preparer.seconds))))


class Aside:
    """Prepared batches of a file of Mastodon JSON lines, made by another process while this one keeps."""

    def __init__(self, path: Path, queries: list[str], today: datetime) -> None:
        # Spawned, not forked: this process may hold threads and connections.
        context = multiprocessing.get_context("spawn")
        self._in, out = context.Pipe(duplex=False)
        self.seconds: dict[str, float] = {}
        self._process = context.Process(target=_work, args=(out, str(path), queries, today), daemon=True)
        self._process.start()
        out.close()
        self._in.recv_bytes()

    def batches(self) -> Iterator[Prepared]:
        decode = msgspec.msgpack.Decoder(Prepared).decode
        while packed := self._in.recv_bytes():
            yield decode(packed)
        self.seconds = msgspec.msgpack.decode(self._in.recv_bytes(), type=Done).seconds
        self._process.join()
