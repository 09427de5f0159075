"""Bluesky: Jetstream, the firehose of a server, one account's posts, search."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import msgspec
from django.utils.translation import gettext_lazy as _
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from vigie.lib.http import AGENT, client, fetch
from vigie.networks.record import About, Batch, Field, Misconfigured, Record, Rejected

from . import firehose, shape

JETSTREAM = "wss://jetstream2.us-east.bsky.network"
APPVIEW = "https://api.bsky.app"
about = About(
    key="bluesky",
    label=_("Bluesky"),
    mark="◇",
    help=_("The whole public stream, a search, or one account. The stream needs no account."),
    fields=(
        Field(
            "what",
            _("What to read"),
            choices=(
                ("jetstream", _("The whole public stream (Jetstream)")),
                ("search", _("A search")),
                ("account", _("The posts of one account")),
                ("firehose", _("The stream of one server (firehose)")),
            ),
            default="jetstream",
        ),
        Field("value", _("Words, or account"), _("For a search or an account."), required=False),
        Field("server", _("Server"), _("Leave empty for the public one."), required=False),
        Field("handle", _("Your account"), _("Only where the search asks for one."), required=False),
        Field("password", _("App password"), required=False, secret=True),
    ),
    every_seconds=60,
    reads_back=True,
)
PAGES = 20
"""Pages of 100 read back at most in one reading."""
OVERLAP_US = 2_000_000
"""A stream is taken up again a little before the place where it stood: what comes twice is known."""
AT_ONCE, AT_MOST, BEAT = 200, timedelta(seconds=1), timedelta(seconds=10)
"""A batch leaves when it holds so many posts or is so old; an empty one tells now and then that all is well."""


def streams(settings: dict[str, Any]) -> bool:
    return settings.get("what", "jetstream") in ("jetstream", "firehose")


def server(settings: dict[str, Any], default: str) -> str:
    url = str(settings.get("server", "")).strip().rstrip("/") or default
    if "://" not in url:
        url = ("wss://" if default.startswith("ws") else "https://") + url
    if not urlsplit(url).hostname:
        raise Misconfigured(str(_("This is not the name of a server.")))
    return url


def read(settings: dict[str, Any], cursor: dict[str, Any]) -> Iterator[Batch]:
    match settings.get("what", "jetstream"):
        case "jetstream":
            yield from jetstream(settings, cursor)
        case "firehose":
            yield from _firehose(settings, cursor)
        case "account":
            yield from account(settings, cursor)
        case _:
            yield from search(settings, str(settings.get("value", "")), cursor)


def frames(socket: ClientConnection) -> Iterator[Any]:
    """Messages as they come, and None after each quiet second, so that what was gathered never waits for the next."""
    while True:
        try:
            yield socket.recv(timeout=1.0)
        except TimeoutError:
            yield None
        except ConnectionClosed:
            return


def _gathered(events: Iterator[tuple[Any, dict[str, Any]]]) -> Iterator[Batch]:
    """Records in batches; a record of None only moves the place, an empty place is a quiet second."""
    batch, begun = Batch(), datetime.now(UTC)
    for record, place in events:
        if record is not None:
            batch.records.append(record)
        batch.cursor = place or batch.cursor
        age = datetime.now(UTC) - begun
        full = len(batch.records) >= AT_ONCE or (batch.records and age > AT_MOST) or age > BEAT
        if full or (not place and batch.records):
            yield batch
            batch, begun = Batch(), datetime.now(UTC)
    if batch.records or batch.cursor:
        yield batch


def jetstream(settings: dict[str, Any], cursor: dict[str, Any]) -> Iterator[Batch]:
    """Posts of the public stream from a moment on (microseconds), replayed by the server after an interruption."""
    query = {"wantedCollections": "app.bsky.feed.post"} | (
        {"cursor": max(cursor["time_us"] - OVERLAP_US, 0)} if cursor.get("time_us") else {}
    )
    url = f"{server(settings, JETSTREAM)}/subscribe?{urlencode(query)}"
    with connect(url, user_agent_header=AGENT, max_size=2**22) as socket:
        yield from _gathered(_events(frames(socket)))


def _events(messages: Any) -> Iterator[tuple[Any, dict[str, Any]]]:
    for message in messages:
        if message is None:
            yield None, {}
            continue
        try:
            event = shape.decode_event(message)
        except msgspec.DecodeError:
            continue
        yield shape.from_event(event), {"time_us": event.time_us}


def _firehose(settings: dict[str, Any], cursor: dict[str, Any]) -> Iterator[Batch]:
    base = server(settings, "https://bsky.network").replace("http", "ws", 1)
    query = f"?cursor={cursor['seq']}" if cursor.get("seq") is not None else ""
    with connect(
        f"{base}/xrpc/com.atproto.sync.subscribeRepos{query}", user_agent_header=AGENT, max_size=2**24
    ) as socket:
        yield from _gathered(firehose.posts(frames(socket)))


def account(settings: dict[str, Any], cursor: dict[str, Any]) -> Iterator[Batch]:
    """The posts of one account since the last that was read, from the server that holds it."""
    who = str(settings.get("value", "")).strip().lstrip("@")
    if not who:
        raise Misconfigured(str(_("Name an account, such as example.bsky.social.")))
    base = server(settings, "https://bsky.social")
    seen, rejected = cursor.get("last", ""), list[Rejected]()
    found: list[shape.Row] = []
    with client() as http:
        told = fetch(http, f"{base}/xrpc/com.atproto.repo.describeRepo?{urlencode({'repo': who})}").json()
        more = ""
        for _page in range(PAGES):
            query = {"repo": told["did"], "collection": "app.bsky.feed.post", "limit": 100}
            query |= {"cursor": more} if more else {}
            body = fetch(http, f"{base}/xrpc/com.atproto.repo.listRecords?{urlencode(query)}").content
            answer = shape.decode_records(body)
            page = shape.rows(answer, rejected)
            found += [row for row in page if _key(row) > seen]
            more = answer.cursor
            if not more or not seen or any(_key(row) <= seen for row in page):
                break
    newest = max([seen, *map(_key, found)])
    posts = [shape.from_record(row.uri, row.value, told["did"], told["handle"]) for row in found]
    yield Batch(posts, rejected, cursor={"last": newest})


def _key(row: shape.Row) -> str:
    return row.uri.rsplit("/", 1)[1]


def session(http: httpx.Client, settings: dict[str, Any]) -> dict[str, str]:
    """Headers of a signed-in account, empty without one."""
    if not (settings.get("handle") and settings.get("password")):
        return {}
    base = server({**settings, "server": settings.get("entry", "")}, "https://bsky.social")
    answer = http.post(
        f"{base}/xrpc/com.atproto.server.createSession",
        json={"identifier": settings["handle"], "password": settings["password"]},
    )
    answer.raise_for_status()
    return {"Authorization": f"Bearer {answer.json()['accessJwt']}"}


def reread(settings: dict[str, Any], identities: list[str]) -> Iterator[Batch]:
    """Posts as they stand now, with their counters, from the app view: 25 in one answer."""
    asked = settings if settings.get("what") == "search" else {}
    now = datetime.now(UTC)
    with client() as http:
        headers = session(http, asked)
        for first in range(0, len(identities), 25):
            part = identities[first : first + 25]
            query = urlencode({"uris": part}, doseq=True)
            body = fetch(http, f"{server(asked, APPVIEW)}/xrpc/app.bsky.feed.getPosts?{query}", headers=headers).content
            yield _as_they_stand(shape.decode_search(body), part, now)


def _as_they_stand(answer: shape.Views, asked: list[str], now: datetime) -> Batch:
    """The posts of an answer; what was asked for and is not told is there no more."""
    batch = Batch()
    held = {view.uri: shape.from_view(view) for view in shape.views(answer, batch.rejected)}
    for uri in asked:
        record = held.get(uri)
        if record is None and not batch.rejected:
            record = Record(network="bluesky", external_id=uri, text="", published_at=now, deleted=True)
        if record is not None:
            record.observed_at = now
            batch.records.append(record)
    return batch


def search(settings: dict[str, Any], words: str, cursor: dict[str, Any] | None = None) -> Iterator[Batch]:
    """Posts that the app view finds, newest first, back to what was read before."""
    if not words.strip():
        raise Misconfigured(str(_("Say which words to search for.")))
    base, since = server(settings, APPVIEW), (cursor or {}).get("since", "")
    batch, newest, more = Batch(), since, ""
    with client() as http:
        headers = session(http, settings)
        for _page in range(PAGES if since else 1):
            query = {"q": words, "limit": 100, "sort": "latest"} | ({"since": since} if since else {})
            query |= {"cursor": more} if more else {}
            body = fetch(http, f"{base}/xrpc/app.bsky.feed.searchPosts?{urlencode(query)}", headers=headers).content
            answer = shape.decode_search(body)
            views = shape.views(answer, batch.rejected)
            batch.records += map(shape.from_view, views)
            newest, more = max([newest, *(v.indexedAt for v in views)]), answer.cursor
            if not more or len(answer.posts) < 100:
                break
    batch.cursor = {"since": newest}
    yield batch
