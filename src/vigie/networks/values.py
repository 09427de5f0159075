"""Cells as people's spreadsheets hold them: dates, numbers, ids, and the damage that Excel does."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

_EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  (a calendar, not a moment)
_NUMBER = re.compile(r"^-?\d+(?:\.\d+)?$")
_PARTS = re.compile(
    r"^(\d{1,4})[-/.](\d{1,2})[-/.](\d{2,4})(?:[ T]+(\d{1,2})[:.h](\d{2})(?:[:.](\d{2}))?\s*([AaPp][Mm])?)?$"
)
_WRITTEN = [
    "%a %b %d %H:%M:%S %z %Y",
    "%d-%b-%Y %H:%M",
    "%d-%b-%Y %H:%M:%S",
    "%d-%b-%Y %I:%M%p",
    "%d-%b-%Y %I:%M %p",
    "%d-%b-%Y",
    "%b %d, %Y %H:%M",
    "%b %d, %Y %I:%M %p",
    "%b %d, %Y",
    "%d %b %Y %H:%M",
    "%d %b %Y",
    "%d %B %Y %H:%M",
    "%B %d, %Y",
]
"""Dates with the month in letters, as Twitter and Meltwater write them."""
_ZONED = re.compile(r"(?:[+-]\d{2}:?\d{2}|GMT|UTC?|[ECMP][SD]T)$")
"""Ends of dates whose zone is really understood: an unknown one would be dropped in silence."""
_FLOATED = re.compile(r"^\d(?:[.,]\d+)?[eE]\+?\d+$")


class Unreadable(ValueError):
    """A cell that cannot be what its column says; the sentence says why."""


def moment(cell: object, zone: ZoneInfo, *, day_first: bool = True) -> datetime:
    """A date in any of the shapes met in exports; naive ones are read in `zone`. Raises Unreadable."""
    if isinstance(cell, datetime):
        return _placed(cell, zone)
    text = str(cell).strip()
    if not text:
        raise Unreadable("the date is missing")
    try:
        if _NUMBER.match(text) and not (len(text) == 8 and text.startswith(("19", "20"))):
            return _from_number(float(text), zone)
        if len(text) == 8 and text.isdecimal():
            return _placed(datetime.strptime(text, "%Y%m%d"), zone)  # noqa: DTZ007  (the zone is given by the caller)
        text = _written_out(text)
        if found := _PARTS.match(text):
            return _placed(_from_parts(found, day_first), zone)
        return _placed(_from_text(text), zone)
    except Unreadable:
        raise
    except (ValueError, OverflowError) as error:
        raise Unreadable(f"the date {text[:40]!r} cannot be read") from error


def _placed(value: datetime, zone: ZoneInfo) -> datetime:
    return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)


def _from_number(value: float, zone: ZoneInfo) -> datetime:
    """Excel's days since 1900, or a Unix time in seconds, milliseconds or microseconds."""
    if 20_000 <= value < 80_000:
        return _placed(_EXCEL_EPOCH + timedelta(seconds=round(value * 86_400)), zone)
    for divisor in (1, 1_000, 1_000_000):
        if 6e8 <= value / divisor < 5e9:
            return datetime.fromtimestamp(value / divisor, UTC)
    raise ValueError


def _from_parts(found: re.Match[str], day_first: bool) -> datetime:
    a, b, year = int(found.group(1)), int(found.group(2)), int(found.group(3))
    if len(found.group(1)) == 4:
        a, b, year = year, b, a
        day_first = True
    day, month = (a, b) if day_first else (b, a)
    if month > 12 >= day:
        raise Unreadable("the day and the month are in another order than in the rest of the file")
    hour = int(found.group(4) or 0)
    if half := (found.group(7) or "").lower():
        hour = hour % 12 + (12 if half == "pm" else 0)
    return datetime(  # noqa: DTZ001  (the zone is given by the caller)
        year + 2000 if year < 100 else year, month, day, hour, int(found.group(5) or 0), int(found.group(6) or 0)
    )


_MONTHS = {
    name: number
    for number, names in enumerate([
        "janvier janv january jan", "février fevrier févr fevr february feb", "mars march mar", "avril avr april apr",
        "mai may", "juin june jun", "juillet juil july jul", "août aout august aug", "septembre sept september sep",
        "octobre october oct", "novembre november nov", "décembre decembre déc december dec",
    ], 1)
    for name in names.split()
}  # fmt: skip
_DAY_MONTH = re.compile(r"^(?:[^\W\d]+,? )?(\d{1,2})[ -]([^\W\d]+)\.?[ -](\d{4})\b(.*)$")
_MONTH_DAY = re.compile(r"^(?:[^\W\d]+,? )?([^\W\d]+)\.? (\d{1,2}),? (\d{4})\b(.*)$")


def _written_out(text: str) -> str:
    """A date with its month in letters, in French or English, as year-month-day; other texts as they are."""
    for shape, day, month in ((_DAY_MONTH, 1, 2), (_MONTH_DAY, 2, 1)):
        found = shape.match(text)
        if found and (number := _MONTHS.get(found.group(month).lower())):
            rest = re.sub(r"^[,\s]*(?:à|at)?\s*", " ", found.group(4)).rstrip()
            return f"{found.group(3)}-{number:02d}-{int(found.group(day)):02d}{rest}"
    return re.sub(r",? (?:à |at )?", " ", text) if re.match(r"^\d+[-/.]\d+[-/.]\d+,? ", text) else text


def _from_text(text: str) -> datetime:
    text = re.sub(r"\s*(?:UTC|GMT|Z)$", "+00:00", text)
    try:
        return datetime.fromisoformat(re.sub(r"\s+([+-]\d\d:?\d\d)$", r"\1", text))
    except ValueError:
        pass
    for shape in _WRITTEN:
        try:
            return datetime.strptime(text, shape)  # noqa: DTZ007  (the zone is given by the caller)
        except ValueError:
            continue
    if not _ZONED.search(text):
        raise ValueError
    return parsedate_to_datetime(text.replace("+00:00", " +0000"))


def day_comes_first(cells: list[str], zone: ZoneInfo) -> bool:
    """Whether 02/03 is the second of March: told by any date of the column that is clear, else by the zone."""
    for cell in cells:
        found = _PARTS.match(cell.strip())
        if found and len(found.group(1)) < 4:
            if int(found.group(1)) > 12:
                return True
            if int(found.group(2)) > 12:
                return False
    return not str(zone).startswith(("America/", "US/"))


def whole(cell: object) -> int:
    """A count such as 1234, 1 234, 1,234, 12.0 or 3.4K; 0 when there is none."""
    text = re.sub(r"[\s\u00a0\u202f,]", "", str(cell or ""))
    scale = {"k": 1e3, "m": 1e6, "b": 1e9}.get(text[-1:].lower(), 1)
    try:
        return int(float(text[:-1] if scale > 1 else text) * scale)
    except (ValueError, OverflowError):
        return 0


def identity(cell: object) -> str:
    """An id as text; empty when a spreadsheet rounded it away (5.70306E+17), for it then names nothing."""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 2**53 else ""
    text = str(cell or "").strip().strip('"').strip()
    return "" if _FLOATED.match(text) else text.removesuffix(".0")


def words(cell: object) -> str:
    """A text, without the = that Excel puts before an @. Raises Unreadable where Excel destroyed it."""
    text = "" if cell is None else str(cell)
    if text.strip() in ("#NAME?", "#NOM?", "#REF!", "#VALUE!", "#VALEUR!"):
        raise Unreadable(f"a spreadsheet replaced the text by {text.strip()}: export it again")
    return text[1:] if text.startswith("=@") else text


_RATINGS = (1.0, 5.0, 10.0, 20.0, 100.0)
"""Ratings are out of one of these; a column whose highest is 4.8 is out of 5."""


def _figure(cell: object) -> float | None:
    found = re.match(r"\s*(\d{1,3}(?:[.,]\d+)?)\s*(?:/\s*\d+)?\s*(?:stars?|étoiles?|★)?\s*$", str(cell or ""))
    return float(found.group(1).replace(",", ".")) if found else None


def best_rating(cells: list[object]) -> float:
    """What the ratings of a column are out of, by the highest of them; 0 where fewer than half are figures.

    >>> best_rating(["1", "4,5", ""]), best_rating([1.0, 9.0]), best_rating(["see below", "a comment"])
    (5.0, 10.0, 0.0)
    """
    given = [cell for cell in cells if cell not in ("", None)]
    figures = [figure for cell in given if (figure := _figure(cell)) is not None]
    if not figures or 2 * len(figures) < len(given):
        return 0.0
    return next((best for best in _RATINGS if max(figures) <= best), 0.0)


def rating(cell: object, best: float) -> float | None:
    """A rating from 0 to 1; None where there is none. One star of five is the worst that can be given.

    >>> rating("1", 5.0), rating("4", 5.0), rating("3/10", 10.0), rating("", 5.0)
    (0.0, 0.75, 0.3, None)
    """
    figure = _figure(cell)
    if figure is None or not best or figure > best:
        return None
    return max(figure - 1, 0.0) / 4 if best == 5.0 else figure / best


def truth(cell: object) -> bool:
    return str(cell).strip().lower() in ("1", "true", "yes", "oui", "vrai", "y", "1.0")
