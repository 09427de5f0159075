"""Pages: how long they take with few and with many posts stored, and whether they answer under load."""

from __future__ import annotations

import http.client
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from vigie.lib.times import LIVE
from vigie.people.actions import join
from vigie.people.models import Organisation, Role, User

A_SECOND = 5


def session(organisation: Organisation) -> str:
    """The cookie of somebody who is signed in there."""
    user = User.objects.filter(email="bench@vigie.localhost").first() or User.objects.create_user(
        "bench@vigie.localhost", name="Bench"
    )
    join(organisation, user, Role.ADMINISTRATOR, at=LIVE.now())
    return cookie_of(user)


def cookie_of(user: User) -> str:
    """A cookie that signs somebody in."""
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return f"{settings.SESSION_COOKIE_NAME}={store.session_key}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """The web process, on this data directory."""

    def __init__(self) -> None:
        self.port = free_port()
        self.process = subprocess.Popen(  # noqa: S603  (our own module)
            [sys.executable, "-m", "vigie.main.process", "web", "127.0.0.1", str(self.port)],
            stdout=sys.stderr,
            env={**os.environ, "VIGIE_DATA_DIR": str(settings.DATA_DIR)},
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.1)

    def get(self, path: str, cookie: str) -> tuple[int, float]:
        """Status, and seconds until the whole page has come."""
        begun = time.perf_counter()
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            link.request("GET", path, headers={"Cookie": cookie, "Host": "localhost"})
            answer = link.getresponse()
            answer.read()
            return answer.status, time.perf_counter() - begun
        finally:
            link.close()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(15)


def told(times: list[float]) -> dict[str, float]:
    """Milliseconds: median and 95th of a hundred."""
    ordered = sorted(times)
    return {
        "p50_ms": round(1000 * statistics.median(ordered), 1),
        "p95_ms": round(1000 * ordered[min(int(len(ordered) * 0.95), len(ordered) - 1)], 1),
    }


class Visitor:
    """Asks for five pages a second until told to end."""

    def __init__(self, organisation: Organisation) -> None:
        cookie = session(organisation)
        self.server = Server()
        self.paths = [f"/o/{organisation.slug}/", f"/o/{organisation.slug}/veille/"]
        self.times: list[float] = []
        self.failed = 0
        self.ended = threading.Event()
        self.server.get(self.paths[0], cookie)
        self.thread = threading.Thread(target=self.run, args=(cookie,), daemon=True)
        self.thread.start()

    def run(self, cookie: str) -> None:
        n = 0
        due = time.monotonic()
        while not self.ended.is_set():
            try:
                status, took = self.server.get(self.paths[n % len(self.paths)], cookie)
                self.times.append(took)
                self.failed += status != 200
            except OSError:
                self.failed += 1
            n += 1
            due += 1 / A_SECOND
            self.ended.wait(max(due - time.monotonic(), 0))

    def end(self) -> dict[str, Any]:
        self.ended.set()
        self.thread.join(60)
        self.server.stop()
        return {"pages": len(self.times), "failed": self.failed, **(told(self.times) if self.times else {})}


def grow(organisation: Organisation, upto: int) -> None:
    """Copies of everyday posts until so many are stored, over the thirty days before now."""
    from datetime import timedelta

    from vigie.intake.pipeline import IngestPipeline
    from vigie.networks.record import Record
    from vigie.posts.models import Post

    from . import posts

    pipeline = IngestPipeline(organisation)
    held = Post.objects.of(organisation).count()
    now = LIVE.now()
    step = timedelta(days=30) / max(upto - held, 1)
    for first in range(held, upto, 4_000):
        records = [
            Record(
                network="mastodon",
                external_id=str(n),
                text=f"{posts.brand(n % 40)} {' '.join(posts.FRENCH[n % 60 : n % 60 + 12])} {n:x}",
                published_at=now - timedelta(days=30) + (n - held) * step,
                author_handle=f"u{n % 5000}",
                author_id=f"u{n % 5000}",
            )
            for n in range(first, min(first + 4_000, upto))
        ]
        pipeline.keep(pipeline.prepare(records))
    pipeline.forget_all()


def measure(few: int, many: int, rounds: int = 60) -> dict[str, Any]:
    """Server times of the main pages with few and with many posts stored, and their ratio."""
    from vigie.alerts.actions import EMPTY
    from vigie.alerts.raising import raise_alert
    from vigie.watches.models import Watch

    from . import posts
    from .ingest import organisation

    made = organisation([posts.brand(n) for n in range(40)])
    cookie = session(made)
    found: dict[str, Any] = {}
    for size in (few, many):
        grow(made, size)
        watch = Watch.objects.of(made).select_related("entity", "organisation")[0]
        now = LIVE.now()
        number = raise_alert(watch, "orange", 60, {**EMPTY, "kinds": ["mentions"]}, now, now).number
        paths = {
            "home": f"/o/{made.slug}/",
            "veille": f"/o/{made.slug}/veille/",
            "search": f"/o/{made.slug}/veille/?q=panne",
            "alert": f"/o/{made.slug}/alerts/{number}/",
        }
        server = Server()
        try:
            for name, path in paths.items():
                server.get(path, cookie)
                times = [server.get(path, cookie)[1] for _ in range(rounds)]
                found.setdefault(name, {})[f"{size}"] = told(times)
        finally:
            server.stop()
    for row in found.values():
        row["ratio_p95"] = round(row[f"{many}"]["p95_ms"] / row[f"{few}"]["p95_ms"], 2)
    return {"posts": [few, many], "pages": found}
