"""Small servers that speak like the networks, for tests; their texts are ours."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, dict[str, str], bytes]


@contextmanager
def serving(answer: Callable[[BaseHTTPRequestHandler], Answer | None]) -> Iterator[str]:
    """A server on this machine; `answer` gives (status, headers, body), or None when it wrote by itself."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = answer(self)
            if found is None:
                return
            status, headers, body = found
            self.send_response(status)
            for name, value in {"content-length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def status(n: int, text: str = "<p>Bonjour #acme &amp; merci</p>", **values: Any) -> dict[str, Any]:
    """A status in the shape of the Mastodon API."""
    return {
        "id": str(n),
        "created_at": f"2026-03-10T12:{n % 60:02d}:00.000Z",
        "content": text,
        "visibility": "public",
        "uri": f"https://social.example/s/{n}",
        "url": f"https://social.example/@lea/{n}",
        "language": "fr",
        "spoiler_text": "",
        "in_reply_to_id": None,
        "reblogs_count": 2,
        "favourites_count": 3,
        "replies_count": 1,
        "account": {"id": "9", "acct": "lea", "username": "lea", "display_name": "Léa", "followers_count": 120},
    } | values


def websocket(handler: BaseHTTPRequestHandler, messages: list[bytes], *, binary: bool = False) -> None:
    """Accept a WebSocket and send these messages, then close."""
    key = handler.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()  # noqa: S324  (RFC 6455 says so)
    handler.wfile.write(
        f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n".encode()
    )
    for message in messages:
        size = len(message)
        head = bytes([0x80 | (2 if binary else 1)]) + (
            bytes([size]) if size < 126 else bytes([126]) + size.to_bytes(2, "big")
        )
        handler.wfile.write(head + message)
    handler.wfile.write(bytes([0x88, 2]) + (1000).to_bytes(2, "big"))
    handler.wfile.flush()
    handler.close_connection = True


def dumps(value: Any) -> bytes:
    return json.dumps(value).encode()
