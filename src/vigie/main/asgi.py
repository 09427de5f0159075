"""The web process: Django for pages, and a small path of its own for what is live."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

from a2wsgi import WSGIMiddleware

from .live import Hub
from .messenger import Messenger

LIVE = re.compile(r"^/o/([\w-]+)/live$")


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
            await self.hub.serve(found.group(1), scope, receive, send)
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
