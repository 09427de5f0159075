"""The one door for changes of mentions that people make: the mention, its counts and the journal move together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from msgspec.structs import replace

from vigie.journal.actions import pulse, record
from vigie.lib import sql
from vigie.lib.times import millis
from vigie.people.models import Organisation, User
from vigie.posts.models import Post
from vigie.trends import counts
from vigie.trends.models import COLUMNS
from vigie.watches import mentions
from vigie.watches.mentions import Counted
from vigie.watches.models import Correction, Mention


def _move(organisation: Organisation, post: int, change: Callable[[Counted], Counted]) -> None:
    """Count each mention of a post as `change` says instead of as it is held."""
    held = mentions.held(organisation, [post]).get(post, [])
    counts.apply(organisation.pk, [(m.counted, change(m.counted)) for m in held if not m.not_ours])


@transaction.atomic
def correct(post: Post, sentiment: int, *, by: User, at: datetime) -> Correction | None:
    """A person says which sentiment this post has; None when it was that already."""
    organisation = post.organisation
    post = Post.objects.of(organisation).select_for_update(no_key=True).get(pk=post.pk)
    before = post.sentiment
    if before == sentiment:
        return None
    _move(organisation, post.pk, lambda c: replace(c, sentiment=sentiment))
    Mention.objects.of(organisation).filter(post=post).update(sentiment=sentiment)
    Post.objects.of(organisation).filter(pk=post.pk).update(sentiment=sentiment, unsure=False)
    made = Correction.objects.create(
        organisation=organisation, post=post, user=by, before=before, after=sentiment, at=at
    )
    pulse(organisation.pk, "corrected", at=at, post=post.pk)
    record(
        organisation.pk,
        "sentiment.corrected",
        at=at,
        actor_id=by.pk,
        actor_name=str(by),
        subject=f"post:{post.pk}",
        before=before,
        after=sentiment,
    )
    return made


@transaction.atomic
def undo(correction: Correction, *, by: User, at: datetime) -> None:
    """Take a correction back."""
    if (
        not Correction.objects.of(correction.organisation_id)
        .filter(pk=correction.pk, undone_at=None)
        .update(undone_at=at)
    ):
        return
    organisation, post, before = correction.organisation, correction.post_id, correction.before
    _move(organisation, post, lambda c: replace(c, sentiment=before))
    Mention.objects.of(organisation).filter(post_id=post).update(sentiment=before)
    Post.objects.of(organisation).filter(pk=post).update(sentiment=before)
    record(
        organisation.pk,
        "sentiment.correction_undone",
        at=at,
        actor_id=by.pk,
        actor_name=str(by),
        subject=f"post:{post}",
        after=before,
    )


@transaction.atomic
def set_ours(mention: Mention, ours: bool, *, by: User, at: datetime) -> None:
    """Say that a mention is of a homonym (it leaves the counts), or take that back."""
    changed = Mention.objects.of(mention.organisation_id).filter(pk=mention.pk, not_ours=ours).update(not_ours=not ours)
    if not changed:
        return
    organisation, post = mention.organisation, mention.post_id
    held = mentions.held(organisation, [post])[post]
    counted = next(m.counted for m in held if m.id == mention.pk)
    counts.apply(organisation.pk, [(None, counted) if ours else (counted, None)])
    counts.apply(organisation.pk, mentions.settle(organisation, [post]))
    record(
        mention.organisation_id,
        "mention.restored" if ours else "mention.rejected",
        at=at,
        actor_id=by.pk,
        actor_name=str(by),
        subject=f"post:{mention.post_id}",
        watch=mention.watch.name,
    )


@transaction.atomic
def recount(organisation: Organisation) -> list[tuple[str, int, str, int]]:
    """Where counts differ from what is stored: (table, watch, network, start). Empty when all is well."""
    wanted = _wanted(organisation)
    faults = []
    for table in ("minute", "hour"):
        names = ", ".join(COLUMNS)
        stored = sql.rows(
            f"SELECT watch_id, network, start, repeats, {names} FROM trends_{table}count WHERE organisation_id = %s",
            [sql.uuid_value(organisation.pk)],
        )
        for watch, network, start, repeats, *row in stored:
            if wanted.pop((table, watch, network, start, bool(repeats)), [0] * len(COLUMNS)) != [int(v) for v in row]:
                faults.append((table, watch, network, start))
    return faults + [key[:4] for key, row in wanted.items() if any(row)]


def _wanted(organisation: Organisation) -> dict[tuple[str, int, str, int, bool], list[int]]:
    """The counts that the stored mentions ask for: (table, watch, network, start, repeats) to a row."""
    found: dict[tuple[str, int, str, int, bool], list[int]] = {}
    names = ("watch_id", "network", "published_at", "sentiment", "own", "sensitive", "influential", "audience")
    rows = Mention.objects.of(organisation).filter(not_ours=False).values_list(*names, "repeats")
    for watch, network, moment, *rest in rows.iterator(chunk_size=10_000):
        counted = Counted(watch, network, millis(moment), *rest)
        row = counts.row_of(counted)
        for table, unit in (("minute", counts.MINUTE), ("hour", counts.HOUR)):
            key = (table, watch, network, counted.published // unit, counted.repeats)
            held = found.setdefault(key, [0] * len(COLUMNS))
            for i, value in enumerate(row):
                held[i] += value
    return found
