"""Giving, doing and dropping tasks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from vigie.crises.actions import Conflict, act, following, locked
from vigie.crises.models import Crisis, Participant
from vigie.people.models import User

from .models import Task

BOARDS = ["tasks", "header", "situation"]


@transaction.atomic
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
        raise ValueError("say what is to be done")
    here = locked(crisis)
    kept = sorted(set(confidential))
    made = Task.objects.create(
        organisation=here.organisation,
        crisis=here,
        number=following(Task.objects.of(here.organisation_id).filter(crisis=here)),
        text=text.strip(),
        owner=owner,
        role=role or (owner.role if owner else ""),
        due_at=due_at,
        blocked_by=blocked_by,
        confidential=kept,
    )
    due = due_at.isoformat() if due_at else None
    who = owner.name if owner else ""
    act(
        here,
        "task.added",
        at=at,
        by=by,
        boards=BOARDS,
        confidential=kept,
        number=made.number,
        text=text,
        who=who,
        due=due,
    )
    return made


@transaction.atomic
def take(crisis: Crisis, steps: list[dict[str, Any]], *, title: str, by: User | None, at: datetime) -> None:
    """The checklist of a scenario, each step to whoever holds its role; one line tells them all.

    A step is `{"task": text, "role": role, "minutes": due after, "consulted": [], "informed": [], "confidential": []}`.
    """
    held = Participant.objects.of(crisis.organisation_id).filter(crisis=crisis, left_at=None)
    people = {p.role: p for p in held.order_by("-pk")}
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
            due_at=at + timedelta(minutes=int(step["minutes"])) if step.get("minutes") else None,
        )
        for n, step in enumerate(steps, following(Task.objects.of(crisis.organisation_id).filter(crisis=crisis)))
    ]
    Task.objects.across().bulk_create(rows)
    if rows:
        act(crisis, "tasks.taken", at=at, by=by, boards=BOARDS, count=len(rows), title=title)


def _change(task: Task, seen: int, states: list[str], **values: Any) -> None:
    """Change a task as it was seen; of two who change it at once, one wins."""
    rows = Task.objects.of(task.organisation_id).filter(pk=task.pk, version=seen, state__in=states)
    if not rows.update(version=seen + 1, **values):
        raise Conflict("task")


def _told(task: Task, verb: str, by: User, at: datetime, **more: Any) -> None:
    told = {"number": task.number, "text": task.text, **more}
    act(task.crisis, verb, at=at, by=by, boards=BOARDS, confidential=task.confidential, **told)


@transaction.atomic
def give(task: Task, owner: Participant | None, *, by: User, at: datetime, seen: int) -> None:
    _change(task, seen, [Task.State.TODO], owner=owner)
    _told(task, "task.given", by, at, who=owner.name if owner else "–")


@transaction.atomic
def date(task: Task, due_at: datetime, *, by: User, at: datetime, seen: int) -> None:
    _change(task, seen, [Task.State.TODO], due_at=due_at)
    _told(task, "task.dated", by, at, due=due_at.isoformat())


class Blocked(ValueError):
    """Another task comes first."""

    def __init__(self, task: Task) -> None:
        super().__init__("blocked")
        self.task = task


@transaction.atomic
def done(task: Task, *, by: User, at: datetime, seen: int) -> None:
    first = task.blocked_by
    if first and first.state == Task.State.TODO:
        raise Blocked(first)
    _change(task, seen, [Task.State.TODO], state=Task.State.DONE, done_at=at)
    _told(task, "task.done", by, at)


@transaction.atomic
def again(task: Task, *, by: User, at: datetime, seen: int) -> None:
    """Undo: it is to do again."""
    _change(task, seen, [Task.State.DONE, Task.State.DROPPED], state=Task.State.TODO, done_at=None)
    _told(task, "task.reopened", by, at)


@transaction.atomic
def drop(task: Task, *, by: User, at: datetime, seen: int) -> None:
    _change(task, seen, [Task.State.TODO], state=Task.State.DROPPED)
    _told(task, "task.dropped", by, at)
