"""Toxicity, irony, kinds and stances: what people do with words."""

from __future__ import annotations

import pytest

from vigie.analysis import kernel, lexicons, model
from vigie.analysis.kind import kind
from vigie.analysis.stance import stance


def understood(text: str, lang: str) -> model.Understanding:
    return model.understand([text], langs=[lang])


@pytest.mark.parametrize(
    ("worse", "better", "lang"),
    [
        ("Ferme ta gueule sale connard, t'es qu'une merde", "Merci pour votre réponse rapide", "fr"),
        ("Shut the fuck up you stupid bitch", "Thank you for the quick answer", "en"),
    ],
)
def test_insults_are_more_toxic_than_thanks(worse: str, better: str, lang: str) -> None:
    assert understood(worse, lang).toxicity[0] >= 0.5 > understood(better, lang).toxicity[0]


@pytest.mark.parametrize(
    ("text", "lang", "named"),
    [
        ("Pourquoi ma commande n'est pas livrée ? C'est honteux, remboursez-moi", "fr", "complaint"),
        ("Worst service ever, I want a refund", "en", "complaint"),
        ("Bonjour, à quelle heure ouvre le magasin de Rennes ?", "fr", "question"),
        ("What time does the store open tomorrow?", "en", "question"),
        ("Merci beaucoup, équipe au top, je recommande", "fr", "praise"),
        ("La réunion aura lieu mardi à Lyon", "fr", "other"),
    ],
)
def test_a_post_is_a_question_a_complaint_praise_or_none(text: str, lang: str, named: str) -> None:
    found = understood(text, lang)
    negative, _, positive = found.scores[0].tolist()
    assert kind(text, lang, int(found.sentiments[0]), negative, positive) == named


CLAIM = "A second gunman is reported inside the parliament"


@pytest.mark.parametrize(
    ("text", "named"),
    [("Is this confirmed? any source?", "query"), ("so sad, my thoughts are with the families", "comment")],
)
def test_an_answer_to_a_rumour_asks_or_comments(text: str, named: str) -> None:
    assert stance(text, CLAIM, CLAIM).name == named


def test_who_says_that_it_is_false_denies_more_than_who_prays() -> None:
    denies = stance("This is false, it is a hoax, stop spreading lies", CLAIM, CLAIM)
    prays = stance("praying for everyone there", CLAIM, CLAIM)
    assert denies.scores["deny"] > 3 * prays.scores["deny"]


def test_each_label_that_is_given_says_which_words_weighed() -> None:
    found = model.explained("Quelle honte, j'ai peur pour mes enfants", "fr")
    assert found["sentiment"][0][0].strip(",") == "honte"
    assert set(found) <= {"sentiment", "toxicity", "irony", *model.EMOTIONS}
    assert model.explained("", "fr") == {}


def test_the_vocabulary_has_the_categories_that_the_kernel_counts() -> None:
    assert len(lexicons.kinds()) == kernel.KINDS
    named = {"insult": kernel.INSULT, "vulgar": kernel.VULGAR, "second": kernel.SECOND, "group": kernel.GROUP}
    assert {name: lexicons.kinds().index(name) for name in named} == named


@pytest.mark.parametrize("lang", ["fr", "en", "es", "pt", "it", "de", "ar", "hi"])
def test_every_language_has_words_of_its_own_for_good_and_bad(lang: str) -> None:
    values = lexicons.polarity(lang).values()
    assert sum(v > 0 for v in values) > 100
    assert sum(v < 0 for v in values) > 100
