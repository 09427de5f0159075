"""A thousand open pages: is every event heard, how late, and do ordinary pages still answer?"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from vigie.journal.actions import pulse
from vigie.lib.times import LIVE
from vigie.people.actions import create_organisation, join
from vigie.people.models import Role, User

from . import pages

LISTENERS, EVENTS = 1_000, 30
A_PERSON = 20


def cookies(made: Any) -> list[str]:
    """Sessions of enough people that none holds too many streams."""
    found = []
    for n in range(LISTENERS // A_PERSON):
        user = User.objects.create_user(f"l{n}@vigie.localhost", name=f"L{n}")
        join(made, user, Role.READER, at=LIVE.now())
        found.append(pages.cookie_of(user))
    return found


async def listen(port: int, slug: str, cookie: str, heard: list[float], ready: asyncio.Semaphore) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET /o/{slug}/live HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n".encode())
    await writer.drain()
    while b"retry" not in await reader.readline():
        pass
    ready.release()
    while True:
        line = await reader.readline()
        if not line:
            return
        if line.startswith(b"event: mentions"):
            heard.append(time.perf_counter())


async def scene(port: int, made: Any, held: list[str], server: pages.Server) -> dict[str, Any]:
    heard: list[list[float]] = [[] for _ in range(LISTENERS)]
    ready = asyncio.Semaphore(0)
    begun = time.perf_counter()
    tasks = [
        asyncio.create_task(listen(port, made.slug, held[n // A_PERSON], heard[n], ready)) for n in range(LISTENERS)
    ]
    for _ in range(LISTENERS):
        await asyncio.wait_for(ready.acquire(), 120)
    opened = time.perf_counter() - begun
    sent, paged = [], []
    for n in range(EVENTS):
        await asyncio.to_thread(lambda: pulse(made.pk, "mentions", at=LIVE.now(), count=1))
        sent.append(time.perf_counter())
        _status, took = await asyncio.to_thread(server.get, f"/o/{made.slug}/", held[n % len(held)])
        paged.append(took)
        await asyncio.sleep(0.3)
    await asyncio.sleep(2)
    for task in tasks:
        task.cancel()
    late = [moment - sent[i] for one in heard for i, moment in enumerate(one[:EVENTS])]
    late.sort()
    return {
        "listeners": LISTENERS,
        "opened_in_s": round(opened, 2),
        "events": EVENTS,
        "lost": LISTENERS * EVENTS - sum(len(one) for one in heard),
        "p50_ms": round(1000 * late[len(late) // 2], 1),
        "p99_ms": round(1000 * late[int(len(late) * 0.99)], 1),
        "pages": pages.told(paged),
    }


def measure() -> dict[str, Any]:
    made = create_organisation("Live", at=LIVE.now())
    held = cookies(made)
    server = pages.Server()
    try:
        return asyncio.run(scene(server.port, made, held, server))
    finally:
        server.stop()
