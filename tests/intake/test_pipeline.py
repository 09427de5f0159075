"""Posts are kept once, whatever order they come in, and counts always agree with what is kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tests.conftest import NOON, make_watch, person, post
from vigie.intake import apply
from vigie.intake.filling import steps
from vigie.intake.models import Job
from vigie.intake.pipeline import IngestPipeline
from vigie.lib.times import ToldClock
from vigie.networks.record import Record
from vigie.people.actions import create_organisation
from vigie.people.models import Organisation, Role
from vigie.posts import search
from vigie.posts.models import Post, PostVersion, SetAside
from vigie.trends import counts
from vigie.watches.models import Mention, Watch
from vigie.watches.query import parse
from vigie.watches.trying import attempt


def totals(watch: Watch) -> dict[str, int]:
    return counts.totals(watch.pk, NOON - timedelta(days=1), NOON + timedelta(days=1))


def test_a_post_that_concerns_a_watch_is_found_counted_and_searchable(pipeline: IngestPipeline, watch: Watch) -> None:
    pipeline.take([post(1, "ACME est en panne, c'est honteux"), post(2, "rien à voir")])
    assert Post.objects.of(pipeline.organisation).count() == 2
    assert list(Mention.objects.of(pipeline.organisation).values_list("post__external_id", "sentiment")) == [("1", -1)]
    assert (totals(watch)["mentions"], totals(watch)["negative"]) == (1, 1)
    found = search.holding(Post.objects.of(pipeline.organisation), "panne", "pk")
    assert list(found.values_list("external_id", flat=True)) == ["1"]


def test_own_posts_are_counted_apart_and_never_ring(acme: Organisation) -> None:
    watch = make_watch(acme, own=["@AcmeOfficiel"])
    pipeline = IngestPipeline(acme, ToldClock(NOON + timedelta(hours=1)))
    kept = pipeline.take([post(1, author_handle="acmeofficiel"), post(2)])
    assert (totals(watch)["own"], totals(watch)["mentions"]) == (1, 1)
    assert len(kept.events) == 1


def test_the_same_reading_twice_changes_nothing(pipeline: IngestPipeline, watch: Watch) -> None:
    for _ in range(3):
        pipeline.take([post(1), post(2)])
    assert Post.objects.of(pipeline.organisation).count() == 2
    assert totals(watch)["mentions"] == 2


def test_an_edit_keeps_what_was_said_before_and_moves_the_counts(pipeline: IngestPipeline, watch: Watch) -> None:
    pipeline.take([post(1, "acme c'est honteux, lamentable")])
    pipeline.take([post(1, "acme merci, parfait, génial", observed_at=NOON + timedelta(minutes=5))])
    found = Post.objects.of(pipeline.organisation).get()
    assert (found.text, found.edits) == ("acme merci, parfait, génial", 1)
    assert [v.text for v in PostVersion.objects.of(pipeline.organisation)] == ["acme c'est honteux, lamentable"]
    assert (totals(watch)["negative"], totals(watch)["positive"]) == (0, 1)
    assert not search.holding(Post.objects.of(pipeline.organisation), "honteux", "pk").exists()


def test_what_its_author_deleted_was_said_all_the_same(pipeline: IngestPipeline, watch: Watch) -> None:
    pipeline.take([post(1)])
    pipeline.take([post(1, "", deleted=True, observed_at=NOON + timedelta(minutes=5))])
    assert Post.objects.of(pipeline.organisation).get().deleted
    assert totals(watch)["mentions"] == 1


def test_rubbish_is_set_aside_with_its_reason_and_the_rest_goes_on(pipeline: IngestPipeline) -> None:
    bad = [
        post(1, published_at=NOON.replace(year=1970)),
        post(2, published_at=NOON.replace(year=2999)),
        post(0, "", external_id="", author_handle=""),
    ]
    pipeline.take([*bad, post(4), post(5, "acme\0\u202e" + "x" * 1_000_000, external_id="")])
    assert Post.objects.of(pipeline.organisation).count() == 2
    reasons = list(SetAside.objects.of(pipeline.organisation).order_by("pk").values_list("reason", flat=True))
    assert [r.split(" ")[0] for r in reasons] == ["the", "the", "neither"]
    assert len(Post.objects.of(pipeline.organisation).order_by("-pk")[0].text) <= 20_000


def test_a_batch_that_fails_leaves_nothing_behind(pipeline: IngestPipeline, watch: Watch) -> None:
    def broken(_: Any) -> None:
        raise RuntimeError("the cursor could not be written")

    with pytest.raises(RuntimeError):
        pipeline.take([post(1)], also=broken)
    assert not Post.objects.of(pipeline.organisation).exists()
    assert totals(watch)["mentions"] == 0
    pipeline.take([post(1)])
    assert totals(watch)["mentions"] == 1


def test_copies_share_a_story_with_the_first_of_them(pipeline: IngestPipeline) -> None:
    text = "un morceau de plastique trouvé dans un yaourt acme ce matin, attention aux enfants"
    pipeline.take(
        [post(1, text), post(2, text + " !!"), post(3, "tout autre chose chez acme aujourd'hui et demain aussi")]
    )
    stories = dict(Post.objects.of(pipeline.organisation).values_list("external_id", "story"))
    assert stories["1"] == stories["2"] != stories["3"]


def test_the_tester_finds_just_what_the_matcher_found(pipeline: IngestPipeline, watch: Watch) -> None:
    pipeline.take([post(i, text) for i, text in enumerate(["acme", "ACMÉ !", "acmee", "pas acme?", "rien"])])
    tried = attempt(pipeline.organisation, parse("acme"))
    assert tried.caught == Mention.objects.of(pipeline.organisation).count() == 3
    assert tried.looked == 5


def test_a_new_watch_is_filled_from_what_is_stored_and_can_be_taken_up_again(pipeline: IngestPipeline) -> None:
    pipeline.take([post(i, "panne de réseau") for i in range(7)])
    late = make_watch(pipeline.organisation, "panne", name="Late")
    job = Job.objects.create(organisation=pipeline.organisation, kind="fill", what={"watch": late.pk}, asked_at=NOON)
    assert list(steps(job, late)) == [7]
    assert list(steps(Job.objects.across().get(pk=job.pk), late)) == []
    assert totals(late)["mentions"] == 7
    assert apply.recount(pipeline.organisation) == []


READING = st.tuples(
    st.integers(0, 4),
    st.integers(0, 6),
    st.sampled_from(["acme nul", "acme bravo", "rien", "acme boycott panne"]),
    st.booleans(),
)
ACTS = st.lists(
    st.one_of(
        READING.map(lambda r: ("read", r)),
        st.tuples(st.integers(0, 4), st.sampled_from([-1, 0, 1])).map(lambda a: ("correct", a)),
        st.integers(0, 4).map(lambda n: ("undo", n)),
        st.tuples(st.integers(0, 4), st.booleans()).map(lambda a: ("ours", a)),
    ),
    max_size=14,
)


def reading(r: tuple[int, int, str, bool]) -> Record:
    n, minute, text, deleted = r
    # What a reading says is told by its moment: two readings of one moment say the same.
    text = f"{text} {minute}" if not deleted else ""
    return post(n, text, observed_at=NOON + timedelta(minutes=minute), deleted=deleted)


class HistoriesTest(TestCase):
    """Random histories, each in a database of its own."""

    def world(self) -> tuple[IngestPipeline, Any]:
        acme = create_organisation("Acme", at=NOON)
        make_watch(acme)
        make_watch(acme, "boycott OR bravo", name="Second")
        alice = person(f"Alice{acme.slug}", acme, Role.ADMINISTRATOR)
        return IngestPipeline(acme, ToldClock(NOON + timedelta(hours=1))), alice

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(ACTS)
    def test_a_recount_over_what_is_stored_finds_no_difference(self, acts: list[tuple[str, Any]]) -> None:
        pipeline, alice = self.world()
        for what, value in acts:
            found = (
                Post.objects.of(pipeline.organisation)
                .filter(external_id=str(value if what == "undo" else value[0]))
                .first()
            )
            if what == "read":
                pipeline.take([reading(value)])
            elif found and what == "correct":
                apply.correct(found, value[1], by=alice, at=NOON)
            elif found and what == "undo":
                for correction in found.correction_set(manager="_base_manager").all():  # type: ignore[attr-defined]
                    apply.undo(correction, by=alice, at=NOON)
            elif found and what == "ours":
                for mention in Mention.objects.of(pipeline.organisation).filter(post=found):
                    apply.set_ours(mention, value[1], by=alice, at=NOON)
            assert apply.recount(pipeline.organisation) == []
        transaction.set_rollback(True)

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(READING, max_size=8, unique_by=lambda r: (r[0], r[1])), st.randoms())
    def test_readings_in_any_order_and_repetition_end_in_the_same_state(self, readings: list[Any], dice: Any) -> None:
        readings = [(n, m, t, False) for n, m, t, _ in readings]
        shuffled = readings + dice.sample(readings, min(2, len(readings)))
        dice.shuffle(shuffled)
        states = []
        for order in (sorted(readings, key=lambda r: r[1]), shuffled):
            pipeline, _ = self.world()
            for r in order:
                pipeline.take([reading(r)])
            states.append(
                (
                    sorted(Post.objects.of(pipeline.organisation).values_list("external_id", "text", "sentiment")),
                    sorted(
                        Mention.objects.of(pipeline.organisation).values_list(
                            "post__external_id", "watch__name", "sentiment"
                        )
                    ),
                    [totals(w) for w in Watch.objects.of(pipeline.organisation)],
                )
            )
        assert states[0] == states[1]
