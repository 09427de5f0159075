"""The board of tasks: its acts and their addresses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from vigie.lib.text import whole
from vigie.people.access import now_of
from vigie.plans.roles import CrisisRole
from vigie.tasks import actions
from vigie.tasks.models import Task

from ..access import RoomRequest, access_participant, acted, moment, refused, room


@require_POST
@room("act")
def task_add(request: RoomRequest) -> HttpResponse:
    post = request.POST
    rows = Task.objects.of(request.organisation).filter(crisis=request.crisis, number=whole(post.get("after")))
    before = next((task for task in rows if request.viewer.sees(task.confidential)), None)
    owner = access_participant(request, post.get("owner"))
    kept = [role for role in post.getlist("confidential") if role in CrisisRole.values]
    return acted(
        request,
        lambda: actions.add(
            request.crisis,
            post.get("text", ""),
            by=request.user,
            at=now_of(request),
            owner=owner,
            due_at=moment(post.get("due")),
            blocked_by=before,
            confidential=kept,
        ),
    )


@require_POST
@room("act")
def task(request: RoomRequest, task: int, verb: str) -> HttpResponse:
    rows = Task.objects.of(request.organisation).filter(crisis=request.crisis, number=task)
    found = rows.select_related("blocked_by", "crisis__organisation").first()
    if found is None or not request.viewer.sees(found.confidential):
        raise Http404
    common: dict[str, Any] = {"by": request.user, "at": now_of(request), "seen": whole(request.POST.get("seen"))}
    due, owner = request.POST.get("due", ""), access_participant(request, request.POST.get("owner"))
    if verb == "date" and not due:
        return refused(request, _("Say until when."))
    acts: dict[str, Callable[[], object]] = {
        "done": lambda: actions.done(found, **common),
        "again": lambda: actions.again(found, **common),
        "drop": lambda: actions.drop(found, **common),
        "give": lambda: actions.give(found, owner, **common),
        "date": lambda: actions.date(found, moment(due) or now_of(request), **common),
    }
    if verb not in acts:
        raise Http404
    return acted(request, acts[verb])


ROUTES: list[tuple[str, Any, str]] = [
    ("tasks", task_add, "task-add"),
    ("tasks/<int:task>/<slug:verb>", task, "task"),
]
