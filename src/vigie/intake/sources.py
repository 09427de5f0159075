"""Adding sources, and how each is doing: state, lag, gaps, growing delays between failed readings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings as conf
from django.db import transaction
from django.utils.translation import gettext_noop

from vigie.journal.actions import record
from vigie.lib import sql
from vigie.lib.http import in_plain_words, wait_asked
from vigie.lib.refusals import Refused
from vigie.lib.secrets import LostKey, Vault
from vigie.networks.record import Batch
from vigie.networks.registry import NETWORKS
from vigie.people.models import Organisation, User
from vigie.posts.models import Gap, Source

from .pipeline import Kept

LONGEST_WAIT = timedelta(minutes=30)
QUIET = timedelta(minutes=2)
"""An interruption shorter than this is not told as a gap."""


def vault() -> Vault:
    return Vault(conf.VAULT_KEY)


@transaction.atomic
def add_source(
    organisation: Organisation,
    network: str,
    name: str,
    values: dict[str, Any],
    *,
    by: User | None,
    at: datetime,
) -> Source:
    """A new source. Secrets among its values are encrypted."""
    about = NETWORKS[network].about
    secret = {f.name for f in about.fields if f.secret} | {"secret"}
    made = Source.objects.create(
        organisation=organisation,
        network=network,
        name=name[:120],
        created_at=at,
        next_at=at,
        settings={k: v for k, v in values.items() if k not in secret},
        secrets=vault().seal({k: v for k, v in values.items() if k in secret and v}),
    )
    record(
        organisation.pk,
        "source.added",
        at=at,
        actor_id=by.pk if by else None,
        actor_name=str(by or "Vigie"),
        subject=f"source:{made.pk}",
        name=made.name,
        network=network,
    )
    return made


FEWEST_DAYS = 30
"""Posts are kept at least so long: a detector learns what is usual from the weeks before."""


@transaction.atomic
def keep_for(source: Source, days: int | None, *, by: User, at: datetime) -> None:
    """Keep the posts of a source so many days, or as long as the organisation says. Raises Refused."""
    if days is not None and not FEWEST_DAYS <= days <= 10_000:
        raise Refused("days", gettext_noop("Posts are kept for 30 days at least, and 10,000 at most."))
    Source.objects.of(source.organisation_id).filter(pk=source.pk).update(keep_days=days)
    record(
        source.organisation_id,
        "source.kept_for",
        at=at,
        actor_id=by.pk,
        actor_name=str(by),
        subject=f"source:{source.pk}",
        name=source.name,
        days=days,
    )


@transaction.atomic
def set_state(source: Source, state: str, *, by: User, at: datetime) -> None:
    """Pause a source, or let it be read again."""
    Source.objects.of(source.organisation_id).filter(pk=source.pk).update(state=state, next_at=at, error="", failures=0)
    verb = "source.paused" if state == Source.State.PAUSED else "source.resumed"
    record(
        source.organisation_id,
        verb,
        at=at,
        actor_id=by.pk,
        actor_name=str(by),
        subject=f"source:{source.pk}",
        name=source.name,
    )


@transaction.atomic
def remove(source: Source, *, by: User, at: datetime) -> None:
    """Stop reading a source; what it brought stays."""
    organisation_id, name, pk = source.organisation_id, source.name, source.pk
    source.delete()
    record(
        organisation_id, "source.removed", at=at, actor_id=by.pk, actor_name=str(by), subject=f"source:{pk}", name=name
    )


def full_settings(source: Source) -> dict[str, Any]:
    """Settings with their secrets opened. Raises LostKey."""
    return {**source.settings, **(vault().open(source.secrets) if source.secrets else {})}


def is_stream(source: Source) -> bool:
    found = getattr(NETWORKS[source.network], "streams", None)
    return bool(found and found(source.settings))


def succeeded(source: Source, batch: Batch, now: datetime) -> Callable[[Kept], None]:
    """What must be written in the commit of a batch: cursor, state, lag, the end of a gap."""

    def write(kept: Kept) -> None:
        newest = max((r.published_at for r in batch.records if not r.deleted), default=None)
        values: dict[str, Any] = {
            "state": Source.State.UP,
            "error": "",
            "failures": 0,
            "last_success_at": now,
            "next_at": now + every(source),
        }
        if batch.cursor:
            values["cursor"] = batch.cursor
        if newest is not None and kept.stored:
            values["lag_seconds"] = max((now - newest).total_seconds(), 0.0)
        held = Source.objects.of(source.organisation_id).filter(pk=source.pk).exclude(state=Source.State.PAUSED)
        held.update(posts_read=source.posts_read + kept.stored, **values)
        source.posts_read += kept.stored
        # Whatever the server said, post or no post, it is there again.
        Gap.objects.of(source.organisation_id).filter(source=source, ended_at=None).update(ended_at=now)
        if batch.gap:
            began, ended, reason = batch.gap
            Gap.objects.create(
                organisation_id=source.organisation_id, source=source, began_at=began, ended_at=ended, reason=reason
            )

    return write


def every(source: Source) -> timedelta:
    return timedelta(seconds=NETWORKS[source.network].about.every_seconds)


def not_stored(source: Source, error: Exception, now: datetime) -> None:
    """Say on the source that what it brought waits for the store. Nothing is missed yet, so no gap opens."""
    trouble = sql.in_plain_words(error) if isinstance(error, sql.TROUBLE) else f"{type(error).__name__}: {error}"
    held = Source.objects.of(source.organisation_id).filter(pk=source.pk).exclude(state=Source.State.PAUSED)
    held.update(state=Source.State.DOWN, error=f"{NOT_STORED} ({trouble})"[:1_000], last_failure_at=now)


NOT_STORED = gettext_noop("What was read could not be stored. It is kept in memory and stored as soon as that works.")


@transaction.atomic
def failed(source: Source, error: Exception, now: datetime) -> timedelta:
    """Write a failure down, open a gap, and say how long to wait: twice as long each time, at most half an hour."""
    source.refresh_from_db(fields=["failures", "last_success_at", "state"], from_queryset=Source.objects.across())
    reason = str(error) if isinstance(error, LostKey) else in_plain_words(error)
    wait: timedelta = min(timedelta(seconds=5) * 2 ** min(source.failures, 10), LONGEST_WAIT)
    # What a server asks for holds, and never shortens what we wait by ourselves.
    wait = max(wait, wait_asked(error, now))
    if source.state != Source.State.PAUSED:
        Source.objects.across().filter(pk=source.pk).update(
            state=Source.State.DOWN,
            error=reason[:1_000],
            failures=source.failures + 1,
            last_failure_at=now,
            next_at=now + wait,
        )
    since = source.last_success_at or source.created_at
    known = Gap.objects.of(source.organisation_id).filter(source=source, ended_at=None).exists()
    if not known and now - since >= min(QUIET, every(source)):
        Gap.objects.create(organisation_id=source.organisation_id, source=source, began_at=since, reason=reason[:1_000])
    return wait
