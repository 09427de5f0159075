"""Crisis mode: one switch, a reason, named people, an end by itself. Whatever publishes asks here, and obeys."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_noop

from vigie.lib.refusals import Conflict, Refused
from vigie.people.models import Organisation, User

from .acts import Act, acting
from .models import PublishingFreeze
from .queries import open_crises


def held(organisation: Organisation, now: datetime) -> PublishingFreeze | None:
    """The crisis mode that holds now: whatever publishes must ask, and obey."""
    rows = PublishingFreeze.objects.of(organisation).filter(ended_at=None, ends_at__gt=now, began_at__lte=now)
    return rows.select_related("by").first()


def may_publish(organisation: Organisation, user: User, now: datetime) -> bool:
    found = held(organisation, now)
    return found is None or str(user.pk) in found.publishers


def switch_on(
    organisation: Organisation, reason: str, publishers: Iterable[User], ends_at: datetime, *, by: User, at: datetime
) -> PublishingFreeze:
    """Stop all publishing but by the named people, until a moment at most a week away."""
    if not reason.strip():
        raise Refused("unclear", gettext_noop("Say why publishing stops."))
    if not at < ends_at <= at + timedelta(days=7):
        raise Refused("unclear", gettext_noop("It ends within seven days."))
    named = [str(user.pk) for user in publishers]
    if not named:
        raise Refused("unclear", gettext_noop("Name at least one person who may publish."))
    with acting(*open_crises(organisation), by=by, at=at, organisation=organisation, afterwards=True) as act:
        if PublishingFreeze.objects.of(organisation).filter(ended_at=None, ends_at__gt=at).exists():
            raise Conflict("mode", SWITCHED)
        made = PublishingFreeze.objects.create(
            organisation=organisation,
            reason=reason.strip(),
            publishers=named,
            by=by,
            began_at=at,
            ends_at=ends_at,
        )
        _tell_rooms(act, "mode.on", reason=reason, until=ends_at.isoformat())
    return made


def switch_off(organisation: Organisation, *, by: User, at: datetime) -> None:
    with acting(*open_crises(organisation), by=by, at=at, organisation=organisation, afterwards=True) as act:
        held = PublishingFreeze.objects.of(organisation).filter(ended_at=None, ends_at__gt=at)
        if not held.update(ended_at=at):
            raise Conflict("mode", SWITCHED)
        _tell_rooms(act, "mode.off")


SWITCHED = gettext_noop("Somebody switched crisis mode before you.")


def _tell_rooms(act: Act, verb: str, **body: Any) -> None:
    """Into every open room, or into the journal alone when none is open."""
    rooms = [crisis for crisis in act.crises if crisis.open]
    for crisis in rooms:
        act.line(verb, crisis=crisis, **body)
    if not rooms:
        act.entry(verb, "mode", **body)
