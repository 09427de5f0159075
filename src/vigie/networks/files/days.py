"""Exports that know days and no time: their posts are spread over each day, so that no midnight looks like a burst."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from vigie.networks.record import Record, Rejected

SAMPLE = 20_000
"""Posts that are looked at before it is said that a file knows days alone."""
FEWEST = 5
NOTE = "dates have no time of day: each post is placed at a moment of its day drawn from its words"


def placed(midnight: datetime, identity: str, text: str) -> datetime:
    """A moment of the day that begins at this midnight, always the same for the same post; not beyond the present."""
    room = min(86_400, max(int((datetime.now(UTC) - midnight).total_seconds()), 1))
    return midnight + timedelta(seconds=zlib.crc32(f"{identity} {text}".encode()) % room)


def spread(found: Iterator[Record | Rejected], zone: ZoneInfo, notes: list[str]) -> Iterator[Record | Rejected]:
    """The same records, spread where all of the first ones stand at midnight, in the file's zone or in UTC."""
    sample = list(itertools.islice(found, SAMPLE))
    moments = [one.published_at for one in sample if isinstance(one, Record)]
    days = len(moments) >= FEWEST and any(
        all(at.astimezone(where).time() == time.min for at in moments) for where in (zone, UTC)
    )
    if days:
        notes.append(NOTE)
    for one in itertools.chain(sample, found):
        if days and isinstance(one, Record):
            one.published_at = placed(one.published_at, one.external_id, one.text)
        yield one
