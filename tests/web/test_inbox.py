"""The inbox of mentions at a glance, and the palette that goes anywhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import NOON, make_watch, person, post
from vigie.intake.pipeline import IngestPipeline
from vigie.lib import charts, drawing
from vigie.networks.record import Record
from vigie.people.models import Organisation, Role, User
from vigie.rooms.opening import open_room
from vigie.watches.models import Mention, Watch

Sign = Callable[[User], Client]
PERIOD = "?from=2026-03-10T00:00:00Z&to=2026-03-10T23:00:00Z"


BAD = ["acme quelle honte cette panne", "acme service nul, je suis furieux", "arnaque totale de acme, remboursez-moi !"]
WORDS = "pomme poire fraise cerise raisin melon kiwi banane mangue citron orange figue prune datte".split()


def said(n: int, text: str, **values: Any) -> Record:
    """A post that says something of its own."""
    own = " ".join(WORDS[(n * k + k) % len(WORDS)] + str(n) for k in range(1, 9))
    return post(n, f"acme {text} {own}", **values)


def test_what_says_the_same_is_one_row_that_opens(
    acme: Organisation, watch: Watch, pipeline: IngestPipeline, rita: User, signed_in: Sign
) -> None:
    copies = [post(n, "acme rappelle tous ses yaourts aux fraises vendus depuis lundi", minutes=n) for n in range(5)]
    pipeline.take([*copies, said(9, "il a plu hier", minutes=9)])
    client, url = signed_in(rita), reverse("veille", args=["acme"]) + PERIOD
    page = client.get(url).content.decode()
    assert page.count("data-mention=") == 2
    assert "+ 4 alike" in page
    [story] = re.findall(r"story=(\d+)", page)
    whole = client.get(f"{url}&story={story}").content.decode()
    assert whole.count("data-mention=") == 5
    assert "what says the same" in whole


@pytest.mark.parametrize("copied", [1, 3, 90])
def test_page_after_page_every_mention_is_shown_or_folded_once(
    acme: Organisation, watch: Watch, pipeline: IngestPipeline, rita: User, signed_in: Sign, copied: int
) -> None:
    rows = []
    for n in range(100 if copied < 90 else 4):
        text = said(n, "il a plu hier").text
        rows += [post(1000 * n + k, text, minutes=(7 * n + 11 * k) % 600) for k in range(copied)]
    pipeline.take(rows)
    client, url = signed_in(rita), reverse("veille", args=["acme"]) + PERIOD
    seen: list[str] = []
    folded, before = 0, ""
    for _page in range(40):
        page = client.get(f"{url}&before={before}").content.decode()
        here = re.findall(r'data-mention="(\d+)"', page)
        stories = Mention.objects.of(acme).filter(pk__in=here).values_list("post__story", flat=True)
        assert len(set(stories)) == len(here) <= 30
        seen += here
        folded += sum(map(int, re.findall(r"\+ (\d+) alike", page)))
        found = re.search(r"before=(\d+-\d+)", page)
        if found is None:
            break
        before = found.group(1)
    assert len(seen) == len(set(seen))
    assert len(seen) + folded == len(rows)


def test_the_band_counts_what_the_list_shows(
    acme: Organisation, watch: Watch, pipeline: IngestPipeline, rita: User, signed_in: Sign
) -> None:
    bad = [post(n, text, minutes=n) for n, text in enumerate(BAD)]
    pipeline.take([*bad, *(said(n, "il a plu hier", minutes=n) for n in range(3, 12))])
    page = signed_in(rita).get(reverse("veille", args=["acme"]) + PERIOD).content.decode()
    assert "12 mentions" in page
    count = Mention.objects.of(acme).filter(sentiment__lt=0).count()
    assert count >= 3
    assert f"{round(100 * count / 12)}" in re.findall(r'class="negative"\s*>\s*(\d+)', page)
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
