"""The web process: Django for pages, and a small path of its own for what is live."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

from a2wsgi import WSGIMiddleware
from django.conf import settings

from .live.hub import Hub
from .live.stream import serve
from .messenger import Messenger

LIVE = re.compile(r"^/o/([\w-]+)/live$")


SMALL = 6 * 1024 * 1024
UPLOAD = re.compile(r"^/o/[\w-]+/sources/file$")


def too_large(scope: dict[str, Any]) -> bool:
    """Whether a body is refused before it is read: only uploads, of somebody with a session, may be large."""
    headers = dict(scope["headers"])
    told = headers.get(b"content-length", b"0")
    size = int(told) if told.isdigit() and len(told) < 15 else 0 if told == b"0" else SMALL + 1
    upload = UPLOAD.match(scope["path"]) and settings.SESSION_COOKIE_NAME.encode() in headers.get(b"cookie", b"")
    return size > (settings.UPLOAD_LIMIT + SMALL if upload else SMALL)


class Application:
    """ASGI: `/o/<organisation>/live` is streamed here, everything else goes to Django in threads."""

    def __init__(self, pages: Any) -> None:
        self.pages = WSGIMiddleware(pages, workers=12)
        self.hub = Hub()
        self.messenger = Messenger()

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[Any]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        if scope["type"] == "lifespan":
            await self.lifespan(receive, send)
        elif scope["type"] == "http" and (found := LIVE.match(scope["path"])):
            await serve(self.hub, found.group(1), scope, receive, send)
        elif scope["type"] == "http" and too_large(scope):
            await send({"type": "http.response.start", "status": 413, "headers": [(b"content-type", b"text/plain")]})
            await send({"type": "http.response.body", "body": b"too large"})
        elif scope["type"] == "http":
            await self.pages(scope, receive, send)
        else:
            await send({"type": "websocket.close"})

    async def lifespan(
        self, receive: Callable[[], Awaitable[Any]], send: Callable[[dict[str, Any]], Awaitable[None]]
    ) -> None:
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
