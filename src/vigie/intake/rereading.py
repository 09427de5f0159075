"""Reading again what weighs most: how often a post was shared and answered is not known when it appears."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef

from vigie.networks.record import Batch
from vigie.networks.registry import NETWORKS
from vigie.posts.models import Post, Source
from vigie.watches.models import Mention

from . import sources

AGES = [timedelta(minutes=m) for m in (5, 15, 60, 360, 1440)]
MOST = 25
"""Posts of one age read again in one turn: those that weigh most. What a server gives in one answer."""
LONGEST = timedelta(hours=1)
"""After a longer stop, what should have been read meanwhile is let go: later ages come."""


def can(source: Source) -> bool:
    return hasattr(NETWORKS[source.network], "reread")


def due(source: Source, since: datetime, now: datetime) -> list[str]:
    """Identities of the mentions of this source that came of an age after `since` and until `now`, heaviest first."""
    since = max(since, now - LONGEST)
    concerned = Mention.objects.of(source.organisation_id).filter(post=OuterRef("pk"), not_ours=False)
    found: list[str] = []
    for age in AGES:
        posts = Post.objects.of(source.organisation_id).filter(
            Exists(concerned), source=source, deleted=False, seen_at__gt=since - age, seen_at__lte=now - age
        )
        weight = F("audience") + 20 * (F("shares") + F("replies")) + F("likes")
        found += posts.order_by(-weight, "pk").values_list("external_id", flat=True)[:MOST]
    return list(dict.fromkeys(found))


def read(source: Source, since: datetime, now: datetime) -> Iterator[Batch]:
    """Later readings of what is due. Raises what the network raises."""
    if identities := due(source, since, now):
        yield from NETWORKS[source.network].reread(sources.full_settings(source), identities)
