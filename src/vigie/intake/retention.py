"""What is not kept: posts beyond the days that a source or its organisation keeps them, posts of public streams that
concern nobody, and files given that no job wants, after 72 hours.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from vigie.people.models import Organisation
from vigie.posts import search
from vigie.posts.models import Post, Source
from vigie.watches.models import Mention

from .models import Job
from .sources import is_stream

AFTER = timedelta(hours=72)
STEP = 500


def sweep_uploads(folder: Path, now: datetime) -> int:
    """Remove files given on a page that were never taken in: how many."""
    old = [f for f in folder.glob("*") if f.stat().st_mtime < (now - AFTER).timestamp()]
    if not old:
        return 0
    wanted = {
        Path(str(job.what.get("path"))).name
        for job in Job.objects.across().filter(kind="import", state__in=[Job.State.WAITING, Job.State.RUNNING])
    }
    found = [f for f in old if f.name not in wanted]
    for file in found:
        file.unlink(missing_ok=True)
    return len(found)


def sweep_old(organisation: Organisation) -> int:
    """Drop one step of the posts that are kept no longer; called every minute. Counts of the past stay."""
    now, dropped = organisation.clock.now(), 0
    kept_by_source = list(Source.objects.of(organisation).values_list("pk", "keep_days"))
    for source, days in [*kept_by_source, (None, None)]:
        days = days or organisation.keep_days
        if days and dropped < STEP:
            rows = Post.objects.of(organisation).filter(source=source, seen_at__lt=now - timedelta(days=days))
            dropped += _drop(rows.order_by("seen_at")[: STEP - dropped])
    return dropped


def sweep(now: datetime) -> int:
    """Drop one step of what concerns nobody; called every minute, so that no write is long."""
    streams = [s.pk for s in Source.objects.across() if is_stream(s)]
    if not streams:
        return 0
    held = Mention.objects.across().filter(post=OuterRef("pk"))
    old = Post.objects.across().filter(source__in=streams, seen_at__lt=now - AFTER).exclude(Exists(held))[:STEP]
    return _drop(old)


def _drop(rows: QuerySet[Post]) -> int:
    """Posts with their mentions, and their words in the search."""
    with transaction.atomic():
        found = list(rows)
        for post in found:
            search.remove(post.pk, search.document(post.title, post.text, post.author_handle, post.author_name))
        Post.objects.across().filter(pk__in=[post.pk for post in found]).delete()
    return len(found)
