"""Questions are not praise, thanks may complain, what is solved is not bad; and nothing else is touched."""

from __future__ import annotations

import importlib.util
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.analysis.model import understand
from vigie.analysis.sense import heard

BENCH = Path(__file__).parents[2] / "bench" / "pairs.py"


@pytest.fixture(scope="module")
def bench() -> Any:
    spec = importlib.util.spec_from_file_location("pairs", BENCH)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["pairs"] = module
    spec.loader.exec_module(module)
    return module


def test_nine_in_ten_of_the_pairs_kept_aside_behave_as_people_say(bench: Any) -> None:
    found = bench.pairs()
    assert len(found) >= 400
    aside = [bench.passes(pair) for pair in found if pair.aside]
    assert 0.4 < len(aside) / len(found) < 0.6
    assert sum(aside) >= 0.9 * len(aside)


@pytest.mark.parametrize(
    "kind",
    [
        "negation",
        "capitals",
        "styled letters",
        "accents in two pieces",
        "an angry face",
    ],
)
def test_what_must_never_fail_does_not(bench: Any, kind: str) -> None:
    by_kind = defaultdict(list)
    for pair in bench.pairs():
        by_kind[pair.kind].append(bench.passes(pair))
    assert all(by_kind[kind])


@pytest.mark.parametrize("kind", ["a name added", "a date added", "a link added"])
def test_what_says_nothing_of_the_matter_hardly_ever_changes_the_reading(bench: Any, kind: str) -> None:
    # Not never: of a text that lies between two labels, a date may decide whether it is read twice.
    passed = [bench.passes(pair) for pair in bench.pairs() if pair.kind == kind]
    assert sum(passed) >= 0.92 * len(passed)


@pytest.mark.parametrize(
    ("text", "lang", "sentiment"),
    [
        ("Merci pour le colis arrivé en morceaux", "fr", -1),
        ("Thanks for the hidden fees", "en", -1),
        ("Pas mal de problèmes chez eux", "fr", -1),
        ("Merci pour ce super accueil", "fr", 1),
        ("Great concert last night", "en", 1),
    ],
)
def test_thanks_may_complain_and_praise_stays_praise(text: str, lang: str, sentiment: int) -> None:
    assert understand([text], langs=[lang]).sentiments[0] == sentiment


@given(st.lists(st.text(max_size=60), min_size=1, max_size=5), st.sampled_from(["fr", "en", "de", "und"]))
def test_probabilities_stay_probabilities(texts: list[str], lang: str) -> None:
    before = np.full((len(texts), 3), 1 / 3)
    after = heard([text.lower() for text in texts], [lang] * len(texts), before.copy())
    assert np.allclose(after.sum(axis=1), 1.0)
    assert (after >= 0).all()
    if lang not in ("fr", "en"):
        assert np.array_equal(before, after)
