"""A new subject is heard at small numbers; what comes back, one person, and copies are not subjects."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.lib.text import fold
from vigie.trends.hearing import TRAITS, Heard, Hearing, Said, packed, place, place_of, traits, words_of

HOUR = 3600.0
TALK = ["livraison rapide merci", "colis bien recu", "prix trop cher", "bon service client", "application pratique"]


def everyday(hearing: Hearing, posts: int, every: float = 3 * HOUR) -> float:
    """A calm past; the moment after it."""
    for n in range(posts):
        hear(hearing, n * every, f"{TALK[n % len(TALK)]} ref{n}", author=n % 40 + 1)
    return posts * every


def hear(
    hearing: Hearing,
    now: float,
    text: str,
    *,
    author: int,
    bad: bool = False,
    influential: bool = False,
    network: str = "x",
) -> Heard:
    bits = traits(bad, influential, "?" in text, network)
    return hearing.hear(now, Said(packed(fold(text)), author, bits, place_of(network)))


def test_four_people_who_speak_of_one_new_thing_are_heard_and_it_is_named() -> None:
    hearing = Hearing()
    now = everyday(hearing, 100)
    texts = [
        "Fuite de données chez eux",
        "ma banque parle d'une fuite",
        "encore une fuite, bravo",
        "fuite : changez vos codes",
    ]
    heard = [hear(hearing, now + n * 600, text, author=200 + n) for n, text in enumerate(texts)]
    assert heard[0].subject == 0.0
    assert heard[-1].subject > 3
    assert heard[-1].word == place("fuite")
    assert heard[-1].voices == 4


@pytest.mark.parametrize("how", ["one person", "one text"])
def test_one_person_or_one_text_copied_is_no_subject(how: str) -> None:
    hearing = Hearing()
    now = everyday(hearing, 100)
    heard = [
        hear(
            hearing,
            now + n * 600,
            "fuite de données" if how == "one text" else f"fuite {TALK[n % 5]}",
            author=300 if how == "one person" else 300 + n,
        )
        for n in range(10)
    ]
    assert max(one.subject for one in heard) < 1


def test_what_is_spoken_of_every_week_is_no_subject_any_more() -> None:
    hearing = Hearing()
    now, highest = everyday(hearing, 40), []
    for week in range(6):
        week_at = now + week * 7 * 24 * HOUR
        for n in range(20):
            hear(hearing, week_at + n * 3 * HOUR, f"{TALK[n % 5]} note{week}{n}", author=n + 1)
        told = [
            hear(hearing, week_at + 70 * HOUR + n * 900, f"promo du jeudi avis{week}{n}", author=50 + n)
            for n in range(6)
        ]
        highest.append(max(one.subject for one in told))
    assert highest[0] > 3
    assert highest[-1] < highest[0] / 2


def test_a_turn_of_tone_is_heard_without_more_posts_than_usual() -> None:
    hearing = Hearing()
    calm = [hear(hearing, n * HOUR, TALK[n % 5], author=n + 1, bad=n % 5 == 0) for n in range(200)]
    assert max(one.tone.surprise for one in calm[100:]) < 3
    turned = [hear(hearing, (200 + n) * HOUR, TALK[n % 5], author=n + 1, bad=True) for n in range(10)]
    assert turned[-1].tone.surprise > 3.5
    assert (turned[-1].tone.seen, turned[-1].tone.of) == (10, 10)


@pytest.mark.parametrize("trait", ["weighty", "asks", "newcomer", "elsewhere"])
def test_others_who_begin_to_speak_are_heard_without_more_posts_than_usual(trait: str) -> None:
    hearing = Hearing()
    calm = [
        hear(hearing, n * HOUR, TALK[n % 5] + "?" * (n % 9 == 0), author=n % 25 + 1, influential=n % 12 == 0)
        for n in range(500)
    ]
    assert max(one.others.surprise for one in calm[100:]) < 3
    told = [
        hear(
            hearing,
            (500 + n) * HOUR,
            TALK[n % 5] + "?" * (trait == "asks"),
            author=1000 + n if trait == "newcomer" else n % 25 + 1,
            influential=trait == "weighty",
            network="forum" if trait == "elsewhere" else "x",
        )
        for n in range(10)
    ]
    loudest = max((one.others for one in told), key=lambda turn: turn.surprise)
    assert loudest.surprise > 3.5
    assert TRAITS[loudest.trait] == trait
    assert told[-1].tone.surprise < 3


def test_one_person_of_reach_who_speaks_often_is_one_voice() -> None:
    hearing = Hearing()
    for n in range(300):
        hear(hearing, n * HOUR, TALK[n % 5], author=n % 25 + 1)
    told = [hear(hearing, (300 + n) * HOUR, TALK[n % 5], author=99, influential=True) for n in range(10)]
    assert max(one.others.surprise for one in told) < 3
    assert max(one.others.seen for one in told) <= 1


def test_people_whom_nobody_knows_are_not_newcomers() -> None:
    hearing = Hearing()
    heard = [hear(hearing, n * HOUR, TALK[n % 5], author=0 if n > 100 else n % 20 + 1) for n in range(200)]
    assert max(one.others.surprise for one in heard[60:]) < 3


def test_the_press_is_heard_as_a_voice_of_weight_whatever_its_audience() -> None:
    assert traits(False, False, False, "press") == traits(False, True, False, "x")


@pytest.mark.parametrize("people", [200, 40_000])
def test_people_who_spoke_lately_are_known_however_many_there_were(people: int) -> None:
    hearing = Hearing()
    for n in range(people):
        hearing._traits(Said(author=n + 1))
    new = [hearing._traits(Said(author=people - n))[TRAITS.index("newcomer")] for n in range(100)]
    assert sum(new) == 0


def test_a_busy_watch_is_listened_to_by_sample() -> None:
    hearing = Hearing()
    everyday(hearing, 60)
    heard = [hear(hearing, 1e6 + n / 100, f"fuite {n} autre{n}", author=n + 1) for n in range(500)]
    assert sum(one.posts > 0 for one in heard) == 10


def test_what_was_heard_survives_a_restart() -> None:
    hearing = Hearing()
    now = everyday(hearing, 80)
    again = Hearing.load(hearing.dump())
    assert again is not None
    for n in range(5):
        one, other = (hear(h, now + n * 60 * 20, f"fuite annonce{n}", author=n + 1) for h in (hearing, again))
        assert one == other
    assert Hearing.load(b"of another version") is None


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0, 1e6), st.text(max_size=80), st.integers(0, 9), st.booleans()), min_size=1, max_size=120
    )
)
def test_nothing_that_people_write_breaks_it(posts: list[tuple[float, str, int, bool]]) -> None:
    hearing = Hearing()
    for passed, text, author, bad in posts:
        heard = hear(hearing, 1.7e9 + passed, text, author=author, bad=bad)
        assert np.isfinite([heard.subject, heard.tone.surprise, heard.others.surprise]).all()
        assert 0 <= heard.voices <= heard.posts <= 48


def test_links_accounts_numbers_and_empty_words_name_nothing() -> None:
    assert words_of(fold("Le @compte dit que https://exemple.fr/fuite 2026 #Panne générale à la")) == [
        "dit",
        "panne",
        "generale",
    ]
