"""Opening a file: what it is packed in, how its letters are written, its lines or the rows of its sheet."""

from __future__ import annotations

import gzip
import io
import itertools
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from charset_normalizer import from_bytes
from python_calamine import CalamineWorkbook

LONGEST = 4 * 1024**3
"""Bytes of an export after decompression."""

SHEET_LIMIT = 600 * 1024**2

CELL_LIMIT = 60_000_000

SAMPLE = 64 * 1024

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


class BadFile(ValueError):
    """A file that cannot be opened; the sentence says why."""


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


def text_of(path: Path, start: bytes) -> IO[str]:
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


def peek(text: IO[str]) -> tuple[str, Iterator[str]]:
    lines = (line.replace("\0", "") for line in text)
    seen = []
    for line in lines:
        seen.append(line)
        if line.strip():
            break
    return (seen[-1] if seen else ""), itertools.chain(seen, lines)


def sheet(path: Path) -> tuple[Iterator[list[Any]], list[str]]:
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
