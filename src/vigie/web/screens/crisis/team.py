"""Who comes, who holds which role, guests, and cards for people outside."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from vigie.crises import actions, mobilising, sharing
from vigie.crises.models import SituationShare
from vigie.lib.refusals import Refused
from vigie.lib.text import whole
from vigie.lib.times import LIVE
from vigie.people import actions as people
from vigie.people.access import now_of
from vigie.people.models import Link, Membership, Role
from vigie.plans.roles import STEERING, CrisisRole

from ..people import mail_link
from .access import (
    RoomRequest,
    access_mine,
    access_participant,
    acted,
    refused,
    room,
    told,
    uuid_of,
)


@require_POST
@room()
def here(request: RoomRequest) -> HttpResponse:
    """I am coming, I am here, I cannot come: for every role that this person holds."""
    if not request.crisis.open:
        return refused(request, _("This crisis is closed: open it again first."))
    said = request.POST.get("say", "")
    if said not in mobilising.ANSWERS:
        return refused(request, _("Say whether you come."))

    mine = access_mine(request)
    for participant in mine:
        participant.crisis = request.crisis
    return acted(request, lambda: mobilising.answer_all(mine, said, at=now_of(request), by=request.user))


@require_POST
@room("steer")
def give_role(request: RoomRequest) -> HttpResponse:
    rows = Membership.objects.of(request.organisation).select_related("user").exclude(role="guest")
    chosen = uuid_of(request.POST.get("user"))
    wanted = rows.filter(user_id=chosen).first() if chosen else None
    if wanted is None:
        return refused(request, _("Choose somebody."))
    role, again = request.POST.get("role", ""), request.POST.get("call") == "1"

    def give() -> None:
        mobilising.give_role(request.crisis, role, wanted.user, by=request.user, at=now_of(request), call=again)

    return acted(request, give)


@require_POST
@room("steer")
def take_role_away(request: RoomRequest, pk: int) -> HttpResponse:
    found = access_participant(request, pk)
    if found is None:
        raise Http404
    return acted(request, lambda: actions.take_role_away(found, by=request.user, at=now_of(request)))


@require_POST
@room("steer")
def call_again(request: RoomRequest, pk: int) -> HttpResponse:
    found = access_participant(request, pk)
    if found is None:
        raise Http404
    return acted(request, lambda: mobilising.call(found, now_of(request)))


class GuestForm(forms.Form):
    name = forms.CharField(max_length=120)
    email = forms.EmailField(max_length=254)
    role = forms.ChoiceField(choices=[c for c in CrisisRole.choices if c[0] not in STEERING])
    days = forms.IntegerField(min_value=1, max_value=30)


@require_POST
@room("steer")
def guest(request: RoomRequest) -> HttpResponse:
    """Ask an expert in: the link is shown once, and mailed where mail is set."""
    post, now = request.POST, now_of(request)
    form = GuestForm(post)
    if not form.is_valid():
        return refused(request, " ".join(str(e) for errors in form.errors.values() for e in errors))
    asked, until = form.cleaned_data, now + timedelta(days=form.cleaned_data["days"])
    who = (asked["email"].strip().lower(), asked["name"], asked["role"], until)
    try:
        secret = sharing.invite(request.crisis, *who, by=request.user, at=now)
    except Refused as error:
        return refused(request, told(error))
    link = request.build_absolute_uri(f"/invitation/{secret}")
    subject = _("You are asked to help in a crisis of %s") % request.organisation.name
    sent = mail_link(request, asked["email"], subject, link)
    waiting = people.find_link(Link.Kind.INVITATION, secret, at=LIVE.now())
    context = {"whom": asked["email"], "sent": sent, "crisis": request.crisis, "waiting": waiting}
    return render(request, "vigie/room/link.html", context)


@require_POST
@room("steer")
def guest_copy(request: RoomRequest, pk: int) -> HttpResponse:
    """Have the link of a guest shown, to hand it over: told in the journal, and to the guest."""
    rows = Link.objects.filter(pk=pk, organisation=request.organisation, role=Role.GUEST)
    found = rows.filter(used_at=None, kind=Link.Kind.INVITATION).first()
    if found is None:
        raise Http404
    secret = people.reveal(found, request.organisation, at=LIVE.now(), by=request.user)
    link = request.build_absolute_uri(f"/invitation/{secret}")
    return render(request, "vigie/room/link.html", {"link": link, "crisis": request.crisis})


@require_POST
@room("steer")
def share(request: RoomRequest) -> HttpResponse:
    post, now = request.POST, now_of(request)
    hours = min(whole(post.get("hours", "24")), 10_000)
    try:
        secret = sharing.share(
            request.crisis,
            post.getlist("shows"),
            now + timedelta(hours=hours),
            by=request.user,
            at=now,
            title=post.get("title", ""),
        )
    except Refused as error:
        return refused(request, told(error))
    link = request.build_absolute_uri(f"/situation/{secret}")
    return render(request, "vigie/room/link.html", {"link": link, "crisis": request.crisis})


@require_POST
@room("steer", closed=True)
def unshare(request: RoomRequest, pk: int) -> HttpResponse:
    found = (
        SituationShare.objects.of(request.organisation)
        .filter(pk=pk, crisis=request.crisis)
        .select_related("crisis")
        .first()
    )
    if found is None:
        raise Http404
    return acted(request, lambda: sharing.withdraw(found, by=request.user, at=now_of(request)))
