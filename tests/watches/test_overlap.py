"""A post that two watches caught is one post wherever all watches are seen together, and one story rings once."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tests.conftest import NOON, make_watch, person, post
from vigie.alerts.models import Alert
from vigie.alerts.vigilance import current
from vigie.crises import queries
from vigie.intake import apply
from vigie.intake.filling import rematch, steps
from vigie.intake.models import Job
from vigie.intake.pipeline import IngestPipeline
from vigie.lib.times import ToldClock
from vigie.people.actions import create_organisation
from vigie.people.models import Organisation, Role, User
from vigie.rooms.opening import open_room
from vigie.trends import counts
from vigie.watches.models import Entity, Mention, Watch


def fill(watch: Watch) -> None:
    job = Job.objects.create(
        organisation=watch.organisation, kind="fill", what={"watch": watch.pk}, asked_at=NOON, state="running"
    )
    list(steps(job, watch))


def together(organisation: Organisation) -> list[int]:
    """Mentions, own posts and negative ones of all watches together."""
    sums = [0, 0, 0]
    for row in counts.series(organisation.pk, NOON - timedelta(days=1), NOON + timedelta(days=1), minutes=60).values():
        sums = [held + new for held, new in zip(sums, row, strict=False)]
    return sums


def two_watches(acme: Organisation) -> IngestPipeline:
    make_watch(acme, "acme", name="Acme")
    make_watch(acme, "yaourt", name="Yaourts")
    return IngestPipeline(acme, ToldClock(NOON + timedelta(hours=1)))


def test_in_all_watches_a_post_is_shown_counted_and_exported_once_with_the_names_of_its_watches(
    acme: Organisation, alice: User, signed_in: Callable[[User], Client]
) -> None:
    two_watches(acme).take([post(1, "acme: un yaourt horrible"), post(2, "acme"), post(3, "un yaourt")])
    assert together(acme) == [3, 0, 1]
    client = signed_in(alice)
    window = f"from={(NOON - timedelta(hours=1)).isoformat().replace('+', '%2B')}"
    page = client.get(f"/o/acme/veille/?{window}")
    assert len(page.context["mentions"]) == 3
    body = b"".join(client.get(f"/o/acme/veille/mentions.csv?{window}").streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(body)))
    assert sorted(row["watches"] for row in rows) == ["Acme", "Acme; Yaourts", "Yaourts"]


def test_each_watch_by_itself_still_has_all_its_mentions(acme: Organisation) -> None:
    pipeline = two_watches(acme)
    pipeline.take([post(1, "acme: un yaourt"), post(2, "acme"), post(3, "un yaourt")])
    for watch in pipeline.watches:
        assert counts.totals(watch.pk, NOON - timedelta(days=1), NOON + timedelta(days=1))["mentions"] == 2


def test_what_is_said_not_to_be_ours_under_one_watch_stands_under_the_other(acme: Organisation, alice: User) -> None:
    two_watches(acme).take([post(1, "acme: un yaourt")])
    apply.set_ours(Mention.objects.of(acme).get(watch__name="Acme"), False, by=alice, at=NOON)
    assert together(acme) == [1, 0, 0]
    apply.set_ours(Mention.objects.of(acme).get(watch__name="Yaourts"), False, by=alice, at=NOON)
    assert together(acme) == [0, 0, 0]


def test_a_post_of_ones_own_under_one_watch_and_of_others_under_another_counts_as_of_others(
    acme: Organisation,
) -> None:
    make_watch(acme, "acme", name="Acme", own=["@acme"])
    make_watch(acme, "acme", name="Rivals")
    IngestPipeline(acme, ToldClock(NOON + timedelta(hours=1))).take([post(1, "acme", author_handle="acme")])
    assert together(acme) == [1, 0, 0]


def test_a_new_watch_counts_own_posts_as_live_intake_does(acme: Organisation, alice: User) -> None:
    pipeline = IngestPipeline(acme, ToldClock(NOON + timedelta(hours=1)))
    pipeline.take([post(1, own=True), post(2), post(3, author_handle="AcmeFrance")])
    watch = make_watch(acme, own=["@acmefrance"])
    fill(watch)
    sums = counts.totals(watch.pk, NOON - timedelta(days=1), NOON + timedelta(days=1))
    assert (sums["own"], sums["mentions"]) == (2, 1)


def test_a_crisis_that_follows_two_watches_counts_a_post_once(acme: Organisation, alice: User) -> None:
    pipeline = two_watches(acme)
    pipeline.take(
        [post(1, "acme: un yaourt dangereux, scandale", audience=90_000), post(2, "acme"), post(3, "un yaourt")]
    )
    crisis = open_room(
        acme, "Glass", "orange", "photos", by=alice, at=NOON - timedelta(minutes=1), watches=pipeline.watches
    )
    followed = queries.watches(crisis)
    numbers = queries.numbers(crisis, followed, NOON + timedelta(minutes=30))
    assert (numbers["mentions"], numbers["negative"], numbers["audience"]) == (3, 1, 90_000)
    assert queries.waiting(crisis, followed).untaken == 1
    steps, shared = queries.series(crisis, followed, NOON - timedelta(hours=1), NOON + timedelta(hours=1), 60)
    assert [sum(row[i] for row in steps.values()) for i in (0, 2)] == [3, 1]
    assert shared == 3 / 4, "the usual of two watches holds a shared post twice as well"
    assert [n for _, n in queries.where(crisis, followed, NOON + timedelta(minutes=30))] == [3]


ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("read"), st.sampled_from(["acme", "un yaourt", "acme et yaourt", "rien"])),
        st.tuples(st.just("ours"), st.tuples(st.integers(0, 5), st.booleans())),
        st.tuples(st.just("edit"), st.tuples(st.integers(0, 5), st.sampled_from(["acme", "yaourt acme", "rien"]))),
        st.tuples(st.just("rematch"), st.sampled_from(["Acme", "Yaourts"])),
    ),
    max_size=14,
)


class HistoriesTest(TestCase):
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(ACTS)
    def test_exactly_one_mention_stands_for_each_post_and_a_recount_finds_no_difference(
        self, acts: list[tuple[str, Any]]
    ) -> None:
        acme = create_organisation("Acme", at=NOON)
        alice = person(f"Alice{acme.slug}", acme, Role.ADMINISTRATOR)
        pipeline = two_watches(acme)
        for n, (what, value) in enumerate(acts):
            if what == "read":
                pipeline.take([post(n, value)])
            elif what == "edit":
                pipeline.take([post(value[0], value[1], observed_at=NOON + timedelta(minutes=n))])
            elif what == "ours" and (found := Mention.objects.of(acme).filter(post__external_id=str(value[0])).first()):
                apply.set_ours(found, value[1], by=alice, at=NOON)
            elif what == "rematch":
                watch = Watch.objects.of(acme).get(name=value)
                rematch(acme, watch)
                fill(watch)
        rows = Mention.objects.of(acme).values_list("post", "repeats")
        standing = [pk for pk, repeats in rows if not repeats]
        assert sorted(standing) == sorted({pk for pk, _repeats in rows})
        assert apply.recount(acme) == []


# -- one story, one alert -------------------------------------------------------------------------------------


def told(alerts: list[Alert]) -> Callable[[Alert, str], None]:
    return lambda alert, reason: alerts.append(alert)


def storm(pipeline: IngestPipeline, text: str) -> None:
    clock = pipeline.clock
    assert isinstance(clock, ToldClock)
    for n in range(200):
        record = post(n, f"acme et son yaourt du jour {n}", minutes=n * 15)
        clock.advance(record.published_at)
        pipeline.take([record])
        pipeline.tick()
    for n in range(60):
        record = post(1000 + n, f"{text} {n}", minutes=3000 + n / 2)
        clock.advance(record.published_at)
        pipeline.take([record])


@pytest.fixture
def same_entity(acme: Organisation) -> list[Watch]:
    entity = Entity.objects.create(organisation=acme, name="Acme", names=[], handles=[])
    common = {"organisation": acme, "entity": entity, "created_at": NOON, "changed_at": NOON}
    return [Watch.objects.create(name=name, query=name.lower(), **common) for name in ("Acme", "Yaourt")]


def test_one_story_on_two_watches_of_one_entity_is_one_alert_that_names_both(
    acme: Organisation, same_entity: list[Watch]
) -> None:
    rung: list[Alert] = []
    storm(IngestPipeline(acme, ToldClock(NOON), notify=told(rung)), "scandale: du verre dans le yaourt acme")
    alert = Alert.objects.of(acme).get()
    assert sorted(alert.name.split(" + ")) == ["Acme", "Yaourt"]
    assert set(current(acme, alert.last_at)) == {w.pk for w in same_entity}
    assert {a.pk for a in rung} == {alert.pk}


def test_two_stories_on_two_watches_of_one_entity_are_two_alerts(acme: Organisation) -> None:
    entity = Entity.objects.create(organisation=acme, name="Acme", names=[], handles=[])
    for query in ("acme NOT incendie", "incendie"):
        Watch.objects.create(
            organisation=acme, entity=entity, name=query, query=query, created_at=NOON, changed_at=NOON
        )
    pipeline = IngestPipeline(acme, ToldClock(NOON))
    clock = pipeline.clock
    assert isinstance(clock, ToldClock)
    for n in range(400):
        text = "acme bonjour" if n % 2 else "un incendie de forêt"
        record = post(n, f"{text} {n}", minutes=n * 8)
        clock.advance(record.published_at)
        pipeline.take([record])
        pipeline.tick()
    for n in range(120):
        text = "scandale acme, du verre dans un pot" if n % 2 else "grave incendie à l'usine ce soir"
        record = post(1000 + n, f"{text} {n}", minutes=3200 + n / 4)
        clock.advance(record.published_at)
        pipeline.take([record])
    assert Alert.objects.of(acme).count() == 2
