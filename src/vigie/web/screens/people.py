"""Members, invitations, settings of the organisation; who is told and in which order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.db.models import Max
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from vigie.alerts import actions as alert_actions
from vigie.alerts import duty as duty_rules
from vigie.alerts import sending
from vigie.alerts.models import Alert, Channel, Duty, Notice
from vigie.crises.actions import departed
from vigie.journal.actions import record
from vigie.lib.times import LIVE
from vigie.people import actions
from vigie.people.access import MemberRequest, member
from vigie.people.models import Link, Membership, Organisation, Role
from vigie.watches.models import Watch


@member()
def settings_page(request: MemberRequest) -> HttpResponse:
    return render(request, "vigie/settings.html")


class OrganisationForm(forms.ModelForm):  # type: ignore[type-arg]
    zone = forms.ChoiceField(label=gettext_lazy("Time zone"), choices=[(z, z) for z in sorted(available_timezones())])

    class Meta:
        model = Organisation
        fields = ["name", "zone", "country"]


@member("organisation.change")
def organisation(request: MemberRequest) -> HttpResponse:
    form = OrganisationForm(request.POST or None, instance=request.organisation)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            form.save()
            record(
                request.organisation.pk,
                "organisation.changed",
                at=LIVE.now(),
                actor_id=request.user.pk,
                actor_name=str(request.user),
                name=request.organisation.name,
            )
        messages.success(request, _("Saved."))
        return redirect("settings", request.organisation.slug)
    return render(request, "vigie/organisation.html", {"form": form})


class InviteForm(forms.Form):
    email = forms.EmailField(label=gettext_lazy("E-mail"))
    role = forms.ChoiceField(
        label=gettext_lazy("Role"), choices=[c for c in Role.choices if c[0] != Role.GUEST], initial=Role.RESPONDER
    )


@member()
def people(request: MemberRequest) -> HttpResponse:
    return _people(request, InviteForm())


def _people(request: MemberRequest, form: InviteForm, link: str = "", sent: bool = False) -> HttpResponse:
    waiting = Link.objects.filter(organisation=request.organisation, kind=Link.Kind.INVITATION, used_at=None)
    return render(
        request,
        "vigie/people.html",
        {
            "members": Membership.objects.of(request.organisation).select_related("user").order_by("user__name"),
            "form": form,
            "link": link,
            "sent": sent,
            "roles": [c for c in Role.choices if c[0] != Role.GUEST],
            "waiting": waiting.filter(expires_at__gt=LIVE.now()),
        },
    )


@require_POST
@member("people.change")
def invite(request: MemberRequest) -> HttpResponse:
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _people(request, form)
    email, role = form.cleaned_data["email"], form.cleaned_data["role"]
    secret = actions.invite(request.organisation, email, role, at=LIVE.now(), by=request.user)
    link = request.build_absolute_uri(f"/invitation/{secret}")
    sent = sending.mail(email, _("Your invitation to %s on Vigie") % request.organisation.name, link)
    return _people(request, InviteForm(), link, sent)


def access_member(request: MemberRequest, pk: int) -> Membership:
    found = Membership.objects.of(request.organisation).filter(pk=pk).select_related("user").first()
    if found is None:
        raise Http404
    return found


@require_POST
@member("people.change")
def change_role(request: MemberRequest, pk: int) -> HttpResponse:
    found, role = access_member(request, pk), request.POST.get("role", "")
    admins = Membership.objects.of(request.organisation).filter(role=Role.ADMINISTRATOR).count()
    if found.role == Role.ADMINISTRATOR and role != Role.ADMINISTRATOR and admins == 1:
        messages.error(request, _("Somebody must remain administrator."))
    elif role in Role.values and role != Role.GUEST and found.role != Role.GUEST:
        actions.join(request.organisation, found.user, role, at=LIVE.now(), by=request.user)
        messages.success(request, _("Saved."))
    return redirect("people", request.organisation.slug)


@require_POST
@member("people.change")
def remove(request: MemberRequest, pk: int) -> HttpResponse:
    try:
        leaving = access_member(request, pk)
        with transaction.atomic():
            actions.leave(leaving, at=LIVE.now(), by=request.user)
            departed(request.organisation, leaving.user, at=LIVE.now())
    except actions.LastAdministrator:
        messages.error(request, _("Somebody must remain administrator."))
    return redirect("people", request.organisation.slug)


@require_POST
@member("people.change")
def withdraw(request: MemberRequest, pk: int) -> HttpResponse:
    """Close an invitation that waits."""
    Link.objects.filter(organisation=request.organisation, pk=pk, used_at=None).update(used_at=LIVE.now())
    return redirect("people", request.organisation.slug)


@require_POST
@member("people.change")
def reset(request: MemberRequest, pk: int) -> HttpResponse:
    """A one-time sign-in link for somebody who lost the password, to copy by hand or sent by mail."""
    found = access_member(request, pk)
    if Membership.objects.across().filter(user=found.user).exclude(organisation=request.organisation).exists():
        # Such a link would open the other organisations too: only their operator may give it.
        messages.error(request, _("This person belongs to other organisations: the operator of this server must help."))
        return redirect("people", request.organisation.slug)
    secret = actions.sign_in_link(found.user, at=LIVE.now(), lasting=timedelta(hours=12))
    link = request.build_absolute_uri(f"/start/{secret}")
    sent = sending.mail(found.user.email, _("Your sign-in link to Vigie"), link)
    return _people(request, InviteForm(), link, sent)


# -- who is told ------------------------------------------------------------------------------------------


class ChannelForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Whom or what"),
        max_length=120,
        help_text=gettext_lazy("For example: Nadia, mobile; or Crisis team room."),
    )
    address = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=500,
        help_text=gettext_lazy(
            "A mail address, or an address of a service: ntfy://, matrixs://, slack://, workflows:// (Teams), "
            "mmosts:// (Mattermost), jsons:// (webhook), an SMS service…"
        ),
    )
    news = forms.BooleanField(
        label=gettext_lazy("Also the bulletin of the morning, and mentions told one by one"), required=False
    )
    minimum = forms.ChoiceField(label=gettext_lazy("From level"), choices=[])
    on_duty = forms.BooleanField(
        label=gettext_lazy("In the duty order (called in turn until somebody acknowledges)"), required=False
    )
    wait_minutes = forms.IntegerField(
        label=gettext_lazy("Minutes before the next person"), min_value=1, max_value=600, initial=10
    )
    quiet_from = forms.TimeField(
        label=gettext_lazy("Quiet from"), required=False, widget=forms.TimeInput(attrs={"type": "time"})
    )
    quiet_to = forms.TimeField(
        label=gettext_lazy("Quiet until"), required=False, widget=forms.TimeInput(attrs={"type": "time"})
    )
    wake_for_red = forms.BooleanField(label=gettext_lazy("Wake for red all the same"), required=False, initial=True)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["minimum"].choices = [("yellow", _("yellow")), ("orange", _("orange")), ("red", _("red"))]  # type: ignore[attr-defined]

    def clean_address(self) -> str:
        try:
            return sending.checked_address(self.cleaned_data["address"])
        except sending.BadAddress as error:
            raise forms.ValidationError(str(error)) from error


@member("duty.change")
def duty(request: MemberRequest) -> HttpResponse:
    form = ChannelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        _add_channel(request, form.cleaned_data)
        return redirect("duty", request.organisation.slug)
    channels = list(Channel.objects.of(request.organisation))
    ranked = {d.channel_id: d for d in Duty.objects.of(request.organisation)}
    shown = [(c, sending.shown_address(c), ranked.get(c.pk)) for c in channels]
    shown.sort(key=lambda row: (row[2] is None, row[2].position if row[2] else 0, row[0].pk))
    return render(
        request,
        "vigie/duty.html",
        {
            "channels": shown,
            "form": form,
            "mail": bool(settings.MAIL_URL),
            "watches": Watch.objects.of(request.organisation).exists(),
            "notices": Notice.objects.of(request.organisation).select_related("channel", "alert").order_by("-pk")[:10],
        },
    )


@transaction.atomic
def _add_channel(request: MemberRequest, values: dict[str, Any]) -> None:
    channel = Channel.objects.create(
        organisation=request.organisation,
        name=values["name"],
        minimum=values["minimum"],
        news=values["news"],
        address=sending.vault().seal(values["address"]),
    )
    if values["on_duty"]:
        last = Duty.objects.of(request.organisation).aggregate(last=Max("position"))["last"]
        Duty.objects.create(
            organisation=request.organisation,
            channel=channel,
            position=0 if last is None else last + 1,
            wait_minutes=values["wait_minutes"],
            quiet_from=values["quiet_from"],
            quiet_to=values["quiet_to"],
            wake_for_red=values["wake_for_red"],
        )
    record(
        request.organisation.pk,
        "channel.added",
        at=LIVE.now(),
        actor_id=request.user.pk,
        actor_name=str(request.user),
        subject=f"channel:{channel.pk}",
        name=channel.name,
    )


@require_POST
@member("duty.change")
def remove_channel(request: MemberRequest, pk: int) -> HttpResponse:
    found = Channel.objects.of(request.organisation).filter(pk=pk).first()
    if found is None:
        raise Http404
    with transaction.atomic():
        name = found.name
        found.delete()
        record(
            request.organisation.pk,
            "channel.removed",
            at=LIVE.now(),
            actor_id=request.user.pk,
            actor_name=str(request.user),
            subject=f"channel:{pk}",
            name=name,
        )
    return redirect("duty", request.organisation.slug)


@require_POST
@member("duty.change")
def move(request: MemberRequest, pk: int) -> HttpResponse:
    """One place earlier in the duty order."""
    order = list(Duty.objects.of(request.organisation))
    at = next((i for i, d in enumerate(order) if d.pk == pk), None)
    if at is None:
        raise Http404
    if at > 0:
        order[at - 1], order[at] = order[at], order[at - 1]
    with transaction.atomic():
        for position, held in enumerate(order):
            Duty.objects.of(request.organisation).filter(pk=held.pk).update(position=position)
    return redirect("duty", request.organisation.slug)


@require_POST
@member("duty.change")
def test(request: MemberRequest) -> HttpResponse:
    watch = Watch.objects.of(request.organisation).select_related("organisation", "entity").first()
    if watch is None or not Channel.objects.of(request.organisation).exists():
        messages.warning(request, _("Create a watch and a way of telling first."))
        return redirect("duty", request.organisation.slug)
    made: Alert = alert_actions.test_alert(watch, at=LIVE.now(), notify=duty_rules.call)
    messages.success(request, _("A test alert is on its way; this page shows what became of it."))
    return redirect("alert", request.organisation.slug, made.number)
