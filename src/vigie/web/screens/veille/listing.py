"""Veille: mentions as they arrive."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from vigie.people.access import MemberRequest, member
from vigie.posts import coverage
from vigie.stories.models import Rising
from vigie.trends import counts
from vigie.watches.models import Correction, Watch

from .columns import band, chart
from .filters import BOUND, Filters, bolds, listed


@member()
def veille(request: MemberRequest) -> HttpResponse:
    now = request.organisation.clock.now()
    filters = Filters.of(request)
    mentions, more = listed(filters, request.GET.get("before", ""))
    context = {
        "filters": filters,
        "mentions": mentions,
        "more": more,
        "bolds": bolds(mentions) + ([filters.q.strip('"')] if filters.q else []),
    }
    if request.GET.get("before"):
        return render(request, "vigie/mentions.html", context)
    found, counted = coverage.gaps(request.organisation, filters.since, now), band(filters, now)
    context |= {
        "watches": list(Watch.objects.of(request.organisation).values_list("pk", "name")),
        "periods": _periods(),
        "audiences": [1_000, 10_000, 100_000],
        "networks": counts.networks(request.organisation.pk),
        "langs": ["fr", "en", "ar", "de", "es", "hi", "it", "pt"],
        "band": counted,
        "chart_spec": chart(counted, filters, now),
        "gaps": bool(found),
        "coverage": coverage.line(request.organisation, found, now),
        "bounded": filters.narrow,
        "bound": BOUND,
        "export": urlencode(request.GET),
        "rising": Rising.objects.of(request.organisation).filter(watch=filters.watch).first()
        if filters.watch
        else None,
        "corrected": Correction.objects.of(request.organisation).filter(undone_at=None).count(),
    }
    return render(request, "vigie/veille.html", context)


def _periods() -> list[tuple[str, str]]:
    return [("1h", _("1 hour")), ("24h", _("24 hours")), ("7d", _("7 days")), ("30d", _("30 days"))]
