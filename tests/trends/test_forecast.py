"""What may come is said with how often such sayings held."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.trends.forecast import ENOUGH, HORIZONS, forecasts, spread


def days(count: int, level: float, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    """Hourly counts of so many days with nights and mornings, what is usual in them, and what is to come."""
    dice = np.random.default_rng(seed)
    usual = level * (1 + 0.8 * np.sin(np.arange(24 * (count + 1)) * 2 * np.pi / 24))
    return dice.poisson(usual[: 24 * count]).astype(float), usual[: 24 * count], usual[24 * count :]


@pytest.mark.parametrize("level", [2.0, 30.0, 400.0])
def test_intervals_of_four_in_five_hold_about_four_times_in_five(level: float) -> None:
    found = forecasts(*days(28, level))
    assert [f.hours for f in found] == HORIZONS
    assert all(0.75 <= f.coverage <= 0.87 for f in found)
    assert all(f.low <= f.expected <= f.high for f in found)


def test_on_a_quiet_day_what_is_expected_is_what_is_usual() -> None:
    counts, usual, coming = days(28, 50)
    counts[-1] = usual[-1]
    for found in forecasts(counts, usual, coming):
        assert found.expected == pytest.approx(coming[: found.hours].sum(), rel=0.02)


def test_a_burst_of_the_last_hour_is_expected_to_go_on_for_a_while() -> None:
    counts, usual, coming = days(28, 50)
    calm = forecasts(counts, usual, coming)
    counts[-1] += 500
    loud = forecasts(counts, usual, coming)
    assert all(b.expected > a.expected + 100 for a, b in zip(calm, loud, strict=True))


def test_with_less_than_three_days_nothing_is_forecast() -> None:
    counts, usual, coming = days(3, 10)
    assert forecasts(counts[: ENOUGH - 1], usual[: ENOUGH - 1], coming) == []


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 10_000), min_size=0, max_size=200), st.floats(0, 500))
def test_whatever_came_the_forecast_is_a_number_between_its_ends(counts: list[int], usual: float) -> None:
    for found in forecasts(counts, [usual] * len(counts), [usual] * 24):
        assert 0 <= found.low <= found.high
        assert np.isfinite(found.expected)


def test_what_doubles_every_ten_minutes_is_said_to_and_brings_about_more_than_itself() -> None:
    found = spread([1, 2, 4, 8, 16, 32, 64], 0.0)
    assert found.doubling_minutes == 10.0
    assert found.reproduction is not None
    assert found.reproduction > 1.2


def test_what_fades_does_not_double() -> None:
    found = spread([64, 32, 16, 8, 4, 2], 0.0)
    assert found.doubling_minutes is None
    assert found.reproduction is not None
    assert found.reproduction < 1


def test_a_handful_of_posts_has_no_speed() -> None:
    assert spread([0, 1, 0, 1], 0.0).doubling_minutes is None


def test_a_rise_of_a_few_minutes_has_a_speed_and_no_reproduction_number_yet() -> None:
    found = spread([0] * 10 + [4, 9, 18, 40], 0.0, minutes=2)
    assert found.doubling_minutes is not None
    assert found.reproduction is None
