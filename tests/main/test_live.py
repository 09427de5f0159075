"""Who listens hears everything, once, in their language; who may not listen hears nothing."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from tests.conftest import NOON, person
from vigie.journal.actions import pulse
from vigie.journal.models import Pulse
from vigie.main.live import Hub, admitted
from vigie.people.actions import create_organisation, leave
from vigie.people.models import Membership, Role, User

pytestmark = pytest.mark.django_db(transaction=True)


def cookies(user: User) -> str:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return f"sessionid={client.cookies['sessionid'].value}"


def acme_and_alice() -> tuple[Any, User]:
    acme = create_organisation("Acme", at=NOON)
    return acme, person("Alice", acme, Role.ADMINISTRATOR)


def test_a_stranger_a_closed_session_and_a_removed_member_are_not_admitted() -> None:
    _acme, alice = acme_and_alice()
    other = create_organisation("Elsewhere", at=NOON)
    charlie = person("Charlie", other, Role.ADMINISTRATOR)
    person("Zoé", other, Role.ADMINISTRATOR)
    hers = cookies(alice)
    assert admitted("acme", hers) is not None
    assert admitted("acme", cookies(charlie)) is None
    assert admitted("acme", "") is None
    alice.set_password("a new password")
    alice.save()
    assert admitted("acme", hers) is None, "a new password closes open streams too"
    his = cookies(charlie)
    leave(Membership.objects.of(other).get(user=charlie), at=NOON, by=charlie)
    assert admitted("elsewhere", his) is None


class Page:
    """A browser's end of the stream."""

    def __init__(self, cookie: str, last: str = "") -> None:
        self.got = b""
        self.status = 0
        self.closed = asyncio.Event()
        self.heard = asyncio.Event()
        self.scope = {"headers": [(b"cookie", cookie.encode())] + ([(b"last-event-id", last.encode())] if last else [])}

    async def receive(self) -> dict[str, Any]:
        await self.closed.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        self.status = message.get("status", self.status)
        self.got += message.get("body", b"")
        self.heard.set()

    def events(self) -> list[tuple[str, Any]]:
        found = []
        for block in self.got.decode().split("\n\n"):
            lines = dict(
                line.split(": ", 1) for line in block.splitlines() if ": " in line and not line.startswith(":")
            )
            if "event" in lines:
                found.append((lines["event"], json.loads(lines["data"])))
        return found


def test_what_happens_reaches_open_pages_and_those_that_were_cut_off() -> None:
    acme, alice = acme_and_alice()
    hers = cookies(alice)
    pulse(acme.pk, "mentions", at=NOON, count=1)
    seen = Pulse.objects.get().pk

    async def scene() -> tuple[list[Any], list[Any]]:
        # One thread for all that touches the database, whose connection can be closed at the end.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
        hub = Hub()
        hub.last = seen
        page, late = Page(hers), Page(hers, str(seen))
        open_page = asyncio.create_task(hub.serve("acme", page.scope, page.receive, page.send))
        while page.status == 0 or not hub.listeners[acme.pk]:
            await asyncio.sleep(0)
        await asyncio.to_thread(lambda: pulse(acme.pk, "mentions", at=NOON, count=7))
        await asyncio.to_thread(lambda: pulse(acme.pk, "alerts", at=NOON, number=3, level="orange"))
        await hub.beat()
        while len([e for e in page.events() if e[0] != "tower"]) < 2:
            page.heard.clear()
            await asyncio.wait_for(page.heard.wait(), 10)
        late_page = asyncio.create_task(hub.serve("acme", late.scope, late.receive, late.send))
        while len([e for e in late.events() if e[0] != "tower"]) < 2:
            late.heard.clear()
            await asyncio.wait_for(late.heard.wait(), 10)
        page.closed.set()
        late.closed.set()
        open_page.cancel()
        late_page.cancel()
        await asyncio.gather(open_page, late_page, return_exceptions=True)
        await asyncio.to_thread(connections.close_all)
        return page.events(), late.events()

    live, resumed = asyncio.run(scene())
    live = [e for e in live if e[0] != "tower"]
    assert [(kind, data.get("count", data.get("number"))) for kind, data in live] == [("mentions", 7), ("alerts", 3)]
    assert [e for e in resumed if e[0] != "tower"] == live
