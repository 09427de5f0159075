"""Who is told of alerts, in which order, and how the last messages went."""

from __future__ import annotations

from typing import Any

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
from vigie.alerts import channels
from vigie.alerts import duty as duty_rules
from vigie.alerts.models import Alert, Channel, Duty
from vigie.journal.actions import record
from vigie.outbox import actions as outbox
from vigie.outbox import services
from vigie.outbox.models import Message
from vigie.people.access import MemberRequest, member, now_of
from vigie.watches.models import Watch


class ChannelForm(forms.Form):
    """One way of telling: a mail address, a telephone number, a chat, or, for experts, any service of apprise."""

    name = forms.CharField(
        label=gettext_lazy("Whom or what"),
        max_length=120,
        help_text=gettext_lazy("For example: Nadia, mobile; or Crisis team room."),
    )
    mail = forms.CharField(label=gettext_lazy("E-mail"), max_length=254, required=False)
    phone = forms.CharField(
        label=gettext_lazy("Telephone"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("As you write it: 06 12 34 56 78. It receives an SMS where a service is set."),
    )
    hook = forms.CharField(
        label=gettext_lazy("Teams or Slack"),
        max_length=1_000,
        required=False,
        help_text=gettext_lazy("The address of incoming messages that Teams (Workflows) or Slack shows."),
    )
    address = forms.CharField(
        label=gettext_lazy("Another service (for experts)"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("As apprise writes it: ntfy://, matrixs://, mmosts:// (Mattermost), jsons://…"),
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

    WAYS = {
        "mail": services.checked_mail,
        "phone": services.checked_phone,
        "hook": services.checked_hook,
        "address": services.checked_service,
    }

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["minimum"].choices = [("yellow", _("yellow")), ("orange", _("orange")), ("red", _("red"))]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        given = [name for name in self.WAYS if values.get(name)]
        if len(given) != 1:
            self.add_error("mail", _("Give one address: a mail, a telephone number, or a chat."))
            return values
        try:
            values["place"] = self.WAYS[given[0]](values[given[0]])
        except services.BadAddress as error:
            self.add_error(given[0], str(error))
        return values


@member("duty.change")
def duty(request: MemberRequest) -> HttpResponse:
    form = ChannelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        _add_channel(request, form.cleaned_data)
        return redirect("duty", request.organisation.slug)
    held = list(Channel.objects.of(request.organisation))
    ranked = {d.channel_id: d for d in Duty.objects.of(request.organisation)}
    shown = [(c, services.shown(channels.address(c)), ranked.get(c.pk)) for c in held]
    shown.sort(key=lambda row: (row[2] is None, row[2].position if row[2] else 0, row[0].pk))
    return render(
        request,
        "vigie/duty.html",
        {
            "channels": shown,
            "form": form,
            "mail": bool(settings.MAIL_URL),
            "watches": Watch.objects.of(request.organisation).exists(),
            "sms": bool(settings.SMS_URL),
            "notices": Message.objects.of(request.organisation).order_by("-pk")[:10],
        },
    )


@transaction.atomic
def _add_channel(request: MemberRequest, values: dict[str, Any]) -> None:
    channel = Channel.objects.create(
        organisation=request.organisation,
        name=values["name"],
        minimum=values["minimum"],
        news=values["news"],
        address=services.vault().seal(values["place"]),
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
        at=now_of(request),
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
            at=now_of(request),
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
    made: Alert = alert_actions.test_alert(watch, at=now_of(request), notify=duty_rules.call)
    messages.success(request, _("A test alert is on its way; this page shows what became of it."))
    return redirect("alert", request.organisation.slug, made.number)


@require_POST
@member("duty.change")
def again(request: MemberRequest, pk: int) -> HttpResponse:
    """Send a message again that was not delivered."""
    found = Message.objects.of(request.organisation).filter(pk=pk).first()
    if found is None:
        raise Http404
    outbox.send_again(found, now_of(request))
    messages.success(request, _("It is on its way again; this page shows what becomes of it."))
    return redirect("duty", request.organisation.slug)
