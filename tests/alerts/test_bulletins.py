"""Silence from a tool says nothing by itself: each morning it is said what was seen, and what could not be."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import translation

from tests.conftest import NOON, make_watch, post
from vigie.alerts import bulletins, mention_notices
from vigie.alerts.duty import call
from vigie.alerts.models import Bulletin, Channel
from vigie.intake import sources
from vigie.intake.pipeline import IngestPipeline
from vigie.lib.times import ToldClock
from vigie.outbox import actions as outbox
from vigie.outbox import services
from vigie.outbox.letters import written
from vigie.outbox.models import Message
from vigie.outbox.pool import deliver
from vigie.people.models import Organisation
from vigie.posts.models import Gap, Source
from vigie.watches.models import Watch

MORNING = NOON.replace(hour=7, minute=5)
"""Five past eight in Paris."""


def channel(organisation: Organisation, *, news: bool = True) -> Channel:
    return Channel.objects.create(
        organisation=organisation, name="Nadia", address=services.vault().seal("jsons://x"), news=news
    )


def told(organisation: Organisation) -> tuple[str, str]:
    with translation.override("en"):
        letter = written(Message.objects.of(organisation).get())
        return letter.title, letter.body


def test_a_calm_morning_is_said_to_be_calm_with_what_could_not_be_seen(acme: Organisation, watch: Watch) -> None:
    channel(acme)
    channel(acme, news=False)
    source = sources.add_source(acme, "rss", "Gazette", {}, by=None, at=NOON - timedelta(days=5))
    Source.objects.of(acme).update(state=Source.State.UP, last_success_at=MORNING)
    IngestPipeline(acme, ToldClock(MORNING)).take(
        [post(1, minutes=-400), post(2, "acme, c'est honteux", minutes=-380)]
        + [post(n, minutes=-3_000) for n in range(3, 12)]
    )
    Gap.objects.create(
        organisation=acme, source=source, began_at=MORNING - timedelta(hours=3), ended_at=MORNING, reason="down"
    )
    assert bulletins.morning(acme, MORNING) is not None
    title, body = told(acme)
    assert title == "Acme: Nothing abnormal in 24 h on 1 watch."
    assert "could not see Gazette from 10 March 05:05 to 08:05" in body
    assert "Acme · green · 2 mentions, 50% negative" in body


def test_there_is_one_bulletin_a_day_and_none_before_eight_or_without_a_watch(
    acme: Organisation, elsewhere: Organisation
) -> None:
    make_watch(acme)
    assert bulletins.morning(acme, MORNING - timedelta(minutes=10)) is None
    assert bulletins.morning(acme, MORNING) is not None
    assert bulletins.morning(acme, MORNING + timedelta(hours=5)) is None
    assert bulletins.morning(acme, MORNING + timedelta(days=1)) is not None
    assert bulletins.morning(elsewhere, MORNING) is None
    assert Bulletin.objects.across().count() == 2


def test_the_main_mentions_are_in_it_where_the_watch_asks_for_them(acme: Organisation) -> None:
    channel(acme)
    make_watch(acme, notify_on=Watch.NotifyOn.DIGEST)
    texts = [post(n, f"acme number {n}", minutes=-400 + n, audience=n) for n in range(8)]
    IngestPipeline(acme, ToldClock(MORNING)).take(texts)
    bulletins.morning(acme, MORNING)
    body = told(acme)[1]
    assert [n for n in range(8) if f"acme number {n}" in body] == [3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("asks", "network", "letters"), [("press", "press", 1), ("press", "x", 0), ("digest", "press", 0)]
)
def test_a_press_article_is_told_at_once_where_the_watch_asks_for_it(
    acme: Organisation, asks: str, network: str, letters: int
) -> None:
    channel(acme)
    make_watch(acme, notify_on=asks)
    pipeline = IngestPipeline(acme, ToldClock(NOON), notify=call)
    pipeline.take([post(1, "acme in the news", title="A page on Acme", network=network, author_name="La Gazette")])
    assert Message.objects.of(acme).count() == letters
    if letters:
        assert told(acme)[0] == "Acme: A page on Acme"


def test_a_flood_of_articles_and_old_ones_are_left_to_the_bulletin(acme: Organisation) -> None:
    channel(acme)
    make_watch(acme, notify_on=Watch.NotifyOn.PRESS)
    pipeline = IngestPipeline(acme, ToldClock(NOON), notify=call)
    pipeline.take([post(n, network="press") for n in range(30)])
    pipeline.take([post(99, network="press", minutes=-3_000)])
    assert Message.objects.of(acme).count() == mention_notices.AN_HOUR


def test_a_letter_that_cannot_be_delivered_is_tried_again(acme: Organisation, watch: Watch) -> None:
    channel(acme)
    bulletins.morning(acme, MORNING)
    notice = outbox.claim(at=MORNING)
    assert notice is not None
    Channel.objects.of(acme).update(address=services.vault().seal("nowhere://x"))
    notice = Message.objects.across().select_related("organisation").get(pk=notice.pk)
    assert not deliver(notice, MORNING)
    held = Message.objects.across().get(pk=notice.pk)
    assert (held.state, held.due_at > MORNING) == (Message.State.WAITING, True)


def test_what_rises_a_little_every_day_for_a_month_is_told_in_the_morning(acme: Organisation, watch: Watch) -> None:
    channel(acme)
    posts = [
        post(1000 * day + n, f"acme, c'est honteux {day} {n}", minutes=1440 * (day - 32) + 7 * n)
        for day in range(32)
        for n in range(3 + day // 2)
    ]
    IngestPipeline(acme, ToldClock(MORNING)).take(posts)
    bulletins.morning(acme, MORNING)
    title, body = told(acme)
    assert title == "Acme: To look at this morning: Acme."
    assert "negative mentions have been rising slowly for 30 days" in body
