"""Critical mentions: taken, handled, or said to need no answer, from Veille and from the room."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from vigie.crises import actions, queries
from vigie.crises.models import Crisis, Followed
from vigie.lib.refusals import Refused
from vigie.people.access import MemberRequest, member, now_of
from vigie.watches.models import Mention

from .access import (
    RoomRequest,
    room,
)

SHOWN = 60
"""Critical texts on a page."""


@require_POST
@member("crisis.act")
def handle(request: MemberRequest, pk: int) -> HttpResponse:
    """A mention is taken, handled, or said to need no answer, from Veille or from a room."""
    found = Mention.objects.of(request.organisation).filter(pk=pk).select_related("watch", "post").first()
    if found is None:
        raise Http404
    followed = Followed.objects.of(request.organisation).filter(watch=found.watch_id).values("crisis")
    crises = list(Crisis.objects.of(request.organisation).filter(pk__in=followed, state=Crisis.State.OPEN))
    state = request.POST.get("state", "")
    same = Mention.objects.of(request.organisation).filter(watch=found.watch_id, post__story=found.post.story)
    copies = list(same.exclude(pk=found.pk)[:500]) if request.POST.get("same") else []
    try:
        actions.handle(found, state, by=request.user, at=now_of(request), crises=crises, copies=copies)
    except Refused as error:
        messages.warning(request, str(error))
    back = request.POST.get("back", "")
    if back.startswith(f"/o/{request.organisation.slug}/"):
        return redirect(back)
    return redirect("mention", request.organisation.slug, pk)


@room()
def critical(request: RoomRequest) -> HttpResponse:
    """Critical mentions of the crisis that nobody has dealt with; copies of one text are dealt with together."""
    waiting = queries.critical(request.crisis, queries.watches(request.crisis)).select_related("post", "watch")
    found = list(waiting[: queries.COUNTED])
    held = queries.handled(found)
    stories: dict[int, list[Mention]] = {}
    for mention in found:
        stories.setdefault(mention.post.story, []).append(mention)
    rows = [(same[0], held.get(same[0].pk), len(same)) for same in list(stories.values())[:SHOWN]]
    context = {"crisis": request.crisis, "rows": rows, "more": max(len(stories) - SHOWN, 0), "viewer": request.viewer}
    return render(request, "vigie/critical.html", context)
