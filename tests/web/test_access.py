"""Every address × every role × a stranger."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern

from tests.alerts.test_duty import channel, on_duty, rung
from tests.conftest import NOON, person, post
from vigie.intake.desk import Desk
from vigie.intake.sources import add_source
from vigie.lib.times import ToldClock
from vigie.main.urls import organisation as addresses
from vigie.people import actions
from vigie.people.models import Link, Membership, Organisation, Role, User
from vigie.people.rules import may
from vigie.watches.models import Mention, Watch

PAGES = [p for p in addresses if p.name != "live"]


@pytest.fixture
def world(acme: Organisation, watch: Watch) -> dict[str, Any]:
    """Something of everything, so that each address has what it asks for."""
    Desk(acme, ToldClock(NOON)).take([post(1, "acme est en panne")])
    alert = rung(acme)
    [duty, *_] = on_duty(acme, "Alice", "Bob")
    source = add_source(acme, "rss", "Gazette", {"url": "https://gazette.example"}, by=None, at=NOON)
    guest = person("Guest", acme, Role.READER)
    actions.invite(acme, "waiting@example.org", Role.READER, at=NOON, by=guest)
    return {
        "alerts/": {"number": alert.number},
        "watches/": {"pk": watch.pk},
        "sources/": {"pk": source.pk},
        "mentions/": {"pk": Mention.objects.of(acme).get().pk},
        "settings/duty/": {"pk": duty.pk},
        "settings/channels/": {"pk": channel(acme, "Room").pk},
        "settings/invitations/": {"pk": Link.objects.get(organisation=acme).pk},
        "settings/people/": {"pk": Membership.objects.of(acme).get(user=guest).pk},
    }


def address(page: URLPattern, world: dict[str, Any]) -> str:
    route = str(page.pattern)
    words = next((values for prefix, values in world.items() if route.startswith(prefix)), {})
    for name, value in words.items():
        route = route.replace(f"<int:{name}>", str(value))
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


@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
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
