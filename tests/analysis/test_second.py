"""What one reading doubts is read twice: the same wherever it is asked, never more than there is time for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.analysis import encoder, model
from vigie.intake.preparing import Attention

DOUBTFUL = [
    "Bon, le colis est là, on verra bien ce que ça donne à la longue",
    "I was told to call back on Monday about the parcel, so I wait",
    "Je ne sais pas quoi penser de leur nouvelle formule",
    "The new version changes quite a few things for regular users",
    "Ils ont repondu au bout de trois jours, avec un lien",
    "My order was split in two boxes and one of them is late",
]
CLEAR = ["Quelle honte, service nul, je suis furieux", "Wonderful team, thank you so much, I love it"]


def langs(texts: list[str]) -> list[str]:
    return ["en" if text.split()[0] in ("I", "The", "My", "Wonderful") else "fr" for text in texts]


def test_what_is_doubtful_is_read_twice_and_what_is_clear_once() -> None:
    assert model.understand(DOUBTFUL, langs=langs(DOUBTFUL)).twice > 0
    assert model.understand(CLEAR, langs=langs(CLEAR)).twice == 0


def test_whoever_turns_it_off_has_one_reading_and_no_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIE_ENCODER", "off")
    monkeypatch.setattr(encoder, "_encoder", None)
    assert model.understand(DOUBTFUL, langs=langs(DOUBTFUL)).twice == 0


def test_a_language_that_the_encoder_does_not_know_is_read_once() -> None:
    assert model.understand(["ye kaisa hai bhai", "theek hai dekhte hain"], langs=["hi", "hi"]).twice == 0


@settings(max_examples=25, deadline=None)
@given(st.permutations(DOUBTFUL + CLEAR), st.integers(1, 8))
def test_a_text_reads_the_same_alone_or_among_others(texts: list[str], size: int) -> None:
    whole = model.understand(texts, langs=langs(texts))
    for at in range(0, len(texts), size):
        part = texts[at : at + size]
        found = model.understand(part, langs=langs(part))
        assert np.allclose(found.scores, whole.scores[at : at + size], atol=1e-4)
        assert np.allclose(found.emotions, whole.emotions[at : at + size], atol=1e-4)


@given(st.integers(0, 10))
def test_no_more_is_read_twice_than_there_is_time_for(most: int) -> None:
    assert model.understand(DOUBTFUL, langs=langs(DOUBTFUL), twice=most).twice <= most


def test_under_a_flood_the_second_reading_gives_way_and_comes_back() -> None:
    attention = Attention()
    begun = attention.texts()
    assert begun is not None
    assert begun > 10_000
    attention.spend(10, attention.MOST + 1)
    assert attention.texts() == 0
    attention.at -= 120
    later = attention.texts()
    assert later is not None
    assert 0 < later <= begun


def test_long_posts_that_take_longer_are_read_twice_less_often() -> None:
    short, long = Attention(), Attention()
    short.spend(100, 0.1)
    long.spend(100, 0.7)
    fewer, more = long.texts(), short.texts()
    assert fewer is not None
    assert more is not None
    assert fewer < more / 5


def test_signs_written_as_codes_are_read_and_halves_of_signs_stop_nothing() -> None:
    texts = ["bof \\ud83d\\ude10 on verra bien ce que ca donne", "bof \\ud83d on verra bien ce que ca donne"]
    assert np.isfinite(model.understand(texts, langs=["fr", "fr"]).scores).all()
    assert np.isfinite(encoder.vectors(texts)).all()


def test_who_is_not_hurried_reads_everything_doubtful_twice() -> None:
    attention = Attention(hurried=False)
    attention.spend(1_000_000, 3_600.0)
    assert attention.texts() is None


@pytest.mark.parametrize("text", [*DOUBTFUL, *CLEAR, "Il est là et on ne l'a pas vu", "C'est bien ce que je pensais"])
def test_what_weighed_is_never_grammar_alone(text: str) -> None:
    grammar = set("le la les de du des et que il est on ce a ou the of to on with and is it one about them".split())
    for words in model.explained(text, langs([text])[0]).values():
        assert not {word.strip(".,!?").lower() for word, _weight in words} & grammar


def test_a_sentiment_is_sure_only_from_a_probability_that_was_found_to_carry() -> None:
    found = model.understand(DOUBTFUL, langs=langs(DOUBTFUL))
    assert ((found.carries >= 0.4) & (found.carries <= 1.0)).all()
    assert (found.unsure[found.scores.max(axis=1) < found.carries]).all()


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=400))
def test_whatever_people_write_can_be_read(text: str) -> None:
    told = encoder.readable(f"@lea {text} https://t.co/x 😡")
    assert "t.co" not in told
    assert "😡" not in told
    assert np.isfinite(encoder.vectors([text])).all()
