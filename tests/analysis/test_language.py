"""The language of what people really write: short, with names, in disguised letters, with accents in two pieces."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.analysis.language import detect
from vigie.analysis.model import understand
from vigie.lib.text import plain_letters


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("Merci", "fr"),
        ("Je m'appelle Jessica", "fr"),
        ("Je suis chez Brandon", "fr"),
        ("My name is Amélie and I live here", "en"),
        ("Ok", "und"),
        ("lol ok", "und"),
        ("#Acme @acme", "und"),
        ("𝐂'𝐞𝐬𝐭 𝐯𝐫𝐚𝐢𝐦𝐞𝐧𝐭 𝐥𝐚 𝐡𝐨𝐧𝐭𝐞 𝐯𝐨𝐭𝐫𝐞 𝐬𝐞𝐫𝐯𝐢𝐜𝐞", "fr"),
    ],
)
def test_the_language_of_short_and_odd_texts(text: str, lang: str) -> None:
    assert detect(text) == lang


@pytest.mark.parametrize(
    "text", ["C'est nul, quelle honte cette appli déjà en panne", "Très bon accueil, bravo à l'équipe"]
)
def test_letters_in_disguise_and_accents_in_two_pieces_change_no_opinion(text: str) -> None:
    bold = "".join(chr(0x1D41A + ord(c) - 97) if "a" <= c <= "z" else c for c in text)
    apart = unicodedata.normalize("NFD", text)
    said = understand([text, bold, apart], langs=["fr"] * 3)
    assert said.sentiments[0] == said.sentiments[1] == said.sentiments[2]
    assert abs(said.scores - said.scores[0]).max() < 1e-6


@given(st.text(max_size=60))
def test_plain_letters_are_plain_already(text: str) -> None:
    assert plain_letters(plain_letters(text)) == plain_letters(text)
