"""Tasks have an owner and a deadline, wait for each other, and of two who change one at once, one wins."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.conftest import NOON
from vigie.crises import boards, queries
from vigie.crises.models import Crisis
from vigie.crises.rules import EVERYTHING, NOBODY
from vigie.lib.refusals import Conflict, Refused
from vigie.people.models import User
from vigie.tasks import actions
from vigie.tasks.models import Task
from vigie.web.screens.crisis import rendering


def test_a_task_goes_from_nobody_to_somebody_to_done_and_back(crisis: Crisis, alice: User) -> None:
    task = actions.add(crisis, "call the mayor", by=alice, at=NOON, due_at=NOON + timedelta(minutes=5))
    bob = next(p for p in queries.team(crisis) if p.name == "Bob")
    actions.give(task, bob, by=alice, at=NOON, seen=1)
    actions.done(task, by=alice, at=NOON, seen=2)
    actions.again(task, by=alice, at=NOON, seen=3)
    task.refresh_from_db()
    assert (task.state, task.owner, task.version) == ("todo", bob, 4)


def test_of_two_who_change_a_task_at_once_one_wins(crisis: Crisis, alice: User, bob: User) -> None:
    task = actions.add(crisis, "call the mayor", by=alice, at=NOON)
    actions.done(task, by=alice, at=NOON, seen=1)
    with pytest.raises(Conflict):
        actions.drop(task, by=bob, at=NOON, seen=1)


def test_a_task_that_waits_for_another_is_not_done_before_it(crisis: Crisis, alice: User) -> None:
    first = actions.add(crisis, "find the batch", by=alice, at=NOON)
    second = actions.add(crisis, "publish the batch", by=alice, at=NOON, blocked_by=first)
    with pytest.raises(Refused, match="comes first"):
        actions.done(second, by=alice, at=NOON, seen=1)
    actions.done(first, by=alice, at=NOON, seen=1)
    actions.done(
        Task.objects.across().select_related("blocked_by", "crisis").get(pk=second.pk), by=alice, at=NOON, seen=1
    )


def test_overdue_tasks_come_first_in_red_and_reserved_ones_stay_hidden(crisis: Crisis, alice: User) -> None:
    actions.add(crisis, "later", by=alice, at=NOON, due_at=NOON + timedelta(days=9_000))
    actions.add(crisis, "late", by=alice, at=NOON, due_at=NOON)
    actions.add(crisis, "call the employee", by=alice, at=NOON, confidential=["hr"])
    now = crisis.organisation.clock.now()
    seen = boards.board("tasks").context(crisis, EVERYTHING, now)["tasks"]
    assert [(t.text, t.late) for t in seen] == [("late", True), ("later", False), ("call the employee", False)]
    assert "call the employee" not in rendering.drawn(boards.board("tasks"), crisis, NOBODY, now)
