"""A story is the same story in other words, cut short, padded, or passed on."""

from __future__ import annotations

import random

import pytest

from vigie.analysis import duplicates
from vigie.watches.query import split

WORDS = (
    "usine incendie fumée pompiers quartier voisins nuit panne réseau clients colère réponse service livraison colis "
    "retard magasin prix hausse grève salariés patron région maire école enfants rappel lot yaourt plastique morceau "
    "enquête justice plainte amende association santé eau rivière pollution poissons camion accident route fermeture"
).split()


def story(dice: random.Random) -> str:
    return " ".join(dice.choices(WORDS, k=18))


def cut(text: str, dice: random.Random) -> str:
    words = text.split()
    return " ".join(words[: int(len(words) * 0.8)]) + "…"


def padded(text: str, dice: random.Random) -> str:
    return f"C'est grave. {text} #actu"


def passed_on(text: str, dice: random.Random) -> str:
    return f"RT @lea: {text.upper()} http://t.example/x"


def shortened(text: str, dice: random.Random) -> str:
    words = text.split()
    for _ in range(2):
        words.pop(dice.randrange(len(words)))
    return " ".join(words)


def swapped(text: str, dice: random.Random) -> str:
    words = text.split()
    i = dice.randrange(len(words) - 3)
    words[i], words[i + 2] = words[i + 2], words[i]
    return " ".join(words)


@pytest.mark.parametrize("way", [cut, padded, passed_on, shortened, swapped])
def test_a_reworded_story_is_found_among_thousands(way: object) -> None:
    dice = random.Random(4)
    texts = [story(dice) for _ in range(3_000)]
    again = [way(text, dice) for text in texts[:100]]  # type: ignore[operator]
    index = duplicates.Index()
    signatures = duplicates.signatures([split(t) for t in texts + again])
    placed = [index.place(n, s) for n, s in enumerate(signatures)]
    assert sum(placed[3_000 + n] == n for n in range(100)) >= 90
    assert sum(placed[3_000 + n] not in (n, 3_000 + n) for n in range(100)) <= 2
    assert sum(placed[n] != n for n in range(3_000)) <= 3
