"""Mastodon and what speaks its API: timelines, search, streams by server-sent events or by WebSocket."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx
import msgspec
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from httpx_sse import connect_sse
from websockets.sync.client import connect as connect_ws

from vigie.lib.http import AGENT, client, fetch
from vigie.networks import statuses
from vigie.networks.record import About, Batch, Field, Misconfigured, Record, Rejected

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
PAGES = 5
"""Pages of 40 read back at most in one reading; what lies further is said to be a gap."""


def base(settings: dict[str, Any]) -> str:
    server = settings.get("server", "").strip().rstrip("/")
    if not server:
        raise Misconfigured(str(_("Name a server, such as mastodon.social.")))
    url = server if server.startswith(("http://", "https://")) else f"https://{server}"
    if not urlsplit(url).hostname:
        raise Misconfigured(str(_("This is not the name of a server.")))
    return url


def _headers(settings: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {settings['token']}"} if settings.get("token") else {}


def _value(settings: dict[str, Any]) -> str:
    value = str(settings.get("value", "")).strip().lstrip("#")
    if settings.get("what", "tag") in ("tag", "search") and not value:
        raise Misconfigured(str(_("Say which hashtag or which words.")))
    return value


def timeline(settings: dict[str, Any]) -> str:
    """Address of the timeline or search to ask."""
    what, value = settings.get("what", "tag"), _value(settings)
    match what:
        case "tag":
            return f"{base(settings)}/api/v1/timelines/tag/{quote(value, safe='')}?limit=40"
        case "search":
            return f"{base(settings)}/api/v2/search?{urlencode({'q': value, 'type': 'statuses', 'limit': 40})}"
        case _:
            return f"{base(settings)}/api/v1/timelines/public?limit=40{'&local=true' if what == 'local' else ''}"


def records(found: list[statuses.Status], now: datetime) -> list[Record]:
    return [r for r in (statuses.record(s, now) for s in found) if r is not None]


def poll(http: httpx.Client, settings: dict[str, Any], cursor: dict[str, Any]) -> Iterator[Batch]:
    """Pages newer than the cursor. A first reading takes one page."""
    url, since = timeline(settings), cursor.get("since_id", "")
    now = datetime.now(UTC)
    if settings.get("what") == "search":
        found = statuses.decode_search(fetch(http, url).content).statuses
        yield Batch(records(found, now), cursor=cursor)
        return
    older, newest = "", since
    for page in range(PAGES if since else 1):
        extra = (f"&since_id={since}" if since else "") + (f"&max_id={older}" if older else "")
        page_of = _decoded(fetch(http, url + extra).content)
        if not page_of:
            break
        newest = max([newest, *(s.id for s in page_of)], key=_order)
        older = min((s.id for s in page_of), key=_order)
        last = len(page_of) < 40 or page == PAGES - 1 or not since
        gap = None
        if since and page == PAGES - 1 and len(page_of) == 40:
            gap = (
                page_of[-1].created_at,
                page_of[-1].created_at,
                gettext_noop("more posts came than could be read back"),
            )
        yield Batch(records(page_of, now), cursor={"since_id": newest} if last else dict(cursor), gap=gap)
        if last:
            break


def _order(identity: str) -> tuple[int, str]:
    """Ids grow; as numbers where they are, so that 9 comes before 10."""
    return (len(identity), identity)


def _decoded(content: bytes) -> list[statuses.Status]:
    try:
        return statuses.decode_many(content)
    except msgspec.DecodeError as error:
        raise Misconfigured(str(_("This server does not answer like Mastodon: %s")) % error) from error


def read(settings: dict[str, Any], cursor: dict[str, Any]) -> Iterator[Batch]:
    with client(_headers(settings)) as http:
        yield from poll(http, settings, cursor)
        if settings.get("stream", "poll") != "poll":
            yield from stream(http, settings)


def streams(settings: dict[str, Any]) -> bool:
    return bool(settings.get("stream", "poll") != "poll")


def stream(http: httpx.Client, settings: dict[str, Any]) -> Iterator[Batch]:
    """Statuses as they are said, until the connection ends."""
    what, value = settings.get("what", "tag"), _value(settings)
    if what == "search":
        raise Misconfigured(str(_("A search cannot be streamed: ask every minute instead.")))
    events = _sse(http, settings, what, value) if settings.get("stream") == "sse" else _ws(settings, what, value)
    for event, payload in events:
        yield taken(event, payload)


def taken(event: str, payload: str) -> Batch:
    """The batch that one event of a stream makes."""
    now = datetime.now(UTC)
    if event == "delete":
        return Batch()
    if event not in ("update", "status.update"):
        return Batch()
    try:
        status = statuses.decode_one(payload)
    except msgspec.DecodeError as error:
        return Batch(rejected=[Rejected(event, f"not a status: {error}", payload[:20_000])])
    return Batch(records([status], now), cursor={"since_id": status.id})


def _sse(http: httpx.Client, settings: dict[str, Any], what: str, value: str) -> Iterator[tuple[str, str]]:
    path = {"tag": "hashtag", "local": "public/local"}.get(what, "public")
    query = f"?{urlencode({'tag': value})}" if what == "tag" else ""
    url = f"{base(settings)}/api/v1/streaming/{path}{query}"
    with connect_sse(http, "GET", url, timeout=httpx.Timeout(20, read=120)) as source:
        source.response.raise_for_status()
        for event in source.iter_sse():
            yield event.event, event.data


def _ws(settings: dict[str, Any], what: str, value: str) -> Iterator[tuple[str, str]]:
    name = {"tag": "hashtag", "local": "public:local"}.get(what, "public")
    query = {"stream": name} | ({"tag": value} if what == "tag" else {})
    url = base(settings).replace("http", "ws", 1) + f"/api/v1/streaming?{urlencode(query)}"
    with connect_ws(url, user_agent_header=AGENT, additional_headers=_headers(settings), max_size=2**22) as socket:
        for text in socket:
            message = json.loads(text)
            yield message.get("event", ""), message.get("payload", "")


_STATUS = re.compile(r"(https?://[^/?#]+)/(?:users|@|ap)[^?#]*/(\d+)")


def reread(settings: dict[str, Any], identities: list[str]) -> Iterator[Batch]:
    """Statuses as they stand now on the servers where they were written, whose counters are the whole ones.

    What a server does not give to strangers is left as it was.
    """
    with client() as http:
        for identity in identities:
            if found := _STATUS.fullmatch(identity):
                yield from _again(http, identity, f"{found.group(1)}/api/v1/statuses/{found.group(2)}")


def _again(http: httpx.Client, identity: str, url: str) -> Iterator[Batch]:
    try:
        status = statuses.decode_one(fetch(http, url).content)
    except (httpx.HTTPError, msgspec.DecodeError):
        return
    # A server speaks for its own statuses, not for others.
    if status.uri == identity:
        yield Batch(records([status], datetime.now(UTC)))


def search(settings: dict[str, Any], words: str) -> Iterator[Batch]:
    """The network's own history on some words, where the server allows it."""
    with client(_headers(settings)) as http:
        query = urlencode({"q": words, "type": "statuses", "limit": 40})
        found = statuses.decode_search(fetch(http, f"{base(settings)}/api/v2/search?{query}").content).statuses
        yield Batch(records(found, datetime.now(UTC)))
