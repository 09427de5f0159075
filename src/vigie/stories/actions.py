"""Working out what rises in a watch."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta

from django.db.models import QuerySet

from vigie.analysis import phrases
from vigie.watches.models import Mention, Watch
from vigie.watches.query import highlighted, parsed_or_none, split

from .models import Rising
from .signals import Said, Signal, rising

KEPT = ("phrase", "texts", "authors", "z", "strength", "growth", "trend")
RISING, USUAL = 400, 600
"""Texts read: the newest of the period, and of the two weeks before."""


def own_words(watch: Watch) -> list[str]:
    """The words of the watch itself: they are in every text and name no theme."""
    known = [word for name in [watch.entity.name, *watch.entity.names] for word in split(name)]
    tree = parsed_or_none(watch.query)
    return known + (highlighted(tree) if tree else [])


def mentions_between(watch: Watch, since: datetime, until: datetime) -> QuerySet[Mention]:
    """Mentions by others, still held to be ours."""
    return Mention.objects.of(watch.organisation_id).filter(
        watch=watch, published_at__gte=since, published_at__lte=until, own=False, not_ours=False
    )


def themes(watch: Watch, since: datetime, until: datetime) -> list[dict[str, object]]:
    """Distinctive phrases of a period against the two weeks before it, one text a story."""
    early, late = ([said.text for said in part] for part in _around(watch, since, until))
    return [asdict(theme) for theme in phrases.themes(late, early, leave_out=own_words(watch))]


def signals(watch: Watch, since: datetime, until: datetime) -> list[Signal]:
    """The themes of a period with their trend, their voices and how strong a signal each is, strongest first."""
    early, late = _around(watch, since, until)
    return rising(early + late, since, leave_out=own_words(watch))


def _around(watch: Watch, since: datetime, until: datetime) -> tuple[list[Said], list[Said]]:
    """What was said in the two weeks before a period, and in it."""
    before = mentions_between(watch, since - timedelta(days=14), since - timedelta(milliseconds=1))
    return _said(before, USUAL), _said(mentions_between(watch, since, until), RISING)


def _said(mentions: QuerySet[Mention], most: int) -> list[Said]:
    """One post a story, so that copies do not outvote people."""
    names = ("post__story", "published_at", "post__author_handle", "post__author_id", "post__title", "post__text")
    rows = mentions.order_by("-published_at", "-pk").values_list(*names)[:most]
    return list({story: Said(at, who or ref, f"{title}\n{text}") for story, at, who, ref, title, text in rows}.values())


def refresh(watch: Watch, now: datetime) -> None:
    """Keep what rises now: the last six hours, or the last day where those say little."""
    found = signals(watch, now - timedelta(hours=6), now)
    if len(found) < 3:
        found = signals(watch, now - timedelta(hours=24), now)
    kept = [{name: getattr(s, name) for name in KEPT} for s in found]
    Rising.objects.across().update_or_create(
        watch=watch, defaults={"organisation": watch.organisation, "themes": kept, "at": now}
    )
