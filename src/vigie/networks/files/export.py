"""An export of another tool: recognised, then its rows as records."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from vigie.networks.record import Record, Rejected

from . import days, formats, jsonl
from .opening import BadFile, peek, sheet, text_of
from .recognising import Unrecognised, delimiter_of, name_of, recognised
from .rows import Rows

__all__ = ["BadFile", "Export", "Unrecognised", "open_export"]

HEADER_WITHIN = 25
"""Lines before the header that are looked through."""

csv.field_size_limit(64 * 1024 * 1024)


@dataclass
class Export:
    """A recognised file. `rows` yields records and what had to be rejected, in the order of the file."""

    format: str
    columns: list[str]
    mapping: dict[str, list[str]]
    rows: Iterator[Record | Rejected] = field(repr=False)
    notes: list[str] = field(default_factory=list)
    """What the reader should know of the file; complete once the rows are read."""


def open_export(
    path: Path,
    *,
    format: str = "",
    mapping: dict[str, str] | None = None,
    zone: ZoneInfo | None = None,
    as_written: bool = False,
) -> Export:
    """Recognise a file and read it. `mapping` gives column to field; naive dates are read in `zone`, else UTC.

    With `as_written`, accounts are left as the file writes them, @ and all.

    Raises Unrecognised, BadFile.
    """
    zone = zone or ZoneInfo("UTC")
    if not path.is_file():
        raise BadFile(f"{path}: there is no such file")
    if format and format not in {known.name for known in formats.KNOWN} | {"generic", "jsonl"}:
        names = ", ".join(known.name for known in formats.KNOWN)
        raise BadFile(f"--format {format}: there is no such format; known: {names}, generic, jsonl")
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        rows, others = sheet(path)
        export = _table(rows, format, mapping or {}, zone, as_written=as_written)
        if others:
            export.notes.append(f"only the first sheet is read; others hold rows too: {', '.join(others)}")
        return export
    text = text_of(path, start)
    first, lines = peek(text)
    if first.lstrip().startswith(("{", "[")):
        is_json, lines = jsonl.opened(first, lines)
        if is_json:
            notes: list[str] = []
            return Export("jsonl", [], {}, days.spread(jsonl.records(lines, zone), zone, notes), notes)
    head = list(itertools.islice(lines, HEADER_WITHIN))
    delimiter = delimiter_of(head)
    rows = _csv(itertools.chain(head, lines), delimiter)
    return _table(rows, format, mapping or {}, zone, delimiter, as_written)


def _csv(lines: Iterable[str], delimiter: str) -> Iterator[list[Any]]:
    return csv.reader(lines, delimiter=delimiter)


def _table(
    rows: Iterator[list[Any]],
    format: str,
    mapping: dict[str, str],
    zone: ZoneInfo,
    delimiter: str = "",
    as_written: bool = False,
) -> Export:
    try:
        head = list(itertools.islice(rows, HEADER_WITHIN))
    except csv.Error as error:
        raise BadFile(f"the beginning of the file is not readable as CSV: {error}") from error
    for at, row in enumerate(head):
        columns = [name_of(cell) for cell in row]
        if found := recognised(columns, format, mapping):
            name, places, network, day_first = found
            body = itertools.chain(head[at + 1 :], rows)
            reader = Rows(places, network, zone, day_first, at + 2, len(row), delimiter, as_written)
            return Export(name, columns, _named(places, columns), reader.read(body), reader.notes)
    columns = [name_of(cell) for cell in max(head, key=len, default=[])]
    raise Unrecognised(columns, ["date", "text, id or author"])


def _named(places: dict[str, list[int]], columns: list[str]) -> dict[str, list[str]]:
    return {name: [columns[i] for i in found] for name, found in places.items()}
