"""Mastodon and what speaks its API: timelines, search, streams by server-sent events or by WebSocket."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _

from vigie.lib.http import client, fetch
from vigie.networks import statuses
from vigie.networks.record import About, Batch, Field

from .again import reread
from .places import base, headers, host
from .polling import poll, records
from .streaming import stream

__all__ = ["about", "read", "reread", "search", "streams"]
about = About(
    key="mastodon",
    label=_("Mastodon"),
    mark="◍",
    help=_("A hashtag, the public timeline or a search on a server of your choice; most of it needs no account."),
    fields=(
        Field("server", _("Server"), _("For example mastodon.social")),
        Field(
            "what",
            _("What to read"),
            choices=(
                ("tag", _("A hashtag")),
                ("public", _("The whole public timeline")),
                ("local", _("The server’s own timeline")),
                ("search", _("A search (needs a token)")),
            ),
            default="tag",
        ),
        Field("value", _("Hashtag or words"), _("Leave empty for a timeline."), required=False),
        Field(
            "stream",
            _("How"),
            choices=(
                ("poll", _("Ask every minute")),
                ("sse", _("Stream (server-sent events)")),
                ("ws", _("Stream (WebSocket)")),
            ),
            default="poll",
        ),
        Field("token", _("Access token"), _("Only where the server asks for one."), required=False, secret=True),
    ),
    every_seconds=60,
    reads_back=True,
)


def streams(settings: dict[str, Any]) -> bool:
    return bool(settings.get("stream", "poll") != "poll")


def read(settings: dict[str, Any], cursor: dict[str, Any]) -> Iterator[Batch]:
    with client(headers(settings)) as http:
        if streams(settings):
            yield from stream(http, settings, cursor)
        else:
            yield from poll(http, settings, cursor)


def search(settings: dict[str, Any], words: str) -> Iterator[Batch]:
    """The network's own history on some words, where the server allows it."""
    with client(headers(settings)) as http:
        query = urlencode({"q": words, "type": "statuses", "limit": 40})
        found = statuses.decode_search(fetch(http, f"{base(settings)}/api/v2/search?{query}").content)
        yield Batch(records(found.statuses, datetime.now(UTC), host(settings)), found.rejected)
