"""Statuses as they stand now: their counters, their words if they were edited, and whether they are still there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec

from vigie.lib.http import client, fetch
from vigie.networks import statuses
from vigie.networks.record import Batch, Record

from .places import base, headers, host
from .polling import records

_STATUS = re.compile(r"(https?://[^/?#]+)/(?:users|@|ap|u)[^?#]*/([0-9A-Za-z]+)")
"""The address of a status ends with its number on its own server: digits, a ULID or another word."""


def reread(settings: dict[str, Any], identities: list[str]) -> Iterator[Batch]:
    """Statuses as the servers tell them where they were written, whose counters are the whole ones.

    Our own server is asked with the account's token. What a server does not give to strangers is left as it was.
    """
    own = base(settings)
    with client() as http, client(headers(settings)) as ours:
        for identity in identities:
            if found := _STATUS.fullmatch(identity):
                asked = ours if found.group(1).lower() == own.lower() else http
                yield from _again(asked, identity, f"{found.group(1)}/api/v1/statuses/{found.group(2)}", host(settings))


def _again(http: httpx.Client, identity: str, url: str, server: str) -> Iterator[Batch]:
    now = datetime.now(UTC)
    try:
        status = statuses.decode_one(fetch(http, url).content)
    except httpx.HTTPStatusError as error:
        if error.response.status_code in (404, 410):
            # Its own server has it no more.
            gone = Record(network="mastodon", external_id=identity, text="", published_at=now, observed_at=now)
            gone.deleted = True
            yield Batch([gone])
        elif error.response.status_code == 429:
            raise
        return
    except (httpx.HTTPError, msgspec.DecodeError):
        return
    # A server speaks for its own statuses, not for others.
    if status.uri == identity:
        yield Batch(records([status], now, server))
