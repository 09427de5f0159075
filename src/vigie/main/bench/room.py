"""The crisis room: opening it over many posts, a long main courante, the check of the chain, an act on many screens."""

from __future__ import annotations

import asyncio
import http.client
import threading
import time
from typing import Any

from django.db import transaction

from vigie.alerts.models import Duty
from vigie.crises.actions import note
from vigie.crises.models import Crisis
from vigie.intake.pipeline import IngestPipeline
from vigie.journal import actions as journal
from vigie.journal.models import Head
from vigie.lib.times import LIVE
from vigie.networks.record import Record
from vigie.people.actions import join
from vigie.people.models import Organisation, Role, User
from vigie.plans import library
from vigie.plans.roles import CrisisRole
from vigie.rooms.opening import open_room
from vigie.watches.models import Watch

from . import pages, posts
from .ingest import organisation

LISTENERS, ACTS, LINES = 200, 30, 100_000
A_PERSON = 10


def people(made: Organisation) -> list[User]:
    """A team for every role, each with a place in the chain of command."""
    found = []
    for position, role in enumerate(CrisisRole.values):
        user = User.objects.create_user(f"{role}@vigie.localhost", name=f"{role} person")
        join(made, user, Role.RESPONDER, at=LIVE.now())
        Duty.objects.create(organisation=made, position=position, role=role, user=user)
        found.append(user)
    return found


def opened(made: Organisation, by: User) -> tuple[Crisis, float]:
    """A room with its people called and its tasks given, and the seconds that took."""
    scenario = library.scenario(made, "contamination", "fr")
    watches = list(Watch.objects.of(made)[:3])
    begun = time.perf_counter()
    crisis = open_room(made, "Bench", "orange", "measured", by=by, at=LIVE.now(), watches=watches, scenario=scenario)
    return crisis, time.perf_counter() - begun


def write_lines(crisis: Crisis, by: User) -> float:
    """Lines a second, each with its hash and signature, a thousand a commit."""
    begun = time.perf_counter()
    for first in range(0, LINES, 1_000):
        with transaction.atomic():
            for n in range(first, first + 1_000):
                note(crisis, f"line {n}: what was seen and who was called", by=by, at=LIVE.now())
    return LINES / (time.perf_counter() - begun)


async def listen(port: int, slug: str, cookie: str, heard: list[float], ready: asyncio.Semaphore) -> None:
    viewer, writer = await asyncio.open_connection("127.0.0.1", port, limit=4_000_000)
    writer.write(f"GET /o/{slug}/live HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n".encode())
    await writer.drain()
    try:
        while b"retry" not in (line := await viewer.readline()):
            if not line:
                raise RuntimeError("the stream was refused")
        ready.release()
        while line := await viewer.readline():
            if line.startswith(b"event: room") and b"said in the room" in await viewer.readline():
                # The act is on the screen when the whole event has come.
                heard.append(time.perf_counter())
    finally:
        writer.close()


def act(port: int, slug: str, number: int, cookie: str, token: str, n: int) -> float:
    """Type a line as a browser does; the moment before it is sent."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    body = f"line=said+in+the+room+{n}&csrfmiddlewaretoken={token}"
    head = {"Cookie": f"{cookie}; csrftoken={token}", "Host": "localhost", "HX-Request": "true"}
    head |= {"Content-Type": "application/x-www-form-urlencoded", "X-CSRFToken": token}
    begun = time.perf_counter()
    try:
        link.request("POST", f"/o/{slug}/crises/{number}/say", body=body, headers=head)
        answer = link.getresponse()
        answer.read()
        if answer.status != 204:
            raise RuntimeError(f"the act was answered with {answer.status}")
    finally:
        link.close()
    return begun


async def scene(server: pages.Server, made: Organisation, crisis: Crisis, held: list[str]) -> dict[str, Any]:
    heard: list[list[float]] = [[] for _ in range(LISTENERS)]
    ready = asyncio.Semaphore(0)
    tasks = [
        asyncio.create_task(listen(server.port, made.slug, held[n % len(held)], heard[n], ready))
        for n in range(LISTENERS)
    ]
    for _ in range(LISTENERS):
        await asyncio.wait_for(ready.acquire(), 120)
    token = "b" * 64
    sent = []
    for n in range(ACTS):
        sent.append(await asyncio.to_thread(act, server.port, made.slug, crisis.number, held[0], token, n))
        await asyncio.sleep(0.3)
    await asyncio.sleep(2)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    late = sorted(moment - sent[i] for one in heard for i, moment in enumerate(one[:ACTS]))
    lost = LISTENERS * ACTS - sum(len(one) for one in heard)
    return {"listeners": LISTENERS, "acts": ACTS, "lost": lost, **pages.told(late)}


class Flood:
    """A thousand posts a second into the same organisation, in batches of a hundred, while it lasts."""

    def __init__(self, made: Organisation) -> None:
        self.pipeline, self.stored, self.ended = IngestPipeline(made), 0, threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self) -> None:
        begun = time.monotonic()
        while not self.ended.is_set():
            now = LIVE.now()
            records = [
                Record(
                    network="mastodon",
                    external_id=f"flood{n}",
                    text=f"{posts.brand(n % 40)} {' '.join(posts.FRENCH[n % 60 : n % 60 + 12])} {n:x}",
                    published_at=now,
                    author_handle=f"f{n % 5000}",
                )
                for n in range(self.stored, self.stored + 100)
            ]
            self.stored += self.pipeline.take(records).stored
            self.ended.wait(max(begun + self.stored / 1_000 - time.monotonic(), 0))

    def __enter__(self) -> Flood:
        self.begun = time.monotonic()
        self.thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.ended.set()
        self.thread.join(30)
        self.rate = self.stored / (time.monotonic() - self.begun)


def measure(many: int) -> dict[str, Any]:
    """All of it, with so many posts stored before."""
    made = organisation([posts.brand(n) for n in range(40)])
    pages.grow(made, many)
    team = people(made)
    found: dict[str, Any] = {"posts": many}
    crisis, took = opened(made, team[0])
    found["opening_s"] = round(took, 3)
    held = [pages.cookie_of(user) for user in team for _ in range(LISTENERS // A_PERSON // len(team))]
    server = pages.Server()
    try:
        found["an_act_on_the_screens"] = asyncio.run(scene(server, made, crisis, held))
        # The server notices within a quarter of a minute that the first listeners have gone.
        time.sleep(16)
        with Flood(made) as flood:
            found["the_same_under_posts"] = asyncio.run(scene(server, made, crisis, held))
        found["the_same_under_posts"]["posts_a_second"] = round(flood.rate)
        found["lines_written_a_second"] = round(write_lines(crisis, team[0]))
        path = f"/o/{made.slug}/crises/{crisis.number}/"
        server.get(path, held[0])
        found[f"room_with_{LINES}_lines"] = pages.told([server.get(path, held[0])[1] for _ in range(30)])
    finally:
        server.stop()
    entries = Head.objects.get(organisation_id=made.pk).seq
    begun = time.perf_counter()
    if fault := journal.verify(made.pk):
        raise RuntimeError(fault.reason)
    found["verify_entries_a_second"] = round(entries / (time.perf_counter() - begun))
    return found
