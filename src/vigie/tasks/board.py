"""The board of tasks: who does what by when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from vigie.crises import queries as rooms
from vigie.crises.acts import Act
from vigie.crises.boards import Asked, Board, Command, Dial, Section
from vigie.crises.models import Crisis
from vigie.crises.rules import Viewer
from vigie.plans.roles import label

from . import actions, queries
from .models import Task

TOLD = 15
"""Open tasks that a report tells."""


def context(crisis: Crisis, viewer: Viewer, now: datetime) -> dict[str, Any]:
    """Overdue first, then by deadline; what is done goes down."""
    rows = list(queries.visible(crisis, viewer).exclude(state="dropped").select_related("owner", "blocked_by"))
    present = {p.pk for p in rooms.team(crisis)}
    for task in rows:
        task.nobody = task.owner_id not in present  # type: ignore[attr-defined]
        task.late = task.state == "todo" and task.due_at is not None and task.due_at <= now  # type: ignore[attr-defined]
        task.stuck = bool(task.blocked_by and task.blocked_by.state == "todo")  # type: ignore[attr-defined]
        task.role_label = label(task.role) if task.role else ""  # type: ignore[attr-defined]
        task.beside = [label(r) for r in task.consulted], [label(r) for r in task.informed]  # type: ignore[attr-defined]
    far = datetime.max.replace(tzinfo=now.tzinfo)
    rows.sort(key=lambda t: (t.state != "todo", t.due_at or far, t.number))
    return {"tasks": rows}


def dials(crisis: Crisis, viewer: Viewer, now: datetime) -> list[Dial]:
    late = queries.late(crisis, viewer, now) if crisis.open else 0
    return [Dial(_("Tasks overdue"), str(late), late=True)] if late else []


def handover(crisis: Crisis) -> list[Section]:
    left = Task.objects.of(crisis.organisation_id).filter(crisis=crisis, state="todo", confidential=[])
    left = left.select_related("owner").order_by("due_at", "number")
    return [Section(_("Open tasks"), [_line(task) for task in left[:TOLD]])]


def report(crisis: Crisis, since: datetime) -> list[Section]:
    return handover(crisis)


def _line(task: Task) -> str:
    due = f", {date_format(localtime(task.due_at), 'H:i')}" if task.due_at else ""
    return f"{task.text} — {task.owner.name if task.owner else _('nobody')}{due}"


def left_open(crisis: Crisis) -> list[str]:
    left = Task.objects.of(crisis.organisation_id).filter(crisis=crisis, state="todo").count()
    said = ngettext("%(n)s task is still open.", "%(n)s tasks are still open.", left)
    return [said % {"n": left}] if left else []


def fill(act: Act, crisis: Crisis) -> None:
    if crisis.scenario:
        actions.take(act, crisis, crisis.scenario["checklist"], title=crisis.scenario["title"])


def add(crisis: Crisis, asked: Asked) -> None:
    typed = asked.typed
    actions.add(
        crisis,
        typed.text,
        by=asked.by,
        at=asked.at,
        owner=asked.owner,
        due_at=typed.due,
        confidential=typed.confidential,
    )


BOARD = Board(
    key="tasks",
    label=gettext_noop("Tasks"),
    order=20,
    context=context,
    verbs=("task.*", "tasks.*", "team.*", "crisis.closed", "crisis.reopened"),
    dials=dials,
    fill=fill,
    report=report,
    handover=handover,
    left_open=left_open,
    commands=(Command("task", ("tâche", "task", "todo"), "@nom … 14:30", add, dated=True, reserved=True),),
    sentences={
        "task.added": ("task", gettext_noop("Task %(number)s: %(text)s")),
        "task.given": ("task", gettext_noop("Task %(number)s goes to %(who)s: %(text)s")),
        "task.dated": ("task", gettext_noop("Task %(number)s is due at %(due)s: %(text)s")),
        "task.done": ("task", gettext_noop("Task %(number)s done: %(text)s")),
        "task.reopened": ("task", gettext_noop("Task %(number)s is to do again: %(text)s")),
        "task.dropped": ("task", gettext_noop("Task %(number)s dropped: %(text)s")),
        "tasks.taken": ("task", gettext_noop("%(count)s tasks of the scenario “%(title)s” were given")),
    },
)
