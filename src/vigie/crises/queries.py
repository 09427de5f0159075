"""What the room shows: numbers since the crisis began, what is critical, who is there."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from vigie.lib.times import millis
from vigie.people.models import Membership, Organisation
from vigie.trends import counts, usual
from vigie.watches.models import Mention, Watch

from .models import Crisis, Followed, Handling, Participant

COUNTED = 999
"""Critical mentions are counted this far; beyond, the screen says "more than"."""
CALM = 0.8
"""Back to calm: at least this share of the last hours lay inside the band of the usual."""


def open_crises(organisation: Organisation) -> list[Crisis]:
    found = Crisis.objects.of(organisation).filter(state=Crisis.State.OPEN).select_related("organisation")
    return list(found.order_by("-number"))


def watches(crisis: Crisis) -> list[Watch]:
    rows = Followed.objects.of(crisis.organisation_id).filter(crisis=crisis)
    found = Watch.objects.of(crisis.organisation_id).filter(pk__in=rows.values("watch"))
    return list(found.select_related("entity", "organisation").order_by("pk"))


def critical(crisis: Crisis, followed: list[Watch]) -> QuerySet[Mention]:
    """Negative mentions since the beginning, with sensitive words or a large audience, that nobody has dealt with."""
    found = Mention.objects.of(crisis.organisation_id).filter(
        watch__in=followed, published_at__gte=crisis.began_at, sentiment__lt=0, own=False, not_ours=False
    )
    found = found.filter(Q(sensitive=True) | Q(influential=True))
    if len(followed) > 1:
        found = found.exclude(Exists(_earlier(crisis, followed)))
    dealt = Handling.objects.of(crisis.organisation_id).filter(mention=OuterRef("pk"))
    return found.exclude(Exists(dealt.exclude(state=Handling.State.TAKEN))).order_by("-audience", "-published_at")


def _earlier(crisis: Crisis, followed: list[Watch]) -> QuerySet[Mention]:
    """Another mention of the same post in these watches that comes before: the post is counted there."""
    others = Mention.objects.of(crisis.organisation_id).filter(post=OuterRef("post"), watch__in=followed)
    before = Q(repeats=False) | Q(pk__lt=OuterRef("pk"))
    return others.filter(before, not_ours=False).exclude(pk=OuterRef("pk"))


def _again(crisis: Crisis, followed: list[Watch], since: datetime, until: datetime) -> QuerySet[Mention]:
    """Mentions of posts that another of these watches counts already."""
    found = Mention.objects.of(crisis.organisation_id)
    if len(followed) < 2:
        return found.none()
    rows = found.filter(
        watch__in=followed, repeats=True, own=False, not_ours=False, published_at__gte=since, published_at__lt=until
    )
    return rows.filter(Exists(_earlier(crisis, followed)))


def _twice(crisis: Crisis, followed: list[Watch], since: datetime, until: datetime) -> dict[str, int]:
    """What the counts of these watches together count more than once."""
    found = _again(crisis, followed, since, until).aggregate(
        mentions=Count("pk"), negative=Count("pk", filter=Q(sentiment__lt=0)), audience=Sum("audience")
    )
    return {name: value or 0 for name, value in found.items()}


@dataclass(frozen=True)
class Waiting:
    """Critical mentions: how many nobody has taken, and how many are being dealt with."""

    untaken: int
    taken: int

    @property
    def more(self) -> bool:
        return self.untaken >= COUNTED


def waiting(crisis: Crisis, followed: list[Watch]) -> Waiting:
    found = critical(crisis, followed)
    taken = Handling.objects.of(crisis.organisation_id).filter(mention=OuterRef("pk"))
    untaken = found.exclude(Exists(taken)).order_by()[:COUNTED].count()
    held = found.filter(Exists(taken)).order_by()[:COUNTED].count()
    return Waiting(untaken, held)


def numbers(crisis: Crisis, followed: list[Watch], now: datetime) -> dict[str, Any]:
    """Mentions, negative ones and audience since the beginning, beside what is usual in as long."""
    until = (crisis.closed_at or now) + timedelta(milliseconds=1)
    sums = [counts.totals(w.pk, crisis.began_at, until) for w in followed]
    known = usual.sensors(crisis.organisation, [w.pk for w in followed])
    expected = [usual.expected(known.get(w.pk), crisis.began_at, until) for w in followed]
    twice = _twice(crisis, followed, crisis.began_at, until)
    last_hour = until - timedelta(hours=1)
    counted = {name: sum(s[name] for s in sums) for name in ("mentions", "negative", "audience")}
    mentions, negative, audience = (counted[name] - twice[name] for name in counted)
    # The usual of each watch holds what they share as the counts do: it shrinks as they do.
    shared = mentions / counted["mentions"] if counted["mentions"] else 1.0
    return {
        "mentions": mentions,
        "negative": negative,
        "share": negative / mentions if mentions else None,
        "audience": audience,
        "usual": shared * sum(e for e in expected if e is not None) if any(e is not None for e in expected) else None,
        "hour": sum(counts.totals(w.pk, last_hour, until)["mentions"] for w in followed)
        - _twice(crisis, followed, last_hour, until)["mentions"],
    }


def team(crisis: Crisis) -> list[Participant]:
    """Who holds a role now. Somebody who is no longer a member holds none."""
    members = Membership.objects.of(crisis.organisation_id).filter(user=OuterRef("user"))
    found = Participant.objects.of(crisis.organisation_id).filter(crisis=crisis, left_at=None)
    return list(found.filter(Q(user=None) | Exists(members)).select_related("user"))


def series(
    crisis: Crisis, followed: list[Watch], since: datetime, until: datetime, minutes: int
) -> tuple[dict[int, list[int]], float]:
    """Mentions (0) and negative ones (2) of these watches together by step, a post once; and the share that is left."""
    sums: dict[int, list[int]] = {}
    for watch in followed:
        for at, row in counts.series(watch.pk, since, until, minutes=minutes).items():
            held = sums.setdefault(at, [0, 0, 0])
            for i in range(3):
                held[i] += row[i]
    counted = sum(row[0] for row in sums.values())
    again = _again(crisis, followed, since, until).values_list("published_at", "sentiment")
    for published, sentiment in again.iterator():
        held = sums.setdefault(millis(published) // (minutes * counts.MINUTE), [0, 0, 0])
        held[0] -= 1
        held[2] -= sentiment < 0
    return sums, sum(row[0] for row in sums.values()) / counted if counted else 1.0


def where(crisis: Crisis, followed: list[Watch], now: datetime) -> list[tuple[str, int]]:
    """Networks with their mentions since it began, a post once, the loudest first."""
    until = (crisis.closed_at or now) + timedelta(milliseconds=1)
    sums: Counter[str] = Counter()
    for watch in followed:
        sums.update(dict(counts.by_network(watch.pk, crisis.began_at, until)))
    again = _again(crisis, followed, crisis.began_at, until).values_list("post__network").annotate(n=Count("pk"))
    sums.subtract(dict(again.order_by()))
    return [(name, n) for name, n in sums.most_common() if n > 0]


def calm(crisis: Crisis, followed: list[Watch], now: datetime, hours: int) -> tuple[int, int]:
    """(hours inside the band of the usual, hours looked at), the last sixty minutes first: is it over?"""
    known = usual.sensors(crisis.organisation, [w.pk for w in followed])
    hours = min(hours, max(int((now - crisis.began_at) / timedelta(hours=1)), 1))
    inside = 0
    for back in range(hours):
        end = now - timedelta(hours=back)
        begin = end - timedelta(hours=1)
        seen = sum(counts.totals(w.pk, begin, end)["mentions"] for w in followed)
        expected = sum(usual.expected(known.get(w.pk), begin, end) or 0.0 for w in followed)
        inside += seen <= expected + 2 * (expected + 0.25) ** 0.5 + 1
    return inside, hours


def handled(mentions: list[Mention]) -> dict[int, Handling]:
    if not mentions:
        return {}
    found = Handling.objects.of(mentions[0].organisation_id).filter(mention__in=mentions).select_related("user")
    return {h.mention_id: h for h in found}
