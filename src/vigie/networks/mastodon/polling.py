"""Asking a timeline for what is newer than the place where we were."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from vigie.lib.http import fetch
from vigie.networks import statuses
from vigie.networks.record import Batch, Misconfigured, Record

from .places import host, timeline

PAGES = 25
"""Pages of 40 read back at most in one reading; what lies further is said to be a gap."""
FULL = 40


def records(found: list[statuses.Status], now: datetime, server: str) -> list[Record]:
    return [r for r in (statuses.record(s, now, server) for s in found) if r is not None]


def poll(http: httpx.Client, settings: dict[str, Any], cursor: dict[str, Any]) -> Iterator[Batch]:
    """Pages newer than the cursor, newest first; the place moves with the last one. A first reading takes one page.

    The cursor is {"since_id": the newest status seen, "at": when the server was last asked}.
    """
    now, server = datetime.now(UTC), host(settings)
    if settings.get("what") == "search":
        found = statuses.decode_search(fetch(http, timeline(settings)).content)
        yield Batch(
            records(found.statuses, now, server), found.rejected, cursor=_place(cursor.get("since_id", ""), now)
        )
        return
    since = cursor.get("since_id", "")
    older, newest = "", since
    for page in range(PAGES if since else 1):
        held = _page(http, settings, since, older)
        newest = max([newest, *(s.id for s in held.statuses)], key=order)
        older = min((s.id for s in held.statuses), key=order, default="")
        full = held.size >= FULL
        last = not full or not since or page == PAGES - 1
        gap = _gap(cursor, held.statuses, now) if last and full and since else None
        place = _place(newest, now) if last else dict(cursor)
        yield Batch(records(held.statuses, now, server), held.rejected, cursor=place, gap=gap)
        if last:
            break


def _place(newest: str, now: datetime) -> dict[str, Any]:
    return {"since_id": newest, "at": now.isoformat()}


def _page(http: httpx.Client, settings: dict[str, Any], since: str, older: str) -> statuses.Page:
    extra = (f"&since_id={since}" if since else "") + (f"&max_id={older}" if older else "")
    try:
        return statuses.decode_many(fetch(http, timeline(settings) + extra).content)
    except httpx.HTTPStatusError as error:
        if error.response.status_code == 404 and settings.get("what", "tag") == "tag":
            # A hashtag that nobody has used yet is empty, not gone.
            return statuses.Page()
        raise
    except msgspec.DecodeError as error:
        raise Misconfigured(str(_("This server does not answer like Mastodon. Check its name."))) from error


def _gap(
    cursor: dict[str, Any], oldest_page: list[statuses.Status], now: datetime
) -> tuple[datetime, datetime, str] | None:
    """More came than could be read back: what lies between our last visit and the oldest that was read."""
    read_back_to = min((s.created_at for s in oldest_page), default=now)
    visited = datetime.fromisoformat(cursor["at"]) if cursor.get("at") else read_back_to
    return min(visited, read_back_to), read_back_to, gettext_noop("more posts came than could be read back")


def order(identity: str) -> tuple[int, str]:
    """Ids grow; as numbers where they are, so that 9 comes before 10, and by letters where they are ULIDs."""
    return (len(identity), identity)
