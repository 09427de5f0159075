"""The palette (Ctrl K): goes anywhere and to anything that the person may see, by a few letters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import resolve, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from vigie.alerts import words
from vigie.alerts.models import Alert
from vigie.lib.text import fold
from vigie.people.access import MemberRequest, member
from vigie.people.rules import may
from vigie.plans.library import library
from vigie.watches.models import Watch
from vigie.web.context import menu, rooms

MOST = 12
WATCHES, ALERTS = 200, 40
"""That are looked through; of alerts the newest."""


@dataclass(frozen=True)
class Entry:
    """A place or an act: what it is called, what kind of thing it is, where it is."""

    name: str
    kind: str
    url: str


def _acts() -> list[tuple[str, str]]:
    """What there is to do beside the menu, and where."""
    return [
        (_("Open a crisis"), "crisis-new"),
        (_("Look back at the week"), "week"),
        (_("New watch"), "watch-new"),
        (_("Import a file"), "upload"),
        (_("Records set aside"), "aside"),
        (_("Who is told"), "duty"),
        (_("Chain of command"), "chain"),
        (_("Directory"), "contacts"),
        (_("Crisis mode"), "mode"),
        (_("People"), "people"),
        (_("Organisation"), "organisation"),
        (_("Access"), "access"),
        (_("Personal data"), "personal"),
    ]


def _open_to(request: MemberRequest, url: str) -> bool:
    """Whether a page would let this member in: what it asks is written on it."""
    view: Any = resolve(url).func
    while not hasattr(view, "permission"):
        view = view.__wrapped__
    return may(request.membership, view.permission)


def _places(request: MemberRequest) -> Iterator[Entry]:
    slug = request.organisation.slug
    for crisis in rooms(request.organisation, request.membership):
        yield Entry(crisis.name, _("open crisis"), reverse("room", args=[slug, crisis.number]))
    for item in menu(request.organisation, request.membership, ""):
        yield Entry(item["label"], _("page"), item["url"])
    for name, where in _acts():
        if _open_to(request, url := reverse(where, args=[slug])):
            yield Entry(name, _("page"), url)


def _things(request: MemberRequest) -> Iterator[Entry]:
    slug = request.organisation.slug
    for pk, name in Watch.objects.of(request.organisation).values_list("pk", "name")[:WATCHES]:
        yield Entry(name, _("mentions of a watch"), f"{reverse('veille', args=[slug])}?{urlencode({'watch': pk})}")
    for alert in Alert.objects.of(request.organisation).select_related("watch").order_by("-pk")[:ALERTS]:
        said = words.sentence(alert.evidence) if not alert.test else _("Test of the alerts")
        yield Entry(f"{alert.name}: {said}", _("alert"), reverse("alert", args=[slug, alert.number]))
    for scenario in library(get_language()):
        yield Entry(scenario["title"], _("scenario"), reverse("scenario", args=[slug, scenario["key"]]))


def _answers(entry: Entry, asked: list[str]) -> bool:
    told = fold(f"{entry.name} {entry.kind}")
    return all(word in told for word in asked)


@member("read")
def palette(request: MemberRequest) -> HttpResponse:
    said = request.GET.get("q", "").strip()[:200]
    asked = fold(said).split()
    found = _places(request) if not asked else (e for part in (_places, _things) for e in part(request))
    entries = list(islice((entry for entry in found if _answers(entry, asked)), MOST))
    if said:
        url = f"{reverse('veille', args=[request.organisation.slug])}?{urlencode({'q': said, 'period': '30d'})}"
        entries.append(Entry(_("Search the mentions for “%(said)s”") % {"said": said}, _("search"), url))
    return render(request, "vigie/palette.html", {"entries": entries})
