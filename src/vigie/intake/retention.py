"""What is not kept: posts of public streams that concern nobody, and files given that no job wants, after 72 hours."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction
from django.db.models import Exists, OuterRef

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


def sweep(now: datetime) -> int:
    """Drop one step of them; called every minute, so that no write is long."""
    streams = [s.pk for s in Source.objects.across() if is_stream(s)]
    if not streams:
        return 0
    held = Mention.objects.across().filter(post=OuterRef("pk"))
    old = Post.objects.across().filter(source__in=streams, seen_at__lt=now - AFTER).exclude(Exists(held))[:STEP]
    with transaction.atomic():
        found = list(old)
        for post in found:
            search.remove(post.pk, search.document(post.title, post.text, post.author_handle, post.author_name))
        Post.objects.across().filter(pk__in=[post.pk for post in found]).delete()
    return len(found)
