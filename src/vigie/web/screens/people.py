"""Members and invitations. A link is mailed; it is shown only to whom asks to hand it over by hand."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from vigie.crises.actions import departed
from vigie.lib.refusals import Refused
from vigie.lib.text import whole
from vigie.lib.times import LIVE
from vigie.outbox import actions as outbox
from vigie.outbox import services
from vigie.people import actions, audit
from vigie.people.access import MemberRequest, member, now_of
from vigie.people.models import Link, Membership, Role, User


class InviteForm(forms.Form):
    email = forms.EmailField(label=gettext_lazy("E-mail"))
    role = forms.ChoiceField(
        label=gettext_lazy("Role"), choices=[c for c in Role.choices if c[0] != Role.GUEST], initial=Role.RESPONDER
    )


@member()
def people(request: MemberRequest) -> HttpResponse:
    return _people(request, InviteForm())


@member("people.change")
def access_log(request: MemberRequest) -> HttpResponse:
    """Who came in, was let in, or tried to."""
    events = audit.page(request.organisation, whole(request.GET.get("before", "")) or 0)
    older = events[-1].seq if len(events) == audit.PAGE else 0
    return render(request, "vigie/audit.html", {"events": events, "older": older})


def _people(request: MemberRequest, form: InviteForm, link: str = "", whom: str = "") -> HttpResponse:
    return render(
        request,
        "vigie/people.html",
        {
            "members": Membership.objects.of(request.organisation).select_related("user").order_by("user__name"),
            "form": form,
            "link": link,
            "whom": whom,
            "roles": [c for c in Role.choices if c[0] != Role.GUEST],
            "waiting": _waiting(request),
            "can_mail": services.can_mail(),
        },
    )


def _waiting(request: MemberRequest) -> list[Link]:
    """Links that are not used yet: invitations here, and sign-in links of people who belong here only."""
    now = LIVE.now()
    invited = Link.objects.filter(organisation=request.organisation, kind=Link.Kind.INVITATION)
    mine = Membership.objects.of(request.organisation).values("user")
    elsewhere = Membership.objects.across().exclude(organisation=request.organisation).values("user")
    entering = Link.objects.filter(kind=Link.Kind.SIGN_IN, user__in=mine).exclude(user__in=elsewhere)
    found = (invited | entering).filter(used_at=None, expires_at__gt=now)
    return list(found.select_related("user", "shown_to").order_by("-pk")[:100])


@require_POST
@member("people.change")
def invite(request: MemberRequest) -> HttpResponse:
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _people(request, form)
    email, role = form.cleaned_data["email"], form.cleaned_data["role"]
    with transaction.atomic():
        secret = actions.invite(request.organisation, email, role, at=LIVE.now(), by=request.user)
        link = request.build_absolute_uri(f"/invitation/{secret}")
        title = _("Your invitation to %s on Vigie") % request.organisation.name
        _say_sent(request, email, mail_link(request, email, title, link))
    return redirect("people", request.organisation.slug)


def mail_link(request: MemberRequest, email: str, title: str, link: str) -> bool:
    """Whether a link is on its way to its person by mail."""
    return outbox.mail(
        request.organisation, email, title, link, language=translation.get_language(), at=now_of(request)
    )


def _say_sent(request: MemberRequest, whom: str, sent: bool) -> None:
    if sent:
        messages.success(request, _("The link is on its way to %(whom)s by mail.") % {"whom": whom})
    else:
        say = _("No mail server is set: show the link below, and hand it over to %(whom)s.") % {"whom": whom}
        messages.warning(request, say)


@require_POST
@member("people.change")
def copy(request: MemberRequest, pk: int) -> HttpResponse:
    """Show a link once, to hand it over to somebody without mail. It is told in the journal, and to that person."""
    found = next((link for link in _waiting(request) if link.pk == pk), None)
    if found is None:
        raise Http404
    try:
        secret = actions.reveal(found, request.organisation, at=LIVE.now(), by=request.user)
    except Refused as error:
        messages.error(request, str(error))
        return redirect("people", request.organisation.slug)
    path = "invitation" if found.kind == Link.Kind.INVITATION else "start"
    return _people(request, InviteForm(), request.build_absolute_uri(f"/{path}/{secret}"), found.whom)


def access_member(request: MemberRequest, pk: int) -> Membership:
    found = Membership.objects.of(request.organisation).filter(pk=pk).select_related("user").first()
    if found is None:
        raise Http404
    return found


@require_POST
@member("people.change")
def change_role(request: MemberRequest, pk: int) -> HttpResponse:
    found, role = access_member(request, pk), request.POST.get("role", "")
    try:
        if role in Role.values and role != Role.GUEST and found.role != Role.GUEST:
            actions.change_role(request.organisation, found.user, role, at=LIVE.now(), by=request.user)
            messages.success(request, _("Saved."))
    except actions.LastAdministrator as error:
        messages.error(request, str(error))
    return redirect("people", request.organisation.slug)


@require_POST
@member("people.change")
def remove(request: MemberRequest, pk: int) -> HttpResponse:
    leaving = access_member(request, pk)
    try:
        with transaction.atomic():
            actions.leave(leaving, at=LIVE.now(), by=request.user)
            departed(request.organisation, leaving.user, at=now_of(request))
    except actions.LastAdministrator as error:
        messages.error(request, str(error))
    return redirect("people", request.organisation.slug)


@require_POST
@member("people.change")
def withdraw(request: MemberRequest, pk: int) -> HttpResponse:
    """Close a link that waits."""
    for link in _waiting(request):
        if link.pk == whole(str(pk), 18):
            Link.objects.filter(pk=link.pk, used_at=None).update(used_at=LIVE.now())
    return redirect("people", request.organisation.slug)


@require_POST
@member("people.change")
def reset(request: MemberRequest, pk: int) -> HttpResponse:
    """A one-time sign-in link for somebody who lost the password; whoever is signed in as them is signed out."""
    found = access_member(request, pk)
    if _belongs_elsewhere(request, found.user):
        # Such a link would open the other organisations too: only their operator may give it.
        messages.error(request, _("This person belongs to other organisations: the operator of this server must help."))
        return redirect("people", request.organisation.slug)
    with transaction.atomic():
        secret = actions.reset(request.organisation, found.user, at=LIVE.now(), by=request.user)
        link = request.build_absolute_uri(f"/start/{secret}")
        sent = mail_link(request, found.user.email, _("Your sign-in link to Vigie"), link)
    _say_sent(request, str(found.user), sent)
    return redirect("people", request.organisation.slug)


def _belongs_elsewhere(request: MemberRequest, user: User) -> bool:
    return Membership.objects.across().filter(user=user).exclude(organisation=request.organisation).exists()
