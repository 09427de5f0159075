"""Crisis mode: one switch, a reason, named people, an end by itself. Whatever publishes asks here, and obeys."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from vigie.journal.actions import record
from vigie.people.models import Organisation, User

from .actions import HEADER, Conflict, act
from .models import Crisis, PublishingFreeze


def held(organisation: Organisation, now: datetime) -> PublishingFreeze | None:
    """The crisis mode that holds now: whatever publishes must ask, and obey."""
    rows = PublishingFreeze.objects.of(organisation).filter(ended_at=None, ends_at__gt=now, began_at__lte=now)
    return rows.select_related("by").first()


def may_publish(organisation: Organisation, user: User, now: datetime) -> bool:
    found = held(organisation, now)
    return found is None or str(user.pk) in found.publishers


@transaction.atomic
def switch_on(
    organisation: Organisation, reason: str, publishers: Iterable[User], ends_at: datetime, *, by: User, at: datetime
) -> PublishingFreeze:
    """Stop all publishing but by the named people, until a moment at most a week away."""
    if not reason.strip():
        raise ValueError("say why publishing stops")
    if not at < ends_at <= at + timedelta(days=7):
        raise ValueError("it ends within seven days")
    named = [str(user.pk) for user in publishers]
    if not named:
        raise ValueError("name at least one person who may publish")
    Organisation.objects.select_for_update().get(pk=organisation.pk)
    if PublishingFreeze.objects.of(organisation).filter(ended_at=None, ends_at__gt=at).exists():
        raise Conflict("mode")
    made = PublishingFreeze.objects.create(
        organisation=organisation,
        reason=reason.strip(),
        publishers=named,
        by=by,
        began_at=at,
        ends_at=ends_at,
    )
    _tell_rooms(organisation, "mode.on", by, at, reason=reason, until=ends_at.isoformat())
    return made


@transaction.atomic
def switch_off(organisation: Organisation, *, by: User, at: datetime) -> None:
    if not PublishingFreeze.objects.of(organisation).filter(ended_at=None, ends_at__gt=at).update(ended_at=at):
        raise Conflict("mode")
    _tell_rooms(organisation, "mode.off", by, at)


def _tell_rooms(organisation: Organisation, verb: str, by: User, at: datetime, **body: Any) -> None:
    """Into every open room, or into the journal alone when none is open."""
    rooms = list(Crisis.objects.of(organisation).filter(state=Crisis.State.OPEN))
    for crisis in rooms:
        act(crisis, verb, at=at, by=by, boards=[HEADER], **body)
    if not rooms:
        record(organisation.pk, verb, at=at, actor_id=by.pk, actor_name=str(by), subject="mode", **body)
