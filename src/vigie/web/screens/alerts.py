"""Alerts: what rang, why, and what people answered."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from vigie.alerts import actions, duty, origin, words
from vigie.alerts.models import Alert, AlertChange, Channel, Duty
from vigie.crises import proposing
from vigie.crises.models import Crisis
from vigie.lib import charts
from vigie.lib.refusals import Refused
from vigie.lib.times import millis
from vigie.outbox.models import Message
from vigie.people.access import MemberRequest, member
from vigie.posts import coverage
from vigie.stories import actions as stories
from vigie.trends import outlook, usual
from vigie.watches.models import Watch

COLOURS = {"abnormality": 1, "size": 2, "tone": 3, "reach": 4, "sensitive": 5}


def access_alert(request: MemberRequest, number: int) -> Alert:
    found = Alert.objects.of(request.organisation).filter(number=number)
    alert = found.select_related("watch__entity", "organisation").first()
    if alert is None:
        raise Http404
    return alert


@member()
def alerts(request: MemberRequest) -> HttpResponse:
    found = Alert.objects.of(request.organisation).select_related("watch").order_by("-last_at")
    state = request.GET.get("state", "")
    if state in Alert.State.values:
        found = found.filter(state=state)
    useful, judged = actions.precision(request.organisation)
    listed = [
        (alert, words.sentence(alert.evidence) if not alert.test else _("Test of the alerts")) for alert in found[:100]
    ]
    return render(
        request,
        "vigie/alerts.html",
        {
            "alerts": listed,
            "state": state,
            "states": Alert.State.choices,
            "useful": useful,
            "judged": judged,
            "watches": Watch.objects.of(request.organisation).exists(),
            "reachable": Channel.objects.of(request.organisation).exists(),
        },
    )


def bar(components: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The stacked bar of the score: where each part begins and how wide it is, in percent."""
    at, found = 0.0, []
    for part in components:
        found.append({**part, "x": round(at, 1), "shade": COLOURS[part["name"]]})
        at += part["points"]
    return found


@member()
def alert(request: MemberRequest, number: int) -> HttpResponse:
    found = access_alert(request, number)
    evidence, now = found.evidence, request.organisation.clock.now()
    spec = None
    if evidence["chart"]:
        spec = charts.band(
            evidence["chart"],
            title=words.sentence(evidence),
            labels=words.chart_labels(),
            bells=[millis(found.raised_at)],
            height=200,
            offset_ms=request.organisation.offset_ms(found.raised_at),
        )
    gaps = coverage.gaps(request.organisation, found.began_at, found.last_at)
    return render(
        request,
        "vigie/alert.html",
        {
            "alert": found,
            "evidence": evidence,
            "say": words.sentence(evidence) if not found.test else _("Test of the alerts"),
            "reasons": words.reasons(evidence) if not found.test else [],
            "chance": words.by_chance(found.watch),
            "spec": spec,
            "parts": bar((evidence.get("beside") or evidence)["components"]),
            "coverage": coverage.line(request.organisation, gaps, now),
            "room": Crisis.objects.of(request.organisation).filter(alert=found).first(),
            "newcomers": coverage.newcomers(request.organisation, found.began_at, found.last_at),
            "changes": changes(found),
            "notices": Message.objects.of(request.organisation).filter(subject=f"alert:{found.number}").order_by("pk"),
            "duty": Duty.objects.of(request.organisation).exists(),
            "dismissals": dismissals(),
            "until": found.last_at + timedelta(minutes=1),
        },
    )


def changes(alert: Alert) -> list[tuple[AlertChange, str]]:
    """What became of an alert, and the name of the reason that was added."""
    found = AlertChange.objects.of(alert.organisation_id).filter(alert=alert).select_related("user")
    return [(change, words.reason_name(change.after) if change.what == "also" else "") for change in found]


@member()
def more(request: MemberRequest, number: int) -> HttpResponse:
    """How it spreads, where it came from, who acts as one: worked out when somebody looks."""
    found = access_alert(request, number)
    watch, until = found.watch, found.last_at + timedelta(minutes=1)
    now = request.organisation.clock.now()
    sensor = usual.sensors(request.organisation, [watch.pk]).get(watch.pk)
    # While the rise goes on it is looked at as it stands; later, as it stood when the alert last looked.
    seen = now if now - found.last_at < timedelta(hours=6) else until
    spread = outlook.spread(watch, sensor, found.began_at, seen)
    context = {
        "alert": found,
        "spread": spread,
        "doubling": words.span(spread.doubling_minutes) if spread.doubling_minutes else "",
        "forecasts": outlook.forecasts(watch, sensor, now),
        "path": origin.path(watch, found.began_at, seen),
        "groups": origin.together(watch, seen)[:3],
        "criteria": proposing.criteria(watch, found.began_at, seen) if not found.test else None,
        "signals": stories.signals(watch, found.began_at, seen),
    }
    return render(request, "vigie/alert_more.html" if request.htmx else "vigie/alert_more_page.html", context)  # type: ignore[attr-defined]


def dismissals() -> list[tuple[str, str]]:
    return [
        ("noise", _("Noise: nothing worth telling")),
        ("homonym", _("Not about us")),
        ("known", _("Already known, expected")),
        ("positive", _("Good news")),
        ("other", _("Another reason")),
    ]


def _back(request: MemberRequest, number: int) -> HttpResponse:
    return redirect("alert", request.organisation.slug, number)


def _late(request: MemberRequest, error: actions.Answered) -> None:
    messages.warning(
        request,
        _("Somebody answered before you: the alert is now “%(state)s”.") % {"state": error.alert.get_state_display()},
    )


@require_POST
@member("alert.answer")
def acknowledge(request: MemberRequest, number: int) -> HttpResponse:
    try:
        actions.acknowledge(access_alert(request, number), by=request.user, at=request.organisation.clock.now())
        messages.success(request, _("Acknowledged: nobody else is called."))
    except actions.Answered as error:
        _late(request, error)
    return _back(request, number)


@require_POST
@member("alert.answer")
def dismiss(request: MemberRequest, number: int) -> HttpResponse:
    try:
        actions.dismiss(
            access_alert(request, number),
            request.POST.get("reason", ""),
            request.POST.get("note", "")[:500],
            by=request.user,
            at=request.organisation.clock.now(),
        )
        messages.success(request, _("Dismissed; the reason counts in the record of precision."))
    except actions.Answered as error:
        _late(request, error)
    except Refused as error:
        messages.error(request, str(error))
    return _back(request, number)


@require_POST
@member("alert.answer")
def reopen(request: MemberRequest, number: int) -> HttpResponse:
    try:
        actions.reopen(access_alert(request, number), by=request.user, at=request.organisation.clock.now())
    except actions.Answered as error:
        _late(request, error)
    return _back(request, number)


@require_POST
@member("alert.answer")
def escalate(request: MemberRequest, number: int) -> HttpResponse:
    found = access_alert(request, number)
    following = duty.escalate(found, request.organisation.clock.now())
    if following:
        messages.success(request, _("%(name)s is being called.") % {"name": following.channel or ""})
    else:
        messages.warning(request, _("Everybody on duty was called already."))
    return _back(request, number)
