"""Crises, and opening one in a page."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language

from vigie.alerts import words
from vigie.alerts.models import Alert, Duty, Level
from vigie.crises import proposing, queries
from vigie.crises.models import Crisis
from vigie.crises.rules import seen
from vigie.lib.refusals import Refused
from vigie.lib.text import whole
from vigie.people.access import MemberRequest, member, now_of
from vigie.people.models import Role
from vigie.plans import library
from vigie.rooms import opening
from vigie.watches.models import Watch

from .access import (
    LEVELS,
)


@member("room")
def crises(request: MemberRequest) -> HttpResponse:
    found = Crisis.objects.of(request.organisation).select_related("organisation")
    shown = seen(found[:100], request.membership)
    if request.membership.role == Role.GUEST and len(shown) == 1:
        return redirect("room", request.organisation.slug, shown[0].number)
    return render(request, "vigie/crises.html", {"crises": shown})


def _proposal(alert: Alert | None, now: datetime) -> proposing.Criteria | None:
    if alert is None or alert.test:
        return None
    until = now if now - alert.last_at < timedelta(hours=6) else alert.last_at + timedelta(minutes=1)
    return proposing.criteria(alert.watch, alert.began_at, until)


@member("crisis.open")
def new(request: MemberRequest) -> HttpResponse:
    """One page: name, level, why, scenario. What an alert knows comes along."""
    number = request.POST.get("alert") or request.GET.get("alert", "")
    alerts = Alert.objects.of(request.organisation).select_related("watch__organisation", "watch__entity")
    alert = alerts.filter(number=whole(number)).first()
    if request.method == "POST":
        return _open(request, alert)
    say = words.sentence(alert.evidence) if alert else ""
    typed = {
        "name": _name(alert),
        "level": alert.level if alert else Level.ORANGE,
        "reason": "\n".join([say, *words.reasons(alert.evidence)]) if alert else "",
    }
    return _opening_form(request, alert, typed)


def _name(alert: Alert | None) -> str:
    """What people will call it, until somebody says better: who it is about, and the first theme."""
    if alert is None:
        return ""
    themes = alert.evidence.get("themes") or []
    return f"{alert.name} – {themes[0]['phrase']}" if themes else alert.name


def _opening_form(request: MemberRequest, alert: Alert | None, typed: dict[str, Any], error: str = "") -> HttpResponse:
    return render(
        request,
        "vigie/crisis_new.html",
        {
            "alert": alert,
            "typed": typed,
            "error": error,
            "levels": LEVELS,
            "criteria": _proposal(alert, now_of(request)),
            "scenarios": library.scenarios(request.organisation, get_language() or "fr"),
            "watches": Watch.objects.of(request.organisation).filter(active=True)[:200],
            "chain": Duty.objects.of(request.organisation).exclude(role="").count(),
            "already": queries.open_crises(request.organisation),
        },
        status=422 if error else 200,
    )


def _open(request: MemberRequest, alert: Alert | None) -> HttpResponse:
    post = request.POST
    typed = {name: post.get(name, "") for name in ("name", "level", "reason", "scenario")}
    chosen = Watch.objects.of(request.organisation).filter(pk__in=[whole(v) for v in post.getlist("watch")])
    scenario = library.scenario(request.organisation, typed["scenario"], get_language() or "fr")
    try:
        crisis = opening.open_room(
            request.organisation,
            typed["name"],
            typed["level"],
            typed["reason"],
            by=request.user,
            at=now_of(request),
            alert=alert,
            watches=chosen,
            scenario=scenario,
        )
    except Refused as error:
        return _opening_form(request, alert, typed, str(error))
    return redirect("room", request.organisation.slug, crisis.number)
