"""Which columns hold what: by the formats that we know, by names that speak for themselves, or as somebody says."""

from __future__ import annotations

import csv
import re
from typing import Any

from vigie.networks import plain

from . import formats
from .opening import BadFile


class Unrecognised(ValueError):
    """Columns that cannot be guessed; `columns` lists them, `missing` says what was not found."""

    def __init__(self, columns: list[str], missing: list[str]) -> None:
        super().__init__(
            f"these columns could not be recognised ({', '.join(columns[:40]) or 'none'}): no {' nor '.join(missing)}. "
            f"Say which is which with --map COLUMN=FIELD; fields: {', '.join(plain.FIELDS)}"
        )
        self.columns, self.missing = columns, missing


def delimiter_of(head: list[str]) -> str:
    """The one that makes a recognised header of a line; else the commonest of the first line that holds any."""
    for delimiter in ",;\t|":
        for line in head:
            columns = [name_of(cell) for cell in next(csv.reader([line], delimiter=delimiter), [])]
            if len(columns) > 1 and recognised(columns, "", {}):
                return delimiter
    counts = [max(",;\t|", key=line.count) for line in head if any(d in line for d in ",;\t|")]
    return counts[0] if counts else ","


def name_of(cell: Any) -> str:
    return re.sub(r"\s+", " ", str(cell)).strip().strip('"').lower()


Recognition = tuple[str, dict[str, list[int]], str, bool | None]


def recognised(columns: list[str], format: str, mapping: dict[str, str]) -> Recognition | None:
    present = {name: i for i, name in reversed(list(enumerate(columns))) if name}
    for known in formats.KNOWN:
        if known.name == format or (not format and known.needs <= present.keys()):
            places = {f: [present[c] for c in names if c in present] for f, names in known.columns.items()}
            return _mapped(known.name, places, present, mapping, known.network, known.day_first)
    places = {f: [present[c] for c in names if c in present][:1] for f, names in plain.GENERIC.items()}
    return _mapped("generic", places, present, mapping, "web", None)


def _mapped(
    name: str,
    places: dict[str, list[int]],
    present: dict[str, int],
    mapping: dict[str, str],
    network: str,
    day_first: bool | None,
) -> Recognition | None:
    for column, target in mapping.items():
        if target not in plain.FIELDS:
            raise BadFile(f"--map {column}={target}: there is no field {target}; fields: {', '.join(plain.FIELDS)}")
        if name_of(column) in present:
            places[target] = [present[name_of(column)]]
        elif len(present) > 2:
            raise BadFile(f"--map {column}={target}: there is no column {column}; columns: {', '.join(present)}")
    places = {f: found for f, found in places.items() if found}
    told = {"text", "title", "external_id", "author_handle", "author_id"} & places.keys()
    return (name, places, network, day_first) if "published_at" in places and told else None
