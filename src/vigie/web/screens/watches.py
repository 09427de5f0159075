"""Watches: writing a query and seeing at once what it would have caught."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from vigie.intake.filling import rematch
from vigie.intake.models import Job
from vigie.people.access import MemberRequest, member
from vigie.trends import backtest
from vigie.watches import actions, trying
from vigie.watches.forms import WatchForm, lines
from vigie.watches.models import Watch
from vigie.watches.query import QueryError, highlighted, parse, suggestion


def access_watch(request: MemberRequest, pk: int) -> Watch:
    found = Watch.objects.of(request.organisation).filter(pk=pk).select_related("entity", "organisation").first()
    if found is None:
        raise Http404
    return found


@member()
def watches(request: MemberRequest) -> HttpResponse:
    found = Watch.objects.of(request.organisation).select_related("entity")
    jobs = Job.objects.of(request.organisation).filter(kind="fill", state__in=[Job.State.WAITING, Job.State.RUNNING])
    return render(request, "vigie/watches.html", {"watches": found, "filling": {j.what.get("watch") for j in jobs}})


def _fill(request: MemberRequest, watch: Watch) -> None:
    Job.objects.create(
        organisation=request.organisation,
        kind="fill",
        what={"watch": watch.pk},
        user=request.user,
        asked_at=request.organisation.clock.now(),
    )


@member("watch.change")
def new(request: MemberRequest) -> HttpResponse:
    form = WatchForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = actions.create_watch(
            request.organisation, form.values(), by=request.user, at=request.organisation.clock.now()
        )
        _fill(request, made)
        messages.success(
            request,
            _("“%(name)s” is watched from now on; what is stored is being searched for it.") % {"name": made.name},
        )
        return redirect("tower", request.organisation.slug)
    return render(request, "vigie/watch_form.html", {"form": form, "watch": None})


@member()
def watch(request: MemberRequest, pk: int) -> HttpResponse:
    found = access_watch(request, pk)
    from vigie.people.rules import may

    if not may(request.membership, "watch.change"):
        return render(request, "vigie/watch_read.html", {"watch": found})
    initial = WatchForm.of(found)
    if "query" in request.GET:
        initial["query"] = request.GET["query"][:4_000]
    form = WatchForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        if actions.change_watch(found, form.values(), by=request.user, at=request.organisation.clock.now()):
            rematch(request.organisation, found)
            _fill(request, found)
        messages.success(request, _("Saved."))
        return redirect("watches", request.organisation.slug)
    return render(
        request, "vigie/watch_form.html", {"form": form, "watch": found, "backtest": _backtest(request, found)}
    )


def _backtest(request: MemberRequest, found: Watch) -> dict[str, backtest.Rung]:
    return backtest.run(found, request.organisation.clock.now())


@require_POST
@member("watch.change")
def set_active(request: MemberRequest, pk: int) -> HttpResponse:
    found = access_watch(request, pk)
    actions.set_active(found, request.POST.get("active") == "1", by=request.user, at=request.organisation.clock.now())
    return redirect("watches", request.organisation.slug)


@require_POST
@member("watch.change")
def attempt(request: MemberRequest) -> HttpResponse:
    """The tester: the mistake under its character, or what the query catches."""
    text = request.POST.get("query", "")
    names = [request.POST.get("name", ""), *lines(request.POST.get("names", ""))]
    suggested = suggestion(names)
    context: dict[str, Any] = {"suggested": suggested if suggested != text.strip() else "", "query": text}
    if not text.strip():
        return render(request, "vigie/tester.html", context)
    try:
        tree = parse(text)
    except QueryError as error:
        context |= {
            "error": error,
            "before": text[: error.at],
            "fault": text[error.at : error.at + 1] or " ",
            "after": text[error.at + 1 :],
        }
        return render(request, "vigie/tester.html", context)
    return render(
        request,
        "vigie/tester.html",
        {**context, "found": trying.attempt(request.organisation, tree), "bolds": highlighted(tree)},
    )
