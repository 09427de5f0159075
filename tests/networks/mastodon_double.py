"""A small server that speaks the Mastodon API, with the quirks that real ones have, each to be switched on."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .doubles import Answer, dumps, serving, status


def ulid(n: int) -> str:
    return f"01HZZZZZZZZZZZZZZZ{n:08d}"


@dataclass
class MastodonDouble:
    """What it holds, and how odd it is. `say` adds a status and tells it to whoever streams."""

    ulids: bool = False
    """Ids are ULIDs, as on GoToSocial, and not digits."""
    token: str = ""
    """Without this token everything is refused (401)."""
    silent_stream: bool = False
    """A hashtag stream is accepted, and nothing is sent."""
    unknown_tag: bool = False
    """A hashtag that nobody has used is answered with 404."""
    limited: dict[str, str] | None = None
    """Every request is answered with 429 and these headers."""
    cut_streams: bool = False
    """Streams end as soon as they are opened."""
    odd: dict[str, Any] | None = None
    """A status that no other server would send, in every page."""
    statuses: list[dict[str, Any]] = field(default_factory=list)
    connected: threading.Event = field(default_factory=threading.Event)
    asked: list[str] = field(default_factory=list)
    url: str = ""
    _streams: list[queue.Queue[str | None]] = field(default_factory=list)

    def identity(self, n: int) -> str:
        return ulid(n) if self.ulids else str(n)

    def address(self, n: int) -> str:
        return f"{self.url}/users/lea/statuses/{self.identity(n)}"

    def say(self, n: int, text: str = "<p>acme</p>", **values: Any) -> None:
        made = status(n, text, **{"id": self.identity(n), "uri": self.address(n)} | values)
        self.statuses.insert(0, made)
        self.tell("update", json.dumps(made))

    def edit(self, n: int, text: str) -> None:
        for held in self.statuses:
            if held["id"] == self.identity(n):
                held["content"] = text
                self.tell("status.update", json.dumps(held))

    def delete(self, n: int) -> None:
        self.statuses = [held for held in self.statuses if held["id"] != self.identity(n)]
        self.tell("delete", self.identity(n))

    def tell(self, event: str, payload: str) -> None:
        for stream in [] if self.silent_stream else self._streams:
            stream.put(f"event: {event}\ndata: {payload}\n\n")

    def thump(self) -> None:
        for stream in self._streams:
            stream.put(":thump\n\n")

    def hang_up(self) -> None:
        for stream in self._streams:
            stream.put(None)

    @contextmanager
    def running(self) -> Iterator[MastodonDouble]:
        with serving(self.answer) as url:
            self.url = url
            yield self
            self.hang_up()

    def answer(self, request: BaseHTTPRequestHandler) -> Answer | None:
        self.asked.append(request.path)
        if self.limited is not None:
            return 429, self.limited, b"{}"
        if self.token and request.headers.get("Authorization") != f"Bearer {self.token}":
            return 401, {}, b'{"error":"This API requires an authenticated user"}'
        path, query = urlsplit(request.path).path, parse_qs(urlsplit(request.path).query)
        if path.startswith("/api/v1/streaming/"):
            self._stream(request)
            return None
        if path.startswith("/api/v1/statuses/"):
            found = [s for s in self.statuses if s["id"] == path.rsplit("/", 1)[1]]
            return (200, {}, dumps(found[0])) if found else (404, {}, b"{}")
        if self.unknown_tag:
            return 404, {}, b'{"error":"Record not found"}'
        return 200, {}, dumps(self._page(query))

    def _page(self, query: dict[str, list[str]]) -> list[dict[str, Any]]:
        def place(identity: str) -> tuple[int, str]:
            return (len(identity), identity)

        since, older = query.get("since_id", [""])[0], query.get("max_id", [""])[0]
        found = [s for s in self.statuses if not since or place(s["id"]) > place(since)]
        found = [s for s in found if not older or place(s["id"]) < place(older)]
        return found[:40] + ([self.odd] if self.odd and not older else [])

    def _stream(self, request: BaseHTTPRequestHandler) -> None:
        request.close_connection = True
        # Subscribed before it is answered, as a real server does: nothing falls between the two.
        mine: queue.Queue[str | None] = queue.Queue()
        self._streams.append(mine)
        self.connected.set()
        request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
        request.wfile.flush()
        if self.cut_streams:
            return
        while (text := mine.get(timeout=20)) is not None:
            request.wfile.write(text.encode())
            request.wfile.flush()
