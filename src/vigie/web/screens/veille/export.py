"""Mentions as a sheet: CSV streamed whole, XLSX the newest."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

import xlsxwriter
from django.db.models import Prefetch
from django.http import HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _

from vigie.people.access import MemberRequest, member
from vigie.watches.models import Mention

from .filters import Filters

EXPORT = 10_000
"""Rows of a spreadsheet, which is made in memory; the CSV file is streamed and holds all."""

HEADER = [
    "published_at",
    "network",
    "author",
    "audience",
    "lang",
    "sentiment",
    "title",
    "text",
    "url",
    "watches",
    "replies",
    "shares",
    "likes",
]


def exported(filters: Filters) -> Iterator[list[Any]]:
    """A row a post, newest first, with the names of all watches that caught it."""
    names = {-1: "negative", 0: "neutral", 1: "positive"}
    caught = Mention.objects.of(filters.organisation).filter(not_ours=False).select_related("watch").order_by("pk")
    rows = filters.mentions(newest=0).select_related("post", "watch").order_by("-published_at", "-pk")
    for m in rows.prefetch_related(Prefetch("post__mention_set", caught, "caught")).iterator(2_000):
        p = m.post
        yield [
            m.published_at.isoformat(),
            m.network,
            p.author_handle or p.author_name,
            m.audience,
            m.lang,
            names[m.sentiment],
            p.title,
            p.text,
            p.url,
            "; ".join(other.watch.name for other in p.caught) or m.watch.name,  # type: ignore[attr-defined]
            p.replies,
            p.shares,
            p.likes,
        ]


def harmless(cell: Any) -> Any:
    """A cell that a spreadsheet will not take for a formula."""
    return "'" + cell if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


class _Echo:
    def write(self, text: str) -> str:
        return text


@member()
def export_csv(request: MemberRequest) -> StreamingHttpResponse:
    writer = csv.writer(_Echo())
    rows = chain([HEADER], exported(Filters.of(request)))
    body = (writer.writerow([harmless(cell) for cell in row]) for row in rows)
    answer = StreamingHttpResponse(chain(["\ufeff"], body), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="vigie-{request.organisation.slug}.csv"'
    return answer


@member()
def export_xlsx(request: MemberRequest) -> HttpResponse:
    room = io.BytesIO()
    book = xlsxwriter.Workbook(room, {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True})
    sheet = book.add_worksheet("Vigie")
    rows = list(islice(exported(Filters.of(request)), EXPORT + 1))
    if len(rows) > EXPORT:
        rows[EXPORT:] = [[_("Only the newest %s mentions are in this sheet; the CSV file has them all.") % EXPORT]]
    for at, row in enumerate([HEADER, *rows]):
        sheet.write_row(at, 0, [cell[:32_000] if isinstance(cell, str) else cell for cell in row])
    sheet.freeze_panes(1, 0)
    book.close()
    answer = HttpResponse(
        room.getvalue(), content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )
    answer["Content-Disposition"] = f'attachment; filename="vigie-{request.organisation.slug}.xlsx"'
    return answer
