"""Giving, doing and dropping tasks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_noop

from vigie.crises.actions import following
from vigie.crises.acts import Act, acting
from vigie.crises.models import Crisis, Participant
from vigie.lib.refusals import Conflict, Refused
from vigie.people.models import User

from .models import Task


def add(
    crisis: Crisis,
    text: str,
    *,
    by: User | None,
    at: datetime,
    owner: Participant | None = None,
    role: str = "",
    due_at: datetime | None = None,
    blocked_by: Task | None = None,
    confidential: Iterable[str] = (),
) -> Task:
    if not text.strip():
        raise Refused("unclear", gettext_noop("Say what is to be done."))
    kept = sorted(set(confidential))
    with acting(crisis, by=by, at=at) as act:
        here = act.crisis
        made = Task.objects.create(
            organisation=here.organisation,
            crisis=here,
            number=following(Task.objects.of(here.organisation_id).filter(crisis=here)),
            text=text.strip(),
            by=act.by,
            owner=owner,
            role=role or (owner.role if owner else ""),
            due_at=due_at,
            blocked_by=blocked_by,
            confidential=kept,
        )
        due, who = due_at.isoformat() if due_at else None, owner.name if owner else ""
        act.line("task.added", confidential=kept, number=made.number, text=text, who=who, due=due)
    return made


def take(act: Act, crisis: Crisis, steps: list[dict[str, Any]], *, title: str) -> None:
    """The checklist of a scenario, each step to whoever holds its role; one line tells them all.

    A step is `{"task": text, "role": role, "minutes": due after, "consulted": [], "informed": [], "confidential": []}`.
    """
    held = Participant.objects.of(crisis.organisation_id).filter(crisis=crisis, left_at=None)
    people = {p.role: p for p in held.order_by("-pk")}
    first = following(Task.objects.of(crisis.organisation_id).filter(crisis=crisis))
    rows = [
        Task(
            organisation=crisis.organisation,
            crisis=crisis,
            number=n,
            text=step["task"],
            owner=people.get(step["role"]),
            role=step["role"],
            consulted=step.get("consulted", []),
            informed=step.get("informed", []),
            confidential=step.get("confidential", []),
            due_at=act.at + timedelta(minutes=int(step["minutes"])) if step.get("minutes") else None,
        )
        for n, step in enumerate(steps, first)
    ]
    Task.objects.across().bulk_create(rows)
    if rows:
        act.reserve(crisis, {role for row in rows for role in row.confidential})
        act.line("tasks.taken", crisis=crisis, count=len(rows), title=title)


@contextmanager
def _changing(task: Task, verb: str, *, by: User, at: datetime, seen: int, states: list[str]) -> Iterator[Change]:
    """Change a task as it was seen, and tell it; of two who change it at once, one wins."""
    with acting(task.crisis, by=by, at=at) as act:
        change = Change()
        yield change
        rows = Task.objects.of(task.organisation_id).filter(pk=task.pk, version=seen, state__in=states)
        if not rows.update(version=seen + 1, **change.values):
            raise Conflict("task", gettext_noop("Somebody changed this task before you: look at it, then try again."))
        act.line(verb, confidential=task.confidential, number=task.number, text=task.text, **change.told)


@dataclass
class Change:
    """New values of a task's row, and what its line tells more."""

    values: dict[str, Any] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)


def give(task: Task, owner: Participant | None, *, by: User, at: datetime, seen: int) -> None:
    with _changing(task, "task.given", by=by, at=at, seen=seen, states=[Task.State.TODO]) as change:
        change.values, change.told = {"owner": owner}, {"who": owner.name if owner else "–"}


def date(task: Task, due_at: datetime, *, by: User, at: datetime, seen: int) -> None:
    with _changing(task, "task.dated", by=by, at=at, seen=seen, states=[Task.State.TODO]) as change:
        change.values, change.told = {"due_at": due_at}, {"due": due_at.isoformat()}


def done(task: Task, *, by: User, at: datetime, seen: int) -> None:
    """It is done. Raises Refused while another task comes first."""
    with _changing(task, "task.done", by=by, at=at, seen=seen, states=[Task.State.TODO]) as change:
        first = task.blocked_by
        if first and Task.objects.of(task.organisation_id).filter(pk=first.pk, state=Task.State.TODO).exists():
            raise Refused("blocked", gettext_noop("Task %(number)s comes first."), number=first.number)
        change.values = {"state": Task.State.DONE, "done_at": at}


def again(task: Task, *, by: User, at: datetime, seen: int) -> None:
    """Undo: it is to do again."""
    states = [Task.State.DONE, Task.State.DROPPED]
    with _changing(task, "task.reopened", by=by, at=at, seen=seen, states=list(states)) as change:
        change.values = {"state": Task.State.TODO, "done_at": None}


def drop(task: Task, *, by: User, at: datetime, seen: int) -> None:
    with _changing(task, "task.dropped", by=by, at=at, seen=seen, states=[Task.State.TODO]) as change:
        change.values = {"state": Task.State.DROPPED}
