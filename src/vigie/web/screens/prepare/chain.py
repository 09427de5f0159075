"""The chain of command."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import transaction
from django.db.models import Max
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from vigie.alerts.models import Channel, Duty
from vigie.journal.actions import record
from vigie.people.access import MemberRequest, member
from vigie.people.models import Membership, User
from vigie.plans.roles import CrisisRole, label


class SeatForm(forms.Form):
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=CrisisRole)
    user: Any = forms.ModelChoiceField(label=gettext_lazy("Who"), queryset=None, required=False)
    channel: Any = forms.ModelChoiceField(label=gettext_lazy("Reached by"), queryset=None, required=False)
    deputy_user: Any = forms.ModelChoiceField(label=gettext_lazy("Substitute"), queryset=None, required=False)
    deputy: Any = forms.ModelChoiceField(label=gettext_lazy("Substitute reached by"), queryset=None, required=False)
    wait_minutes = forms.IntegerField(
        label=gettext_lazy("Minutes before the substitute"), min_value=1, max_value=600, initial=10
    )

    def __init__(self, request: MemberRequest, *args: Any) -> None:
        super().__init__(*args)
        held = Membership.objects.of(request.organisation).exclude(role="guest").values("user")
        for name in ("user", "deputy_user"):
            self.fields[name].queryset = User.objects.filter(pk__in=held).order_by("name")  # type: ignore[attr-defined]
        for name in ("channel", "deputy"):
            self.fields[name].queryset = Channel.objects.of(request.organisation)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if not found.get("user") and not found.get("channel"):
            raise forms.ValidationError(_("Choose a member, or a channel that reaches somebody."))
        return found


@member("plan.change")
def chain(request: MemberRequest) -> HttpResponse:
    form = SeatForm(request, request.POST or None)
    if request.method == "POST" and form.is_valid():
        _seat(request, form.cleaned_data)
        return redirect("chain", request.organisation.slug)
    seats = Duty.objects.of(request.organisation).select_related("user", "channel", "deputy", "deputy_user")
    shown = [(seat, label(seat.role) if seat.role else _("on duty for alerts")) for seat in seats]
    return render(request, "vigie/chain.html", {"form": form, "seats": shown})


@transaction.atomic
def _seat(request: MemberRequest, values: dict[str, Any]) -> None:
    last = Duty.objects.of(request.organisation).aggregate(last=Max("position"))["last"]
    made = Duty(**values)
    made.organisation, made.position = request.organisation, 0 if last is None else last + 1
    made.save()
    _told(request, "chain.changed", role=made.role, name=str(made.user or made.channel))


def _told(request: MemberRequest, verb: str, **body: Any) -> None:
    now = request.organisation.clock.now()
    who: dict[str, Any] = {"actor_id": request.user.pk, "actor_name": str(request.user)}
    record(request.organisation.pk, verb, at=now, subject="plan", **who, **body)


@require_POST
@member("plan.change")
def seat_remove(request: MemberRequest, pk: int) -> HttpResponse:
    found = Duty.objects.of(request.organisation).filter(pk=pk).first()
    if found is None:
        raise Http404
    with transaction.atomic():
        role = found.role
        found.delete()
        _told(request, "chain.changed", role=role, name="")
    return redirect("chain", request.organisation.slug)
