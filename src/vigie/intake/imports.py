"""Taking an export in, step by step: the same for a file given on a page and on the command line."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from vigie.networks.record import Record, Rejected

from .pipeline import IngestPipeline, Kept

STEP = 500


def take_in(pipeline: IngestPipeline, rows: Iterator[Record | Rejected], origin: str) -> Iterator[Kept]:
    """Keep the rows of an export, a commit a step; what became of each step.

    Nobody is rung for the past: the caller lets the detectors learn it afterwards (`IngestPipeline.forget_all`).
    """
    while chunk := list(itertools.islice(rows, STEP)):
        records = [r for r in chunk if isinstance(r, Record)]
        for record in records:
            record.observed_at = record.observed_at or record.published_at
        yield pipeline.take(
            records, origin=origin, rejected=[r for r in chunk if isinstance(r, Rejected)], quietly=True
        )
