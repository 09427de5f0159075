"""Every address × every role × a stranger."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern

from tests.alerts.test_duty import channel, on_duty, rung
from tests.conftest import NOON, person, post
from vigie.alerts.models import Duty, Level
from vigie.alerts.verdicts import judge
from vigie.crises.actions import give_role, note
from vigie.crises.models import SituationShare
from vigie.crises.reports import send
from vigie.crises.sharing import invite, share
from vigie.decisions import actions as decisions
from vigie.facts import actions as facts
from vigie.intake.pipeline import IngestPipeline
from vigie.intake.sources import add_source
from vigie.lib.times import LIVE, ToldClock
from vigie.main.urls import organisation as addresses
from vigie.outbox.actions import post as post_message
from vigie.outbox.letters import text
from vigie.people import actions
from vigie.people.models import Link, Membership, Organisation, Role, User
from vigie.people.rules import may
from vigie.plans.actions import copy_scenario, publish, save_contact
from vigie.plans.models import Contact
from vigie.rooms.opening import open_room
from vigie.tasks.actions import add
from vigie.watches.models import Mention, Watch

PAGES = [p for p in addresses if p.name != "live"]


@pytest.fixture
def world(acme: Organisation, watch: Watch) -> dict[str, Any]:
    """Something of everything, so that each address has what it asks for."""
    IngestPipeline(acme, ToldClock(NOON)).take([post(1, "acme est en panne")])
    alert = rung(acme)
    [duty, *_] = on_duty(acme, "Alice", "Bob")
    source = add_source(acme, "rss", "Gazette", {"url": "https://gazette.example"}, by=None, at=NOON)
    guest = person("Watcher", acme, Role.READER)
    crisis = in_crisis(acme, guest)
    plan = in_plan(acme, guest)
    actions.invite(acme, "waiting@example.org", Role.READER, at=LIVE.now(), by=guest)
    room = channel(acme, "Room")
    message = post_message(
        acme, "text", f"channel:{room.pk}", at=NOON, name="Room", payload=text("Hello", "all is well")
    )
    return {
        **crisis,
        **plan,
        "alerts/week/": {"pk": judge(alert, "useful", by=guest, at=NOON).pk},
        "alerts/": {"number": alert.number},
        "watches/": {"pk": watch.pk},
        "sources/": {"pk": source.pk},
        "mentions/": {"pk": Mention.objects.of(acme).get().pk},
        "settings/duty/": {"pk": duty.pk},
        "settings/channels/": {"pk": room.pk},
        "settings/links/": {"pk": Link.objects.get(organisation=acme, role=Role.READER).pk},
        "settings/messages/": {"pk": message.pk},
        "settings/people/": {"pk": Membership.objects.of(acme).get(user=guest).pk},
    }


def in_crisis(acme: Organisation, user: User) -> dict[str, Any]:
    """An open room with something of everything in it."""
    at = LIVE.now()
    crisis = open_room(acme, "Fire", Level.ORANGE, "smoke", by=user, at=at)
    participant = give_role(crisis, "scribe", user, by=user, at=at)
    add(crisis, "call the mayor", by=user, at=at)
    facts.add(crisis, "fact", "it burns", by=user, at=at)
    decisions.propose(crisis, "we speak", by=user, at=at, chosen="full", why="people first")
    clock = decisions.start_deadline(crisis, "rgpd", at, by=user, at=at)
    share(crisis, ["level"], at + timedelta(hours=1), by=user, at=at)
    send(crisis, "all quiet", by=user, at=at, seen=0)
    invite(crisis, "expert@example.org", "Lea", "legal", at + timedelta(days=1), by=user, at=at)
    inside = "crises/<int:number>/"
    common = {"number": 1, "seq": note(crisis, "hello", by=user, at=at)}
    return {
        inside + "team/": {**common, "pk": participant.pk},
        inside + "guests/": {**common, "pk": Link.objects.get(organisation=acme, role=Role.GUEST).pk},
        inside + "cards/": {**common, "pk": SituationShare.objects.of(acme).get().pk},
        inside + "clocks/": {**common, "pk": clock.pk},
        inside + "tasks/": {**common, "task": 1, "verb": "done"},
        inside + "facts/": {**common, "fact": 1, "state": "withdrawn"},
        inside + "decisions/": {**common, "decision": 1, "verb": "dissent"},
        inside + "boards/": {**common, "name": "tasks"},
        inside: {**common, "report": 1},
    }


def in_plan(acme: Organisation, user: User) -> dict[str, Any]:
    """A plan with a place, a scenario of one's own, a contact and a version."""
    at = LIVE.now()
    own = copy_scenario(acme, "leak", "en", by=user, at=at)
    contact = save_contact(acme, Contact(name="Prefecture"), by=user, at=at)
    publish(acme, "first", "en", by=user, at=at)
    seat = Duty.objects.create(organisation=acme, position=9, role="lead", user=user)
    return {
        "plan/chain/": {"pk": seat.pk},
        "plan/own/": {"pk": own.pk},
        "plan/contacts/": {"pk": contact.pk},
        "plan/versions/": {"number": 1},
        "plan/scenarios/": {"key": "leak"},
    }


def address(page: URLPattern, world: dict[str, Any]) -> str:
    route = str(page.pattern)
    words = next((values for prefix, values in world.items() if route.startswith(prefix)), {})
    for name, value in words.items():
        route = re.sub(rf"<(int|slug):{name}>", str(value), route)
    return "/o/acme/" + route.replace("<slug:network>", "rss")


def needed(page: URLPattern) -> str:
    view: Any = page.callback
    while not hasattr(view, "permission"):
        view = view.__wrapped__
    return str(view.permission)


def asked(client: Client, page: URLPattern, url: str) -> int:
    """The answer to the verb that this address takes."""
    answer = client.get(url)
    return client.post(url).status_code if answer.status_code == 405 else answer.status_code


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_to_a_stranger_nothing_exists(
    page: URLPattern, world: dict[str, Any], charlie: User, signed_in: Callable[[User], Client]
) -> None:
    assert asked(signed_in(charlie), page, address(page, world)) == 404


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_somebody_who_is_not_signed_in_is_sent_to_the_door(page: URLPattern, world: dict[str, Any]) -> None:
    client = Client()
    answer = client.get(address(page, world))
    if answer.status_code == 405:
        answer = client.post(address(page, world))
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/accounts/login/")


MAY = {
    "see": ["administrator", "lead", "responder", "approver", "reader"],
    "act": ["administrator", "lead", "responder", "approver"],
    "steer": ["administrator", "lead"],
}
"""What each role may do in a room where it holds no role of the crisis."""


def need(page: URLPattern) -> str:
    """What a page of a room asks for; empty for other pages."""
    view: Any = page.callback
    while view is not None and not hasattr(view, "need"):
        view = getattr(view, "__wrapped__", None)
    return str(view.need) if view else ""


@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize("page", [p for p in PAGES if need(p)], ids=lambda p: p.name)
def test_in_a_room_each_role_may_do_what_it_may_and_a_guest_of_nothing_sees_nothing(
    page: URLPattern, role: str, world: dict[str, Any], acme: Organisation, signed_in: Callable[[User], Client]
) -> None:
    status = asked(signed_in(person("Someone", acme, role)), page, address(page, world))
    if role == Role.GUEST:
        assert status == 404
    else:
        assert status in ((200, 302) if role in MAY[need(page)] else (403,)), status


@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize("page", [p for p in PAGES if not need(p)], ids=lambda p: p.name)
def test_each_role_may_do_what_it_may_and_no_more(
    page: URLPattern, role: str, world: dict[str, Any], acme: Organisation, signed_in: Callable[[User], Client]
) -> None:
    user = person("Someone", acme, role)
    status = asked(signed_in(user), page, address(page, world))
    allowed = may(Membership.objects.of(acme).get(user=user), needed(page))
    assert status in ((200, 302) if allowed else (403,)), status


@pytest.mark.parametrize(
    ("role", "permission", "allowed"),
    [
        ("reader", "mention.correct", False),
        ("reader", "alert.answer", False),
        ("reader", "read", True),
        ("responder", "mention.correct", True),
        ("responder", "watch.change", False),
        ("approver", "alert.answer", True),
        ("approver", "mention.correct", False),
        ("lead", "watch.change", True),
        ("lead", "people.change", False),
        ("administrator", "people.change", True),
    ],
)
def test_the_table_of_roles(role: str, permission: str, allowed: bool) -> None:
    assert may(Membership(role=role), permission) is allowed


def test_a_thing_of_another_organisation_is_not_found_through_one_s_own(
    world: dict[str, Any], charlie: User, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(charlie)
    for prefix, words in world.items():
        value = next(iter(words.values()))
        if prefix in ("alerts/", "watches/", "sources/", "mentions/"):
            assert client.get(f"/o/elsewhere/{prefix}{value}/").status_code == 404


def test_every_page_carries_the_strict_policy(
    world: dict[str, Any], alice: User, signed_in: Callable[[User], Client]
) -> None:
    policy = signed_in(alice).get("/o/acme/").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_a_query_without_an_organisation_is_refused_by_the_table_itself(acme: Organisation) -> None:
    from vigie.lib.scoped import Unscoped

    with pytest.raises(Unscoped):
        Watch.objects.all()
    with pytest.raises(Unscoped):
        Watch.objects.filter(pk=1)
