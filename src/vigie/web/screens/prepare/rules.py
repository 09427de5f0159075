"""Who may do what, the voice, the waits, past crises."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vigie.decisions import posture
from vigie.people.access import MemberRequest, member
from vigie.plans import actions, delegation
from vigie.plans.queries import handbook
from vigie.plans.roles import CrisisRole

from .locale import split_lines


class RulesForm(forms.Form):
    values = forms.CharField(label=gettext_lazy("Our values"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    tone = forms.CharField(label=gettext_lazy("Our tone"), required=False, max_length=300)
    address = forms.ChoiceField(
        label=gettext_lazy("How we address people"), choices=[("vous", "vous"), ("tu", "tu")], required=False
    )
    emoji = forms.BooleanField(label=gettext_lazy("Emoji are used"), required=False)
    reputation = forms.ChoiceField(
        label=gettext_lazy("Reputation before any crisis"),
        choices=[("good", gettext_lazy("good")), ("neutral", gettext_lazy("neutral")), ("bad", gettext_lazy("bad"))],
    )
    history = forms.CharField(
        label=gettext_lazy("Past crises"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("One a line: year, cause, colon, what happened. A cause that returns weighs heavier."),
    )
    alone_minutes = forms.IntegerField(
        label=gettext_lazy("Minutes before the same person may confirm alone"), min_value=1, max_value=240
    )
    report_orange = forms.IntegerField(
        label=gettext_lazy("Minutes between reports, orange"), min_value=5, max_value=1440
    )
    report_red = forms.IntegerField(label=gettext_lazy("Minutes between reports, red"), min_value=5, max_value=1440)
    calm_hours = forms.IntegerField(label=gettext_lazy("Hours of calm before closing"), min_value=1, max_value=168)

    def clean_history(self) -> list[dict[str, str]]:
        found = []
        for line in split_lines(self.cleaned_data["history"]):
            head, _sep, what = line.partition(":")
            year, _sep, cause = head.strip().partition(" ")
            if not year.isdigit() or cause.strip() not in posture.Cause.values or not what.strip():
                causes = ", ".join(posture.Cause.values)
                raise forms.ValidationError(
                    _("Write: 2023 product: what happened. Causes: %(causes)s") % {"causes": causes}
                )
            found.append({"year": year, "cause": cause.strip(), "what": what.strip()})
        return found


def _rules_initial(book: Any) -> dict[str, Any]:
    past = "\n".join(f"{row['year']} {row['cause']}: {row['what']}" for row in book.history)
    return {
        **book.voice,
        "reputation": book.reputation,
        "history": past,
        "alone_minutes": book.settings["alone_minutes"]["orange"],
        "report_orange": book.settings["report_minutes"]["orange"],
        "report_red": book.settings["report_minutes"]["red"],
        "calm_hours": book.settings["calm_hours"],
    }


@member("plan.change")
def rules(request: MemberRequest) -> HttpResponse:
    """Who may do what, the voice, the waits: one page."""
    book = handbook(request.organisation)
    form = RulesForm(request.POST or None, initial=_rules_initial(book))
    if request.method == "POST" and form.is_valid():
        _save_rules(request, book, form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("rules", request.organisation.slug)
    table = [
        (
            act,
            [
                (level, [(part, set(book.delegation[act][level][part])) for part in ("alone", "approve", "told")])
                for level in delegation.LEVELS
            ],
        )
        for act in delegation.Act
    ]
    sheets = [(role, name, book.sheets.get(role, "")) for role, name in CrisisRole.choices]
    parts = {"alone": _("alone"), "approve": _("approve"), "told": _("told")}
    context = {"form": form, "table": table, "roles": CrisisRole.choices, "sheets": sheets, "parts": parts}
    return render(request, "vigie/rules.html", context)


def _save_rules(request: MemberRequest, book: Any, values: dict[str, Any]) -> None:
    post = request.POST
    table = {
        act.value: {
            level: {
                part: [r for r in post.getlist(f"{act.value}-{level}-{part}") if r in CrisisRole.values]
                for part in ("alone", "approve", "told")
            }
            for level in delegation.LEVELS
        }
        for act in delegation.Act
    }
    settings = {
        **book.settings,
        "alone_minutes": dict.fromkeys(delegation.LEVELS, values["alone_minutes"]),
        "report_minutes": {
            **book.settings["report_minutes"],
            "orange": values["report_orange"],
            "red": values["report_red"],
        },
        "calm_hours": values["calm_hours"],
    }
    actions.change_rules(
        request.organisation,
        by=request.user,
        at=request.organisation.clock.now(),
        delegation=table if any(post.getlist(f"answer-yellow-{p}") for p in ("alone", "approve")) else book.delegation,
        sheets={role: post.get(f"sheet-{role}", "").strip()[:4_000] for role in CrisisRole.values},
        voice={name: values[name] for name in ("values", "tone", "address", "emoji")},
        settings=settings,
        history=values["history"],
        reputation=values["reputation"],
    )
