"""One open stream: what was missed, then what comes, until the page or the right to listen is gone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs

from vigie.journal.place import Place

from .admission import ROOM, Event, Listener, admitted
from .hub import RECHECK, Hub

EACH = 20
"""Streams that one person may hold open."""
QUIET = 15.0
Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[Any]]
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"content-security-policy", b"default-src 'none'"),
]


async def serve(hub: Hub, slug: str, scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Answer one request for the stream of an organisation."""
    headers = {k.decode().lower(): v.decode("latin-1") for k, v in scope["headers"]}
    cookies = headers.get("cookie", "")
    listener = await asyncio.to_thread(admitted, slug, cookies)
    if listener is None:
        await _refuse(send, 404, b"")
        return
    if hub.held(listener) >= EACH:
        await _refuse(send, 429, b"too many open pages")
        return
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    hub.listeners[listener.organisation].add(listener)
    gone = asyncio.create_task(_until_gone(receive))
    try:
        asked = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("after", [""])[0]
        held = Place.parse(headers.get("last-event-id", "") or asked)
        await Stream(hub, listener, send).run(held, gone)
    finally:
        gone.cancel()
        hub.listeners[listener.organisation].discard(listener)
        with suppress(Exception):
            await send({"type": "http.response.body", "body": b""})


async def _refuse(send: Send, status: int, body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": body})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class Stream:
    """What one listener is sent."""

    def __init__(self, hub: Hub, listener: Listener, send: Send) -> None:
        self.hub, self.listener, self._send = hub, listener, send
        self.seen: frozenset[int] = frozenset()
        self.spoke = time.monotonic()

    async def run(self, held: Place | None, gone: asyncio.Task[None]) -> None:
        await self.send(b"retry: 2000\n\n")
        if held is not None:
            for event in await asyncio.to_thread(self.hub.missed, self.listener, held, ROOM):
                await self.send(event.data)
                self.seen |= event.numbers
        while not gone.done() and self.listener in self.hub.listeners[self.listener.organisation]:
            await self.next()

    async def next(self) -> None:
        """Send the next event that was not sent before, or now and then that we are still here."""
        try:
            event = await asyncio.wait_for(self.listener.events.get(), RECHECK)
        except TimeoutError:
            event = Event(frozenset(), b": still here\n\n" if time.monotonic() - self.spoke > QUIET else b"")
        if self.listener not in self.hub.listeners[self.listener.organisation]:
            return
        if event.data and not (event.numbers and event.numbers <= self.seen):
            await self.send(event.data)

    async def send(self, data: bytes) -> None:
        self.spoke = time.monotonic()
        await self._send({"type": "http.response.body", "body": data, "more_body": True})
