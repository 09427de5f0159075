"""What rises is named in people's own words, and a whisper is told from a clamour."""

from __future__ import annotations

from datetime import timedelta

from tests.conftest import NOON
from vigie.analysis.claims import checkable, claims
from vigie.stories.signals import Said, rising


def said(n: int, text: str, author: str = "") -> Said:
    return Said(NOON + timedelta(minutes=n), author or f"p{n}", text)


EVERYDAY = [said(-6 * n - 1, "le magasin est ouvert et la livraison est arrivée") for n in range(200)]


def test_a_theme_that_many_people_bring_up_is_strong_and_one_of_a_few_is_weak() -> None:
    loud = [said(n, f"encore une panne à Rennes, {n}") for n in range(30)]
    low = [said(40 + n, f"un goût de plastique dans le yaourt, lot {n}") for n in range(4)]
    one = [said(50 + n, "la vitre est fissurée", "lea") for n in range(4)]
    found = {s.phrase: s for s in rising(EVERYDAY + loud + low + one, NOON)}
    assert next(s for p, s in found.items() if "panne" in p).strength == "strong"
    assert next(s for p, s in found.items() if "plastique" in p).strength == "weak"
    assert all(s.strength == "noise" for p, s in found.items() if "vitre" in p or "fissurée" in p)


def test_a_theme_comes_with_its_trend_its_first_moment_and_examples() -> None:
    late = [said(n, f"la panne de Rennes dure, {n}") for n in range(0, 120, 4)]
    [theme, *_] = rising(EVERYDAY + late, NOON)
    assert sum(theme.trend) == theme.texts == 30
    assert theme.first_at == NOON
    assert len(theme.examples) == 3
    assert theme.growth > 2


def test_nothing_rises_where_nothing_is_said() -> None:
    assert rising(EVERYDAY, NOON) == []
    assert rising([], NOON) == []


def test_a_statement_that_several_people_make_is_one_claim_told_as_it_was_first_made() -> None:
    posts = [
        ("ana", "L'usine Lactérie de Rennes a fermé lundi, 300 salariés dehors"),
        ("bob", "Il paraît que l'usine Lactérie de Rennes a fermé lundi, 300 salariés dehors !!"),
        ("cleo", "RT l'usine Lactérie de Rennes a fermé lundi 300 salariés dehors"),
        ("dan", "J'adore les yaourts de Lactérie"),
        ("eve", "Est-ce que l'usine Lactérie de Rennes a fermé lundi ?"),
    ]
    [found] = claims(posts)
    assert (found.text, found.authors, found.posts) == (posts[0][1], 3, [0, 1, 2])


def test_one_person_who_repeats_makes_no_claim() -> None:
    assert claims([("ana", "Le lot 4512 de Lactérie est contaminé")] * 5) == []


def test_feelings_questions_and_thanks_are_nothing_to_check() -> None:
    assert not any(
        checkable(text)
        for text in (
            "Merci Lactérie pour 2026 !",
            "Je déteste Lactérie depuis 3 ans",
            "Qui a fermé l'usine de Rennes ?",
        )
    )
