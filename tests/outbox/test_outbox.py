"""What was promised leaves once, whoever is slow, killed or gone; and what did not leave is said with its reason."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
import time_machine
from django.db import connections, transaction
from django.test import Client

from tests.alerts.test_duty import channel
from tests.conftest import NOON, make_watch, person
from tests.networks.doubles import Answer, serving
from vigie.alerts import actions as alerts
from vigie.alerts import duty, letters
from vigie.alerts.models import Channel, Duty, Level
from vigie.alerts.raising import raise_alert
from vigie.crises import queries
from vigie.main.messenger import Messenger
from vigie.outbox import actions as outbox
from vigie.outbox import services
from vigie.outbox.letters import text
from vigie.outbox.models import Message
from vigie.outbox.pool import Pool
from vigie.people.actions import create_organisation
from vigie.people.models import Organisation, Role, User
from vigie.rooms.opening import open_room

SOON = NOON + timedelta(minutes=1)


@contextmanager
def service(answer: Callable[[dict[str, Any]], int] = lambda _told: 200) -> Iterator[tuple[str, list[str]]]:
    """A chat that takes messages: its address, and the titles that it got."""
    got: list[str] = []

    def handle(request: BaseHTTPRequestHandler) -> Answer:
        told = json.loads(request.rfile.read(int(request.headers["content-length"])))
        status = answer(told)
        if status == 200:
            got.append(told["title"])
        return status, {}, b"{}"

    with serving(handle) as url:
        yield url.replace("http://", "json://"), got


def hello(organisation: Organisation, place: Channel, title: str = "Hello", **values: Any) -> Message:
    return outbox.post(
        organisation,
        "text",
        f"channel:{place.pk}",
        at=values.pop("at", NOON),
        name=place.name,
        payload=text(title, "all is well"),
        **values,
    )


def held(message: Message) -> Message:
    return Message.objects.across().get(pk=message.pk)


def test_a_message_leaves_and_says_when_and_how_long_it_took_and_its_words_are_forgotten(acme: Organisation) -> None:
    with service() as (url, got):
        message = hello(acme, channel(acme, "Room", url))
        assert Pool(workers=0).turn() == 1
    now = held(message)
    assert got == ["Hello"]
    assert now.state == Message.State.SENT
    assert now.sent_at is not None
    assert now.took_ms is not None
    assert now.payload == {}
    assert Channel.objects.of(acme).get().last_ok_at is not None


def test_what_was_asked_for_in_an_act_that_was_taken_back_never_leaves(acme: Organisation) -> None:
    with service() as (url, got):
        place = channel(acme, "Room", url)
        with pytest.raises(RuntimeError), transaction.atomic():
            hello(acme, place)
            raise RuntimeError("the act fails")
        Pool(workers=0).turn()
    assert got == []
    assert not Message.objects.across().exists()


@pytest.mark.django_db(transaction=True)
def test_sent_is_written_only_when_the_service_said_yes() -> None:
    acme = create_organisation("Acme", at=NOON)
    seen: list[str] = []
    held_now: list[Message] = []

    def look(_told: dict[str, Any]) -> int:
        try:
            seen.append(held(held_now[0]).state)
        finally:
            connections.close_all()
        return 500

    with service(look) as (url, _got):
        held_now.append(hello(acme, channel(acme, "Room", url)))
        Pool(workers=0).turn()
    now = held(held_now[0])
    assert seen == [Message.State.SENDING]
    assert (now.state, now.sent_at) == (Message.State.WAITING, None)
    assert now.error


def test_a_message_that_cannot_be_written_is_set_aside_with_its_reason_and_may_be_sent_again(
    acme: Organisation, alice: User, signed_in: Callable[[User], Client]
) -> None:
    with service() as (url, got):
        place = channel(acme, "Room", url)
        gone = outbox.post(acme, "alert", f"channel:{place.pk}", at=NOON, name="Room", payload={"alert": 999})
        broken = outbox.post(acme, "report", f"channel:{place.pk}", at=NOON, name="Room", payload={})
        fine = hello(acme, place)
        Pool(workers=0).turn()
        assert (held(gone).state, held(gone).error) == (Message.State.FAILED, "this alert is there no more")
        assert held(broken).error.startswith("KeyError")
        assert held(fine).state == Message.State.SENT
        alert = raise_alert(make_watch(acme), Level.ORANGE, 60, alerts.EMPTY, NOON, NOON)
        Message.objects.of(acme).filter(pk=gone.pk).update(payload={"alert": alert.pk})
        client = signed_in(alice)
        assert "Send again" in client.get("/o/acme/settings/duty/").content.decode()
        client.post(f"/o/acme/settings/messages/{gone.pk}/again")
        Pool(workers=0).turn()
    assert held(gone).state == Message.State.SENT
    assert len(got) == 2


def test_whoever_was_removed_meanwhile_gets_nothing_and_that_is_said(acme: Organisation) -> None:
    place = channel(acme, "Room")
    message = hello(acme, place)
    place.delete()
    Pool(workers=0).turn()
    assert (held(message).state, held(message).error) == (Message.State.FAILED, "this channel was removed")


def test_what_is_urgent_leaves_first(acme: Organisation) -> None:
    place = channel(acme, "Room")
    outbox.post(acme, "bulletin", f"channel:{place.pk}", at=NOON, name="Room", payload={"bulletin": 1})
    call = outbox.post(acme, "call", f"channel:{place.pk}", at=SOON, name="Room", payload={"participant": 1})
    first = outbox.claim(at=SOON)
    assert first is not None
    assert first.pk == call.pk


def test_the_picture_of_an_alert_is_drawn_once_whoever_it_goes_to(acme: Organisation) -> None:
    letters._drawn.cache_clear()
    points = [[1_773_000_000_000 + i * 300_000, i % 7, 1, 2.0, 0.5, 4.0] for i in range(50)]
    alert = raise_alert(make_watch(acme), Level.RED, 80, {**alerts.EMPTY, "chart": points}, NOON, NOON)
    for _ in range(5):
        assert letters.picture(alert)
    assert letters._drawn.cache_info().misses == 1


@pytest.mark.django_db(transaction=True)
def test_a_slow_service_delays_nobody_else() -> None:
    acme = create_organisation("Acme", at=NOON)
    free, quick = threading.Event(), threading.Event()

    def slow(_told: dict[str, Any]) -> int:
        free.wait(20)
        return 200

    def fast(_told: dict[str, Any]) -> int:
        quick.set()
        return 200

    pool = Pool(workers=4)
    with service(slow) as (slow_url, _), service(fast) as (fast_url, _):
        for n in range(10):
            hello(acme, channel(acme, f"Slow {n}", slow_url))
        hello(acme, channel(acme, "Quick", fast_url), due_at=SOON)
        pool.turn()
        assert quick.wait(10), "the quick one leaves while the slow service holds its own"
        free.set()
        pool.close(wait=True)


@pytest.mark.django_db
def test_of_two_senders_one_takes_a_message(acme: Organisation) -> None:
    hello(acme, channel(acme, "Room"))
    assert outbox.claim(at=NOON) is not None
    assert outbox.claim(at=NOON) is None
    again = outbox.claim(at=NOON + outbox.LEASE)
    assert again is not None, "a sender that was killed lets go after a while"
    assert again.attempts == 2


def test_a_telephone_number_is_taken_as_it_is_written_and_reached_only_through_a_service(
    acme: Organisation, settings: Any
) -> None:
    address = services.checked_phone("06 12 34 56 78")
    place = channel(acme, "Nadia", address)
    assert not services.reaches(address)
    alert = raise_alert(make_watch(acme), Level.RED, 80, alerts.EMPTY, NOON, NOON, duty.call)
    assert not Message.objects.of(acme).filter(subject=f"alert:{alert.number}").exists()
    with service() as (url, got):
        settings.SMS_URL = url
        hello(acme, place)
        Pool(workers=0).turn()
    assert got == ["Hello"]


@pytest.mark.parametrize("text", ["ntfy://a;ntfy://b", "ntfy://a,ntfy://b", "json://127.0.0.1:9", "json://10.0.0.8/x"])
def test_one_address_at_a_time_and_none_inside_this_network(text: str, settings: Any) -> None:
    settings.ALLOW_HOSTS = ""
    with pytest.raises(services.BadAddress):
        services.checked_service(text)


def test_the_address_that_slack_or_teams_shows_is_enough() -> None:
    slack = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
    assert services.checked_hook(slack).startswith("slack://")
    with pytest.raises(services.BadAddress, match="Teams"):
        services.checked_hook("https://example.org/anything")


# -- the clock of an organisation decides everything ---------------------------------------------------------


@pytest.mark.django_db
def test_an_organisation_that_lives_sixty_times_faster_is_told_escalated_and_replaced_by_its_own_clock() -> None:
    with time_machine.travel(NOON, tick=False) as world, service() as (url, got):
        drill = create_organisation("Drill", at=NOON, kind="drill")
        drill.drive(NOON.replace(year=2031), 60.0)
        drill.save()
        alice, bob = (person(name, drill, Role.ADMINISTRATOR) for name in ("Alice", "Bob"))
        phones = [channel(drill, name, url, user=user) for name, user in (("Alice", alice), ("Bob", bob))]
        for position, (phone, role, deputy) in enumerate([(phones[0], "lead", phones[1]), (phones[1], "press", None)]):
            Duty.objects.create(
                organisation=drill, position=position, role=role, channel=phone, deputy=deputy, wait_minutes=10
            )
        messenger = Messenger(Pool(workers=0))
        now = drill.clock.now()
        alert = raise_alert(make_watch(drill), Level.RED, 80, alerts.EMPTY, now, now, duty.call)
        messenger.turn()
        assert [title.split("]")[0] for title in got] == ["EXERCISE [red"]
        world.shift(timedelta(seconds=9))
        messenger.turn()
        assert len(got) == 1, "nine seconds are nine minutes: it is not Bob's turn yet"
        world.shift(timedelta(seconds=2))
        messenger.turn()
        assert len(got) == 2
        assert Message.objects.of(drill).filter(subject=f"alert:{alert.number}").last().name == "Bob"  # type: ignore[union-attr]
        crisis = open_room(drill, "Fire", "red", "smoke", by=None, at=drill.clock.now())
        messenger.turn()
        world.shift(timedelta(seconds=11))
        messenger.turn()
        states = {(p.name, p.role): p.state for p in queries.team(crisis)}
        assert states["Alice", "lead"] == "silent"
        assert states["Bob", "lead"] == "called"
        assert drill.clock.now().year == 2031
        assert all(m.sent_at and m.sent_at.year == 2031 for m in Message.objects.of(drill))
