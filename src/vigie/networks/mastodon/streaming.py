"""Statuses as they are said: connected first, caught up then, and asked now and then all the same.

Catching up before connecting loses what is said in between; catching up after it reads some twice, which does no harm.
Some servers accept a stream and send nothing: a poll every minute brings what they keep to themselves.
"""

from __future__ import annotations

import json
import time
from collections import OrderedDict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import httpx
import msgspec
from django.utils.translation import gettext_lazy as _
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect as connect_ws

from vigie.lib.http import AGENT, TooLong
from vigie.lib.paced import paced
from vigie.networks import statuses
from vigie.networks.record import Batch, Misconfigured, Record, Rejected

from .places import base, headers, host, value
from .polling import order, poll, records

BEAT, POLL_EVERY = 5.0, 60.0
LONGEST_EVENT = 4 * 1024 * 1024
REMEMBERED = 20_000
"""Statuses whose address is remembered, since a deletion only tells the server's own number."""
Event = tuple[str, str]
OPENED, ALIVE = "opened", "alive"


def stream(http: httpx.Client, settings: dict[str, Any], cursor: dict[str, Any]) -> Iterator[Batch]:
    """Until the connection ends."""
    if settings.get("what") == "search":
        raise Misconfigured(str(_("A search cannot be streamed: ask every minute instead.")))
    yield from Stream(http, settings, cursor).batches()


class Stream:
    """One connection: where it stands, and the addresses of the statuses that it brought."""

    def __init__(self, http: httpx.Client, settings: dict[str, Any], cursor: dict[str, Any]) -> None:
        self.http, self.settings, self.cursor = http, settings, dict(cursor)
        self.server = host(settings)
        self.addresses: OrderedDict[str, str] = OrderedDict()
        self.polled = 0.0

    def batches(self) -> Iterator[Batch]:
        events = _sse(self.http, self.settings) if self.settings.get("stream") == "sse" else _ws(self.settings)
        opened = False
        for said in paced(events, BEAT):
            opened = opened or (OPENED, "") in (said or ())
            if said and said != [(OPENED, "")]:
                yield self.told(said)
            if opened and time.monotonic() - self.polled > POLL_EVERY:
                yield from self.caught_up()

    def told(self, events: list[Event]) -> Batch:
        """What some events tell together; a sign of life alone is a contact too, and the end of a gap."""
        batch = Batch()
        for event, payload in events:
            if event not in (OPENED, ALIVE):
                self.take(event, payload, batch)
        batch.cursor = self._contact() if self.polled else {}
        return batch

    def caught_up(self) -> Iterator[Batch]:
        self.polled = time.monotonic()
        for batch in poll(self.http, self.settings, self.cursor):
            self.cursor = batch.cursor or self.cursor
            for record in batch.records:
                self._remember(record)
            yield batch

    def take(self, event: str, payload: str, batch: Batch) -> None:
        """Add to a batch what one event tells."""
        now = datetime.now(UTC)
        if event == "delete":
            batch.records += self._deleted(payload.strip().strip('"'), now)
        if event not in ("update", "status.update"):
            return
        try:
            status = statuses.decode_one(payload)
        except msgspec.DecodeError as error:
            batch.rejected.append(Rejected(event, f"not a status: {error}", payload[:20_000]))
            return
        found = records([status], now, self.server)
        for record in found:
            self._remember(record, status.id)
        batch.records += found
        if event == "update":
            # An edit tells an old number: only what is new moves the place, and never back.
            self.cursor["since_id"] = max(self.cursor.get("since_id", ""), status.id, key=order)

    def _contact(self) -> dict[str, Any]:
        self.cursor["at"] = datetime.now(UTC).isoformat()
        return dict(self.cursor)

    def _remember(self, record: Record, identity: str = "") -> None:
        key = identity or record.position
        if key:
            self.addresses[key] = record.external_id
            if len(self.addresses) > REMEMBERED:
                self.addresses.popitem(last=False)

    def _deleted(self, identity: str, now: datetime) -> list[Record]:
        address = self.addresses.get(identity)
        if address is None:
            return []
        return [
            Record(network="mastodon", external_id=address, text="", published_at=now, observed_at=now, deleted=True)
        ]


def _sse(http: httpx.Client, settings: dict[str, Any]) -> Iterator[list[Event]]:
    """Events of a server-sent stream, as many as came at once; its comments, which keep it alive, are contacts too."""
    what = settings.get("what", "tag")
    path = {"tag": "hashtag", "local": "public/local"}.get(what, "public")
    query = f"?{urlencode({'tag': value(settings)})}" if what == "tag" else ""
    url = f"{base(settings)}/api/v1/streaming/{path}{query}"
    accept = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
    with http.stream("GET", url, headers=accept, timeout=httpx.Timeout(20, read=120)) as answer:
        answer.raise_for_status()
        yield [(OPENED, "")]
        held = b""
        for piece in answer.iter_bytes():
            *blocks, held = (held + piece.replace(b"\r\n", b"\n")).split(b"\n\n")
            if len(held) > LONGEST_EVENT:
                raise TooLong(url, LONGEST_EVENT)
            if blocks:
                yield [_event(block.decode("utf-8", "replace")) for block in blocks]


def _event(block: str) -> Event:
    """One block of lines; a comment alone is a sign of life."""
    name, data = ALIVE, list[str]()
    for line in block.split("\n"):
        if line.startswith("event:"):
            name = line.removeprefix("event:").strip()
        elif line.startswith("data:"):
            data.append(line.removeprefix("data:").removeprefix(" "))
    return name if data else ALIVE, "\n".join(data)


def _ws(settings: dict[str, Any]) -> Iterator[list[Event]]:
    what = settings.get("what", "tag")
    name = {"tag": "hashtag", "local": "public:local"}.get(what, "public")
    query = {"stream": name} | ({"tag": value(settings)} if what == "tag" else {})
    url = base(settings).replace("http", "ws", 1) + f"/api/v1/streaming?{urlencode(query)}"
    with connect_ws(
        url, user_agent_header=AGENT, additional_headers=headers(settings), max_size=2**22, ping_interval=20
    ) as socket:
        yield [(OPENED, "")]
        try:
            for text in socket:
                message = _message(text)
                yield [(str(message.get("event", "")), str(message.get("payload", "")))]
        except ConnectionClosed:
            return


def _message(text: str | bytes) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
