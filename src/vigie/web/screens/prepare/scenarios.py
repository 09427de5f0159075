"""Scenarios: of the library, and one’s own."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from vigie.decisions import posture
from vigie.people.access import MemberRequest, member
from vigie.plans import actions, library
from vigie.plans.models import Contact, Scenario
from vigie.plans.roles import CrisisRole, label, meant

from .locale import language, split_lines

LONGEST = 43_200
"""Minutes of a step: a month."""


def access_scenario(request: MemberRequest, key: str) -> dict[str, Any]:
    found = library.scenario(request.organisation, key, language())
    if found is None:
        raise Http404
    return found


@member()
def scenario(request: MemberRequest, key: str) -> HttpResponse:
    found = access_scenario(request, key)
    words = sum(len(m["say"].split()) for m in found["messages"])
    chosen = posture.Posture(found["posture"]).label if found.get("posture") in posture.Posture.values else ""
    steps = [
        {
            **s,
            "who": label(s["role"]),
            "beside": [label(r) for r in s.get("consulted", [])],
            "told": [label(r) for r in s.get("informed", [])],
        }
        for s in found["checklist"]
    ]
    own = found["key"].removeprefix("own-") if found["key"].startswith("own-") else ""
    groups = dict(Contact.Group.choices)
    said = [(groups.get(who, who), found["audiences"][who]) for who in library.AUDIENCES if who in found["audiences"]]
    tell = [{**row, "label": groups.get(row["group"], row["group"])} for row in found["stakeholders"]]
    context = {
        "scenario": found,
        "steps": steps,
        "words": words,
        "posture": chosen,
        "own": own,
        "said": said,
        "tell": tell,
    }
    return render(request, "vigie/scenario.html", context)


@require_POST
@member("plan.change")
def scenario_copy(request: MemberRequest, key: str) -> HttpResponse:
    access_scenario(request, key)
    now = request.organisation.clock.now()
    made = actions.copy_scenario(request.organisation, key, language(), by=request.user, at=now)
    return redirect("scenario-edit", request.organisation.slug, made.pk)


LISTS = ["points", "say", "never"]
HOLDING = ["fact", "scope", "action", "commitment", "contact"]


class ScenarioForm(forms.Form):
    """The parts of a scenario that people rewrite most; lists are a line each, a step is `minutes role: task`."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=120)
    summary = forms.CharField(label=gettext_lazy("When is it this one?"), widget=forms.Textarea)
    posture = forms.ChoiceField(label=gettext_lazy("Posture usually fit"), choices=posture.Posture)
    posture_risk = forms.CharField(label=gettext_lazy("Its risk"), widget=forms.Textarea, required=False)
    checklist = forms.CharField(
        label=gettext_lazy("First hour"),
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=gettext_lazy(
            "A step a line: minutes, role, colon, task; after the role, ! and the roles that alone may see it. "
            "For example: 15 Press officer: call the journalist; or 20 Human resources !Lawyer: see the person"
        ),
    )
    points = forms.CharField(label=gettext_lazy("What an answer must touch"), widget=forms.Textarea, required=False)
    messages = forms.CharField(
        label=gettext_lazy("Three messages, 27 words in all"),
        widget=forms.Textarea,
        help_text=gettext_lazy("A message a line; its three facts after it, each after a vertical bar."),
    )
    fact = forms.CharField(label=gettext_lazy("Holding statement: the fact"), widget=forms.Textarea(attrs={"rows": 2}))
    scope = forms.CharField(label=gettext_lazy("its scope"), widget=forms.Textarea(attrs={"rows": 2}))
    action = forms.CharField(label=gettext_lazy("what we do"), widget=forms.Textarea(attrs={"rows": 2}))
    commitment = forms.CharField(label=gettext_lazy("what we commit to"), widget=forms.Textarea(attrs={"rows": 2}))
    contact = forms.CharField(label=gettext_lazy("whom to turn to"), widget=forms.Textarea(attrs={"rows": 2}))
    say = forms.CharField(label=gettext_lazy("We say"), widget=forms.Textarea, required=False)
    never = forms.CharField(label=gettext_lazy("We do not say"), widget=forms.Textarea, required=False)
    expires_on = forms.DateField(
        label=gettext_lazy("Messages to be reviewed before"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def clean_messages(self) -> list[dict[str, Any]]:
        found = [
            {"say": say.strip(), "facts": [f.strip() for f in rest.split("|") if f.strip()]}
            for say, _sep, rest in (line.partition("|") for line in split_lines(self.cleaned_data["messages"]))
        ]
        words = sum(len(str(m["say"]).split()) for m in found)
        if words > 27:
            raise forms.ValidationError(_("%(n)s words: 27 at most, so that they are remembered.") % {"n": words})
        return found

    def clean_checklist(self) -> list[dict[str, Any]]:
        return [self._step(n, line) for n, line in enumerate(split_lines(self.cleaned_data["checklist"]), 1)]

    @staticmethod
    def _step(n: int, line: str) -> dict[str, Any]:
        head, _sep, task = line.partition(":")
        first, *reserved = head.split("!")
        minutes, _sep, named = first.strip().partition(" ")
        role, *kept = (meant(name.strip()) for name in (named, *reserved))
        known = all((role, *kept))
        if not task.strip() or not re.fullmatch(r"[0-9]{1,5}", minutes) or not known:
            roles = ", ".join(str(name) for name in CrisisRole.labels)
            say = _("Line %(n)s is not “minutes role: task”. The roles are: %(roles)s.")
            raise forms.ValidationError(say % {"n": n, "roles": roles})
        return {"task": task.strip(), "role": role, "minutes": min(int(minutes), LONGEST), "confidential": kept}


def _line(step: dict[str, Any]) -> str:
    kept = "".join(f" !{label(role)}" for role in step.get("confidential", []))
    return f"{step['minutes']} {label(step['role'])}{kept}: {step['task']}"


def _initial(found: Scenario) -> dict[str, Any]:
    content = found.content
    first = {name: content.get(name, "") for name in ("summary", "posture", "posture_risk")}
    first |= {name: "\n".join(content.get(name, [])) for name in LISTS}
    first |= {name: content["holding"].get(name, "") for name in HOLDING}
    first["checklist"] = "\n".join(_line(step) for step in content["checklist"])
    first["messages"] = "\n".join(" | ".join([m["say"], *m["facts"]]) for m in content["messages"])
    return first | {"title": found.title, "expires_on": found.expires_on}


def _content(before: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """The scenario with what was changed; a step that kept its words keeps who is consulted, told, and may see it."""
    known = {s["task"]: s for s in before["checklist"]}
    return {
        **before,
        **{name: values[name] for name in ("summary", "posture", "posture_risk", "messages")},
        **{name: split_lines(values[name]) for name in LISTS},
        "holding": {name: values[name] for name in HOLDING},
        "checklist": [{**known.get(step["task"], {}), **step} for step in values["checklist"]],
    }


@member("plan.change")
def scenario_edit(request: MemberRequest, pk: int) -> HttpResponse:
    found = Scenario.objects.of(request.organisation).filter(pk=pk).select_related("organisation").first()
    if found is None:
        raise Http404
    now = request.organisation.clock.now()
    if request.method == "POST" and request.POST.get("remove"):
        actions.remove_scenario(found, by=request.user, at=now)
        return redirect("plan", request.organisation.slug)
    form = ScenarioForm(request.POST or None, initial=_initial(found))
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        expires: date | None = values["expires_on"]
        content = _content(found.content, values)
        actions.save_scenario(found, values["title"], content, expires, by=request.user, at=now)
        messages.success(request, _("Saved."))
        return redirect("scenario", request.organisation.slug, f"own-{found.pk}")
    return render(request, "vigie/scenario_edit.html", {"form": form, "found": found})
