"""The weekly look: what people say of their alerts moves the budget of a watch, within bounds, and can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import NOON, make_watch
from vigie.alerts import actions, verdicts
from vigie.alerts.models import Alert, Verdict
from vigie.alerts.raising import raise_alert
from vigie.intake.pipeline import IngestPipeline
from vigie.journal.models import Entry
from vigie.lib.refusals import Refused
from vigie.lib.times import ToldClock
from vigie.people.models import Organisation, User
from vigie.trends.judgement import BUDGET, over, rarity_for
from vigie.trends.sensor import Reading, Shown
from vigie.watches import actions as watches
from vigie.watches.models import Watch

Sign = Callable[[User], Client]


def rung(watch: Watch) -> Alert:
    return raise_alert(watch, "orange", 60, actions.EMPTY, NOON, NOON, None)


def tilt(watch: Watch) -> float:
    return Watch.objects.of(watch.organisation_id).get(pk=watch.pk).tilt


def test_a_useless_alert_takes_a_little_away_and_taking_it_back_gives_it_again(
    acme: Organisation, watch: Watch, bob: User
) -> None:
    said = verdicts.judge(rung(watch), "useless", by=bob, at=NOON)
    assert tilt(watch) == pytest.approx(0.85)
    verdicts.undo(said, by=bob, at=NOON)
    verdicts.undo(said, by=bob, at=NOON)
    assert tilt(watch) == 1.0
    verbs = list(Entry.objects.filter(organisation_id=acme.pk).order_by("seq").values_list("verb", flat=True))
    assert verbs[-2:] == ["alert.judged", "verdict.undone"]


def test_a_second_verdict_on_an_alert_replaces_the_first(acme: Organisation, watch: Watch, bob: User) -> None:
    alert = rung(watch)
    verdicts.judge(alert, "useless", by=bob, at=NOON)
    verdicts.judge(alert, "useful", by=bob, at=NOON)
    assert Verdict.objects.of(acme).filter(undone_at=None).count() == 1
    assert tilt(watch) == 1.0


@pytest.mark.parametrize(("reason", "after"), [("noise", 0.85), ("homonym", 0.85), ("known", 1.0), ("positive", 1.0)])
def test_an_alert_dismissed_as_wrong_counts_until_it_is_reopened(
    acme: Organisation, watch: Watch, bob: User, reason: str, after: float
) -> None:
    alert = rung(watch)
    actions.dismiss(alert, reason, by=bob, at=NOON)
    assert tilt(watch) == pytest.approx(after)
    actions.reopen(alert, by=bob, at=NOON)
    assert tilt(watch) == 1.0


def test_what_people_say_goes_before_how_it_was_dismissed(acme: Organisation, watch: Watch, bob: User) -> None:
    alert = rung(watch)
    actions.dismiss(alert, "noise", by=bob, at=NOON)
    verdicts.judge(alert, "useful", by=bob, at=NOON)
    assert tilt(watch) == 1.0


def test_a_missed_crisis_gives_more_alerts_within_bounds(acme: Organisation, watch: Watch, bob: User) -> None:
    tilts = []
    for day in range(8):
        verdicts.missed(watch, NOON - timedelta(days=day), "recall", by=bob, at=NOON)
        tilts.append(tilt(watch))
    assert tilts[0] == pytest.approx(1.4)
    assert tilts == sorted(tilts)
    assert tilts[-1] == 4.0


def test_a_crisis_told_twice_is_one(acme: Organisation, watch: Watch, bob: User, alice: User) -> None:
    verdicts.missed(watch, NOON - timedelta(hours=30), "recall", by=bob, at=NOON)
    verdicts.missed(watch, NOON - timedelta(hours=30, minutes=20), "the recall", by=alice, at=NOON)
    assert tilt(watch) == pytest.approx(1.4)


def test_dismissals_of_long_ago_count_no_more(acme: Organisation, watch: Watch, bob: User) -> None:
    old = rung(watch)
    actions.dismiss(old, "noise", by=bob, at=NOON)
    later = NOON + timedelta(weeks=5)
    verdicts.missed(watch, later - timedelta(hours=1), "", by=bob, at=later)
    assert tilt(watch) == pytest.approx(1.4)


def test_a_verdict_given_while_somebody_edits_the_watch_is_kept(acme: Organisation, watch: Watch, bob: User) -> None:
    alert = rung(watch)
    edited = Watch.objects.of(acme).select_related("entity").get(pk=watch.pk)
    verdicts.judge(alert, "useless", by=bob, at=NOON)
    values = {"name": "Acme 2", "kind": "company", "names": [], "handles": [], "query": "acme"}
    watches.change_watch(edited, values, by=bob, at=NOON)
    assert tilt(watch) == pytest.approx(0.85)


def test_a_verdict_seen_from_an_old_page_leaves_no_trace(
    acme: Organisation, watch: Watch, bob: User, alice: User
) -> None:
    alert = rung(watch)
    one, other = (Alert.objects.of(acme).select_related("watch").get(pk=alert.pk) for _ in range(2))
    verdicts.judge(one, "useless", by=bob, at=NOON)
    verdicts.judge(other, "useful", by=alice, at=NOON)
    assert tilt(watch) == 1.0


@pytest.mark.parametrize("days", [-1, 500])
def test_a_crisis_that_is_still_to_come_or_years_away_is_refused(watch: Watch, bob: User, days: int) -> None:
    with pytest.raises(Refused):
        verdicts.missed(watch, NOON - timedelta(days=days), "", by=bob, at=NOON)
    assert tilt(watch) == 1.0


def reading(rarity: float) -> Reading:
    return Reading({}, 14 * 24, 1000, (Shown("fast", "mentions", 5.0, rarity, 60, 20, 5),), rarity)


@settings(max_examples=50, deadline=None)
@given(st.floats(-1.5, 3), st.floats(0.25, 4), st.sampled_from(sorted(BUDGET)))
def test_a_larger_budget_never_rings_less(rarity: float, tilt: float, sensitivity: str) -> None:
    assert bool(over(reading(rarity), sensitivity, tilt)) == (rarity >= rarity_for(BUDGET[sensitivity] * tilt))


def test_the_intake_follows_a_verdict_at_its_next_batch(acme: Organisation, watch: Watch, bob: User) -> None:
    alert = rung(watch)
    pipeline = IngestPipeline(acme, ToldClock(NOON))
    verdicts.judge(alert, "useless", by=bob, at=NOON + timedelta(minutes=1))
    pipeline.refresh()
    assert pipeline.evaluators[watch.pk].watch.tilt == pytest.approx(0.85)


def test_bob_looks_back_at_the_week_says_it_and_takes_it_back(
    acme: Organisation, watch: Watch, bob: User, rita: User, signed_in: Sign
) -> None:
    alert = rung(watch)
    week = reverse("week", args=[acme.slug])
    Alert.objects.of(acme).update(raised_at=acme.clock.now() - timedelta(hours=2))
    client = signed_in(bob)
    assert "Not useful" in client.get(week).content.decode()
    client.post(reverse("alert-judge", args=[acme.slug, alert.number]), {"says": "useless"})
    page = client.get(week).content.decode()
    assert "aims at" in page
    assert "Not useful</span>" in page
    assert "Take back" not in signed_in(rita).get(week).content.decode()
    [said] = Verdict.objects.of(acme)
    client.post(reverse("week-undo", args=[acme.slug, said.pk]))
    assert "Nothing yet" in client.get(week).content.decode()


def test_a_missed_crisis_is_noted_in_the_time_of_the_organisation(
    acme: Organisation, watch: Watch, elsewhere: Organisation, bob: User, signed_in: Sign
) -> None:
    Watch.objects.of(acme).update(created_at=acme.clock.now() - timedelta(days=30))
    at = (acme.clock.now() - timedelta(days=2)).astimezone(acme.tz).replace(second=0, microsecond=0)
    client, url = signed_in(bob), reverse("week-missed", args=[acme.slug])
    told = {"began": at.strftime("%Y-%m-%dT%H:%M"), "note": "A recall"}
    assert client.post(url, {**told, "watch": make_watch(elsewhere).pk}).status_code == 200
    assert client.post(url, {**told, "watch": watch.pk, "began": "yesterday"}).status_code == 200
    assert client.post(url, {**told, "watch": watch.pk}).status_code == 302
    [said] = Verdict.objects.of(acme)
    assert said.at == at
    assert "A recall" in client.get(reverse("week", args=[acme.slug])).content.decode()
