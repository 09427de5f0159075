"""What people correct is read their way from then on, for them alone, until they take it back."""

from __future__ import annotations

from datetime import timedelta

from tests.conftest import NOON, make_watch, post
from vigie.analysis.lessons import Lessons
from vigie.intake import apply
from vigie.intake.pipeline import IngestPipeline
from vigie.lib.times import ToldClock
from vigie.people.models import Organisation, User
from vigie.posts.models import Post
from vigie.watches.models import Correction

JOKE = "Acme encore en pleine forme ce matin, trente minutes de quai"


def reads(organisation: Organisation, text: str, n: int) -> int:
    """How this organisation reads a new post now."""
    IngestPipeline(organisation, ToldClock(NOON + timedelta(hours=n))).take([post(n, text)])
    return Post.objects.of(organisation).get(external_id=str(n)).sentiment


def test_a_post_that_resembles_a_corrected_one_is_read_as_people_said(
    acme: Organisation, elsewhere: Organisation, alice: User
) -> None:
    make_watch(acme)
    make_watch(elsewhere)
    assert reads(acme, JOKE, 1) >= 0
    made = apply.correct(Post.objects.of(acme).get(), -1, by=alice, at=NOON)
    assert made is not None
    again = "Acme encore en pleine forme ce matin : quarante minutes de quai"
    assert reads(acme, again, 2) == -1
    assert reads(elsewhere, again, 3) >= 0
    apply.undo(Correction.objects.of(acme).get(), by=alice, at=NOON)
    assert reads(acme, again + " bis", 4) >= 0


def test_a_desk_that_is_running_learns_with_its_next_batch(acme: Organisation, alice: User) -> None:
    make_watch(acme)
    pipeline = IngestPipeline(acme, ToldClock(NOON + timedelta(hours=1)))
    pipeline.take([post(1, JOKE)])
    apply.correct(Post.objects.of(acme).get(), -1, by=alice, at=NOON)
    pipeline.refresh()
    pipeline.take([post(2, JOKE.replace("trente", "vingt"))])
    assert Post.objects.of(acme).get(external_id="2").sentiment == -1


def test_a_word_that_people_always_read_as_bad_weighs_and_one_that_says_both_does_not() -> None:
    taught = Lessons(
        [("le quai gamma est vide", -1), ("gamma toujours absent", -1), ("delta ici", 1), ("delta là", -1)]
    )
    assert taught.shift("un mot sur gamma")[0] > 0
    assert not taught.shift("un mot sur delta").any()


def test_without_corrections_nothing_moves() -> None:
    assert not Lessons([])
    assert not Lessons([]).shift("n'importe quoi").any()
