"""Two who act at once never wait for each other for ever: locks are taken in one order, on two real connections."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import OperationalError, connections

from tests.conftest import NOON, make_watch, person, post
from vigie.alerts.actions import EMPTY, Answered, acknowledge
from vigie.alerts.models import Alert
from vigie.alerts.raising import raise_alert
from vigie.crises import actions, freeze, sharing
from vigie.crises.models import Crisis, Followed, Participant
from vigie.intake.pipeline import IngestPipeline
from vigie.journal.actions import verify
from vigie.journal.models import Entry
from vigie.lib import sql
from vigie.lib.refusals import Refused
from vigie.lib.times import ToldClock
from vigie.people import actions as people
from vigie.people.actions import create_organisation
from vigie.people.models import Membership, Organisation, Role, User
from vigie.rooms.opening import open_room
from vigie.watches.models import Mention

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not sql.is_postgres(), reason="SQLite has one writer at a time: nothing to wait for"),
]
ROUNDS = 15


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Do all of this at the same moment, each on a connection of its own; what each gave, or raised.

    A deadlock is an OperationalError of the server, and is not caught.
    """
    gate = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        try:
            gate.wait(10)
            return act()
        except Refused as refused:
            return refused
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result(30) for future in [pool.submit(run, act) for act in acts]]


@pytest.fixture
def acme() -> Organisation:
    return create_organisation("Acme", at=NOON)


@pytest.fixture
def team(acme: Organisation) -> list[User]:
    return [person(name, acme, Role.ADMINISTRATOR) for name in ("Alice", "Bob", "Nadia")]


def test_opening_from_an_alert_while_somebody_acknowledges_it(acme: Organisation, team: list[User]) -> None:
    watch = make_watch(acme)
    alice, bob, _nadia = team
    for _ in range(ROUNDS):
        alert = raise_alert(watch, "orange", 60, {**EMPTY, "kinds": ["mentions"]}, NOON, NOON)
        same = Alert.objects.of(acme).select_related("watch").get(pk=alert.pk)
        crisis, answered = at_once(
            lambda alert=alert: open_room(acme, "Fire", "red", "smoke", by=alice, at=NOON, alert=alert),
            lambda same=same: acknowledge(same, by=bob, at=NOON),
        )
        assert isinstance(crisis, Crisis)
        assert answered is None or isinstance(answered, Answered)
        assert Alert.objects.of(acme).get(pk=alert.pk).state == Alert.State.ACKNOWLEDGED
    assert verify(acme.pk) is None


def two_rooms(acme: Organisation, by: User) -> list[Crisis]:
    watch = make_watch(acme)
    return [open_room(acme, name, "orange", "smoke", by=by, at=NOON, watches=[watch]) for name in ("One", "Two")]


def test_handling_a_mention_in_two_rooms_given_in_any_order(acme: Organisation, team: list[User]) -> None:
    rooms = two_rooms(acme, team[0])
    watch = Followed.objects.of(acme).select_related("watch").first().watch  # type: ignore[union-attr]
    pipeline = IngestPipeline(acme, ToldClock(NOON))
    pipeline.take([post(n, f"acme est dangereux {n}", audience=90_000) for n in range(ROUNDS)])
    for n, mention in enumerate(Mention.objects.of(acme).filter(watch=watch).select_related("post", "organisation")):
        one, two = (rooms, rooms[::-1]) if n % 2 else (rooms[::-1], rooms)
        results = at_once(
            lambda m=mention, c=one: actions.handle(m, "taken", by=team[0], at=NOON, crises=c),
            lambda m=mention, c=two: actions.handle(m, "taken", by=team[1], at=NOON, crises=c),
        )
        assert sorted(type(result).__name__ for result in results) == ["Conflict", "NoneType"]
    assert verify(acme.pk) is None


def test_somebody_leaves_every_room_while_others_act_in_them_and_publishing_is_frozen(
    acme: Organisation, team: list[User]
) -> None:
    rooms = two_rooms(acme, team[0])
    for n in range(ROUNDS):
        for room in rooms[:: 1 if n % 2 else -1]:
            actions.give_role(room, "press", team[2], by=team[0], at=NOON)
        at_once(
            lambda: actions.departed(acme, team[2], at=NOON),
            lambda: [actions.note(room, "a line", by=team[0], at=NOON) for room in rooms[::-1]],
            lambda: freeze.switch_on(acme, "stop", [team[0]], NOON.replace(hour=20), by=team[0], at=NOON),
        )
        freeze.switch_off(acme, by=team[0], at=NOON)
        assert not Participant.objects.of(acme).filter(user=team[2], left_at=None).exists()
    assert verify(acme.pk) is None


def test_a_guest_arrives_while_the_room_works(acme: Organisation, team: list[User]) -> None:
    rooms = two_rooms(acme, team[0])
    lea = person("Lea", acme, Role.GUEST)
    for room in rooms:
        sharing.invite(room, lea.email, "Lea", "legal", NOON.replace(hour=20), by=team[0], at=NOON)
    at_once(
        lambda: sharing.arrived(acme, lea, at=NOON),
        lambda: [actions.note(room, "a line", by=team[1], at=NOON) for room in rooms[::-1]],
    )
    assert {p.state for p in Participant.objects.of(acme).filter(user=lea)} == {"in"}


def test_the_lines_of_one_act_follow_each_other_whatever_others_write(acme: Organisation, team: list[User]) -> None:
    rooms = two_rooms(acme, team[0])
    for _ in range(ROUNDS):
        actions.give_role(rooms[0], "press", team[2], by=team[0], at=NOON)
        actions.give_role(rooms[1], "press", team[2], by=team[0], at=NOON)
        at_once(
            lambda: actions.departed(acme, team[2], at=NOON),
            lambda: [actions.note(rooms[0], "a line", by=team[1], at=NOON) for _ in range(3)],
        )
    verbs = list(Entry.objects.filter(organisation_id=acme.pk).order_by("seq").values_list("verb", flat=True))
    left = [at for at, verb in enumerate(verbs) if verb == "team.left"]
    assert all(later == first + 1 for first, later in zip(left[::2], left[1::2], strict=True))


def test_of_two_administrators_who_remove_each_other_one_remains(acme: Organisation) -> None:
    for n in range(ROUNDS):
        pair = [person(f"Admin{n}{letter}", acme, Role.ADMINISTRATOR) for letter in "ab"]
        Membership.objects.of(acme).exclude(user__in=pair).delete()
        held = [Membership.objects.of(acme).select_related("user").get(user=user) for user in pair]
        results = at_once(
            lambda held=held, pair=pair: people.leave(held[0], at=NOON, by=pair[1]),
            lambda held=held, pair=pair: people.leave(held[1], at=NOON, by=pair[0]),
        )
        assert [type(result).__name__ for result in results].count("LastAdministrator") == 1
        assert Membership.objects.of(acme).filter(role=Role.ADMINISTRATOR).count() == 1


def test_the_old_order_would_have_been_caught(acme: Organisation, team: list[User]) -> None:
    """Taking two rooms in opposite orders, as acts did before, is a deadlock that this kind of test sees."""
    from django.db import transaction

    rooms = two_rooms(acme, team[0])
    met = threading.Barrier(2)

    def both(order: list[Crisis]) -> None:
        with transaction.atomic():
            Crisis.objects.of(acme).select_for_update(no_key=True).get(pk=order[0].pk)
            met.wait(10)
            Crisis.objects.of(acme).select_for_update(no_key=True).get(pk=order[1].pk)

    with pytest.raises(OperationalError, match="deadlock"):
        at_once(lambda: both(rooms), lambda: both(rooms[::-1]))
