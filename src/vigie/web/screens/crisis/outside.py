"""What opens without signing in: the link of a call, the card of a situation."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from vigie.crises import mobilising, sharing
from vigie.crises.rules import NOBODY
from vigie.plans.roles import label
from vigie.rooms import situation as situations


def answer(request: HttpRequest, secret: str) -> HttpResponse:
    """The link of a call: opening it says it, in one tap; a button is there for those without scripts."""
    found = mobilising.found(secret)
    if found is None:
        return render(request, "vigie/link_refused.html", status=410)
    said = request.POST.get("say") or request.GET.get("say", "coming")
    said = said if said in mobilising.ANSWERS else "coming"
    done = request.method == "POST"
    if done:
        mobilising.answer(found, said, at=found.crisis.organisation.clock.now())
    context = {"participant": found, "crisis": found.crisis, "said": said, "done": done, "role": label(found.role)}
    return render(request, "vigie/answer.html", context)


def situation(request: HttpRequest, secret: str) -> HttpResponse:
    """The read-only card of a situation; never indexed."""
    found = sharing.card(secret)
    if found is None:
        return render(request, "vigie/link_refused.html", status=410)
    crisis, now = found.crisis, found.crisis.organisation.clock.now()
    shown = situations.context(crisis, NOBODY, now)
    context = {"card": found, "crisis": crisis, "shows": found.shows, **shown}
    answer = render(request, "vigie/situation_card.html", context)
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer
