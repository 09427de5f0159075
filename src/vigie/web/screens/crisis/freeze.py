"""The page of crisis mode."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render

from vigie.crises import freeze
from vigie.crises.models import PublishingFreeze
from vigie.lib.refusals import Refused
from vigie.lib.text import whole
from vigie.people.access import MemberRequest, member, now_of
from vigie.people.models import Membership, User
from vigie.people.rules import may

from .access import (
    told,
    uuid_of,
)


@member("read")
def freeze_page(request: MemberRequest) -> HttpResponse:
    now = now_of(request)
    held = freeze.held(request.organisation, now)
    if request.method == "POST":
        if not request.membership or not mode_allowed(request):
            raise PermissionDenied
        return _switch(request, now, bool(held))
    members = Membership.objects.of(request.organisation).exclude(role="guest").select_related("user")
    past = (
        PublishingFreeze.objects.of(request.organisation).select_related("by").exclude(pk=held.pk if held else 0)[:10]
    )
    named = User.objects.filter(pk__in=held.publishers) if held else []
    context = {"held": held, "members": members, "past": past, "named": named, "may": mode_allowed(request)}
    return render(request, "vigie/mode.html", context)


def mode_allowed(request: MemberRequest) -> bool:
    return may(request.membership, "mode.switch")


def _switch(request: MemberRequest, now: datetime, on: bool) -> HttpResponse:
    post = request.POST
    try:
        if post.get("off"):
            freeze.switch_off(request.organisation, by=request.user, at=now)
        else:
            chosen = [u for u in map(uuid_of, post.getlist("publisher")) if u]
            rows = Membership.objects.of(request.organisation).filter(user_id__in=chosen).select_related("user")
            hours = min(whole(post.get("hours", "4")), 10_000)
            ends, people = now + timedelta(hours=hours), [m.user for m in rows]
            freeze.switch_on(request.organisation, post.get("reason", ""), people, ends, by=request.user, at=now)
    except Refused as error:
        messages.warning(request, told(error))
    return redirect("mode", request.organisation.slug)
