"""What rises a little every day for a month is told; an ordinary month and a burst are not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.trends.slow import slow_burn

WEEK = np.array([1.2, 1.1, 1.0, 1.0, 1.1, 0.6, 0.5])


def month(level: np.ndarray, seed: int) -> np.ndarray:  # type: ignore[type-arg]
    dice = np.random.default_rng(seed)
    return dice.poisson(level * WEEK[np.arange(30) % 7]).astype(float)


@pytest.mark.parametrize("level", [15.0, 40.0, 300.0])
def test_a_month_that_doubles_slowly_is_a_slow_burn(level: float) -> None:
    found = [slow_burn(month(np.linspace(level, 2.5 * level, 30), seed)) for seed in range(40)]
    assert sum(burn is not None for burn in found) >= 36


@pytest.mark.parametrize("level", [5.0, 40.0])
def test_an_ordinary_month_hardly_ever_is(level: float) -> None:
    found = [slow_burn(month(np.full(30, level), seed)) for seed in range(500)]
    assert sum(burn is not None for burn in found) <= 2


def test_two_days_of_burst_at_the_end_are_no_slow_burn() -> None:
    days = month(np.full(30, 20.0), 3)
    days[-2:] *= 12
    assert slow_burn(days) is None


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 10_000), max_size=60))
def test_whatever_came_it_answers(days: list[int]) -> None:
    found = slow_burn(days)
    assert found is None or (found.times >= 1.5 and 0 <= found.chance <= 0.001)
