"""Green is said only where something was seen and is usual; of what is not seen, nothing is said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests.conftest import NOON, post
from vigie.alerts.vigilance import Blind, ranked
from vigie.intake.pipeline import IngestPipeline
from vigie.intake.sources import add_source
from vigie.lib.times import LIVE, ToldClock
from vigie.people.models import Organisation, User
from vigie.posts.models import Source
from vigie.watches.models import Mention, Watch

Sign = Callable[[User], Client]


def heard(acme: Organisation, hours: int, each: int = 5) -> None:
    """So many hours of everyday talk, until noon."""
    pipeline = IngestPipeline(acme, ToldClock(NOON))
    pipeline.take([post(n, f"acme {n}", minutes=-60 * (n // each) - 1) for n in range(hours * each)])


def source(acme: Organisation, **values: Any) -> Source:
    made = add_source(acme, "rss", "Gazette", {"url": "https://gazette.example"}, by=None, at=NOON)
    Source.objects.of(acme).filter(pk=made.pk).update(**values)
    return made


def standing(acme: Organisation) -> tuple[str, Blind | None]:
    [found] = ranked(acme, NOON, 10)
    return found.level, found.blind


UP = {"state": Source.State.UP, "last_success_at": NOON}


def test_a_watch_without_any_source_is_grey_however_much_was_imported(acme: Organisation, watch: Watch) -> None:
    heard(acme, 48)
    assert standing(acme) == ("grey", Blind.NO_SOURCE)


@pytest.mark.parametrize(
    "values",
    [
        {"state": Source.State.NEW},
        {"state": Source.State.DOWN, "last_success_at": NOON},
        {"state": Source.State.UP, "last_success_at": NOON - timedelta(days=2)},
    ],
)
def test_a_source_that_does_not_answer_shows_nothing(acme: Organisation, watch: Watch, values: dict[str, Any]) -> None:
    heard(acme, 48)
    source(acme, **values)
    assert standing(acme) == ("grey", Blind.DOWN)


@pytest.mark.parametrize(("hours", "each"), [(0, 5), (2, 30), (9, 1)])
def test_too_little_history_says_nothing_either(acme: Organisation, watch: Watch, hours: int, each: int) -> None:
    heard(acme, hours, each)
    source(acme, **UP)
    assert standing(acme) == ("grey", Blind.YOUNG)


def test_what_was_seen_for_long_enough_and_is_usual_is_green(acme: Organisation, watch: Watch) -> None:
    heard(acme, 48)
    source(acme, **UP)
    assert standing(acme) == ("green", None)


def test_the_tower_says_what_to_do_and_never_that_all_is_calm(
    acme: Organisation, watch: Watch, alice: User, signed_in: Sign
) -> None:
    page = signed_in(alice).get("/o/acme/").content.decode()
    assert 'data-level="grey"' in page
    assert "Vigie sees nothing: add a source." in page
    assert "Nothing abnormal" not in page


def test_a_name_is_enough_to_make_a_first_watch(acme: Organisation, alice: User, signed_in: Sign) -> None:
    client = signed_in(alice)
    assert "Create the watch" in client.get("/o/acme/watches/new").content.decode()
    values = {
        "name": "Belle Étoile",
        "kind": "company",
        "sensitivity": "balanced",
        "cooldown_minutes": 360,
        "influential_from": 50_000,
    }
    assert client.post("/o/acme/watches/new", values).status_code == 302
    made = Watch.objects.of(acme).get()
    IngestPipeline(acme, ToldClock(LIVE.now())).take([post(1, "un fromage belle étoile")])
    assert Mention.objects.of(acme).filter(watch=made).count() == 1
