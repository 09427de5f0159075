"""The live path: one watcher of the pulse a process, each change rendered once a language, sent to all who listen."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.db import close_old_connections
from django.http import HttpRequest
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from vigie.alerts.models import Alert
from vigie.journal.models import Pulse
from vigie.people.models import Membership, Organisation
from vigie.web.screens import tower

log = logging.getLogger(__name__)
BEAT = 0.1
"""Seconds between two looks at the pulse."""
TOWER_EVERY = 4.0
RECHECK = 20.0
EACH = 20
"""Streams that one person may hold open."""
ROOM = 2_000
"""Events that may wait for a listener; one that is slower is cut off and resumes by itself."""

Send = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass(eq=False)
class Listener:
    """One open stream."""

    organisation: UUID
    user: UUID
    language: str
    events: asyncio.Queue[tuple[int, bytes] | None] = field(default_factory=lambda: asyncio.Queue(ROOM))


def admitted(slug: str, cookies: str) -> Listener | None:
    """The listener that these cookies make for this organisation, None for a stranger."""
    close_old_connections()
    jar: SimpleCookie = SimpleCookie(cookies)
    key = jar.get(settings.SESSION_COOKIE_NAME)
    request = HttpRequest()
    request.session = SessionStore(key.value if key else None)
    # Django's own check: a session that a new password has closed is closed here too.
    user = get_user(request)
    if not user.is_authenticated:
        return None
    found = Membership.objects.across().filter(user_id=user.pk, user__is_active=True, organisation__slug=slug)
    membership = found.select_related("user").first()
    if membership is None:
        return None
    return Listener(membership.organisation_id, membership.user_id, membership.user.language)


def event(kind: str, data: Any, number: int = 0) -> bytes:
    head = f"id: {number}\n" if number else ""
    return f"{head}event: {kind}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


def rendered(pulse: Pulse, language: str) -> bytes | None:
    """What a change looks like to readers of a language; None for what no page shows."""
    if pulse.channel == "mentions":
        return event("mentions", {"count": pulse.body.get("count", 0)}, pulse.pk)
    if pulse.channel == "alerts":
        with translation.override(language):
            still = Alert.objects.of(pulse.organisation_id).filter(state=Alert.State.OPEN, test=False).count()
            say = _("Alert %(number)s changed.") % {"number": pulse.body.get("number")}
        return event("alerts", {"open": still, "say": say, **pulse.body}, pulse.pk)
    return None


def tower_html(organisation_id: UUID, language: str) -> bytes:
    organisation = Organisation.objects.get(pk=organisation_id)
    with translation.override(language), timezone.override(organisation.tz):
        return event("tower", {"html": tower.fragment(organisation)})


class Hub:
    """Fans the pulse out to listeners."""

    def __init__(self) -> None:
        self.listeners: dict[UUID, set[Listener]] = defaultdict(set)
        self.last = 0
        self.drawn: dict[UUID, float] = defaultdict(float)
        self.stale: set[UUID] = set()
        self.task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self.last = await asyncio.to_thread(
            lambda: Pulse.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        )
        self.task = asyncio.create_task(self.run())

    async def run(self) -> None:
        while True:
            try:
                await self.beat()
            except Exception:
                log.exception("live")
            await asyncio.sleep(BEAT)

    async def beat(self) -> None:
        if not any(self.listeners.values()):
            # Nobody listens: remember only where we are, so that the next one misses nothing.
            newest = await asyncio.to_thread(lambda: Pulse.objects.order_by("-pk").values_list("pk", flat=True).first())
            self.last = newest or self.last
            return
        wanted = {o: {listener.language for listener in group} for o, group in self.listeners.items() if group}
        for organisation, language, number, data in await asyncio.to_thread(self.collect, wanted):
            self.send(organisation, language, number, data)
        # The watchtower takes longer to draw: what is small has left before.
        if self.stale:
            for organisation, language, data in await asyncio.to_thread(self.redraw, wanted, time.monotonic()):
                self.send(organisation, language, 0, data)

    def collect(self, wanted: dict[UUID, set[str]]) -> list[tuple[UUID, str, int, bytes]]:
        """What is new, rendered once for each organisation and language that somebody reads."""
        close_old_connections()
        found: list[tuple[UUID, str, int, bytes]] = []
        for pulse in Pulse.objects.filter(pk__gt=self.last).order_by("pk")[:1_000]:
            self.last = pulse.pk
            languages = wanted.get(pulse.organisation_id, set())
            if languages:
                self.stale.add(pulse.organisation_id)
            found += [
                (pulse.organisation_id, lang, pulse.pk, data) for lang in languages if (data := rendered(pulse, lang))
            ]
        return found

    def redraw(self, wanted: dict[UUID, set[str]], now: float) -> list[tuple[UUID, str, bytes]]:
        """The watchtowers that have changed, each at most every few seconds."""
        found = []
        for organisation in [o for o in self.stale if now - self.drawn[o] >= TOWER_EVERY]:
            self.stale.discard(organisation)
            self.drawn[organisation] = now
            found += [(organisation, lang, tower_html(organisation, lang)) for lang in wanted.get(organisation, ())]
        return found

    def send(self, organisation: UUID, language: str, number: int, data: bytes) -> None:
        for listener in list(self.listeners[organisation]):
            if listener.language != language:
                continue
            try:
                listener.events.put_nowait((number, data))
            except asyncio.QueueFull:
                self.listeners[organisation].discard(listener)

    def missed(self, listener: Listener, after: int) -> Iterable[tuple[int, bytes]]:
        """What happened since the last event that a client saw, and the watchtower as it is now if anything did."""
        close_old_connections()
        pulses = list(Pulse.objects.filter(organisation_id=listener.organisation, pk__gt=after).order_by("pk")[:ROOM])
        found = [(p.pk, data) for p in pulses if (data := rendered(p, listener.language))]
        return [*found, (0, tower_html(listener.organisation, listener.language))] if pulses else found

    async def serve(self, slug: str, scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Send) -> None:
        headers = {k.decode().lower(): v.decode("latin-1") for k, v in scope["headers"]}
        cookies = headers.get("cookie", "")
        listener = await asyncio.to_thread(admitted, slug, cookies)
        if listener is not None and self.held(listener) >= EACH:
            await send({"type": "http.response.start", "status": 429, "headers": [(b"content-type", b"text/plain")]})
            await send({"type": "http.response.body", "body": b"too many open pages"})
            return
        if listener is None:
            await send({"type": "http.response.start", "status": 404, "headers": [(b"content-type", b"text/plain")]})
            await send({"type": "http.response.body", "body": b""})
            return
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [
                    (b"content-type", b"text/event-stream; charset=utf-8"),
                    (b"cache-control", b"no-store"),
                    (b"x-accel-buffering", b"no"),
                    (b"content-security-policy", b"default-src 'none'"),
                ],
            }
        )
        self.listeners[listener.organisation].add(listener)
        gone = asyncio.create_task(self.until_gone(receive))
        try:
            asked = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("after", [""])[0]
            await self.stream(listener, headers.get("last-event-id", "") or asked, slug, cookies, send, gone)
        finally:
            gone.cancel()
            self.listeners[listener.organisation].discard(listener)
            with suppress(Exception):
                await send({"type": "http.response.body", "body": b""})

    def held(self, listener: Listener) -> int:
        return sum(other.user == listener.user for other in self.listeners[listener.organisation])

    @staticmethod
    async def until_gone(receive: Callable[[], Awaitable[Any]]) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    async def stream(
        self, listener: Listener, last: str, slug: str, cookies: str, send: Send, gone: asyncio.Task[None]
    ) -> None:
        seen = 0
        await send({"type": "http.response.body", "body": b"retry: 2000\n\n", "more_body": True})
        if last.isascii() and last.isdigit() and len(last) < 18:
            for number, data in await asyncio.to_thread(self.missed, listener, int(last)):
                await send({"type": "http.response.body", "body": data, "more_body": True})
                seen = max(seen, number)
        checked = time.monotonic()
        while not gone.done() and listener in self.listeners[listener.organisation]:
            try:
                item = await asyncio.wait_for(listener.events.get(), 15)
            except TimeoutError:
                item = (0, b": still here\n\n")
            if item and (item[0] == 0 or item[0] > seen):
                await send({"type": "http.response.body", "body": item[1], "more_body": True})
            if time.monotonic() - checked > RECHECK:
                checked = time.monotonic()
                if await asyncio.to_thread(admitted, slug, cookies) is None:
                    return
