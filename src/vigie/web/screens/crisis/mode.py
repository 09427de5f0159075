"""Crisis mode, and critical mentions."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from vigie.crises import actions, queries
from vigie.crises.models import Crisis, Followed, Mode
from vigie.people.door import MemberRequest, member
from vigie.people.models import Membership, User
from vigie.people.rules import may
from vigie.watches.models import Mention

from .door import (
    RoomRequest,
    late,
    now_of,
    room,
    uuid_of,
    whole,
)

SHOWN = 60
"""Critical texts on a page."""


@member("read")
def mode(request: MemberRequest) -> HttpResponse:
    now = now_of(request)
    held = actions.mode(request.organisation, now)
    if request.method == "POST":
        if not request.membership or not mode_allowed(request):
            raise PermissionDenied
        return _switch(request, now, bool(held))
    members = Membership.objects.of(request.organisation).exclude(role="guest").select_related("user")
    past = Mode.objects.of(request.organisation).select_related("by").exclude(pk=held.pk if held else 0)[:10]
    named = User.objects.filter(pk__in=held.publishers) if held else []
    context = {"held": held, "members": members, "past": past, "named": named, "may": mode_allowed(request)}
    return render(request, "vigie/mode.html", context)


def mode_allowed(request: MemberRequest) -> bool:
    return may(request.membership, "mode.switch")


def _switch(request: MemberRequest, now: datetime, on: bool) -> HttpResponse:
    post = request.POST
    try:
        if post.get("off"):
            actions.switch_off(request.organisation, by=request.user, at=now)
        else:
            chosen = [u for u in map(uuid_of, post.getlist("publisher")) if u]
            rows = Membership.objects.of(request.organisation).filter(user_id__in=chosen).select_related("user")
            hours = min(whole(post.get("hours", "4")), 10_000)
            ends, people = now + timedelta(hours=hours), [m.user for m in rows]
            actions.switch_on(request.organisation, post.get("reason", ""), people, ends, by=request.user, at=now)
    except actions.TooLate:
        messages.warning(request, late(actions.TooLate("mode")))
    except ValueError as error:
        messages.error(request, _("Nothing was written: %(why)s.") % {"why": _(str(error))})
    return redirect("mode", request.organisation.slug)


@require_POST
@member("crisis.act")
def handle(request: MemberRequest, pk: int) -> HttpResponse:
    """A mention is taken, handled or set aside, from Veille or from a room."""
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
    except actions.TooLate as error:
        messages.warning(request, _("%(who)s has taken it already.") % {"who": error})
    except ValueError:
        messages.error(request, _("Say what you do with it."))
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
    context = {"crisis": request.crisis, "rows": rows, "more": max(len(stories) - SHOWN, 0), "reader": request.reader}
    return render(request, "vigie/critical.html", context)
