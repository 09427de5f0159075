"""The guided form of an assessment, pre-filled from the counts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from vigie.crises import queries
from vigie.crises.models import Crisis
from vigie.decisions import posture
from vigie.decisions.answers import choices
from vigie.watches.models import Mention


class AssessmentForm(forms.Form):
    cause = forms.ChoiceField(label=_("Cause"), choices=posture.Cause.choices)
    origin = forms.ChoiceField(label=_("Origin"), choices=choices("outside", "inside"))
    speaker = forms.ChoiceField(
        label=_("Who speaks"), choices=choices("customer", "employee", "journalist", "activist", "politician", "troll")
    )
    scale = forms.ChoiceField(label=_("Scale"), choices=choices("local", "national", "international"))
    threatened = forms.MultipleChoiceField(
        label=_("What is threatened"),
        choices=choices("trust", "trade", "people", "survival"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    past = forms.BooleanField(label=_("Something like this has happened to us before"), required=False)
    note = forms.CharField(
        label=_("What the counts do not say"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


def prefilled(crisis: Crisis, now: datetime) -> tuple[dict[str, Any], dict[str, Any]]:
    """(first answers, the counts that they come from)."""
    followed = queries.watches(crisis)
    seen = queries.numbers(crisis, followed, now)
    waiting = queries.waiting(crisis, followed)
    found = Mention.objects.of(crisis.organisation_id).filter(watch__in=followed, published_at__gte=crisis.began_at)
    press = found.filter(network="press").exists()
    counted = {
        "mentions": seen["mentions"],
        "negative": seen["negative"],
        "audience": seen["audience"],
        "critical": waiting.untaken + waiting.taken,
        "an_hour": seen["hour"],
        "press": press,
    }
    scale = "national" if press or seen["audience"] >= 500_000 else "local"
    threatened = ["trust"] + (["people"] if crisis.scenario.get("cause") in ("contamination", "accident") else [])
    first = {
        "cause": crisis.scenario.get("cause", "complaint"),
        "origin": "inside" if crisis.scenario.get("cause") in ("employee", "misconduct", "post") else "outside",
        "speaker": "journalist" if press else "customer",
        "scale": scale,
        "threatened": threatened,
    }
    return first, counted
