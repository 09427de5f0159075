"""The detector rings for what is abnormal, never before it could know, and however the posts came."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.lib.calendar import Calendar
from vigie.trends import backtest, detector, episodes, series
from vigie.trends.hearing import Said, packed
from vigie.trends.judgement import Numbers, Ringing, components, level, over, widening
from vigie.trends.sensor import MS, Sensor, Shown

PARIS = Calendar(ZoneInfo("Europe/Paris"), "FR")
START = 1_770_000_000_000 // MS * MS


def everyday(days: int, per_bucket: float = 1.0, seed: int = 3) -> np.ndarray:
    dice = np.random.default_rng(seed)
    hours = np.arange(days * 288) // 12 % 24
    return dice.poisson(per_bucket * (0.3 + 1.4 * ((hours > 7) & (hours < 22))))


def fed(counts: np.ndarray) -> Sensor:
    sensor = Sensor(PARIS)
    for i, n in enumerate(counts):
        for _ in range(n):
            sensor.add(START + i * MS, START + i * MS, negative=False, sensitive=False)
    sensor.close_until(START + (len(counts) + 2) * MS)
    return sensor


def played(rows: np.ndarray, sensitivity: str = "balanced") -> list[int]:
    """The buckets in which a series of counts (n, or n x 6) rings."""
    if rows.ndim == 1:
        none, silent = rows * 0, rows * 0 - 9.0
        rows = np.column_stack([rows, none, none, none, silent, silent]).astype(np.float64)
    hours = np.arange(len(rows), dtype=np.int64) // 12 % 168
    out = np.zeros((len(rows), len(episodes.KINDS) + 1, 2))
    detector.advance(detector.fresh(), episodes.fresh(), rows, hours, 288.0, out)
    return backtest.rings_of(out, np.cumsum(rows[:, 0]), sensitivity, 360.0)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=5, max_size=120), st.lists(st.integers(1, 20), min_size=1, max_size=10))
def test_cutting_a_series_into_any_chunks_changes_no_score(counts: list[int], sizes: list[int]) -> None:
    rows = np.array([[n, n // 2, n // 5, n / 9, n / 7 - 2, n / 8 - 1] for n in counts], np.float64)
    hours = np.arange(len(rows), dtype=np.int64) % 168
    whole, parts = detector.fresh(), detector.fresh()
    held, held_parts = episodes.fresh(), episodes.fresh()
    expected, found = (np.zeros((len(rows), len(episodes.KINDS) + 1, 2)) for _ in range(2))
    detector.advance(whole, held, rows, hours, 288.0, expected)
    at = i = 0
    while at < len(rows):
        end = min(at + sizes[i % len(sizes)], len(rows))
        detector.advance(parts, held_parts, rows[at:end], hours[at:end], 288.0, found[at:end])
        at, i = end, i + 1
    assert np.array_equal(expected, found)
    assert np.array_equal(whole, parts)
    assert np.array_equal(held, held_parts)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=1, max_size=80), st.randoms())
def test_posts_that_come_one_by_one_or_late_leave_the_same_counts(minutes: list[int], dice: object) -> None:
    def memory(order: list[int]) -> bytes:
        sensor = Sensor(PARIS)
        for minute in order:
            sensor.add(START + minute * 60_000, START + 60 * 60_000, negative=minute % 2 == 0, sensitive=False)
        sensor.close_until(START + 5 * 3_600_000)
        return bytes(sensor.memory.tobytes())

    shuffled = minutes[:]
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert memory(sorted(minutes)) == memory(shuffled)


def test_a_sensor_that_was_stopped_goes_on_as_if_it_had_not_been() -> None:
    sensor = fed(everyday(3))
    again = Sensor.load(PARIS, sensor.closed, sensor.dump(), sensor.dump_heard())
    now = (sensor.closed + 2) * MS
    for s in (sensor, again):
        for n in range(6):
            s.add(now, now, negative=True, sensitive=False, said=Said(packed("une fuite de donnees"), n + 1))
    assert sensor.look(now) == again.look(now)


def test_memory_of_another_version_is_learnt_again_and_never_misread() -> None:
    sensor = fed(everyday(2))
    assert Sensor.load(PARIS, sensor.closed, sensor.dump()[:-8]).closed == -1
    assert Sensor.load(PARIS, sensor.closed, sensor.dump(), b"short").hearing is None


def test_a_burst_rings_and_an_everyday_hour_does_not() -> None:
    sensor = fed(everyday(21))
    now = (sensor.closed + 1) * MS
    quiet = sensor.look(now)
    assert quiet is not None
    assert over(quiet, "more") == []
    for _ in range(40):
        sensor.add(now, now, negative=False, sensitive=False)
    loud = sensor.look(now)
    assert loud is not None
    assert next(one.channel for one in over(loud, "fewer")) == "mentions"
    assert loud.signals["mentions"].seen >= 40


def test_nothing_rings_before_three_hours_and_ten_posts_of_history() -> None:
    sensor = fed(np.array([1] * 20))
    now = (sensor.closed + 1) * MS
    for _ in range(50):
        sensor.add(now, now, negative=True, sensitive=True)
    reading = sensor.look(now)
    assert reading is not None
    assert over(reading, "more") == []


def test_limits_are_wider_while_history_is_short() -> None:
    assert widening(3) > widening(100) > widening(14 * 24) == 0.0


def test_a_burst_does_not_teach_that_bursts_are_usual() -> None:
    calm, burst = everyday(8), everyday(8)
    burst[-288 * 2 : -288 * 2 + 24] = 80
    before = fed(calm).usual_rate(START + 8 * 288 * MS)
    after = fed(burst).usual_rate(START + 8 * 288 * MS)
    assert after < 2 * before + 0.5


@pytest.mark.parametrize("per_bucket", [0.02, 0.3, 5.0])
@pytest.mark.parametrize(("sensitivity", "most"), [("fewer", 31), ("balanced", 62)])
def test_half_a_year_of_ordinary_days_rings_no_oftener_than_its_budget(
    per_bucket: float, sensitivity: str, most: int
) -> None:
    assert len(played(everyday(180, per_bucket, seed=11), sensitivity)) <= most


@pytest.mark.parametrize("times", [10, 1_000, 1_000_000])
def test_the_same_story_so_many_times_as_large_rings_at_the_same_moments(times: int) -> None:
    days = everyday(40, 3.0, seed=5)
    # Real streams vary by more than chance: what is everyday for them varies with their size.
    calm = np.round(days * np.random.default_rng(8).lognormal(0, 0.5, len(days)) * 10)
    calm[30 * 288 : 30 * 288 + 24] *= 12
    one, many = ([b // 288 for b in played(rows) if b >= 14 * 288] for rows in (calm, calm * times))
    assert 30 in one
    assert 30 in many
    assert abs(len(many) - len(one)) <= 2


def test_what_doubles_for_a_day_and_a_half_rings_though_no_hour_is_surprising() -> None:
    counts = everyday(45, 0.05, seed=4)
    dice = np.random.default_rng(9)
    counts[40 * 288 : 40 * 288 + 432] += dice.poisson(0.12, 432)
    rung = played(counts)
    assert [bucket for bucket in rung if 40 * 288 <= bucket < 42 * 288]


def test_a_source_that_fails_and_returns_or_comes_new_is_no_crisis_for_long() -> None:
    counts = everyday(40, 3.0, seed=6)
    counts[20 * 288 : 21 * 288] = 0
    assert [bucket for bucket in played(counts) if 20 * 288 <= bucket < 22 * 288] == []
    comes = everyday(60, 3.0, seed=6)
    comes[30 * 288 :] *= 3
    assert len([bucket for bucket in played(comes) if bucket >= 33 * 288]) <= 8, "after three days it is usual"


def rows_of(values: list[float]) -> list[tuple[datetime, float]]:
    return [(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=5 * i), v) for i, v in enumerate(values)]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=100), st.integers(1, 99))
def test_a_score_never_depends_on_what_comes_later(values: list[float], cut: int) -> None:
    whole = list(series.scores(rows_of(values)))
    assert list(series.scores(rows_of(values[:cut]))) == whole[:cut]
    assert all(0 <= score <= 1 for score in whole)


def test_a_spike_in_a_series_scores_over_one_half() -> None:
    values = [float(v) for v in everyday(6, 20)]
    values[-1] = 400
    scores = list(series.scores(rows_of(values)))
    assert scores[-1] > 0.5
    assert sum(score > 0.5 for score in scores[288:-1]) <= 3


def test_a_public_holiday_is_expected_to_be_like_a_sunday() -> None:
    paris, nowhere = PARIS, Calendar(PARIS.zone)
    hour = int(datetime(2026, 7, 14, 10, tzinfo=UTC).timestamp()) // 3600
    assert paris.hour_of_week(hour) == 6 * 24 + 12
    assert nowhere.hour_of_week(hour) == 1 * 24 + 12
    assert Calendar(PARIS.zone, "XX").hour_of_week(hour) == 1 * 24 + 12


def shown(kind: str, surprise: float) -> Shown:
    return Shown(kind, kind, surprise, 2.0, 60, 9.0, 1.0)


def test_an_episode_rings_once_again_when_it_swells_and_anew_when_it_was_over() -> None:
    ringing = Ringing()
    assert [one.kind for one in ringing.due(0, [shown("fast", 4.0)], 360)] == ["fast"]
    assert ringing.due(5, [shown("fast", 5.0)], 360) == []
    assert ringing.due(10, [shown("fast", 7.0)], 360) != [], "1.7 times as surprising"
    assert ringing.due(300, [shown("fast", 7.0)], 360) == []
    assert ringing.due(650, [shown("fast", 7.0)], 360) == [], "quiet time counts from the end"
    assert ringing.due(1100, [shown("fast", 4.0)], 360) != []


def test_another_kind_rings_within_an_episode_but_not_within_the_hour() -> None:
    ringing = Ringing()
    assert ringing.due(0, [shown("fast", 4.0)], 360)
    ringing.last = 0.0
    assert [one.kind for one in ringing.due(90, [shown("fast", 4.0), shown("subject", 4.0)], 360)] == ["subject"]
    assert not ringing.apart(30)
    assert ringing.apart(90)


def test_a_score_is_of_what_is_known_and_always_of_a_hundred() -> None:
    numbers = {
        "mentions": 400,
        "negative": 0,
        "usual_mentions": 5.0,
        "usual_share": None,
        "sensitive": 0,
        "influential": 0,
    }
    for audience, texts in ((0, True), (0, False), (9_000, True)):
        parts = components({}, Numbers(**numbers, audience=audience, minutes=60.0, texts=texts))  # type: ignore[arg-type]
        assert abs(sum(part.most for part in parts) - 100) <= 1
        assert ("tone" in {part.name for part in parts}) == texts
        assert ("reach" in {part.name for part in parts}) == bool(audience)


def test_what_is_not_rare_on_a_watch_is_never_loud_there() -> None:
    assert [level(90, rarity) for rarity in (0.2, 0.9, 1.1)] == ["yellow", "yellow", "red"]
