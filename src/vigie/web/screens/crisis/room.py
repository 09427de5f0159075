"""The room itself: its page, its log, its level, its end."""

from __future__ import annotations

import json

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from vigie.crises import actions, boards, lines, queries, sharing
from vigie.decisions import actions as deciding
from vigie.decisions import clocks, posture
from vigie.lib.text import whole
from vigie.people.access import now_of
from vigie.people.models import Membership
from vigie.plans.queries import handbook
from vigie.plans.roles import CrisisRole, label
from vigie.rooms import commands, reporting
from vigie.watches.models import Watch

from . import rendering
from .access import (
    LEVELS,
    RoomRequest,
    access_mine,
    acted,
    refused,
    room,
)
from .rendering import drawn


@room()
def the_room(request: RoomRequest) -> HttpResponse:
    crisis, viewer, now = request.crisis, request.viewer, now_of(request)
    tabs = [board for board in boards.boards() if board.tab]
    chosen = next((board for board in tabs if board.key == request.GET.get("board")), tabs[0])
    found = lines.lines(crisis, viewer)
    return render(
        request,
        "vigie/room.html",
        {
            "crisis": crisis,
            "viewer": viewer,
            "now": now,
            **{board.key: drawn(board, crisis, viewer, now) for board in boards.boards() if not board.tab},
            "boards": [(board.key, _(board.label)) for board in tabs],
            "chosen": chosen.key,
            "first": drawn(chosen, crisis, viewer, now),
            "courante": rendering.courante(crisis, viewer, found),
            "oldest": found[0].seq if len(found) == lines.PAGE else 0,
            "levels": LEVELS,
            "kinds": boards.kinds(),
            "hints": commands.hints(),
            "people": queries.team(crisis),
            "mine": access_mine(request),
            "roles": CrisisRole.choices,
            "members": Membership.objects.of(request.organisation).exclude(role="guest").select_related("user"),
            "postures": [(p, posture.RISKS[p], p in posture.STRONG) for p in posture.Posture],
            "laws": clocks.LAWS.items(),
            "alone": bool(viewer.roles & set(deciding.ruling(crisis).alone)),
            "shows": sharing.SHOWN,
            "wall": "mur" in request.GET,
        },
    )


@room()
def board(request: RoomRequest, name: str) -> HttpResponse:
    found = boards.board(name)
    if found is None:
        raise Http404
    return HttpResponse(drawn(found, request.crisis, request.viewer, now_of(request)))


@room()
def courante(request: RoomRequest) -> HttpResponse:
    """Older lines, lines of one kind, or lines that hold some words."""
    get = request.GET.get
    before = whole(get("before"), 15)
    wanted, kind = get("q", "").strip()[:200], get("kind", "")
    if wanted:
        found = lines.search(request.crisis, request.viewer, wanted)
    else:
        found = lines.lines(request.crisis, request.viewer, before=before, kind=kind)
    more = found[0].seq if len(found) == lines.PAGE and not wanted else 0
    context = {"lines": found, "crisis": request.crisis, "viewer": request.viewer, "more": more, "kind": kind}
    return render(request, "vigie/room/lines.html", context)


@require_POST
@room("act")
def say(request: RoomRequest) -> HttpResponse:
    """A line of the composer."""
    line, typed = request.POST.get("line", ""), []
    answer = acted(
        request, lambda: typed.append(commands.enter(request.crisis, line, by=request.user, at=now_of(request)))
    )
    if typed and not request.viewer.sees(typed[0].confidential):
        roles = ", ".join(label(role) for role in typed[0].confidential)
        told = _("Written, and kept to: %(roles)s. You hold none of these roles.") % {"roles": roles}
        answer["HX-Trigger"] = json.dumps({"vigie:told": told})
    return answer


@require_POST
@room("act")
def correct(request: RoomRequest, seq: int) -> HttpResponse:
    corrected = lines.rendered(request.crisis, lines.entries(request.crisis).filter(seq=seq), request.viewer)
    if not corrected:
        raise Http404
    text, kept = request.POST.get("text", ""), corrected[0].confidential
    write = actions.correct
    return acted(
        request, lambda: write(request.crisis, seq, text, by=request.user, at=now_of(request), confidential=kept)
    )


@require_POST
@room("act")
def pin(request: RoomRequest, seq: int) -> HttpResponse:
    if not lines.rendered(request.crisis, lines.entries(request.crisis).filter(seq=seq), request.viewer):
        raise Http404
    wanted = request.POST.get("pinned") == "1"
    return acted(request, lambda: actions.pin(request.crisis, seq, wanted, by=request.user, at=now_of(request)))


@require_POST
@room("steer")
def level(request: RoomRequest) -> HttpResponse:
    post = request.POST
    change = actions.change_level
    return acted(
        request,
        lambda: change(
            request.crisis,
            post.get("level", ""),
            post.get("reason", ""),
            by=request.user,
            at=now_of(request),
            seen=post.get("seen", ""),
        ),
    )


@require_POST
@room("steer")
def rename(request: RoomRequest) -> HttpResponse:
    name = request.POST.get("name", "")
    return acted(request, lambda: actions.rename(request.crisis, name, by=request.user, at=now_of(request)))


@require_POST
@room("steer")
def follow(request: RoomRequest) -> HttpResponse:
    watch = Watch.objects.of(request.organisation).filter(pk=whole(request.POST.get("watch"))).first()
    if watch is None:
        return refused(request, _("Choose a watch."))
    return acted(request, lambda: actions.follow(request.crisis, watch, by=request.user, at=now_of(request)))


@room("steer")
def close(request: RoomRequest) -> HttpResponse:
    """The test of the return to calm, then the reason; it may be closed all the same."""
    crisis, now = request.crisis, now_of(request)
    hours = int(handbook(request.organisation).settings["calm_hours"])
    inside, looked = queries.calm(crisis, queries.watches(crisis), now, hours)
    calm = _("Hours inside the usual: %(inside)s of the last %(hours)s") % {"inside": inside, "hours": looked}
    if request.method == "POST":
        reason = request.POST.get("reason", "")
        return acted(request, lambda: actions.close(crisis, reason, by=request.user, at=now, calm=calm))
    context = {
        "crisis": crisis,
        "calm": calm,
        "is_calm": looked >= hours and inside >= queries.CALM * looked,
        "left": reporting.left_open(crisis),
        "waiting": queries.waiting(crisis, queries.watches(crisis)),
    }
    return render(request, "vigie/crisis_close.html", context)


@require_POST
@room("steer", closed=True)
def reopen(request: RoomRequest) -> HttpResponse:
    reason = request.POST.get("reason", "")
    return acted(request, lambda: actions.reopen(request.crisis, reason, by=request.user, at=now_of(request)))
