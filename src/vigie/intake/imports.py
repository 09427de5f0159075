"""Taking an export in, step by step: the same for a file given on a page and on the command line."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from vigie.networks.files.export import BadFile, Unrecognised

from . import workshop
from .pipeline import IngestPipeline, Kept
from .preparing import Prepared
from .workshop import Ended, FileTask

STEP = 1_000
LARGE = 4 * 1024 * 1024
"""Bytes from which on a file is read and prepared by another process while this one keeps."""


@dataclass
class Import:
    """One file on its way in. `format`, `notes` and `seconds` are known at its end."""

    path: Path
    origin: str
    mapping: dict[str, str] = field(default_factory=dict)
    zone: str = "UTC"
    asked: str = ""
    """The format that somebody named; empty: it is recognised."""
    format: str = ""
    notes: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    def steps(self, pipeline: IngestPipeline) -> Iterator[Kept]:
        """Keep the rows of the export, a commit a step; what became of each step. Raises BadFile, Unrecognised.

        Nobody is rung for the past: the caller lets the detectors learn it afterwards (`IngestPipeline.forget_all`).
        """
        for prepared in self._batches(pipeline):
            for part in _parts(prepared):
                yield pipeline.take(
                    part.records, origin=self.origin, rejected=part.rejected, quietly=True, prepared=_bare(part)
                )

    def _batches(self, pipeline: IngestPipeline) -> Iterator[Prepared]:
        setup, today = pipeline.setup, pipeline.clock.now()
        task = FileTask(str(self.path), dict(self.mapping), self.asked, self.zone, setup, today)
        if self.path.stat().st_size < LARGE:
            yield from self._here(pipeline, task)
            return
        for item in workshop.read_aside(task):
            if isinstance(item, Ended):
                self._end(item)
            else:
                yield item

    def _here(self, pipeline: IngestPipeline, task: FileTask) -> Iterator[Prepared]:
        export = workshop.open_file(task)
        self.format = export.format
        while chunk := list(itertools.islice(export.rows, STEP)):
            prepared = workshop.prepared_rows(pipeline.preparer, chunk, task.today)
            prepared.key = task.setup.key
            yield prepared
        self.notes = list(export.notes)

    def _end(self, end: Ended) -> None:
        self.format, self.notes, self.seconds = end.format, end.notes, end.seconds
        if end.error:
            known = {"BadFile": BadFile, "Unrecognised": Unrecognised}
            raise known.get(end.kind, ValueError)(end.error)


def _parts(prepared: Prepared) -> Iterator[Prepared]:
    """A batch in steps short enough that no write holds the store for long."""
    for at in range(0, max(len(prepared.records), 1), STEP):
        part = prepared.part(at, at + STEP)
        if at == 0:
            part.rejected = prepared.rejected
        yield part


def _bare(part: Prepared) -> Prepared:
    """The same without what was set aside, which `take` is told apart."""
    bare = part.part(0, len(part.records))
    bare.rejected = []
    return bare
