"""Pages for what is not there, not allowed, or our mistake: in the house's look, in the reader's language."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from vigie.lib import sql


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    say = _("There is no such page, or it is not yours to see.")
    return _page(request, 404, _("Nothing here"), say)


def not_allowed(request: HttpRequest, exception: Any = None) -> HttpResponse:
    say = _("Your role does not let you do this. Ask an administrator of your organisation.")
    return _page(request, 403, _("Not allowed"), say)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that does not come from our own page, or from one that is too old."""
    say = _("This form is too old, or was opened in another window. Go back, load the page again and send it again.")
    return _page(request, 403, _("Not sent"), say)


def not_understood(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return _page(request, 400, _("Not understood"), _("This request cannot be understood. Go back and try again."))


def failed(request: HttpRequest, number: str = "", error: Exception | None = None) -> HttpResponse:
    """A mistake of ours, or a store that is away: what happened, what is safe, what to do."""
    if isinstance(error, sql.TROUBLE):
        say = _(sql.in_plain_words(error))
    else:
        say = _("A mistake of ours: nothing was written. Try again; if it stays, tell your operator this number.")
    return _page(request, 500, _("That did not work"), f"{say} ({number})" if number else say)


def _page(request: HttpRequest, status: int, title: str, say: str) -> HttpResponse:
    if getattr(request, "htmx", False):
        return HttpResponse(say, status=status, content_type="text/plain; charset=utf-8")
    return render(request, "vigie/error.html", {"title": title, "say": say, "status": status}, status=status)
