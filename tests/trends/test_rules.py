"""Known rules ring as they are described, and all are judged alike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from vigie.trends.rules import RULES, Rule, alerts, judged

START = datetime(2026, 3, 1, tzinfo=UTC)


def everyday(days: int, an_hour: int = 4) -> list[datetime]:
    return [START + timedelta(hours=h, minutes=m) for h in range(24 * days) for m in range(0, 60, 60 // an_hour)]


def burst(at: datetime, posts: int, minutes: float) -> list[datetime]:
    return [at + timedelta(minutes=minutes * n / posts) for n in range(posts)]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_steady_days_ring_no_rule(rule: Rule) -> None:
    assert alerts(rule, everyday(14)) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_day_of_ten_times_the_usual_rings_every_rule_once_it_knows_its_past(rule: Rule) -> None:
    at = START + timedelta(days=12)
    rung = alerts(rule, sorted(everyday(14) + burst(at, 960, 1440)))
    assert rung
    assert rung[0] >= at


def test_no_rule_rings_on_nothing() -> None:
    assert all(alerts(rule, []) == [] for rule in RULES)


def test_a_ring_within_a_day_answers_and_one_episode_is_one_false_alert() -> None:
    event = START + timedelta(days=2)
    rung = [START, START + timedelta(hours=1), event + timedelta(minutes=7), event + timedelta(hours=2)]
    row = judged("x", rung, [event, event + timedelta(days=5)], weeks=2)
    assert row.delays == [7.0, None]
    assert row.false_a_week == 0.5
