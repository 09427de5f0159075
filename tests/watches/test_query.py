"""What a person writes finds what the person means, and a mistake is shown where it stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import post
from vigie.watches.matching import Matcher, Text, matches
from vigie.watches.query import And, Is, Node, Not, Or, QueryError, Words, parse


def catches(query: str, text: str, **values: object) -> bool:
    lang = str(values.pop("lang", "fr"))
    return matches(parse(query), Text(post(1, text, **values), lang))


FOUND = [
    ("free", "La Free, ce matin"),
    ("ÉTÉ", "un ete chaud"),
    ('"service client"', "le Service  Client répond"),
    ("panne AND free", "free en panne"),
    ("panne free", "free en panne"),
    ("free ET panne", "panne free"),
    ("orange OR free", "free"),
    ("free NOT mobile", "free fibre"),
    ("free -mobile", "free fibre"),
    ("free SAUF mobile", "free fibre"),
    ("(a1 OR b2) c3", "c3 b2"),
    ("panne NEAR/3 réseau", "panne du réseau"),
    ("réseau NEAR/3 panne", "panne du réseau"),
    ("interne*", "internet"),
    ("@free", "merci @Free !"),
    ("@free", "@free@mastodon.social"),
    ("#panne", "#Panne totale"),
    ("*", "n'importe quoi"),
    ("has:link", "voir https://x.org"),
    ("has:question", "pourquoi ?"),
    ("l'oréal", "chez L’Oréal"),
    ("lang:fr", "x"),
    ('"service cli*"', "service client"),
    ("network:x", "y"),
]
MISSED = [
    ("free", "freebox"),
    ('"service client"', "client service"),
    ("panne AND free", "panne"),
    ("free NOT mobile", "free mobile"),
    ("panne NEAR/2 réseau", "panne du grand réseau"),
    ("@free", "free"),
    ("#panne", "panne"),
    ("has:link", "sans lien"),
    ("lang:en", "x"),
    ("network:bluesky", "y"),
    ("NOT *", "rien"),
]


@pytest.mark.parametrize(("query", "text"), FOUND)
def test_a_query_finds(query: str, text: str) -> None:
    assert catches(query, text)


@pytest.mark.parametrize(("query", "text"), MISSED)
def test_a_query_leaves_out(query: str, text: str) -> None:
    assert not catches(query, text)


def test_authors_and_audiences_can_be_asked_for() -> None:
    assert catches("from:@Gazette", "x", author_handle="gazette")
    assert catches("audience>1000", "x", audience=1001)
    assert not catches("audience>1000", "x", audience=1000)
    assert catches("site:lemonde.fr", "x", url="https://www.lemonde.fr/a")


MISTAKES = [
    ("", 0),
    ("(a OR b", 0),
    ("a OR", 4),
    ("OR a", 0),
    ('say "hello', 4),
    ("a )", 2),
    ("audience>x", 0),
    ("from:", 0),
    ("a NEAR b", 2),
    ("@x NEAR/3 b", 3),
    ("has:cats", 0),
    ("!!!", 0),
    ("a*", 0),
    ("a AND AND b", 6),
    ("()", 1),
]


@pytest.mark.parametrize(("query", "at"), MISTAKES)
def test_a_mistake_is_shown_under_its_character(query: str, at: int) -> None:
    with pytest.raises(QueryError) as found:
        parse(query)
    assert found.value.at == at
    assert found.value.reason


@given(st.text(alphabet='ab "()*@#:-/>ANDORNOTNEAR1 ', max_size=60))
def test_anything_typed_is_a_query_or_a_mistake_with_its_place(text: str) -> None:
    try:
        parse(text)
    except QueryError as error:
        assert 0 <= error.at <= len(text)


def test_parentheses_within_bounds() -> None:
    with pytest.raises(QueryError, match="parentheses"):
        parse("(" * 300 + "a" + ")" * 300)


WORD = st.sampled_from(["panne", "free", "réseau", "box", "été"])
LEAF: st.SearchStrategy[Node] = st.one_of(
    WORD.map(lambda w: parse(w)),
    st.tuples(WORD, WORD).map(lambda p: Words((parse(p[0]).words[0], parse(p[1]).words[0]))),
    WORD.map(lambda w: Is("tag", parse(w).words[0])),
)
TREE = st.recursive(
    LEAF,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda p: And(p)), st.tuples(inner, inner).map(lambda p: Or(p)), inner.map(Not)
    ),
    max_leaves=6,
)
SAID = st.lists(
    st.sampled_from(["panne", "Free", "RÉSEAU", "reseau", "box", "#box", "ete", "freebox", "et"]), max_size=8
).map(" ".join)


@given(st.lists(TREE, min_size=1, max_size=5), SAID)
def test_all_watches_at_once_find_what_each_finds_alone(trees: list[Node], said: str) -> None:
    text = Text(post(1, said), "fr")
    assert Matcher(trees).of(text) == [i for i, tree in enumerate(trees) if matches(tree, text)]
