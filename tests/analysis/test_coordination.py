"""People who agree are left alone; accounts that act as one are found, with what they did."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.analysis.coordination import Act, groups, odds, traces

WORDS = "panne réseau livraison colis retard prix magasin service client hausse train avion grève usine ville".split()


def crowd(people: int, posts: int, seed: int = 1) -> list[Act]:
    """People who each say things of their own over a month."""
    dice = random.Random(seed)
    return [
        Act(f"p{dice.randrange(people)}", dice.uniform(0, 30 * 86_400), " ".join(dice.choices(WORDS, k=12)) + f" {n:x}")
        for n in range(posts)
    ]


def troupe(size: int, texts: int, *, within: float = 300, seed: int = 2) -> list[Act]:
    """Accounts that say the same things a few minutes apart."""
    dice = random.Random(seed)
    found = []
    for n in range(texts):
        at, said = dice.uniform(0, 30 * 86_400), " ".join(dice.choices(WORDS, k=10)) + f" numéro {n}"
        found += [Act(f"bot{i}", at + dice.uniform(0, within), f"{said} http://a.example/{n}") for i in range(size)]
    return found


def test_accounts_that_say_the_same_things_together_are_one_group_and_the_others_are_left_alone() -> None:
    [found] = groups(crowd(200, 3_000) + troupe(5, 8))
    assert sorted(found.accounts) == [f"bot{i}" for i in range(5)]
    assert found.posts == 40
    assert found.odds < 1e-6
    assert found.evidence[0].kind == "text"
    assert len(found.evidence[0].accounts) == 5


def test_a_crowd_in_which_everybody_shares_the_same_few_posts_is_no_group() -> None:
    dice = random.Random(3)
    viral = [f"everybody shares this story about the strike number {n}" for n in range(20)]
    acts = [Act(f"p{i}", dice.uniform(0, 3_600), dice.choice(viral)) for i in range(400) for _ in range(6)]
    assert groups(acts) == []


def test_the_same_words_once_are_a_quotation() -> None:
    assert groups(crowd(50, 500) + troupe(4, 1)) == []


def test_one_post_full_of_tags_is_one_act() -> None:
    tags = " ".join(f"#tag{n}" for n in range(6))
    acts = [Act(name, 60.0 * i, f"les salariés de l'usine {tags}") for i, name in enumerate("ab")]
    assert len(list(traces(acts[0].text))) > 12
    assert groups(crowd(50, 500) + acts) == []


def test_the_same_things_said_days_apart_are_no_coordination() -> None:
    assert groups(crowd(50, 500) + troupe(3, 8, within=10 * 86_400)) == []


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_the_posts_changes_nothing(dice: random.Random) -> None:
    acts = crowd(60, 400) + troupe(3, 6)
    expected = groups(acts)
    dice.shuffle(acts)
    assert [(g.accounts, g.posts, g.first_at) for g in groups(acts)] == [
        (g.accounts, g.posts, g.first_at) for g in expected
    ]


@given(st.integers(1, 200), st.floats(1, 500), st.floats(1, 500))
def test_chance_explains_less_the_more_is_shared(shared: int, one: float, other: float) -> None:
    assert 0 <= odds(shared + 1, one, other, 50, 1e6) <= odds(shared, one, other, 50, 1e6) <= 1


@pytest.mark.parametrize("text", ["", "   ", "#", "http://", "@a @b", "é" * 10_000, "\u202e\x00"])
def test_strange_texts_leave_traces_or_none_but_never_an_error(text: str) -> None:
    assert isinstance(list(traces(text)), list)
    assert groups([Act("a", 0.0, text), Act("b", 1.0, text)]) == []


def test_nothing_holds_no_group() -> None:
    assert groups([]) == []
