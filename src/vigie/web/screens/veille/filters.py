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
    story: int = 0
    """What says the same as one post, alone; 0 for everything."""

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
            whole(get("story")),
        )

    @property
    def narrow(self) -> bool:
        """Whether counts alone cannot answer."""
        return bool(self.lang or self.audience or self.author or self.q or self.story)

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
        if self.story:
            found = found.filter(post__story=self.story)
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
        if self.story:
            found.append((_("what says the same"), "story"))
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


WINDOW = 4 * PAGE
"""Mentions that one page may take in: those that say the same as one above them are folded into it."""


def listed(filters: Filters, before: str = "") -> tuple[list[Mention], str]:
    """One page of mentions, newest first, and where the next page begins.

    What says the same is one row, by the newest on this page; `folded` says how many more it stands for. One story
    alone is shown whole.
    """
    found = filters.mentions().select_related("post", "watch").order_by("-published_at", "-pk")
    rows = list(_after(found, before)[: WINDOW + 1])
    shown: dict[int, Mention] = {}
    last = None
    for row in rows[:WINDOW]:
        key = row.pk if filters.story else row.post.story
        if key not in shown and len(shown) == PAGE:
            break
        first = shown.setdefault(key, row)
        first.folded = getattr(first, "folded", -1) + 1  # type: ignore[attr-defined]
        last = row
    more = f"{millis(last.published_at)}-{last.pk}" if last and last is not rows[-1] else ""
    return list(shown.values()), more


def _after(found: QuerySet[Mention], before: str) -> QuerySet[Mention]:
    """What comes after a place of the list."""
    moment, _sep, pk = before.partition("-")
    if not is_whole(moment, 15) or not is_whole(pk, 18):
        return found
    at = from_millis(min(int(moment), 4_000_000_000_000))
    return found.filter(published_at__lte=at).exclude(published_at=at, pk__gte=int(pk))


def bolds(mentions: list[Mention]) -> list[str]:
    trees = [parsed_or_none(w.query) for w in {m.watch_id: m.watch for m in mentions}.values()]
    return [word for tree in trees if tree for word in highlighted(tree)]
