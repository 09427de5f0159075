"""Prepare: the chain of command, the scenarios, who may do what, the directory, and the published versions."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Max
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from vigie.alerts.models import Channel, Duty
from vigie.decisions import posture
from vigie.journal.actions import record
from vigie.lib.text import clean
from vigie.people.door import MemberRequest, member
from vigie.people.models import Membership, User
from vigie.plans import actions, contacts, delegation, document, library
from vigie.plans.findings import findings
from vigie.plans.models import Contact, PlanVersion, Scenario
from vigie.plans.roles import CrisisRole, label, meant
from vigie.plans.tree import chain as chain_of

LARGEST = 2 * 1024 * 1024
LONGEST = 43_200
"""Minutes of a step: a month."""


def _language() -> str:
    return (get_language() or "fr")[:2]


@member()
def plan(request: MemberRequest) -> HttpResponse:
    now = request.organisation.clock.now()
    return render(
        request,
        "vigie/plan.html",
        {
            "chain": chain_of(request.organisation),
            "findings": findings(request.organisation, now),
            "scenarios": library.scenarios(request.organisation, _language()),
            "contacts": Contact.objects.of(request.organisation).count(),
            "versions": PlanVersion.objects.of(request.organisation).select_related("by")[:10],
            "book": actions.handbook(request.organisation),
        },
    )


# -- the chain of command -----------------------------------------------------------------------------------


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


# -- scenarios ----------------------------------------------------------------------------------------------


def access_scenario(request: MemberRequest, key: str) -> dict[str, Any]:
    found = library.scenario(request.organisation, key, _language())
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
    made = actions.copy_scenario(request.organisation, key, _language(), by=request.user, at=now)
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
            for say, _sep, rest in (line.partition("|") for line in _split(self.cleaned_data["messages"]))
        ]
        words = sum(len(str(m["say"]).split()) for m in found)
        if words > 27:
            raise forms.ValidationError(_("%(n)s words: 27 at most, so that they are remembered.") % {"n": words})
        return found

    def clean_checklist(self) -> list[dict[str, Any]]:
        return [self._step(n, line) for n, line in enumerate(_split(self.cleaned_data["checklist"]), 1)]

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


def _split(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


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
        **{name: _split(values[name]) for name in LISTS},
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


# -- delegation, voice, waits -------------------------------------------------------------------------------


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
        for line in _split(self.cleaned_data["history"]):
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
    book = actions.handbook(request.organisation)
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


# -- the directory ------------------------------------------------------------------------------------------


class ContactForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Contact
        fields = [
            "name",
            "function",
            "company",
            "group",
            "phone",
            "emergency",
            "email",
            "influence",
            "interest",
            "position",
            "notes",
        ]

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        for name in ("influence", "interest"):
            if name in found and not 1 <= found[name] <= 5:
                self.add_error(name, _("From 1 to 5."))
        return found


@member()
def directory(request: MemberRequest) -> HttpResponse:
    found = Contact.objects.of(request.organisation)
    return render(request, "vigie/contacts.html", {"contacts": found})


@member("plan.change")
def contact(request: MemberRequest, pk: int = 0) -> HttpResponse:
    held = Contact.objects.of(request.organisation).filter(pk=pk).select_related("organisation").first() if pk else None
    if pk and held is None:
        raise Http404
    now = request.organisation.clock.now()
    if held and request.method == "POST" and request.POST.get("remove"):
        actions.remove_contact(held, by=request.user, at=now)
        return redirect("contacts", request.organisation.slug)
    form = ContactForm(request.POST or None, instance=held)
    if request.method == "POST" and form.is_valid():
        actions.save_contact(request.organisation, form.save(commit=False), by=request.user, at=now)
        return redirect("contacts", request.organisation.slug)
    return render(request, "vigie/contact.html", {"form": form, "held": held})


@require_POST
@member("plan.change")
def contacts_import(request: MemberRequest) -> HttpResponse:
    file = request.FILES.get("file")
    if file is None or (file.size or 0) > LARGEST:
        messages.error(request, _("Choose a CSV or vCard file of 2 MB at most."))
        return redirect("contacts", request.organisation.slug)
    text = clean(file.read().decode("utf-8-sig", "replace"))
    read = contacts.from_vcards if "BEGIN:VCARD" in text[:500].upper() else contacts.from_csv
    try:
        found, wrong = read(text)
    except contacts.BadFile as error:
        messages.error(request, _("Nothing was taken: %(why)s.") % {"why": error})
        return redirect("contacts", request.organisation.slug)
    now = request.organisation.clock.now()
    new, changed = actions.take_contacts(request.organisation, found, by=request.user, at=now)
    messages.success(request, _("New contacts: %(new)s; changed: %(changed)s.") % {"new": new, "changed": changed})
    for say in wrong[:5]:
        messages.warning(request, say)
    return redirect("contacts", request.organisation.slug)


@require_POST
@member("plan.change")
def contacts_export(request: MemberRequest) -> HttpResponse:
    """CSV or vCard; with a password, both in a locked ZIP."""
    found = list(Contact.objects.of(request.organisation))
    rows, cards = contacts.to_csv(found, _language()).encode("utf-8-sig"), contacts.to_vcards(found).encode()
    password, kind = request.POST.get("password", ""), request.POST.get("kind", "csv")
    if password:
        body, name, type_ = (
            contacts.locked({"contacts.csv": rows, "contacts.vcf": cards}, password),
            "zip",
            "application/zip",
        )
    elif kind == "vcf":
        body, name, type_ = cards, "vcf", "text/vcard; charset=utf-8"
    else:
        body, name, type_ = rows, "csv", "text/csv; charset=utf-8"
    return _file(body, type_, f"contacts-{request.organisation.slug}.{name}")


def _file(body: bytes | str, kind: str, name: str) -> HttpResponse:
    answer = HttpResponse(body, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


# -- versions -----------------------------------------------------------------------------------------------


@require_POST
@member("plan.change")
def publish(request: MemberRequest) -> HttpResponse:
    now, note = request.organisation.clock.now(), request.POST.get("note", "")
    made = actions.publish(request.organisation, note, _language(), by=request.user, at=now)
    messages.success(request, _("Version %(number)s is published.") % {"number": made.number})
    return redirect("plan", request.organisation.slug)


def access_version(request: MemberRequest, number: int) -> PlanVersion:
    found = PlanVersion.objects.of(request.organisation).filter(number=number).first()
    if found is None:
        raise Http404
    return found


@member()
def version_html(request: MemberRequest, number: int) -> HttpResponse:
    """One file that opens on a phone without a network: nothing in it points outside."""
    found = access_version(request, number)
    with translation.override(found.tree["language"]):
        page = render_to_string(
            "vigie/plan_offline.html", {"tree": found.tree, "version": found, "roles": dict(CrisisRole.choices)}
        )
    return _file(page, "text/html; charset=utf-8", f"plan-{request.organisation.slug}-{number}.html")


@member()
def version_pdf(request: MemberRequest, number: int) -> HttpResponse:
    found = access_version(request, number)
    body = document.as_pdf(found.tree, number)
    return _file(body, "application/pdf", f"plan-{request.organisation.slug}-{number}.pdf")
