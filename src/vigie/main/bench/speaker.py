"""A server of the Mastodon API in a process of its own, which says the statuses of a file as fast as they are taken."""

from __future__ import annotations

import socket
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


def say_all(pipe: Any, path: str, count: int) -> None:
    """A server that says the statuses of a file as fast as they are taken, and answers everything else with nothing."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        pipe.send(door.getsockname()[1])
        while True:
            guest, _address = door.accept()
            asked = guest.recv(65_536)
            if b"/streaming/" not in asked.split(b"\r\n", 1)[0]:
                guest.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n[]")
                guest.close()
                continue
            threading.Thread(target=_say, args=(guest, path, count), daemon=True).start()


def _say(guest: socket.socket, path: str, count: int) -> None:
    guest.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
    held: list[bytes] = []
    with Path(path).open("rb") as file:
        for n, line in enumerate(file):
            if n == count:
                break
            held.append(b"event: update\ndata: " + _said_now(line.strip()) + b"\n\n")
            if len(held) == 500:
                guest.sendall(b"".join(held))
                held = []
    guest.sendall(b"".join(held))
    # The connection stays: a server that has nothing to say is not one that hung up.
    guest.recv(1)


def _said_now(line: bytes) -> bytes:
    """The same status, said at this moment: a stream brings what is new."""
    at = line.find(_DATED)
    if at < 0:
        return line
    begin = at + len(_DATED)
    return (
        line[:begin] + datetime.now(UTC).isoformat(timespec="milliseconds").encode() + line[line.index(b'"', begin) :]
    )


_DATED = b'"created_at":"'
