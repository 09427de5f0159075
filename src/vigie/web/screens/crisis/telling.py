"""What is told of a crisis: situation reports, handover, the spokesperson’s sheet, the log as a file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.timezone import get_current_timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from vigie.crises import actions, boards, lines, queries, reports
from vigie.crises.models import Report
from vigie.journal.models import Head
from vigie.lib.pdf import Block, pdf
from vigie.lib.text import whole
from vigie.lib.times import iso
from vigie.people.access import now_of
from vigie.people.models import User
from vigie.rooms import framework, reporting

from .access import (
    RoomRequest,
    acted,
    room,
)

PRINTED = 5_000
"""Lines of a printed log; the file of JSON lines holds all."""


@room("act")
def report(request: RoomRequest) -> HttpResponse:
    crisis, now = request.crisis, now_of(request)
    if request.viewer.guest:
        raise PermissionDenied
    last = reports.latest(crisis)
    if request.method == "POST":
        text, known = request.POST.get("text", ""), whole(request.POST.get("seen"))
        return acted(request, lambda: reports.send(crisis, text, by=request.user, at=now, seen=known))
    draft = reports.drafted(crisis, reporting.report(crisis, last.at if last else crisis.opened_at), now)
    heard = len(reports.listeners(crisis))
    context = {"crisis": crisis, "draft": draft, "last": last, "seen": last.number if last else 0, "heard": heard}
    return render(request, "vigie/report.html", context)


@room()
def report_read(request: RoomRequest, report: int) -> HttpResponse:
    found = Report.objects.of(request.organisation).filter(crisis=request.crisis, number=report).first()
    if found is None:
        raise Http404
    return render(request, "vigie/report_read.html", {"crisis": request.crisis, "report": found})


@room("act")
def handover(request: RoomRequest) -> HttpResponse:
    """What the next shift must know: open tasks, unknowns, promises, decisions, and a word by hand."""
    crisis, now = request.crisis, now_of(request)
    if request.method == "POST":
        text = request.POST.get("text", "")
        return acted(request, lambda: actions.hand_over(crisis, text, by=request.user, at=now))
    context = {
        "crisis": crisis,
        "sections": reporting.handover(crisis),
        "team": queries.team(crisis),
        "pinned": lines.pinned(crisis, request.viewer),
        "waiting": queries.waiting(crisis, queries.watches(crisis)),
    }
    return render(request, "vigie/handover.html", context)


@room()
def brief(request: RoomRequest) -> HttpResponse:
    """The spokesperson's sheet, to print: messages, what may be said, questions to expect, what is not said."""
    found = framework.context(request.crisis, boards.kind_of(request.crisis, request.viewer), now_of(request))
    return render(request, "vigie/brief.html", {"crisis": request.crisis, **found})


@room()
def export_pdf(request: RoomRequest) -> HttpResponse:
    """The main courante to print, with the hash of its last line and the signature of the chain."""
    crisis = request.crisis
    found = islice(lines.every(crisis, request.viewer), PRINTED)
    rows = [[_("No."), _("When"), _("Who"), _("What")]]
    rows += [
        [str(n.seq), n.at.astimezone(get_current_timezone()).strftime("%d/%m %H:%M:%S"), n.who, n.text] for n in found
    ]
    head = Head.objects.filter(organisation_id=request.organisation.pk).first()
    blocks = [Block("h1", crisis.name), Block("p", crisis.reason), Block("table", rows=rows)]
    if head:
        blocks.append(Block("small", f"{_('End of the chain:')} {head.seq} · {head.hash} · {head.signature}"))
    answer = HttpResponse(pdf(crisis.name, blocks, language=get_language() or "fr"), content_type="application/pdf")
    name = f"main-courante-{request.organisation.slug}-{crisis.number}.pdf"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _mails(request: RoomRequest) -> dict[UUID | None, str]:
    """Addresses of those who wrote here: a name alone may be anybody's, and may change."""
    wrote = lines.entries(request.crisis).exclude(actor_id=None).values_list("actor_id", flat=True).distinct()
    return dict(User.objects.filter(pk__in=list(wrote.order_by())).values_list("pk", "email"))


@room()
def export(request: RoomRequest) -> HttpResponse:
    """The main courante as JSON lines, each with its author and hash, the last one with the signature of the chain."""
    mails = {} if request.viewer.guest else _mails(request)
    head = Head.objects.filter(organisation_id=request.organisation.pk).first()

    def rows() -> Iterator[str]:
        for line in lines.every(request.crisis, request.viewer):
            told = {"seq": line.seq, "at": iso(line.at), "kind": line.kind, "who": line.who, "text": line.text}
            who = {"actor": str(line.actor or ""), "mail": mails.get(line.actor, "")}
            yield json.dumps({**told, **who, "hash": line.hash}, ensure_ascii=False) + "\n"
        if head:
            signed = {"head": head.seq, "hash": head.hash, "signature": head.signature}
            yield json.dumps(signed) + "\n"

    # All at once: the reader's language and zone end with this request.
    answer = HttpResponse("".join(rows()), content_type="application/x-ndjson; charset=utf-8")
    name = f"main-courante-{request.organisation.slug}-{request.crisis.number}.jsonl"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
