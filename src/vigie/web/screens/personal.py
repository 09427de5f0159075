"""Personal data: what is kept of somebody who asks, given to them or forgotten. And a journal that does not hold."""

from __future__ import annotations

import json
from collections import Counter

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from vigie.journal import actions as journal
from vigie.lib.refusals import Refused
from vigie.lib.text import clean
from vigie.people.access import MemberRequest, member, now_of
from vigie.people.traces import Person
from vigie.rooms import persons

KINDS = {
    "fact": gettext_lazy("Facts, unknowns and promises written"),
    "task": gettext_lazy("Tasks written"),
    "decision": gettext_lazy("Decisions proposed"),
    "crisis": gettext_lazy("Reasons of crises opened"),
    "report": gettext_lazy("Situation reports sent"),
    "situationshare": gettext_lazy("Situation pages shared"),
    "publishingfreeze": gettext_lazy("Reasons of the crisis mode"),
    "participant": gettext_lazy("Places in teams"),
    "deputy": gettext_lazy("Places as a substitute"),
    "alert": gettext_lazy("Alerts that show their posts"),
    "dismissal": gettext_lazy("Notes on dismissed alerts"),
    "alertchange": gettext_lazy("Answers to alerts"),
    "channel": gettext_lazy("Ways to be told"),
    "contact": gettext_lazy("Entries of the directory"),
    "webhook": gettext_lazy("Bodies of webhooks that could not be read"),
    "set aside": gettext_lazy("Records set aside"),
    "post": gettext_lazy("Posts"),
    "message": gettext_lazy("Messages that left"),
    "link": gettext_lazy("Invitations"),
    "journal": gettext_lazy("Lines of the journal"),
}


def _asked(who: str) -> tuple[Person | None, str]:
    """Who is meant, or why nobody is."""
    who = clean(who, 400).strip()
    if not who:
        return None, ""
    try:
        return persons.found(who), ""
    except persons.UnknownPerson:
        return None, _("Give a mail address, or an author as network:handle (mastodon:jeanne@piaille.fr).")


@member("person.forget")
def personal(request: MemberRequest) -> HttpResponse:
    """How much is kept of somebody, by kind."""
    who = clean(request.GET.get("who", ""), 400).strip()
    person, wrong = _asked(who)
    counted = Counter(row["kind"] for row in persons.kept(request.organisation, person)) if person else Counter()
    rows = sorted((str(KINDS.get(kind, kind)), n) for kind, n in counted.items())
    context = {"who": who, "wrong": wrong, "asked": person is not None, "counted": rows}
    return render(request, "vigie/personal.html", context)


@member("person.forget")
def export(request: MemberRequest) -> HttpResponse:
    """One JSON object a line, to be given to the person."""
    person, _wrong = _asked(request.GET.get("who", ""))
    rows = persons.kept(request.organisation, person) if person else ()
    body = "".join(json.dumps(row, ensure_ascii=False, default=str) + "\n" for row in rows)
    answer = HttpResponse(body, content_type="application/x-ndjson; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="person.jsonl"'
    return answer


@require_POST
@member("person.forget")
def erase(request: MemberRequest) -> HttpResponse:
    person, wrong = _asked(request.POST.get("who", ""))
    if person is None:
        messages.error(request, wrong or _("Say of whom."))
        return redirect("personal", request.organisation.slug)
    rows = persons.forget(request.organisation, person, at=now_of(request)).total()
    if rows:
        # Only who left something here: an account of elsewhere is not ours to close.
        persons.close_account(person)
    told = ngettext("%(n)s row was erased.", "%(n)s rows were erased.", rows) % {"n": rows}
    messages.success(request, told if rows else _("Nothing is kept of this person here."))
    return redirect("personal", request.organisation.slug)


@require_POST
@member("person.forget")
def take_note(request: MemberRequest) -> HttpResponse:
    """What was found out about a journal that does not hold; from here on it is held to again."""
    why, who = clean(request.POST.get("why", ""), 2_000), request.user
    try:
        journal.take_note(request.organisation.pk, at=now_of(request), why=why, actor_id=who.pk, actor_name=str(who))
        messages.success(request, _("Taken note of. From here on, every line is held to again."))
    except Refused as error:
        messages.error(request, str(error))
    return redirect("access", request.organisation.slug)
