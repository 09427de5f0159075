"""Opening an export: encoding, delimiter, lines before the header, format; then its rows as records."""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from datetime import date as day
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

import msgspec
from charset_normalizer import from_bytes
from python_calamine import CalamineWorkbook

from vigie.lib import ids
from vigie.lib.text import host
from vigie.networks import plain, values
from vigie.networks.record import Record, Rejected

from . import formats, jsonl

LONGEST = 4 * 1024**3
"""Bytes of an export after decompression."""
SHEET_LIMIT = 600 * 1024**2
CELL_LIMIT = 60_000_000
SAMPLE = 64 * 1024
SAMPLE_ROWS = 20_000
HEADER_WITHIN = 25
"""Lines before the header that are looked through."""
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
_FOREIGN = (
    "cp1251",
    "cp1253",
    "cp1255",
    "cp1256",
    "koi8",
    "iso8859_5",
    "iso8859_6",
    "iso8859_7",
    "iso8859_8",
    "big5",
    "gb",
    "shift_jis",
    "euc",
    "cp932",
    "cp949",
    "tis_620",
    "iso8859_11",
    "hz",
)
csv.field_size_limit(64 * 1024 * 1024)
SWALLOWED = 2
"""A cell that holds so many whole rows of the same file is no cell: a quote before them was never closed."""
_DAY_ONLY = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}")


class Unrecognised(ValueError):
    """Columns that cannot be guessed; `columns` lists them, `missing` says what was not found."""

    def __init__(self, columns: list[str], missing: list[str]) -> None:
        super().__init__(
            f"these columns could not be recognised ({', '.join(columns[:40]) or 'none'}): no {' nor '.join(missing)}. "
            f"Say which is which with --map COLUMN=FIELD; fields: {', '.join(plain.FIELDS)}"
        )
        self.columns, self.missing = columns, missing


class BadFile(ValueError):
    """A file that cannot be opened; the sentence says why."""


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
        rows, others = _sheet(path)
        export = _table(rows, format, mapping or {}, zone, as_written=as_written)
        if others:
            export.notes.append(f"only the first sheet is read; others hold rows too: {', '.join(others)}")
        return export
    text = _text(path, start)
    first, lines = _peek(text)
    if first.lstrip().startswith(("{", "[")):
        is_json, lines = jsonl.opened(first, lines)
        if is_json:
            return Export("jsonl", [], {}, jsonl.records(lines, zone))
    head = list(itertools.islice(lines, HEADER_WITHIN))
    delimiter = _delimiter(head)
    rows = _csv(itertools.chain(head, lines), delimiter)
    return _table(rows, format, mapping or {}, zone, delimiter, as_written)


class _Bounded(io.RawIOBase):
    """A stream that ends with an error after LONGEST bytes: a compressed bomb stops here."""

    def __init__(self, inner: IO[bytes]) -> None:
        self.inner, self.left = inner, LONGEST

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self.inner.close()
        super().close()

    def readinto(self, buffer: Any) -> int:
        try:
            data = self.inner.read(len(buffer))
        except (EOFError, OSError, zlib.error) as error:
            raise BadFile(f"the compressed file is damaged: {error}") from error
        self.left -= len(data)
        if self.left < 0:
            raise BadFile(f"the file is larger than {LONGEST >> 30} GB once unpacked")
        buffer[: len(data)] = data
        return len(data)


def _text(path: Path, start: bytes) -> IO[str]:
    def opened() -> io.BufferedReader:
        inner: Any = gzip.open(path, "rb") if start.startswith(b"\x1f\x8b") else path.open("rb")  # noqa: SIM115  (closed by the stream)
        return io.BufferedReader(_Bounded(inner), 1 << 16)

    with opened() as file:
        sample = file.read(SAMPLE)
    return io.TextIOWrapper(opened(), encoding=_encoding(sample), errors="replace", newline="")


def _encoding(sample: bytes) -> str:
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if sample.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    if sample[1:2] == b"\0" and sample[3:4] == b"\0":
        return "utf-16-le"
    told = sample.decode("utf-8", "replace")
    broken, beyond = told.count("\ufffd"), sum(not c.isascii() for c in told)
    # A stray byte does not make a UTF-8 file anything else.
    if broken <= 1 + beyond // 5 and broken * 2 <= max(beyond, 2) and (broken == 0 or beyond > broken):
        return "utf-8"
    guess = from_bytes(sample).best()
    # The Latin code pages differ by a few letters, and our files are French or English far more often than Czech.
    foreign = guess is not None and guess.encoding.startswith(_FOREIGN)
    return guess.encoding if guess is not None and foreign else "cp1252"


def _peek(text: IO[str]) -> tuple[str, Iterator[str]]:
    lines = (line.replace("\0", "") for line in text)
    seen = []
    for line in lines:
        seen.append(line)
        if line.strip():
            break
    return (seen[-1] if seen else ""), itertools.chain(seen, lines)


def _csv(lines: Iterable[str], delimiter: str) -> Iterator[list[Any]]:
    return csv.reader(lines, delimiter=delimiter)


def _delimiter(head: list[str]) -> str:
    """The one that makes a recognised header of a line; else the commonest of the first line that holds any."""
    for delimiter in ",;\t|":
        for line in head:
            columns = [_name(cell) for cell in next(csv.reader([line], delimiter=delimiter), [])]
            if len(columns) > 1 and _recognised(columns, "", {}):
                return delimiter
    counts = [max(",;\t|", key=line.count) for line in head if any(d in line for d in ",;\t|")]
    return counts[0] if counts else ","


def _sheet(path: Path) -> tuple[Iterator[list[Any]], list[str]]:
    """Rows of the first sheet, and the names of others that are not empty."""
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                if sum(item.file_size for item in archive.infolist()) > SHEET_LIMIT:
                    raise BadFile(f"the sheet is larger than {SHEET_LIMIT >> 20} MB once unpacked: export it as CSV")
                if _extent(archive) > CELL_LIMIT:
                    raise BadFile("the sheet spreads over far more cells than it holds: export it as CSV")
        book = CalamineWorkbook.from_path(str(path))
        others = [n for n in book.sheet_names[1:10] if (book.get_sheet_by_name(n).total_height or 0) > 0]
        return iter(book.get_sheet_by_index(0).to_python()), others
    except BadFile:
        raise
    except Exception as error:
        raise BadFile(f"the spreadsheet cannot be opened: {error}") from error


_CELL = re.compile(rb'r="([A-Z]{1,3})(\d{1,7})"')


def _extent(archive: zipfile.ZipFile) -> int:
    """Cells of the rectangle that the widest sheet spans: a reader makes room for all of it."""
    widest = 0
    for item in archive.namelist():
        if item.startswith("xl/worksheets/") and item.endswith(".xml"):
            column = row = 0
            with archive.open(item) as file:
                rest = b""
                while piece := file.read(1 << 20):
                    for letters, digits in _CELL.findall(rest + piece):
                        row = max(row, int(digits))
                        column = max(column, int.from_bytes(letters, "big") if len(letters) > 2 else 26 * len(letters))
                    rest = piece[-32:]
            widest = max(widest, row * min(column, 16_384))
    return widest


def _name(cell: Any) -> str:
    return re.sub(r"\s+", " ", str(cell)).strip().strip('"').lower()


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
        columns = [_name(cell) for cell in row]
        if found := _recognised(columns, format, mapping):
            name, places, network, day_first = found
            body = itertools.chain(head[at + 1 :], rows)
            reader = _Rows(places, network, zone, day_first, at + 2, len(row), delimiter, as_written)
            return Export(name, columns, _named(places, columns), reader.read(body), reader.notes)
    columns = [_name(cell) for cell in max(head, key=len, default=[])]
    raise Unrecognised(columns, ["date", "text, id or author"])


def _named(places: dict[str, list[int]], columns: list[str]) -> dict[str, list[str]]:
    return {name: [columns[i] for i in found] for name, found in places.items()}


Recognition = tuple[str, dict[str, list[int]], str, bool | None]


def _recognised(columns: list[str], format: str, mapping: dict[str, str]) -> Recognition | None:
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
        if _name(column) in present:
            places[target] = [present[_name(column)]]
        elif len(present) > 2:
            raise BadFile(f"--map {column}={target}: there is no column {column}; columns: {', '.join(present)}")
    places = {f: found for f, found in places.items() if found}
    told = {"text", "title", "external_id", "author_handle", "author_id"} & places.keys()
    return (name, places, network, day_first) if "published_at" in places and told else None


@dataclass
class _Rows:
    places: dict[str, list[int]]
    network: str
    zone: ZoneInfo
    day_first: bool | None
    first_line: int
    width: int = 0
    delimiter: str = ""
    as_written: bool = False
    day_only: bool = False
    notes: list[str] = field(default_factory=list)

    def read(self, rows: Iterable[list[Any]]) -> Iterator[Record | Rejected]:
        rows = iter(rows)
        line = self.first_line
        try:
            sample = list(itertools.islice(rows, SAMPLE_ROWS))
            if self.day_first is None:
                dates = [str(self.cell(row, "published_at")) for row in sample]
                self.day_first = values.day_comes_first(dates, self.zone)
            self.day_only = bool(sample) and all(self.is_day(row) for row in sample)
            if self.day_only:
                self.notes.append(
                    "dates have no time of day: each post is placed at a moment of its day drawn from its words"
                )
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
        if self.cell(row, "time") or isinstance(date, datetime):
            return False
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
            # Not beyond this moment: today is not over.
            room = min(86_400, max(int((datetime.now(UTC) - moment).total_seconds()), 1))
            moment += timedelta(seconds=zlib.crc32(f"{identity} {text}".encode()) % room)
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
