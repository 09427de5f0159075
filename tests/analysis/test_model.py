"""What people write is understood the way people mean it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.analysis import duplicates, model, phrases
from vigie.analysis.language import detect
from vigie.analysis.normalise import normalise

CLEAR = [
    ("Encore une panne, c'est honteux, remboursez-nous !", "fr", -1),
    ("Merci beaucoup, service client au top, je recommande", "fr", 1),
    ("Worst airline ever, lost my bag and nobody answers", "en", -1),
    ("I love this so much, thank you!", "en", 1),
    ("Das ist wirklich schrecklich und traurig", "de", -1),
    ("Me encanta, es maravilloso, gracias", "es", 1),
]


@pytest.mark.parametrize(("text", "lang", "sentiment"), CLEAR)
def test_a_clear_text_is_read_as_any_person_would(text: str, lang: str, sentiment: int) -> None:
    found = model.understand([text])
    assert (found.langs[0], int(found.sentiments[0])) == (lang, sentiment)


def test_anger_and_joy_are_told_apart() -> None:
    found = model.understand(["This makes me so angry, furious!", "So happy today, what a joy!"]).emotions
    anger, joy = model.EMOTIONS.index("anger"), model.EMOTIONS.index("joy")
    assert found[0, anger] > found[0, joy]
    assert found[1, joy] > found[1, anger]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=300), min_size=1, max_size=8))
def test_any_text_at_all_gets_probabilities(texts: list[str]) -> None:
    found = model.understand(texts)
    assert np.isfinite(found.scores).all()
    assert np.allclose(found.scores.sum(axis=1), 1, atol=1e-4)
    assert set(found.sentiments.tolist()) <= {-1, 0, 1}
    assert ((found.emotions >= 0) & (found.emotions <= 1)).all()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=100), min_size=2, max_size=6))
def test_a_text_is_understood_the_same_alone_and_in_company(texts: list[str]) -> None:
    together = model.understand(texts, langs=["fr"] * len(texts)).scores
    alone = np.vstack([model.understand([t], langs=["fr"]).scores for t in texts])
    assert np.allclose(together, alone, atol=1e-5)


def test_the_words_that_weighed_are_words_of_the_text() -> None:
    text = "Encore une panne, quelle honte pour la ville"
    weighed = model.words_that_weighed(text, "fr", -1)
    assert {word for word, _ in weighed} <= set(text.split())
    assert weighed[0][0] in ("honte", "panne,")


def test_what_the_network_says_decides_where_a_text_is_too_short_to_tell() -> None:
    assert detect("ok", "fr") == "fr"
    assert detect("Ich habe heute leider keine Zeit für dich", "fr") == "de"


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("Nul :(", "nul 🙁"),
        ("voir https://t.co/x", "voir http"),
        ("#FreeBox", "#freebox free box"),
        ("&amp; moi", "& moi"),
    ],
)
def test_texts_are_brought_to_one_shape(text: str, shape: str) -> None:
    assert normalise(text) == shape


def test_a_word_drawn_out_is_understood_as_the_word() -> None:
    drawn, plain = model.understand(["C'est nuuuuuuul", "C'est nuul"], langs=["fr", "fr"]).scores.tolist()
    assert drawn == plain


def test_the_same_story_in_other_words_is_one_story() -> None:
    words = [
        t.split()
        for t in (
            "un morceau de plastique trouvé dans un yaourt acme ce matin par une cliente",
            "un morceau de plastique trouvé dans un yaourt acme ce matin par ma voisine",
            "la météo sera belle demain sur toute la bretagne sauf peut être le matin",
        )
    ]
    index = duplicates.Index()
    first, second, third = (index.place(i, s) for i, s in enumerate(duplicates.signatures(words), 1))
    assert (first, second, third) == (1, 1, 3)


def test_a_short_text_is_nobody_s_copy() -> None:
    index = duplicates.Index()
    signatures = duplicates.signatures([["ok"], ["ok"]])
    assert [index.place(i, s) for i, s in enumerate(signatures, 1)] == [1, 2]


def test_the_index_forgets_the_oldest_and_nothing_breaks() -> None:
    index = duplicates.Index(room=3)
    words = [[f"mot{i}{j}" for j in range(8)] for i in range(10)]
    for i, signature in enumerate(duplicates.signatures(words)):
        index.place(i, signature)
    assert index.place(99, duplicates.signatures([words[9]])[0]) == 9
    assert index.place(100, duplicates.signatures([words[0]])[0]) == 100


def test_what_rises_is_named_in_its_own_words() -> None:
    usual = [f"bonjour acme, une question sur ma commande numéro {i}" for i in range(50)]
    rising = [
        f"panne de réseau chez acme à {city} depuis ce matin" for city in ("Lyon", "Brest", "Lille", "Metz", "Nice")
    ]
    found = phrases.themes(rising, usual, leave_out=["acme"])
    assert "panne de réseau" in [theme.phrase for theme in found][:2]
    assert all(any(theme.phrase in text.lower() for text in rising) for theme in found)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=80), max_size=6), st.lists(st.text(max_size=80), max_size=6))
def test_themes_are_always_phrases_taken_from_the_posts(rising: list[str], usual: list[str]) -> None:
    for theme in phrases.themes(rising, usual):
        assert any(theme.phrase in text.lower() for text in rising)
