"""Tasks, facts, decisions, assessments and legal clocks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from vigie.decisions import actions as deciding
from vigie.decisions import posture
from vigie.decisions.models import Decision, LegalDeadline
from vigie.facts import actions as facts
from vigie.facts.models import Fact
from vigie.lib.text import whole
from vigie.plans.roles import CrisisRole
from vigie.tasks import actions as tasks
from vigie.tasks.models import Task

from .. import assessing
from .access import (
    RoomRequest,
    access_participant,
    acted,
    moment,
    now_of,
    refused,
    room,
)


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
        lambda: tasks.add(
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
        "done": lambda: tasks.done(found, **common),
        "again": lambda: tasks.again(found, **common),
        "drop": lambda: tasks.drop(found, **common),
        "give": lambda: tasks.give(found, owner, **common),
        "date": lambda: tasks.date(found, moment(due) or now_of(request), **common),
    }
    if verb not in acts:
        raise Http404
    return acted(request, acts[verb])


@require_POST
@room("act")
def fact_add(request: RoomRequest) -> HttpResponse:
    post, owner = request.POST, access_participant(request, request.POST.get("owner"))
    return acted(
        request,
        lambda: facts.add(
            request.crisis,
            post.get("kind", ""),
            post.get("text", ""),
            by=request.user,
            at=now_of(request),
            owner=owner,
            due_at=moment(post.get("due")),
        ),
    )


@require_POST
@room("act")
def fact(request: RoomRequest, fact: int, state: str) -> HttpResponse:
    rows = Fact.objects.of(request.organisation).filter(crisis=request.crisis, number=fact)
    found = rows.select_related("crisis__organisation").first()
    if found is None:
        raise Http404
    proof = request.POST.get("proof", "")
    return acted(request, lambda: facts.settle(found, state, by=request.user, at=now_of(request), proof=proof))


@require_POST
@room("act")
def decide(request: RoomRequest) -> HttpResponse:
    post = request.POST
    tree = [
        {"if": a.strip(), "then": b.strip()} for a, b in zip(post.getlist("if"), post.getlist("then"), strict=False)
    ]
    return acted(
        request,
        lambda: deciding.propose(
            request.crisis,
            _decided_text(post.get("posture", ""), post.get("text", "")),
            by=request.user,
            at=now_of(request),
            chosen=post.get("posture", ""),
            why=post.get("why", ""),
            risk=post.get("risk", ""),
            rejected=post.get("rejected", ""),
            dissent=post.get("dissent", ""),
            what_if=[row for row in tree if row["if"]],
            look_again_at=moment(post.get("look_again")),
        ),
    )


def _decided_text(chosen: str, text: str) -> str:
    """What is decided always names the posture that was chosen."""
    if chosen not in posture.Posture.values:
        return text
    named = _("Posture: %(name)s") % {"name": posture.Posture(chosen).label}
    return f"{named} — {text}" if text.strip() else named


@require_POST
@room("act")
def decision(request: RoomRequest, decision: int, verb: str) -> HttpResponse:
    rows = Decision.objects.of(request.organisation).filter(crisis=request.crisis, number=decision)
    found = rows.select_related("crisis__organisation", "organisation").first()
    if found is None:
        raise Http404
    text = request.POST.get("text", "")
    common: dict[str, Any] = {"by": request.user, "at": now_of(request)}
    acts: dict[str, Callable[[], object]] = {
        "approve": lambda: deciding.approve(found, **common),
        "refuse": lambda: deciding.refuse(found, text, **common),
        "dissent": lambda: deciding.dissent(found, text, **common),
    }
    if verb not in acts:
        raise Http404
    return acted(request, acts[verb])


@room("act")
def assess(request: RoomRequest) -> HttpResponse:
    first, counted = assessing.prefilled(request.crisis, now_of(request))
    form = assessing.AssessmentForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        deciding.assess(request.crisis, form.cleaned_data, counted, by=request.user, at=now_of(request))
        messages.success(request, _("Done, and written in the log."))
        return redirect(f"{reverse('room', args=[request.organisation.slug, request.crisis.number])}?board=decisions")
    context = {"crisis": request.crisis, "form": form, "counts": counted, "source": posture.SOURCE}
    return render(request, "vigie/assessment.html", context)


@require_POST
@room("act")
def clock_start(request: RoomRequest) -> HttpResponse:
    kind, given = request.POST.get("kind", ""), request.POST.get("since", "")

    def start() -> None:
        since = moment(given) or request.crisis.began_at
        deciding.start_deadline(request.crisis, kind, since, by=request.user, at=now_of(request))

    return acted(request, start)


@require_POST
@room("act")
def clock_met(request: RoomRequest, pk: int) -> HttpResponse:
    rows = LegalDeadline.objects.of(request.organisation).filter(pk=pk, crisis=request.crisis).select_related("crisis")
    found = rows.first()
    if found is None:
        raise Http404
    return acted(request, lambda: deciding.meet_deadline(found, by=request.user, at=now_of(request)))
