"""The board of facts: its acts and their addresses."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_POST

from vigie.facts import actions
from vigie.facts.models import Fact
from vigie.people.access import now_of

from ..access import RoomRequest, access_participant, acted, moment, room


@require_POST
@room("act")
def fact_add(request: RoomRequest) -> HttpResponse:
    post, owner = request.POST, access_participant(request, request.POST.get("owner"))
    return acted(
        request,
        lambda: actions.add(
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
    return acted(request, lambda: actions.settle(found, state, by=request.user, at=now_of(request), proof=proof))


ROUTES: list[tuple[str, Any, str]] = [
    ("facts", fact_add, "fact-add"),
    ("facts/<int:fact>/<slug:state>", fact, "fact"),
]
