"""Settings of the organisation."""

from __future__ import annotations

from zoneinfo import available_timezones

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vigie.intake.sources import FEWEST_DAYS
from vigie.journal.actions import record
from vigie.people.access import MemberRequest, member, now_of
from vigie.people.models import Organisation


@member()
def settings_page(request: MemberRequest) -> HttpResponse:
    return render(request, "vigie/settings.html")


class OrganisationForm(forms.ModelForm):  # type: ignore[type-arg]
    zone = forms.ChoiceField(label=gettext_lazy("Time zone"), choices=[(z, z) for z in sorted(available_timezones())])

    class Meta:
        model = Organisation
        fields = ["name", "zone", "country", "keep_days"]

    keep_days = forms.IntegerField(
        label=gettext_lazy("Posts are kept (days)"),
        min_value=FEWEST_DAYS,
        max_value=10_000,
        required=False,
        help_text=gettext_lazy("Empty: for ever. A source may say otherwise. Counts of the past stay."),
    )


@member("organisation.change")
def organisation(request: MemberRequest) -> HttpResponse:
    form = OrganisationForm(request.POST or None, instance=request.organisation)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            form.save()
            record(
                request.organisation.pk,
                "organisation.changed",
                at=now_of(request),
                actor_id=request.user.pk,
                actor_name=str(request.user),
                name=request.organisation.name,
            )
        messages.success(request, _("Saved."))
        return redirect("settings", request.organisation.slug)
    return render(request, "vigie/organisation.html", {"form": form})
