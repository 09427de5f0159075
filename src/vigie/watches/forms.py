"""The form of a watch."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from .models import Entity, Watch
from .query import QueryError, parse, suggestion


def lines(text: str) -> list[str]:
    """One name a line, or separated by commas."""
    return [word.strip()[:120] for line in text.splitlines() for word in line.split(",") if word.strip()][:50]


class WatchForm(forms.Form):
    name = forms.CharField(label=_("Whom or what to watch"), max_length=120)
    kind = forms.ChoiceField(label=_("Kind"), choices=Entity.Kind, initial=Entity.Kind.COMPANY)
    names = forms.CharField(
        label=_("Other names, products and people"),
        required=False,
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One a line, or separated by commas."),
    )
    handles = forms.CharField(
        label=_("Own accounts"),
        required=False,
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Their posts are counted apart and never ring. With or without @."),
    )
    query = forms.CharField(
        label=_("Query"),
        max_length=4_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "class": "query", "spellcheck": "false", "autocapitalize": "off"}),
        help_text=_(
            'Words, "phrases", AND OR NOT, ( ), NEAR/5, prefix*, @handle, #tag, from:, lang:, network:, '
            "has:link, audience>1000, or * for everything. Left empty, it asks for the names above."
        ),
    )
    sensitivity = forms.ChoiceField(
        label=_("Sensitivity"), choices=Watch.Sensitivity, initial=Watch.Sensitivity.BALANCED, widget=forms.RadioSelect
    )
    notify_on = forms.ChoiceField(
        label=_("What to tell"),
        choices=Watch.NotifyOn,
        initial=Watch.NotifyOn.ABNORMAL,
        required=False,
        help_text=_("To those who receive the morning bulletin: see who is told, in the settings."),
    )
    cooldown_minutes = forms.IntegerField(
        label=_("Quiet time after an alert (minutes)"),
        min_value=5,
        max_value=10_080,
        initial=360,
        help_text=_("An alert that grows louder rings again all the same."),
    )
    persistence_minutes = forms.IntegerField(
        label=_("Ring once it has lasted (minutes)"),
        min_value=0,
        max_value=240,
        initial=0,
        required=False,
        help_text=_("0 rings at once. What has passed by then does not ring."),
    )
    influential_from = forms.IntegerField(
        label=_("An author is influential from this audience on"),
        min_value=100,
        max_value=1_000_000_000,
        initial=50_000,
    )

    def clean_notify_on(self) -> str:
        return self.cleaned_data["notify_on"] or Watch.NotifyOn.ABNORMAL

    def clean_persistence_minutes(self) -> int:
        return self.cleaned_data["persistence_minutes"] or 0

    def clean_query(self) -> str:
        text = str(self.cleaned_data["query"]).strip() or self._derived()
        try:
            parse(text)
        except QueryError as error:
            raise forms.ValidationError(
                _("%(reason)s (character %(at)s)") % {"reason": error.reason, "at": error.at + 1}
            ) from error
        return text

    def _derived(self) -> str:
        """The query that asks for the names: a name is enough for a first watch."""
        return suggestion([str(self.cleaned_data.get("name", "")), *lines(str(self.cleaned_data.get("names", "")))])

    def values(self) -> dict[str, Any]:
        """What the actions take."""
        found = dict(self.cleaned_data)
        return {**found, "names": lines(found["names"]), "handles": lines(found["handles"])}

    @staticmethod
    def of(watch: Watch) -> dict[str, Any]:
        """Initial values from a watch."""
        entity = watch.entity
        return {
            "name": watch.name,
            "kind": entity.kind,
            "names": "\n".join(entity.names),
            "handles": "\n".join(entity.handles),
            "query": watch.query,
            "sensitivity": watch.sensitivity,
            "notify_on": watch.notify_on,
            "cooldown_minutes": watch.cooldown_minutes,
            "persistence_minutes": watch.persistence_minutes,
            "influential_from": watch.influential_from,
        }
