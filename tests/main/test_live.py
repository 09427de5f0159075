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
from django.contrib.sessions.models import Session
from django.db import connection, connections
from django.test import Client

from tests.conftest import NOON, person
from vigie.crises.actions import change_level, give_role, note, pin
from vigie.crises.models import Participant
from vigie.decisions.actions import propose
from vigie.facts import actions as facts
from vigie.facts.models import Fact
from vigie.journal.actions import pulse
from vigie.journal.place import Place, present, since
from vigie.lib import sql
from vigie.lib.refusals import Refused
from vigie.main.live.admission import Listener, admitted, departed
from vigie.main.live.hub import Hub
from vigie.main.live.stream import serve
from vigie.people.actions import create_organisation, leave
from vigie.people.models import Membership, Role, User
from vigie.rooms.commands import enter
from vigie.rooms.opening import open_room
from vigie.tasks import actions as tasks
from vigie.tasks.models import Task

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


def test_open_streams_end_with_the_session_the_password_the_membership_or_the_account() -> None:
    acme, alice = acme_and_alice()
    people = {name: person(name, acme, Role.READER) for name in ("Bob", "Carol", "Dan", "Eve")}
    theirs = {name: cookies(user) for name, user in people.items()}
    hub = Hub()
    for name in theirs:
        hub.listeners[acme.pk].add(admitted("acme", theirs[name]) or pytest.fail(name))
    stays = admitted("acme", cookies(alice))
    assert stays is not None
    hub.listeners[acme.pk].add(stays)

    def look() -> None:
        async def once() -> None:
            asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
            await hub.let_go()
            await asyncio.to_thread(connections.close_all)

        asyncio.run(once())

    look()
    assert len(hub.listeners[acme.pk]) == 5, "nobody is sent away without a reason"
    Session.objects.filter(pk=theirs["Bob"].removeprefix("sessionid=")).delete()
    people["Carol"].set_password("another one altogether")
    people["Carol"].save()
    leave(Membership.objects.of(acme).get(user=people["Dan"]), at=NOON, by=alice)
    User.objects.filter(pk=people["Eve"].pk).update(is_active=False)
    look()
    assert hub.listeners[acme.pk] == {stays}


def test_what_happens_reaches_open_pages_and_those_that_were_cut_off() -> None:
    acme, alice = acme_and_alice()
    hers = cookies(alice)
    pulse(acme.pk, "mentions", at=NOON, count=1)
    seen = present()

    async def scene() -> tuple[list[Any], list[Any]]:
        # One thread for all that touches the database, whose connection can be closed at the end.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
        hub = Hub()
        hub.place = seen
        page, late = Page(hers), Page(hers, str(seen))
        open_page = asyncio.create_task(serve(hub, "acme", page.scope, page.receive, page.send))
        while page.status == 0 or not hub.listeners[acme.pk]:
            await asyncio.sleep(0)
        await asyncio.to_thread(lambda: pulse(acme.pk, "mentions", at=NOON, count=7))
        await asyncio.to_thread(lambda: pulse(acme.pk, "alerts", at=NOON, number=3, level="orange"))
        await hub.beat()
        while len([e for e in page.events() if e[0] != "tower"]) < 2:
            page.heard.clear()
            await asyncio.wait_for(page.heard.wait(), 10)
        late_page = asyncio.create_task(serve(hub, "acme", late.scope, late.receive, late.send))
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


@pytest.mark.skipif(not sql.is_postgres(), reason="on SQLite pulses are numbered in the order of their commits")
def test_a_pulse_that_is_committed_after_a_later_one_is_heard_all_the_same() -> None:
    acme, alice = acme_and_alice()
    hub = Hub()
    hub.place = present()
    listening = {acme.pk: {"en": {alice.pk}}}
    slow = connection.copy()
    try:
        slow.set_autocommit(False)
        row = "INSERT INTO journal_pulse (organisation_id, at, channel, body) VALUES (%s, 0, 'mentions', '{\"count\": 5}')"
        with slow.cursor() as cursor:
            cursor.execute(row, [acme.pk])
        pulse(acme.pk, "mentions", at=NOON, count=1)
        page = present()
        first = [parcel.content["count"] for parcel in hub.collect(listening) if parcel.kind == "mentions"]
        slow.commit()
        second = [parcel.content["count"] for parcel in hub.collect(listening) if parcel.kind == "mentions"]
    finally:
        slow.close()
    assert (first, second) == ([1], [5])
    assert [p.body["count"] for p in since(page)] == [5], "a page that was drawn in between hears it too"
    assert hub.collect(listening) == []


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
    with suppress(Refused):
        dice.choice(acts)()
    crisis.refresh_from_db()


def rows(html: str) -> list[str]:
    return list(re.findall(r'<li\s+class="line.*?</li>', html, re.S))


def plain(html: str) -> str:
    """Without what goes by its own beat (the counts and their chart), and without spaces between elements."""
    html = re.sub(r'<script type="application/json".*?</script>', "", html, flags=re.S)
    html = re.sub(r'<input type="hidden" name="csrfmiddlewaretoken"[^>]*>', "", html)
    return re.sub(r">\s+<", "><", html).strip()


class OpenPage:
    """A room's page in a browser: as it was loaded, then as the stream changes it."""

    def __init__(self, html: str) -> None:
        self.after = Place.parse(re.findall(r'data-after="([0-9-]+)"', html)[0])
        self.boards = {key: plain(part) for key, part in _boards_in(html).items()}
        self.lines = [plain(row) for row in rows(html)]

    def hear(self, told: dict[str, Any]) -> None:
        self.boards.update({key: plain(html) for key, html in told["boards"].items() if key in self.boards})
        self.lines += [plain(row) for row in rows(told["lines"]) if plain(row) not in self.lines]


def _boards_in(html: str) -> dict[str, str]:
    """The boards that a page shows when it is loaded: its head, the chosen tab and the team."""
    return {key: _inside(html, f"board-{key}") for key in ("header", "situation", "team")}


def _inside(html: str, identity: str) -> str:
    """What stands between the tags of an element."""
    opening = re.search(rf'<(\w+)[^<>]*\bid="{identity}"[^<>]*>', html)
    assert opening
    depth, name = 1, opening.group(1)
    for tag in re.finditer(rf"<(/?){name}\b", html[opening.end() :]):
        depth += -1 if tag.group(1) else 1
        if not depth:
            return html[opening.end() : opening.end() + tag.start()]
    raise AssertionError(f"{identity} is never closed")


def drawn_while(client: Client, path: str, at: int, act: Callable[[], object]) -> str:
    """The page as it is served when somebody acts, on another connection, while its `at`-th question is asked."""
    asked = 0

    def between(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal asked
        asked += 1
        if asked == at:
            with ThreadPoolExecutor(1) as other:
                other.submit(lambda: (act(), connections.close_all())).result()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(between):
        return client.get(path).content.decode()


@pytest.mark.parametrize("seed", range(12))
def test_the_page_at_load_and_what_came_since_are_the_page_now_for_every_kind_of_reader(seed: int) -> None:
    dice = random.Random(seed)
    acme, team, crisis = a_room()
    path = f"/o/acme/crises/{crisis.number}/"
    clients = {user.pk: Client() for user in team}
    for user in team:
        clients[user.pk].force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    # Drawn while others act, at whatever moment; nobody tells the page where it stands.
    pages = {
        user.pk: OpenPage(
            drawn_while(clients[user.pk], path, dice.randint(1, 60), lambda: some_act(dice, crisis, dice.choice(team)))
        )
        for user in team
    }
    hub = Hub()
    for user in team:
        listener = Listener(acme.pk, user.pk, "en")
        held = pages[user.pk].after
        assert held is not None
        for event in hub.missed(listener, held, 2_000):
            _hear(pages[user.pk], event.data)
    hub.place = present()
    listening = {acme.pk: {"en": {user.pk for user in team}}}
    for _ in range(3):
        for _ in range(dice.randint(1, 6)):
            some_act(dice, crisis, dice.choice(team))
        for parcel in hub.collect(listening):
            for user in parcel.users or ():
                _hear(pages[user], parcel.event("1"))
    for user in team:
        now = OpenPage(clients[user.pk].get(path).content.decode())
        assert pages[user.pk].boards == now.boards
        # A pin changes the button of a line that is on the screen already.
        assert sorted(map(unpinned, pages[user.pk].lines)) == sorted(map(unpinned, now.lines))


def _hear(page: OpenPage, data: bytes) -> None:
    head, told = data.decode().split("\ndata: ", 1)
    if "event: room" in head:
        page.hear(json.loads(told))


def unpinned(row: str) -> str:
    return re.sub(r'value="[01]"', "", row)


def test_a_reserved_line_is_sent_to_those_who_hold_its_role_and_to_nobody_else() -> None:
    acme, team, crisis = a_room()
    hub = Hub()
    hub.place = present()
    enter(crisis, "!rh the employee was called", by=team[1], at=NOON)
    parcels = hub.collect({acme.pk: {"en": {user.pk for user in team}}})
    heard = {user: json.dumps(parcel.content) for parcel in parcels for user in parcel.users or ()}
    assert "the employee was called" in heard[team[1].pk]
    assert "the employee was called" not in heard[team[0].pk]


def test_a_member_who_is_made_a_guest_keeps_no_wider_stream() -> None:
    acme, _team, _crisis = a_room()
    lea = person("Lea", acme, Role.READER)
    listener = admitted("acme", cookies(lea))
    assert listener is not None
    assert departed([listener]) == []
    Membership.objects.of(acme).filter(user=lea).update(role=Role.GUEST)
    assert departed([listener]) == [listener]


def test_a_guest_hears_of_the_rooms_that_they_are_in_and_of_nothing_else() -> None:
    acme, team, crisis = a_room()
    lea = person("Lea", acme, Role.GUEST)
    hub = Hub()
    hub.place = present()
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
    heard = [json.dumps(parcel.content) for parcel in hub.collect(listening) if parcel.for_(guest)]
    assert len(heard) == 1
    assert "welcome" in heard[0]
