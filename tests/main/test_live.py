"""Who listens hears everything, once, in their language; who may not listen hears nothing."""

from __future__ import annotations

import asyncio
import json
import random
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone, translation

from tests.conftest import NOON, person
from vigie.crises import lines
from vigie.crises.actions import change_level, give_role, note, pin
from vigie.crises.models import Participant
from vigie.crises.rules import Viewer, viewers
from vigie.decisions.actions import propose
from vigie.facts import actions as facts
from vigie.facts.models import Fact
from vigie.journal.actions import pulse
from vigie.journal.models import Pulse
from vigie.main.live import Hub, admitted
from vigie.people.actions import create_organisation, leave
from vigie.people.models import Membership, Role, User
from vigie.tasks import actions as tasks
from vigie.tasks.composing import enter
from vigie.tasks.models import Task
from vigie.tasks.opening import open_room
from vigie.web.screens import rooms

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


# -- the room -----------------------------------------------------------------------------------------------


def a_room() -> tuple[Any, list[User], Any]:
    acme = create_organisation("Acme", at=NOON)
    team = [person(name, acme, role) for name, role in (("Alice", "administrator"), ("Bob", "responder"))]
    crisis = open_room(acme, "Plastic", "orange", "photos", by=team[0], at=acme.clock.now())
    give_role(crisis, "hr", team[1], by=team[0], at=NOON)
    return acme, team, crisis


def some_act(dice: random.Random, crisis: Any, by: User) -> None:
    """One act of a person, whichever the dice say; what is refused changes nothing."""
    at = crisis.organisation.clock.now()
    seen = Task.objects.of(crisis.organisation).filter(crisis=crisis, state="todo").select_related("crisis").first()
    fact = Fact.objects.of(crisis.organisation).filter(crisis=crisis, state="open").select_related("crisis").first()
    acts: list[Callable[[], object]] = [
        lambda: enter(crisis, dice.choice(["a note", "!rh a private word", "/appel la mairie"]), by=by, at=at),
        lambda: enter(crisis, dice.choice(["/tâche @bob call back", "/tâche relire dans 20 min"]), by=by, at=at),
        lambda: enter(crisis, dice.choice(["/fait one batch", "/inconnu the cause", "/promesse refund"]), by=by, at=at),
        lambda: propose(crisis, "we speak", by=by, at=at, chosen="full", why="people first"),
        lambda: change_level(crisis, dice.choice(["yellow", "red"]), "because", by=by, at=at, seen=crisis.level),
        lambda: tasks.done(seen, by=by, at=at, seen=seen.version) if seen else None,
        lambda: facts.settle(fact, "withdrawn", by=by, at=at) if fact else None,
        lambda: pin(crisis, dice.randint(1, 8), dice.random() < 0.7, by=by, at=at),
    ]
    with suppress(ValueError):
        dice.choice(acts)()
    crisis.refresh_from_db()


def page_of(crisis: Any, viewer: Viewer) -> tuple[dict[str, str], list[str]]:
    """The boards and the lines as a page that is loaded now has them."""
    now = crisis.organisation.clock.now()
    shown = {name: without_clocks(rooms.board(name, crisis, viewer, now)) for name in rooms.BOARDS}
    return shown, rows(rooms.courante(crisis, viewer, lines.lines(crisis, viewer)))


def rows(html: str) -> list[str]:
    return list(re.findall(r'<li class="line.*?</li>', html, re.S))


def without_clocks(html: str) -> str:
    """Without the numbers and the chart of the counts, which go by their own beat."""
    return re.sub(r'<script type="application/json".*?</script>', "", html, flags=re.S)


@pytest.mark.parametrize("seed", range(12))
def test_the_page_at_load_and_what_came_since_are_the_page_now_for_every_kind_of_reader(seed: int) -> None:
    dice = random.Random(seed)
    acme, team, crisis = a_room()
    hub = Hub()
    hub.last = Pulse.objects.order_by("-pk").values_list("pk", flat=True)[0]
    listening = {acme.pk: {"en": {user.pk for user in team}}}
    kinds = viewers(crisis, [user.pk for user in team])
    with translation.override("en"), timezone.override(acme.tz):
        pages = {user.pk: page_of(crisis, kinds[user.pk]) for user in team}
        for _ in range(3):
            for _ in range(dice.randint(1, 6)):
                some_act(dice, crisis, dice.choice(team))
            for parcel in hub.collect(listening):
                kind, data = parcel.data.decode().split("\ndata: ", 1)
                if "event: room" not in kind:
                    continue
                told = json.loads(data)
                for user in parcel.users or ():
                    boards, seen = pages[user]
                    boards.update({name: without_clocks(html) for name, html in told["boards"].items()})
                    seen += [row for row in rows(told["lines"]) if row not in seen]
        for user in team:
            boards, seen = page_of(crisis, kinds[user.pk])
            assert pages[user.pk][0] == boards
            # A pin changes the button of a line that is on the screen already.
            assert [unpinned(row) for row in pages[user.pk][1]] == [unpinned(row) for row in seen]


def unpinned(row: str) -> str:
    return re.sub(r'value="[01]"', "", row)


def test_a_reserved_line_is_sent_to_those_who_hold_its_role_and_to_nobody_else() -> None:
    acme, team, crisis = a_room()
    hub = Hub()
    hub.last = Pulse.objects.order_by("-pk").values_list("pk", flat=True)[0]
    enter(crisis, "!rh the employee was called", by=team[1], at=NOON)
    parcels = hub.collect({acme.pk: {"en": {user.pk for user in team}}})
    heard = {user: parcel.data.decode() for parcel in parcels for user in parcel.users or ()}
    assert "the employee was called" in heard[team[1].pk]
    assert "the employee was called" not in heard[team[0].pk]


def test_a_guest_hears_of_the_rooms_that_they_are_in_and_of_nothing_else() -> None:
    acme, team, crisis = a_room()
    lea = person("Lea", acme, Role.GUEST)
    hub = Hub()
    hub.last = Pulse.objects.order_by("-pk").values_list("pk", flat=True)[0]
    guest = admitted("acme", cookies(lea))
    assert guest is not None
    assert guest.guest
    note(crisis, "hello", by=team[0], at=NOON)
    pulse(acme.pk, "mentions", at=NOON, count=3)
    listening = {acme.pk: {"en": {lea.pk}}}
    assert not any(parcel.for_(guest) for parcel in hub.collect(listening))
    until = acme.clock.now() + timedelta(hours=1)
    Participant.objects.create(
        organisation=acme, crisis=crisis, role="legal", name="Lea", user=lea, guest=True, until=until
    )
    note(crisis, "welcome", by=team[0], at=NOON)
    heard = [parcel.data.decode() for parcel in hub.collect(listening) if parcel.for_(guest)]
    assert len(heard) == 1
    assert "welcome" in heard[0]
