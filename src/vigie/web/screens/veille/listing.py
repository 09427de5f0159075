"""Veille: mentions as they arrive, filtered, searched, corrected, exported."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from typing import Any
from urllib.parse import urlencode

import xlsxwriter
from django.contrib import messages
from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST

from vigie.alerts import words
from vigie.analysis.kind import kind
from vigie.analysis.model import EMOTIONS, IRONIC, explained, understand
from vigie.crises.queries import handled
from vigie.intake import apply
from vigie.lib import charts
from vigie.lib.text import fold, is_whole, whole
from vigie.lib.times import EARLIEST, LIVE, from_millis, millis
from vigie.people.access import MemberRequest, member
from vigie.people.models import Organisation
from vigie.posts import coverage, search
from vigie.posts.models import Post, PostVersion
from vigie.stories.models import Rising
from vigie.trends import counts
from vigie.watches.models import Correction, Mention, Watch
from vigie.watches.query import highlighted, parsed_or_none

PAGE = 30
EXPORT = 10_000
"""Rows of a spreadsheet, which is made in memory; the CSV file is streamed and holds all."""
BOUND = 2_000
"""A chart under filters that counts do not know is worked out on this many newest mentions, and says so."""
PERIODS = {"1h": 1, "24h": 24, "7d": 168, "30d": 720}
SENTIMENTS = {"negative": -1, "neutral": 0, "positive": 1}


@dataclass
class Filters:
    """What the viewer wants to see, as the address says it."""

    organisation: Organisation
    watch: Watch | None
    network: str
    lang: str
    sentiment: str
    audience: int
    author: str
    q: str
    period: str
    since: datetime
    until: datetime | None

    @classmethod
    def of(cls, request: MemberRequest) -> Filters:
        get = request.GET.get
        now = request.organisation.clock.now()
        watch = Watch.objects.of(request.organisation).filter(pk=whole(get("watch"))).first()
        since, until = _moment(get("from")), _moment(get("to"))
        period = get("period", "")
        if since is None:
            period = period if period in PERIODS else "7d"
            since = now - timedelta(hours=PERIODS[period])
        return cls(
            request.organisation,
            watch,
            get("network", "")[:20],
            get("lang", "")[:3],
            get("sentiment", "") if get("sentiment") in SENTIMENTS else "",
            whole(get("audience")),
            get("author", "")[:100].strip().lstrip("@"),
            get("q", "")[:200].strip(),
            period,
            since,
            until,
        )

    @property
    def narrow(self) -> bool:
        """Whether counts alone cannot answer."""
        return bool(self.lang or self.audience or self.author or self.q)

    def mentions(self, newest: int = search.NEWEST) -> QuerySet[Mention]:
        found = Mention.objects.of(self.organisation).filter(published_at__gte=self.since)
        if self.until:
            found = found.filter(published_at__lt=self.until)
        # Seen together, watches that overlap show a post once.
        found = found.filter(watch=self.watch) if self.watch else found.filter(repeats=False)
        if self.network:
            found = found.filter(network=self.network)
        if self.lang:
            found = found.filter(lang=self.lang)
        if self.sentiment:
            found = found.filter(sentiment=SENTIMENTS[self.sentiment])
        if self.audience:
            found = found.filter(audience__gte=self.audience)
        if self.author:
            named = Q(post__author_handle="", post__author_name=self.author)
            found = found.filter(named | Q(post__author_handle=self.author))
        if self.q:
            found = search.holding(found, self.q, newest=newest)
        return found

    def chips(self) -> list[tuple[str, str]]:
        """(what is filtered, which part of the address holds it)."""
        found = []
        if self.watch:
            found.append((self.watch.name, "watch"))
        for name in ("network", "lang", "sentiment", "author", "q"):
            if value := getattr(self, name):
                found.append((_(value) if name == "sentiment" else value, name))
        if self.audience:
            found.append((_("audience ≥ %s") % self.audience, "audience"))
        return found


def _moment(text: str | None) -> datetime | None:
    try:
        found = parse_datetime(text or "")
    except ValueError:
        return None
    if found is None or not found.tzinfo:
        return None
    # Nobody listens before networks existed, nor after tomorrow.
    now = LIVE.now()
    try:
        return min(max(found.astimezone(UTC), EARLIEST), now + timedelta(days=1))
    except OverflowError:
        return None


def _step(filters: Filters, now: datetime) -> int:
    """Minutes in a column, for about sixty columns."""
    minutes = ((filters.until or now) - filters.since).total_seconds() / 60
    return next(
        step for step in (1, 5, 10, 30, 60, 180, 360, 720, 1440, 10_080) if minutes / step <= 90 or step == 10_080
    )


def chart(filters: Filters, now: datetime) -> dict[str, Any]:
    step = _step(filters, now)
    unit, until = step * counts.MINUTE, filters.until or now
    sums: dict[int, list[int]] = {}
    if filters.narrow or filters.sentiment or filters.network:
        rows = filters.mentions().filter(own=False, not_ours=False).order_by("-published_at")
        for moment, sentiment in rows.values_list("published_at", "sentiment")[:BOUND]:
            row = sums.setdefault(millis(moment) // unit, [0, 0])
            row[0] += 1
            row[1] += sentiment < 0
    else:
        chosen = filters.watch.pk if filters.watch else filters.organisation.pk
        for at, row in counts.series(chosen, filters.since, until + timedelta(minutes=1), minutes=step).items():
            sums[at] = [row[0], row[2]]
    first, last = millis(filters.since) // unit, millis(until) // unit
    points: list[list[float]] = [[at * unit, *sums.get(at, [0, 0])] for at in range(first, last + 1)]
    return charts.columns(
        points,
        title=_("Mentions over the period"),
        labels=words.chart_labels(),
        step_ms=unit,
        offset_ms=filters.organisation.offset_ms(now),
    )


def listed(filters: Filters, before: str = "") -> tuple[list[Mention], str]:
    """One page of mentions, one a post, newest first, and where the next page begins."""
    found = filters.mentions().select_related("post", "watch")
    moment, _sep, pk = before.partition("-")
    if is_whole(moment, 15) and is_whole(pk, 18):
        at = from_millis(min(int(moment), 4_000_000_000_000))
        found = found.filter(published_at__lte=at).exclude(published_at=at, pk__gte=int(pk))
    rows = list(found.order_by("-published_at", "-pk")[: PAGE + 1])
    more = f"{millis(rows[PAGE - 1].published_at)}-{rows[PAGE - 1].pk}" if len(rows) > PAGE else ""
    return rows[:PAGE], more


def bolds(mentions: list[Mention]) -> list[str]:
    trees = [parsed_or_none(w.query) for w in {m.watch_id: m.watch for m in mentions}.values()]
    return [word for tree in trees if tree for word in highlighted(tree)]


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
    found = coverage.gaps(request.organisation, filters.since, now)
    context |= {
        "watches": list(Watch.objects.of(request.organisation).values_list("pk", "name")),
        "periods": _periods(),
        "audiences": [1_000, 10_000, 100_000],
        "networks": counts.networks(request.organisation.pk),
        "langs": ["fr", "en", "ar", "de", "es", "hi", "it", "pt"],
        "chart_spec": chart(filters, now),
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


def access_mention(request: MemberRequest, pk: int) -> Mention:
    found = Mention.objects.of(request.organisation).filter(pk=pk).select_related("post", "watch__entity").first()
    if found is None:
        raise Http404
    return found


@member()
def mention(request: MemberRequest, pk: int) -> HttpResponse:
    found = access_mention(request, pk)
    return render(
        request,
        "vigie/mention_page.html" if not request.htmx else "vigie/mention_detail.html",  # type: ignore[attr-defined]
        detail(request, found),
    )


def detail(request: MemberRequest, found: Mention) -> dict[str, Any]:
    post = found.post
    text = f"{post.title}\n{post.text}" if post.title else post.text
    story = Post.objects.of(request.organisation).filter(story=post.story)
    alike = list(story.exclude(pk=post.pk).order_by("published_at")[:5])
    author = (
        Mention.objects.of(request.organisation)
        .filter(post__network=post.network, post__author_id=post.author_id, watch=found.watch)
        .exclude(post=post)
    )
    return {
        "mention": found,
        "post": post,
        "text": text,
        "emotions": emotions(post),
        "handling": handled([found]).get(found.pk),
        **nature(text, found),
        "alike": alike,
        "first": min([post, *alike], key=lambda p: p.published_at),
        "author_mentions": author.select_related("post").order_by("-published_at")[:5],
        "versions": PostVersion.objects.of(request.organisation).filter(post=post).order_by("-pk"),
        "correction": Correction.objects.of(request.organisation)
        .filter(post=post, undone_at=None)
        .order_by("-pk")
        .first(),
        "exclusion": exclusion(found),
    }


@member()
def why(request: MemberRequest, pk: int) -> HttpResponse:
    """The words that weighed, when a hand or the keyboard rests on the sentiment."""
    found = access_mention(request, pk)
    text = f"{found.post.title}\n{found.post.text}" if found.post.title else found.post.text
    weighed = explained(text, found.post.lang, sentiment=found.sentiment).get("sentiment", [])
    return render(request, "vigie/mention_why.html", {"weighed": weighed})


def nature(text: str, mention: Mention) -> dict[str, Any]:
    """What is worked out when somebody looks: its kind, and the words that weighed for each label."""
    post = mention.post
    found = understand([text], langs=[post.lang])
    named = kind(text, post.lang, post.sentiment, post.negative, post.positive)
    why = explained(text, post.lang, sentiment=mention.sentiment)
    beside = [(name, words) for name, words in why.items() if name not in ("sentiment", "irony") and words]
    return {
        "weighed": why.get("sentiment", []),
        "nature": named if named != "other" else "",
        "toxicity": float(found.toxicity[0]),
        "ironic": bool(found.irony[0] >= IRONIC),
        "explanations": beside[:3],
    }


KINDS_SAID = [gettext_noop("question"), gettext_noop("complaint"), gettext_noop("praise"), gettext_noop("toxicity")]
NAMES = [
    gettext_noop("anger"),
    gettext_noop("fear"),
    gettext_noop("disgust"),
    gettext_noop("sadness"),
    gettext_noop("surprise"),
    gettext_noop("joy"),
    gettext_noop("optimism"),
]


def emotions(post: Post) -> list[tuple[str, int]]:
    """Emotions that show, strongest first, in percent."""
    values = list(bytes(post.emotions))
    found = [(name, round(100 * value / 255)) for name, value in zip(EMOTIONS, values, strict=False)]
    return sorted([pair for pair in found if pair[1] >= 20], key=lambda pair: -pair[1])[:3]


def exclusion(found: Mention) -> str:
    """A query that would have left a homonym out: its author, else its most telling word."""
    if not found.not_ours:
        return ""
    from vigie.analysis.phrases import themes
    from vigie.stories.actions import own_words

    others = Mention.objects.of(found.organisation_id).filter(watch=found.watch, not_ours=False)
    usual = [m.post.text for m in others.select_related("post").order_by("-published_at")[:300]]
    own = {fold(word) for word in own_words(found.watch)}
    telling = themes([f"{found.post.title} {found.post.text}"], usual, leave_out=own, most=20)
    apart = [theme for theme in telling if not own & set(fold(theme.phrase).split())]
    word = f'"{apart[0].phrase}"' if apart else f"from:{found.post.author_handle}"
    return f"({found.watch.query}) NOT {word}"


@require_POST
@member("mention.correct")
def correct(request: MemberRequest, pk: int) -> HttpResponse:
    found = access_mention(request, pk)
    wanted = request.POST.get("sentiment", "")
    if wanted in SENTIMENTS:
        apply.correct(found.post, SENTIMENTS[wanted], by=request.user, at=request.organisation.clock.now())
    return _after(request, pk)


@require_POST
@member("mention.correct")
def undo_correction(request: MemberRequest, pk: int) -> HttpResponse:
    found = access_mention(request, pk)
    held = Correction.objects.of(request.organisation).filter(post=found.post, undone_at=None).order_by("-pk").first()
    if held:
        apply.undo(held, by=request.user, at=request.organisation.clock.now())
    return _after(request, pk)


@require_POST
@member("mention.correct")
def ours(request: MemberRequest, pk: int) -> HttpResponse:
    found = access_mention(request, pk)
    apply.set_ours(found, request.POST.get("ours") == "1", by=request.user, at=request.organisation.clock.now())
    return _after(request, pk)


def _after(request: MemberRequest, pk: int) -> HttpResponse:
    if request.htmx:  # type: ignore[attr-defined]
        return render(
            request, "vigie/mention_detail.html", {**detail(request, access_mention(request, pk)), "changed": True}
        )
    messages.success(request, _("Kept."))
    return redirect(reverse("mention", args=[request.organisation.slug, pk]))


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
