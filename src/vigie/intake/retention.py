"""What is not kept: posts of public streams that concern nobody are dropped after 72 hours."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from vigie.posts import search
from vigie.posts.models import Post, Source
from vigie.watches.models import Mention

from .sources import is_stream

AFTER = timedelta(hours=72)
STEP = 500


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
