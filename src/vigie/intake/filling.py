"""Filling a watch from the posts that are already stored, in small commits that can be taken up again."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import transaction

from vigie.lib import sql
from vigie.lib.text import fold
from vigie.lib.times import millis
from vigie.people.models import Organisation
from vigie.posts.models import Post
from vigie.trends import counts
from vigie.trends.counts import Counted
from vigie.trends.models import DetectorState
from vigie.watches.matching import matches
from vigie.watches.models import Mention, Watch
from vigie.watches.query import Node, parse
from vigie.watches.sensitive import is_sensitive
from vigie.watches.trying import as_text

from .models import Job
from .pipeline import write_mention

STEP = 500


def steps(job: Job, watch: Watch) -> Iterator[int]:
    """Look at all stored posts from where the job stands; each step is one commit. Mentions already held stay."""
    tree = parse(watch.query)
    own = {fold(handle.lstrip("@")) for handle in watch.entity.handles}
    made = int(job.what.get("made", 0))
    while True:
        after = int(job.what.get("after", 0))
        posts = list(Post.objects.of(job.organisation).filter(pk__gt=after).order_by("pk")[:STEP])
        if not posts:
            break
        with transaction.atomic():
            made += _step(job.organisation, watch, tree, own, posts)
            job.what = {**job.what, "after": posts[-1].pk, "made": made}
            job.done += len(posts)
            Job.objects.of(job.organisation).filter(pk=job.pk).update(what=job.what, done=job.done)
        yield made


def _step(organisation: Organisation, watch: Watch, tree: Node, own: set[str], posts: list[Post]) -> int:
    held = set(Mention.objects.of(organisation).filter(watch=watch, post__in=posts).values_list("post_id", flat=True))
    changes = []
    for post in posts:
        text = as_text(post)
        if post.pk in held or not matches(tree, text):
            continue
        counted = Counted(
            watch.pk,
            post.network,
            millis(post.published_at),
            post.sentiment,
            fold(post.author_handle.lstrip("@")) in own,
            is_sensitive(text.spaced),
            post.audience >= watch.influential_from,
            post.audience,
        )
        changes.append((None, counted))
        write_mention(organisation, post.pk, counted, post.lang)
    counts.apply(organisation.pk, changes)
    return len(changes)


def rematch(organisation: Organisation, watch: Watch) -> None:
    """A watch whose query changed forgets its mentions and counts; a job fills it again."""
    with transaction.atomic():
        Mention.objects.of(organisation).filter(watch=watch).delete()
        sql.many("DELETE FROM trends_minutecount WHERE watch_id = %s", [(watch.pk,)])
        sql.many("DELETE FROM trends_hourcount WHERE watch_id = %s", [(watch.pk,)])
        DetectorState.objects.of(organisation).filter(watch=watch).delete()
