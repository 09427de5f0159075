"""Rows of a recognised table as records."""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date as day
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from vigie.lib import ids
from vigie.lib.text import host
from vigie.networks import values
from vigie.networks.record import Record, Rejected

from . import days

SAMPLE_ROWS = days.SAMPLE

_NETWORKS = {
    "twitter": "x",
    "x": "x",
    "twitter.com": "x",
    "x.com": "x",
    "bluesky": "bluesky",
    "bsky.app": "bluesky",
    "facebook": "facebook",
    "instagram": "instagram",
    "reddit": "reddit",
    "youtube": "youtube",
    "mastodon": "mastodon",
    "linkedin": "linkedin",
    "tiktok": "tiktok",
    "telegram": "telegram",
    "forum": "forum",
    "review": "reviews",
    "messageboard": "forum",
    "onlinenews": "press",
    "news": "press",
    "blog": "blog",
    "threads": "threads",
}

SWALLOWED = 2
"""A cell that holds so many whole rows of the same file is no cell: a quote before them was never closed."""

_DAY_ONLY = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ]00:00(?::00(?:\.0+)?)?(?:Z|[+-]\d\d:?\d\d)?)?")
"""A day, or a moment at its midnight: where a whole column says nothing else, it knows days alone."""


@dataclass
class Rows:
    places: dict[str, list[int]]
    network: str
    zone: ZoneInfo
    day_first: bool | None
    first_line: int
    width: int = 0
    delimiter: str = ""
    as_written: bool = False
    day_only: bool = False
    best_rating: float = 0.0
    """What the best rating of this file is out of; 0 where there are none."""
    notes: list[str] = field(default_factory=list)

    def read(self, rows: Iterable[list[Any]]) -> Iterator[Record | Rejected]:
        rows = iter(rows)
        line = self.first_line
        try:
            sample = list(itertools.islice(rows, SAMPLE_ROWS))
            if self.day_first is None:
                dates = [str(self.cell(row, "published_at")) for row in sample]
                self.day_first = values.day_comes_first(dates, self.zone)
            self.best_rating = values.best_rating([self.cell(row, "rating") for row in sample])
            self.day_only = bool(sample) and all(self.is_day(row) for row in sample)
            if self.day_only:
                self.notes.append(days.NOTE)
            for row in itertools.chain(sample, rows):
                if swallowed := self.swallowed(row, line):
                    yield from swallowed
                    line += len(swallowed)
                    continue
                if any(str(cell).strip() for cell in row):
                    yield self.record(row, line)
                line += 1
        except csv.Error as error:
            yield Rejected(f"line {line}", f"the rest of the file is not readable as CSV: {error}", "")

    def is_day(self, row: list[Any]) -> bool:
        """Whether the date of this row is a day without a time."""
        date = self.cell(row, "published_at")
        if self.cell(row, "time"):
            return False
        if isinstance(date, datetime):
            return date.time() == time.min
        return isinstance(date, day) or bool(_DAY_ONLY.fullmatch(str(date).strip()))

    def swallowed(self, row: list[Any], line: int) -> list[Record | Rejected]:
        """The rows that a quote never closed took into one cell, read by themselves; none where all is well."""
        cell = max((str(c) for c in row), key=len, default="") if self.delimiter else ""
        if cell.count("\n") <= SWALLOWED:
            return []
        parts = cell.splitlines()[1:-1]
        split = [next(csv.reader([part], delimiter=self.delimiter), []) for part in parts]
        whole = [self.record(r, line + n) for n, r in enumerate(split, 1) if len(r) == self.width]
        if sum(isinstance(found, Record) for found in whole) < max(SWALLOWED, len(parts) // 2):
            return []
        reason = "a quote is opened here and not closed: the rows after it were read one by one"
        raw = msgspec.json.encode([str(c)[:2_000] for c in row]).decode()
        last = Rejected(f"line {line + len(parts) + 1}", "this row holds the quote that ends it all: mend it", raw)
        return [Rejected(f"line {line}", reason, raw), *whole, last]

    def cell(self, row: list[Any], name: str) -> Any:
        for at in self.places.get(name, ()):
            if at < len(row) and row[at] not in ("", None):
                return row[at]
        return ""

    def record(self, row: list[Any], line: int) -> Record | Rejected:
        try:
            made = self.made(row)
            made.position = f"line {line}"
            return made
        except values.Unreadable as error:
            return Rejected(f"line {line}", str(error), msgspec.json.encode([str(c)[:2_000] for c in row]).decode())

    def made(self, row: list[Any]) -> Record:
        get = self.cell
        date, hours = get(row, "published_at"), get(row, "time")
        if hours and isinstance(date, str) and ":" not in date:
            date = f"{date} {hours}"
        url = str(get(row, "url"))
        handle = str(get(row, "author_handle"))
        handle = handle if self.as_written else _handle(handle)
        identity, text = values.identity(get(row, "external_id")), values.words(get(row, "text"))
        moment = values.moment(date, self.zone, day_first=bool(self.day_first))
        if self.day_only:
            identity = identity or ids.derived(handle, moment.isoformat(), text)
            moment = days.placed(moment, identity, text)
        return Record(
            network=_network(str(get(row, "network")), url, self.network),
            external_id=identity,
            text=text,
            title=values.words(get(row, "title")),
            url=url,
            published_at=moment,
            author_handle=handle,
            author_name=str(get(row, "author_name")),
            author_id=values.identity(get(row, "author_id")),
            audience=values.whole(get(row, "audience")),
            verified=values.truth(get(row, "verified")),
            lang=_lang(str(get(row, "lang"))),
            kind=_kind(str(get(row, "kind"))),
            parent_id=values.identity(get(row, "parent_id")),
            replies=self.count(row, "replies"),
            shares=self.count(row, "shares"),
            likes=self.count(row, "likes"),
            own=values.truth(get(row, "own")),
            rating=values.rating(get(row, "rating"), self.best_rating),
        )

    def count(self, row: list[Any], name: str) -> int | None:
        cell = self.cell(row, name)
        return None if cell == "" else values.whole(cell)


_DICT_USER = re.compile(r"'username': '([^']+)'")


def _handle(cell: str) -> str:
    """A handle; some exports print a whole Python object there."""
    if cell.startswith("{") and (found := _DICT_USER.search(cell[:5_000])):
        return found.group(1)
    return cell.strip().strip('"').lstrip("@")


def _network(cell: str, url: str, otherwise: str) -> str:
    domain = host(url).removeprefix("mobile.") if url.startswith("http") else ""
    for word in (*re.findall(r"[a-z.]+", cell.lower()), domain):
        if word in _NETWORKS:
            return _NETWORKS[word]
    return otherwise


_LANGS = {
    "french": "fr",
    "français": "fr",
    "english": "en",
    "anglais": "en",
    "german": "de",
    "spanish": "es",
    "italian": "it",
    "portuguese": "pt",
    "arabic": "ar",
    "hindi": "hi",
}


def _lang(cell: str) -> str:
    return _LANGS.get(cell.lower(), cell[:2].lower() if cell.lower() not in ("unknown", "und") else "")


def _kind(cell: str) -> str:
    cell = cell.lower()
    return cell if cell in ("reply", "share", "comment", "article", "review") else "post"
