"""The weekly look at one's own alerts: useful, not useful, missed; and what that changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from vigie.alerts import verdicts, words
from vigie.alerts.models import Verdict
from vigie.lib.refusals import Refused
from vigie.people.access import MemberRequest, member
from vigie.watches.models import Watch

from .alerts import access_alert


class MissedForm(forms.Form):
    """Where a crisis began that no alert told; the moment is in the organisation's time."""

    watch: Any = forms.ModelChoiceField(None, label=gettext_lazy("Watch"))
    began = forms.DateTimeField(
        label=gettext_lazy("It began"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    note = forms.CharField(label=gettext_lazy("What happened"), max_length=300, required=False)

    def __init__(self, request: MemberRequest, data: Any = None) -> None:
        super().__init__(data)
        self.fields["watch"].queryset = Watch.objects.of(request.organisation)  # type: ignore[attr-defined]
        self.zone = request.organisation.tz

    def clean_began(self) -> datetime:
        found: datetime = self.cleaned_data["began"]
        return found.replace(tzinfo=self.zone)


def _shown(request: MemberRequest, form: MissedForm | None = None) -> HttpResponse:
    judged = verdicts.of_the_week(request.organisation, request.organisation.clock.now())
    return render(
        request,
        "vigie/week.html",
        {
            "judged": [(one, words.sentence(one.alert.evidence)) for one in judged],
            "moved": [
                (one, words.rhythm(one.plain), words.rhythm(one.now)) for one in verdicts.moved(request.organisation)
            ],
            "missed": verdicts.told_missed(request.organisation),
            "form": form or MissedForm(request),
        },
    )


@member()
def week(request: MemberRequest) -> HttpResponse:
    return _shown(request)


def _back(request: MemberRequest) -> HttpResponse:
    return redirect("week", request.organisation.slug)


@require_POST
@member("alert.answer")
def judge(request: MemberRequest, number: int) -> HttpResponse:
    try:
        said = request.POST.get("says", "")
        verdicts.judge(access_alert(request, number), said, by=request.user, at=request.organisation.clock.now())
    except Refused as error:
        messages.error(request, str(error))
    return _back(request)


@require_POST
@member("alert.answer")
def missed(request: MemberRequest) -> HttpResponse:
    form = MissedForm(request, request.POST)
    if not form.is_valid():
        return _shown(request, form)
    told = form.cleaned_data
    now = request.organisation.clock.now()
    try:
        verdicts.missed(told["watch"], told["began"], told["note"], by=request.user, at=now)
        messages.success(request, _("Noted: this watch will ring a little sooner."))
    except Refused as error:
        messages.error(request, str(error))
    return _back(request)


@require_POST
@member("alert.answer")
def undo(request: MemberRequest, pk: int) -> HttpResponse:
    found = Verdict.objects.of(request.organisation).filter(pk=pk).select_related("watch", "alert").first()
    if found is None:
        raise Http404
    verdicts.undo(found, by=request.user, at=request.organisation.clock.now())
    messages.success(request, _("Taken back."))
    return _back(request)
