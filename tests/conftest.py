"""The cast: Alice administers Acme, Bob responds there, Rita reads; Charlie is a stranger from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from vigie.alerts.models import Duty
from vigie.crises.models import Crisis
from vigie.intake.pipeline import IngestPipeline
from vigie.lib.times import ToldClock
from vigie.networks.record import Record
from vigie.people.actions import create_organisation, join
from vigie.people.models import Organisation, Role, User
from vigie.rooms.opening import open_room
from vigie.watches.models import Entity, Watch

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


@pytest.fixture
def acme(db: None) -> Organisation:
    return create_organisation("Acme", at=NOON)


@pytest.fixture
def elsewhere(db: None) -> Organisation:
    return create_organisation("Elsewhere", at=NOON)


def person(name: str, organisation: Organisation, role: str) -> User:
    user = User.objects.create_user(f"{name.lower()}@example.org", name=name, language="en")
    join(organisation, user, role, at=NOON)
    return user


@pytest.fixture
def alice(acme: Organisation) -> User:
    return person("Alice", acme, Role.ADMINISTRATOR)


@pytest.fixture
def bob(acme: Organisation) -> User:
    return person("Bob", acme, Role.RESPONDER)


@pytest.fixture
def rita(acme: Organisation) -> User:
    return person("Rita", acme, Role.READER)


@pytest.fixture
def charlie(elsewhere: Organisation) -> User:
    return person("Charlie", elsewhere, Role.ADMINISTRATOR)


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    def sign(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign


def make_watch(organisation: Organisation, query: str = "acme", **values: Any) -> Watch:
    entity = Entity.objects.create(organisation=organisation, name="Acme", names=[], handles=values.pop("own", []))
    return Watch.objects.create(
        organisation=organisation,
        entity=entity,
        name=values.pop("name", "Acme"),
        query=query,
        created_at=NOON,
        changed_at=NOON,
        **values,
    )


@pytest.fixture
def watch(acme: Organisation) -> Watch:
    return make_watch(acme)


def post(n: int, text: str = "acme is here", *, minutes: float = 0, **values: Any) -> Record:
    """The n-th post of a test, so many minutes after noon."""
    at = NOON + timedelta(minutes=minutes)
    defaults: dict[str, Any] = {
        "network": "x",
        "external_id": str(n),
        "author_handle": f"person{n % 17}",
        "published_at": at,
        "observed_at": at,
    }
    return Record(text=text, **(defaults | values))


@pytest.fixture
def pipeline(acme: Organisation, watch: Watch) -> Iterator[IngestPipeline]:
    clock = ToldClock(NOON + timedelta(hours=1))
    yield IngestPipeline(acme, clock)


@pytest.fixture
def nadia(acme: Organisation) -> User:
    return person("Nadia", acme, Role.LEAD)


@pytest.fixture
def crisis(acme: Organisation, watch: Watch, alice: User, bob: User, nadia: User) -> Crisis:
    """An orange crisis opened by Alice, its director; Nadia leads, Bob answers the community; nobody has a channel."""
    seats = [("director", alice, nadia), ("lead", nadia, bob), ("community", bob, None)]
    for position, (role, user, deputy) in enumerate(seats):
        Duty.objects.create(organisation=acme, position=position, role=role, user=user, deputy_user=deputy)
    return open_room(acme, "Plastic in yoghurt", "orange", "photos everywhere", by=alice, at=NOON, watches=[watch])
