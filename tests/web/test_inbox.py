"""The inbox of mentions at a glance, and the palette that goes anywhere."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import NOON, make_watch, person, post
from vigie.intake.pipeline import IngestPipeline
from vigie.lib import charts, drawing
from vigie.people.models import Organisation, Role, User
from vigie.rooms.opening import open_room
from vigie.watches.models import Watch

Sign = Callable[[User], Client]
PERIOD = "?from=2026-03-10T00:00:00Z&to=2026-03-10T23:00:00Z"


def test_the_band_counts_what_the_list_shows(
    acme: Organisation, watch: Watch, pipeline: IngestPipeline, rita: User, signed_in: Sign
) -> None:
    pipeline.take([post(n, "acme quelle honte, service nul" if n < 3 else "acme est là", minutes=n) for n in range(12)])
    page = signed_in(rita).get(reverse("veille", args=["acme"]) + PERIOD).content.decode()
    assert "12 mentions" in page
    assert "25% negative" in page.replace("\u00a0", "").replace("\u202f", "")
    assert page.count("data-mention=") == 12


def test_a_period_without_mentions_claims_no_share(acme: Organisation, rita: User, signed_in: Sign) -> None:
    page = signed_in(rita).get(reverse("veille", args=["acme"]) + PERIOD).content.decode()
    assert "0 mentions" in page
    assert "negative</span>" not in page.replace("\n", "")


def test_the_step_that_is_not_over_is_pale_and_ends_now() -> None:
    spec = charts.columns(
        [[0, 9, 1], [600_000, 2, 0]],
        title="t",
        labels={"time": "", "mentions": "", "negative": ""},
        step_ms=600_000,
        now_ms=900_000,
    )
    first, last = spec["data"]["values"]
    assert (first["over"], first["e"]) == (1, 600_000)
    assert (last["over"], last["e"]) == (0, 900_000)


@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)).map(sorted).map(lambda p: [p[1], p[0]])))
def test_a_strip_stays_in_its_place(points: list[list[float]]) -> None:
    columns = drawing.strip(points)
    assert len(columns) == len(points)
    for column in columns:
        assert 0 <= column.part <= column.height <= 100
        assert column.x + column.width <= 101


def found(client: Client, said: str = "") -> str:
    return client.get(reverse("palette", args=["acme"]), {"q": said}).content.decode()


@pytest.mark.parametrize(
    ("role", "sees", "not_sees"),
    [
        (Role.ADMINISTRATOR, ["Who is told", "People", "Personal data", "New watch"], []),
        (Role.READER, ["Directory", "Alerts"], ["Who is told", "Personal data", "New watch", "Open a crisis"]),
    ],
)
def test_the_palette_offers_what_one_may_do_and_nothing_else(
    acme: Organisation, signed_in: Sign, role: str, sees: list[str], not_sees: list[str]
) -> None:
    client = signed_in(person("Someone", acme, role))
    for name in sees:
        assert f"<span>{name}</span>" in found(client, name)
    for name in not_sees:
        assert f"<span>{name}</span>" not in found(client, name)


def test_the_palette_finds_without_accents_what_is_the_organisation_s_alone(
    acme: Organisation, watch: Watch, elsewhere: Organisation, alice: User, signed_in: Sign
) -> None:
    make_watch(acme, name="Café crème")
    make_watch(elsewhere, name="Café secret")
    open_room(acme, "Rappel de café", "orange", "photos", by=alice, at=NOON, watches=[watch])
    page = found(signed_in(alice), "cafe")
    assert "Café crème" in page
    assert "Rappel de café" in page
    assert "secret" not in page
    assert "Search the mentions for" in page


def test_what_is_typed_is_shown_and_never_executed(acme: Organisation, rita: User, signed_in: Sign) -> None:
    page = found(signed_in(rita), "<script>alert(1)</script>")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
