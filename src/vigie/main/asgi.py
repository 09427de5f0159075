"""The web process: Django for pages, and a small path of its own for what is live and for what must not wait.

A body is read here, whole and within a deadline, before one of the few worker threads sees the request: a slow client
holds a connection, never a thread.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from a2wsgi import WSGIMiddleware
from django.conf import settings

from . import health
from .live.hub import Hub
from .live.stream import serve
from .messenger import Messenger

LIVE = re.compile(r"^/o/([\w-]+)/live$")
HOOK = re.compile(r"^/hooks/(\d{1,18})$")
UPLOAD = re.compile(r"^/o/[\w-]+/sources/file$")
SMALL = 6 * 1024 * 1024
IN_MEMORY = 1024 * 1024
WORKERS = 12
DEADLINE, SLOWEST = 20.0, 64 * 1024
"""Seconds for a whole body, and bytes a second that a large one needs on top."""
BODIES_EACH = 6
"""Bodies that one address may be sending at once."""

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


def limit_of(scope: Scope) -> int:
    """Bytes that a body may have: only uploads, of somebody with a session, may be large."""
    cookies = dict(scope["headers"]).get(b"cookie", b"")
    upload = UPLOAD.match(scope["path"]) and settings.SESSION_COOKIE_NAME.encode() in cookies
    return settings.UPLOAD_LIMIT + SMALL if upload else SMALL


def told_size(scope: Scope) -> int | None:
    """What the client says of the length of its body; 0 without one, None when it does not say or says rubbish."""
    headers = dict(scope["headers"])
    told = headers.get(b"content-length")
    if told is None:
        return None if headers.get(b"transfer-encoding") else 0
    return int(told) if told.isdigit() and len(told) < 15 else None


class Application:
    """ASGI: `/o/<organisation>/live` is streamed here, health is answered here, the rest goes to Django in threads."""

    def __init__(self, pages: Any) -> None:
        self.pages = WSGIMiddleware(pages, workers=WORKERS)
        self.hub = Hub()
        self.messenger = Messenger()
        self.sending: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.lifespan(receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close"})
        elif found := LIVE.match(scope["path"]):
            await serve(self.hub, found.group(1), scope, receive, send)
        elif scope["path"] in health.PATHS:
            await health.answer(scope, send)
        else:
            await self.page(scope, receive, send)

    async def page(self, scope: Scope, receive: Receive, send: Send) -> None:
        size, limit = told_size(scope), limit_of(scope)
        if size == 0:
            await self.pages(scope, receive, send)
        elif (size or 0) > limit:
            await say(send, 413, "too large")
        elif (found := HOOK.match(scope["path"])) and not await asyncio.to_thread(known_hook, int(found.group(1))):
            await say(send, 404, "")
        else:
            await self.with_body(scope, receive, send, limit)

    async def with_body(self, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
        """Take the whole body, then hand the request on."""
        address = (scope.get("client") or ("",))[0]
        if self.sending[address] >= BODIES_EACH:
            await say(send, 429, "too many requests at once")
            return
        # It lies in memory while it is small, and in a file that is gone with it where it is not.
        with tempfile.SpooledTemporaryFile(IN_MEMORY) as body:
            self.sending[address] += 1
            try:
                refused = await taken(body, receive, limit)
            finally:
                self.sending -= Counter([address])
            if refused:
                await say(send, *refused)
            else:
                await self.pages(scope, given(body), send)

    async def lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self.hub.start()
                self.messenger.start()
                await send({"type": "lifespan.startup.complete"})
            else:
                self.messenger.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return


async def say(send: Send, status: int, text: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})


async def taken(body: Any, receive: Receive, limit: int) -> tuple[int, str] | None:
    """Read a body whole; why it is refused (status, words), if it is too large or too slow."""
    loop = asyncio.get_running_loop()
    begun, size, more = loop.time(), 0, True
    while more:
        left = begun + DEADLINE + size / SLOWEST - loop.time()
        try:
            message = await asyncio.wait_for(receive(), max(left, 0.0))
        except TimeoutError:
            return 408, "the request took too long"
        if message["type"] == "http.disconnect":
            return 400, "the client went away"
        piece, more = message.get("body", b""), message.get("more_body", False)
        size += len(piece)
        if size > limit:
            return 413, "too large"
        body.write(piece)
    body.seek(0)
    return None


def given(body: Any) -> Receive:
    """A body that is here already, as a server gives it piece by piece."""

    async def receive() -> dict[str, Any]:
        piece = body.read(256 * 1024)
        return {"type": "http.request", "body": piece, "more_body": bool(piece)}

    return receive


def known_hook(pk: int) -> bool:
    """Whether a webhook of this number exists: the body of any other is not read."""
    from django.db import connection

    from vigie.posts.models import Source

    try:
        return Source.objects.across().filter(pk=pk, network="webhook").exists()
    finally:
        connection.close()
