"""Taking an export in, step by step: the same for a file given on a page and on the command line."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from vigie.networks.record import Record, Rejected

from .desk import Desk, Kept

STEP = 500


def take_in(desk: Desk, rows: Iterator[Record | Rejected], origin: str) -> Iterator[tuple[Kept, list[Rejected]]]:
    """Keep the rows of an export, a commit a step; what became of each step, and what it had to set aside.

    Nobody is rung for the past: the caller lets the detectors learn it afterwards (`Desk.forget_all`).
    """
    while chunk := list(itertools.islice(rows, STEP)):
        records = [r for r in chunk if isinstance(r, Record)]
        for record in records:
            record.observed_at = record.observed_at or record.published_at
        prepared = desk.prepare(records)
        prepared.rejected += [r for r in chunk if isinstance(r, Rejected)]
        yield desk.keep(prepared, origin=origin), prepared.rejected
