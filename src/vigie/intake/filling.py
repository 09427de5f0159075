"""Filling a watch from the posts that are already stored, in small commits that can be taken up again."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import transaction
from django.db.models import Exists, OuterRef
from msgspec.structs import replace

from vigie.lib import sql
from vigie.people.models import Organisation
from vigie.posts.models import Post
from vigie.trends import counts, memory
from vigie.watches import mentions
from vigie.watches.matching import matches
from vigie.watches.models import Mention, Watch
from vigie.watches.query import Node, parse
from vigie.watches.sensitive import is_sensitive
from vigie.watches.trying import as_text

from .models import Job

STEP = 500


def steps(job: Job, watch: Watch) -> Iterator[int]:
    """Look at all stored posts from where the job stands; each step is one commit. Mentions already held stay."""
    tree = parse(watch.query)
    own = mentions.own_handles(watch.entity)
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


def _step(organisation: Organisation, watch: Watch, tree: Node, own: frozenset[str], posts: list[Post]) -> int:
    present = Mention.objects.of(organisation).filter(watch=watch, post__in=posts).values_list("post_id", flat=True)
    known, rows = set(present), []
    for post in posts:
        text = as_text(post)
        if post.pk not in known and matches(tree, text):
            counted = mentions.counted(watch, own, post, post.sentiment, is_sensitive(text.spaced))
            rows.append((post.pk, counted, post.lang))
    held = mentions.held(organisation, [pk for pk, _counted, _lang in rows])
    rows = [(pk, replace(counted, repeats=pk in held), lang) for pk, counted, lang in rows]
    mentions.insert(organisation, rows)
    changes: list[mentions.Change] = [(None, counted) for _pk, counted, _lang in rows]
    counts.apply(organisation.pk, changes + mentions.settle(organisation, held))
    return len(rows)


@transaction.atomic
def rematch(organisation: Organisation, watch: Watch) -> None:
    """A watch whose query changed forgets its mentions and counts; a job fills it again."""
    stood = Mention.objects.of(organisation).filter(watch=watch, repeats=False)
    shared = Mention.objects.of(organisation).filter(post=OuterRef("post")).exclude(watch=watch)
    orphans = list(stood.filter(Exists(shared)).values_list("post_id", flat=True))
    Mention.objects.of(organisation).filter(watch=watch).delete()
    sql.many("DELETE FROM trends_minutecount WHERE watch_id = %s", [(watch.pk,)])
    sql.many("DELETE FROM trends_hourcount WHERE watch_id = %s", [(watch.pk,)])
    memory.forget(organisation, watch.pk)
    counts.apply(organisation.pk, mentions.settle(organisation, orphans))
