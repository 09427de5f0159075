"""What of the mentions a viewer wants to see, as the address says it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from vigie.lib.text import is_whole, whole
from vigie.lib.times import EARLIEST, LIVE, from_millis, millis
from vigie.people.access import MemberRequest
from vigie.people.models import Organisation
from vigie.posts import search
from vigie.watches.models import Mention, Watch
from vigie.watches.query import highlighted, parsed_or_none

PAGE = 30

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
