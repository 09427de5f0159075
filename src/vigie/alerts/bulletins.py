"""The morning bulletin, which states absence too.

Silence from a tool says nothing by itself: each morning the bulletin says for each watch what was seen, what is usual,
and what could not be seen.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from vigie.lib.times import millis
from vigie.people.models import Organisation
from vigie.trends import counts, slow, usual
from vigie.watches.models import Mention, Watch

from . import vigilance
from .channels import ask, listening
from .models import Bulletin

HOUR = 8
"""Of the organisation's own clock."""

DAY = timedelta(days=1)

TOP = 5

LONGEST = 60


def morning(organisation: Organisation, now: datetime) -> Bulletin | None:
    """The bulletin of today if its hour has come, it is not made yet, and there is something to watch."""
    local = now.astimezone(organisation.tz)
    if local.hour < HOUR or Bulletin.objects.of(organisation).filter(day=local.date()).exists():
        return None
    lines = _lines(organisation, now)
    if not lines:
        return None
    with transaction.atomic():
        made, fresh = Bulletin.objects.across().get_or_create(
            organisation=organisation, day=local.date(), defaults={"at": now, "lines": lines}
        )
        if fresh:
            ask(organisation, listening(organisation), "bulletin", now, payload={"bulletin": made.pk})
    return made if fresh else None


def _lines(organisation: Organisation, now: datetime) -> list[dict[str, Any]]:
    """One line a watch, what is not calm first."""
    since = now - DAY
    standings = vigilance.ranked(organisation, now, LONGEST)
    known = usual.sensors(organisation, [s.watch.pk for s in standings])
    return [
        {
            "watch": s.watch.pk,
            "name": s.watch.name,
            "level": s.level,
            "mentions": s.sums["mentions"],
            "negative": s.sums["negative"],
            "usual": usual.expected(known.get(s.watch.pk), since, now),
            "slow": _slow(s.watch, now),
            "top": _top(s.watch, since) if s.watch.notify_on != Watch.NotifyOn.ABNORMAL else [],
        }
        for s in standings
    ]


def _slow(watch: Watch, now: datetime) -> dict[str, Any] | None:
    """What of a watch has been rising for a month, negative mentions before all: no single hour shows it."""
    today = millis(now) // (24 * counts.HOUR)
    seen = counts.series(watch.pk, now - (slow.DAYS + 1) * DAY, now, minutes=1440)
    if min(seen, default=today) > today - slow.DAYS:
        return None
    for what, column in (("negative", 2), ("mentions", 0)):
        found = slow.slow_burn([seen.get(day, [0, 0, 0])[column] for day in range(today - slow.DAYS, today)])
        if found:
            return {"what": what, "times": found.times}
    return None


def _top(watch: Watch, since: datetime) -> list[int]:
    held = Mention.objects.of(watch.organisation_id).filter(watch=watch, published_at__gte=since)
    held = held.filter(own=False, not_ours=False)
    return list(held.order_by("-audience", "-published_at").values_list("post_id", flat=True)[:TOP])
