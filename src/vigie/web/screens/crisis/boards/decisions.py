"""The board of decisions: its acts, its guided assessment, and their addresses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from vigie.decisions import actions, posture
from vigie.decisions.models import Decision, LegalDeadline
from vigie.lib.refusals import Refused
from vigie.people.access import now_of

from .. import assessing
from ..access import RoomRequest, acted, moment, room, told


@require_POST
@room("act")
def decide(request: RoomRequest) -> HttpResponse:
    post = request.POST
    tree = [
        {"if": a.strip(), "then": b.strip()} for a, b in zip(post.getlist("if"), post.getlist("then"), strict=False)
    ]
    return acted(
        request,
        lambda: actions.propose(
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
        "approve": lambda: actions.approve(found, **common),
        "refuse": lambda: actions.refuse(found, text, **common),
        "dissent": lambda: actions.dissent(found, text, **common),
    }
    if verb not in acts:
        raise Http404
    return acted(request, acts[verb])


@room("act")
def assess(request: RoomRequest) -> HttpResponse:
    first, counted = assessing.prefilled(request.crisis, now_of(request))
    form = assessing.AssessmentForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        return _assessed(request, form.cleaned_data, counted)
    context = {"crisis": request.crisis, "form": form, "counts": counted, "source": posture.SOURCE}
    return render(request, "vigie/assessment.html", context)


def _assessed(request: RoomRequest, answers: dict[str, Any], counted: dict[str, Any]) -> HttpResponse:
    try:
        actions.assess(request.crisis, answers, counted, by=request.user, at=now_of(request))
        messages.success(request, _("Done, and written in the log."))
    except Refused as error:
        messages.warning(request, told(error))
    return redirect(f"{reverse('room', args=[request.organisation.slug, request.crisis.number])}?board=decisions")


@require_POST
@room("act")
def clock_start(request: RoomRequest) -> HttpResponse:
    kind, given = request.POST.get("kind", ""), request.POST.get("since", "")

    def start() -> None:
        since = moment(given) or request.crisis.began_at
        actions.start_deadline(request.crisis, kind, since, by=request.user, at=now_of(request))

    return acted(request, start)


@require_POST
@room("act")
def clock_met(request: RoomRequest, pk: int) -> HttpResponse:
    rows = LegalDeadline.objects.of(request.organisation).filter(pk=pk, crisis=request.crisis).select_related("crisis")
    found = rows.first()
    if found is None:
        raise Http404
    return acted(request, lambda: actions.meet_deadline(found, by=request.user, at=now_of(request)))


ROUTES: list[tuple[str, Any, str]] = [
    ("decisions", decide, "decide"),
    ("decisions/<int:decision>/<slug:verb>", decision, "decision"),
    ("assess", assess, "assess"),
    ("clocks", clock_start, "clock-start"),
    ("clocks/<int:pk>/met", clock_met, "clock-met"),
]
