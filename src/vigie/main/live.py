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
from vigie.crises.models import Crisis
from vigie.crises.queries import open_crises
from vigie.crises.rules import Viewer, viewers
from vigie.journal.models import Pulse
from vigie.lib.times import LIVE
from vigie.people.models import Membership, Organisation, Role
from vigie.web.screens import rooms, tower

log = logging.getLogger(__name__)
BEAT = 0.1
"""Seconds between two looks at the pulse."""
TOWER_EVERY = 4.0
ROOM_EVERY = 30.0
"""Seconds between two drawings of a room's situation when only mentions came; its header goes with the watchtower."""
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
    guest: bool = False
    """Somebody who hears only of the rooms that they are in."""
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
    if membership is None or (membership.until and membership.until <= LIVE.now()):
        return None
    guest = membership.role == Role.GUEST
    return Listener(membership.organisation_id, membership.user_id, membership.user.language, guest)


def event(kind: str, data: Any, number: int = 0) -> bytes:
    head = f"id: {number}\n" if number else ""
    return f"{head}event: {kind}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


def rendered(pulse: Pulse, language: str) -> bytes | None:
    """What a change looks like to viewers of a language; None for what no page shows."""
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


@dataclass(frozen=True)
class Parcel:
    """What is sent to some listeners of an organisation: those of a language, and of these people if it names any."""

    organisation: UUID
    language: str
    number: int
    data: bytes
    users: frozenset[UUID] | None = None

    def for_(self, listener: Listener) -> bool:
        if self.users is None:
            return listener.language == self.language and not listener.guest
        return listener.language == self.language and listener.user in self.users


Wanted = dict[UUID, dict[str, set[UUID]]]
"""Who listens: organisation to language to people."""


def room_parcels(
    crisis: Crisis, boards: Iterable[str], after: int | None, number: int, listening: dict[str, set[UUID]]
) -> list[Parcel]:
    """What changed in a room, rendered once for each kind of viewer and language among those who listen."""
    found = []
    kinds = viewers(crisis, set().union(*listening.values()))
    names = list(boards)
    for language, users in listening.items():
        by_kind: dict[Viewer, set[UUID]] = defaultdict(set)
        for user in users & kinds.keys():
            by_kind[kinds[user]].add(user)
        for kind, people in by_kind.items():
            with translation.override(language), timezone.override(crisis.organisation.tz):
                data = event("room", rooms.changed(crisis, kind, names, after), number)
            found.append(Parcel(crisis.organisation_id, language, number, data, frozenset(people)))
    return found


def rooms_touched(pulses: Iterable[Pulse]) -> dict[tuple[UUID, int], tuple[set[str], int, int]]:
    """(organisation, crisis) to the boards that changed, the line before the first new one, the last pulse."""
    found: dict[tuple[UUID, int], tuple[set[str], int, int]] = {}
    for pulse in pulses:
        if pulse.channel == "crisis":
            key = (pulse.organisation_id, int(pulse.body["crisis"]))
            boards, first, _last = found.get(key, (set(), int(pulse.body["seq"]), 0))
            found[key] = (boards | set(pulse.body["boards"]), min(first, int(pulse.body["seq"])), pulse.pk)
    return found


def room_changes(pulses: list[Pulse], wanted: Wanted) -> list[Parcel]:
    found = []
    for (organisation, number), (boards, first, last) in rooms_touched(pulses).items():
        rows = Crisis.objects.of(organisation).select_related("organisation", "alert")
        crisis = rows.filter(number=number).first() if wanted.get(organisation) else None
        if crisis:
            try:
                found += room_parcels(crisis, boards, first - 1, last, wanted[organisation])
            except Exception:  # one room's trouble must not silence the others
                log.exception("room %s", number)
    return found


class Hub:
    """Fans the pulse out to listeners."""

    def __init__(self) -> None:
        self.listeners: dict[UUID, set[Listener]] = defaultdict(set)
        self.last = 0
        self.drawn: dict[UUID, float] = defaultdict(float)
        self.rooms_drawn: dict[UUID, float] = defaultdict(float)
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
        wanted: Wanted = {}
        for organisation, group in self.listeners.items():
            for listener in group:
                wanted.setdefault(organisation, {}).setdefault(listener.language, set()).add(listener.user)
        for parcel in await asyncio.to_thread(self.collect, wanted):
            self.send(parcel)
        # The watchtower takes longer to draw: what is small has left before.
        if self.stale:
            for parcel in await asyncio.to_thread(self.redraw, wanted, time.monotonic()):
                self.send(parcel)

    def collect(self, wanted: Wanted) -> list[Parcel]:
        """What is new, rendered once for each organisation and language (and kind of viewer) that somebody reads."""
        close_old_connections()
        pulses = list(Pulse.objects.filter(pk__gt=self.last).order_by("pk")[:1_000])
        found: list[Parcel] = []
        for pulse in pulses:
            self.last = pulse.pk
            languages = wanted.get(pulse.organisation_id, {})
            if languages:
                self.stale.add(pulse.organisation_id)
            found += [
                Parcel(pulse.organisation_id, lang, pulse.pk, data)
                for lang in languages
                if (data := rendered(pulse, lang))
            ]
        return found + room_changes(pulses, wanted)

    def redraw(self, wanted: Wanted, now: float) -> list[Parcel]:
        """The watchtowers and rooms whose counts have changed, each at most every few seconds."""
        found = []
        for organisation in [o for o in self.stale if now - self.drawn[o] >= TOWER_EVERY]:
            self.stale.discard(organisation)
            self.drawn[organisation] = now
            listening = wanted.get(organisation, {})
            found += [Parcel(organisation, lang, 0, tower_html(organisation, lang)) for lang in listening]
            boards = ["header"]
            if now - self.rooms_drawn[organisation] >= ROOM_EVERY:
                self.rooms_drawn[organisation] = now
                boards.append("situation")
            if listening:
                for crisis in open_crises(Organisation.objects.get(pk=organisation)):
                    found += room_parcels(crisis, boards, None, 0, listening)
        return found

    def send(self, parcel: Parcel) -> None:
        for listener in list(self.listeners[parcel.organisation]):
            if not parcel.for_(listener):
                continue
            try:
                listener.events.put_nowait((parcel.number, parcel.data))
            except asyncio.QueueFull:
                self.listeners[parcel.organisation].discard(listener)

    def missed(self, listener: Listener, after: int) -> Iterable[tuple[int, bytes]]:
        """What happened since the last event that a client saw, and the watchtower as it is now if anything did."""
        close_old_connections()
        pulses = list(Pulse.objects.filter(organisation_id=listener.organisation, pk__gt=after).order_by("pk")[:ROOM])
        found = [(p.pk, data) for p in pulses if (data := rendered(p, listener.language))]
        listening = {listener.organisation: {listener.language: {listener.user}}}
        of_rooms = [(parcel.number, parcel.data) for parcel in room_changes(pulses, listening)]
        if listener.guest:
            return of_rooms
        found += of_rooms
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
