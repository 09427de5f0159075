"""The alert page says how a rise spreads, where it came from, and who acts as one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from tests.conftest import NOON, post
from vigie.alerts.actions import EMPTY
from vigie.alerts.origin import path, together
from vigie.alerts.raising import raise_alert
from vigie.intake.pipeline import IngestPipeline
from vigie.intake.sources import add_source
from vigie.lib.times import ToldClock
from vigie.people.models import Organisation, User
from vigie.trends import outlook
from vigie.watches.models import Mention, Watch

LATER = NOON + timedelta(hours=2)


@pytest.fixture
def rise(acme: Organisation, watch: Watch) -> list[object]:
    """A rise that doubles, on two networks, with one loud voice."""
    posts = []
    for step in range(7):
        for n in range(2**step):
            at = 10 * step + 9 * n / 2**step
            posts.append(post(1000 * step + n, f"acme en panne {step} {n}", minutes=at, author_handle=f"p{step}x{n}"))
    posts.append(post(9001, "acme ne répond pas", minutes=31, network="mastodon", author_handle="lea", audience=200))
    posts.append(post(9002, "acme en panne selon nos lecteurs", minutes=42, author_handle="gazette", audience=90_000))
    IngestPipeline(acme, ToldClock(LATER)).take(posts)
    return posts


def test_the_path_names_the_first_post_each_new_network_and_who_made_it_jump(watch: Watch, rise: list[object]) -> None:
    assert [(s.why, s.author) for s in path(watch, NOON, LATER)] == [
        ("first", "p0x0"),
        ("network", "lea"),
        ("jump", "gazette"),
    ]


def test_what_doubles_every_ten_minutes_is_measured_so(watch: Watch, rise: list[object]) -> None:
    found = outlook.spread(watch, None, NOON, NOON + timedelta(minutes=70))
    assert found.doubling_minutes == pytest.approx(10, abs=1.5)
    assert found.reproduction is not None
    assert found.reproduction > 1


def test_a_rise_of_a_few_minutes_is_looked_at_more_closely(acme: Organisation, watch: Watch) -> None:
    posts = [post(n, f"acme {n}", minutes=n**0.5, author_handle=f"p{n}") for n in range(200)]
    IngestPipeline(acme, ToldClock(LATER)).take(posts)
    found = outlook.spread(watch, None, NOON, NOON + timedelta(minutes=14))
    assert found.doubling_minutes is not None
    assert found.doubling_minutes < 10


def test_accounts_that_repeat_each_other_are_named_on_the_page(
    acme: Organisation, watch: Watch, alice: User, signed_in: Callable[[User], Client]
) -> None:
    crowd = [post(n, f"acme, mon avis à moi numéro {n}", minutes=n, author_handle=f"p{n % 50}") for n in range(300)]
    texts = [f"boycott acme car ils mentent sur le lot {n} de yaourts http://a.example/{n}" for n in range(6)]
    bots = [
        post(5000 + 10 * n + k, text, minutes=40 * n + k, author_handle=f"bot{k}")
        for n, text in enumerate(texts)
        for k in range(3)
    ]
    IngestPipeline(acme, ToldClock(NOON + timedelta(hours=6))).take(crowd + bots)
    [group] = together(watch, NOON + timedelta(hours=6))
    assert sorted(group.accounts) == ["bot0", "bot1", "bot2"]
    at = NOON + timedelta(hours=5)
    alert = raise_alert(watch, "orange", 60, {**EMPTY, "kinds": ["mentions"]}, NOON, at)
    page = signed_in(alice).get(f"/o/acme/alerts/{alert.number}/more/").content.decode()
    assert "bot1" in page
    assert "boycott acme car ils mentent sur le lot" in page
    assert page.count('r="5"') == 3
    assert page.count("<line") == 3


def test_without_history_the_page_says_that_nothing_is_forecast(
    watch: Watch, rise: list[object], alice: User, signed_in: Callable[[User], Client]
) -> None:
    alert = raise_alert(watch, "orange", 60, {**EMPTY, "kinds": ["mentions"]}, NOON, LATER)
    page = signed_in(alice).get(f"/o/acme/alerts/{alert.number}/more/").content.decode()
    assert "nothing is forecast yet" in page
    assert "gazette" in page


def test_themes_of_a_rise_are_shown_with_their_trend_and_lead_to_their_posts(
    watch: Watch, rise: list[object], alice: User, signed_in: Callable[[User], Client]
) -> None:
    alert = raise_alert(watch, "orange", 60, {**EMPTY, "kinds": ["mentions"]}, NOON, LATER)
    page = signed_in(alice).get(f"/o/acme/alerts/{alert.number}/more/").content.decode()
    assert "<polyline" in page
    assert "q=%22en%20panne%22" in page or "q=%22panne" in page


def test_the_posts_of_one_author_are_one_click_away(
    watch: Watch, rise: list[object], alice: User, signed_in: Callable[[User], Client]
) -> None:
    found = signed_in(alice).get("/o/acme/veille/", {"author": "gazette", "from": NOON.isoformat()})
    assert found.status_code == 200
    assert [m.post.author_handle for m in found.context["mentions"]] == ["gazette"]


def test_resting_on_a_sentiment_tells_the_words_that_weighed(
    acme: Organisation, watch: Watch, alice: User, signed_in: Callable[[User], Client]
) -> None:
    IngestPipeline(acme, ToldClock(LATER)).take([post(1, "acme est une honte, service horrible")])
    [mention] = Mention.objects.of(acme)
    assert "honte" in signed_in(alice).get(f"/o/acme/mentions/{mention.pk}/why/").content.decode()


def test_an_alert_says_when_a_source_had_just_been_added(
    acme: Organisation, watch: Watch, alice: User, signed_in: Callable[[User], Client]
) -> None:
    add_source(acme, "rss", "Old Gazette", {"url": "https://old.example"}, by=None, at=NOON - timedelta(days=9))
    add_source(acme, "rss", "New Gazette", {"url": "https://new.example"}, by=None, at=NOON - timedelta(hours=1))
    alert = raise_alert(watch, "orange", 60, {**EMPTY, "kinds": ["mentions"]}, NOON, LATER)
    page = signed_in(alice).get(f"/o/acme/alerts/{alert.number}/").content.decode()
    assert "New Gazette was added" in page
    assert "Old Gazette" not in page
