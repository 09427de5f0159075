"""Guests of one crisis, and the card of the situation that is read outside: both end at a date."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from vigie.lib import ids
from vigie.people import actions as people
from vigie.people.models import Membership, Organisation, Role, User
from vigie.plans.roles import STEERING, CrisisRole

from .actions import Conflict, act
from .models import Crisis, Participant, SituationShare

LONGEST = timedelta(days=30)
SHOWN = ["level", "numbers", "facts", "unknowns", "actions"]


@transaction.atomic
def invite(crisis: Crisis, email: str, name: str, role: str, until: datetime, *, by: User, at: datetime) -> str:
    """Ask an outside expert in until a date. Returns the secret of the invitation; a member's role is not touched."""
    if role not in CrisisRole.values or role in STEERING or not at < until <= at + LONGEST:
        raise ValueError("a guest has a role that does not lead, and an end within thirty days")
    known = Membership.objects.of(crisis.organisation_id).filter(user__email=email.lower()).first()
    if known and known.role != Role.GUEST:
        raise ValueError("this person is a member already: give them a role in the team")
    Participant.objects.create(
        organisation=crisis.organisation,
        crisis=crisis,
        role=role,
        name=name,
        email=email.lower(),
        user=known.user if known else None,
        guest=True,
        until=until,
        state=Participant.State.CALLED,
        called_at=at,
    )
    secret = people.invite(crisis.organisation, email, Role.GUEST, at=at, by=by)
    if known:
        _extend(known, until)
    act(crisis, "guest.invited", at=at, by=by, boards=["team"], who=name, role=role, until=until.isoformat())
    return secret


def _extend(membership: Membership, until: datetime) -> None:
    if membership.until and membership.until < until:
        Membership.objects.of(membership.organisation_id).filter(pk=membership.pk).update(until=until)


@transaction.atomic
def arrived(organisation: Organisation, user: User, *, at: datetime) -> None:
    """A guest has accepted: the rooms that wait for this address open, until the last of their dates."""
    waiting = Participant.objects.of(organisation).filter(guest=True, email=user.email, left_at=None, until__gt=at)
    dates = [p.until for p in waiting if p.until]
    if not dates:
        # The invitation came too late, or was taken back: the door that it opened closes again.
        Membership.objects.of(organisation).filter(user=user, role=Role.GUEST, until=None).update(until=at)
        return
    Membership.objects.of(organisation).filter(user=user, role=Role.GUEST).update(until=max(dates))
    for participant in waiting.select_related("crisis"):
        Participant.objects.of(organisation).filter(pk=participant.pk).update(
            user=user, state=Participant.State.IN, answered_at=at
        )
        if not participant.crisis.open:
            continue
        act(participant.crisis, "team.in", at=at, by=user, boards=["all"], who=str(user), role=participant.role)


@transaction.atomic
def share(crisis: Crisis, shows: list[str], expires_at: datetime, *, by: User, at: datetime, title: str = "") -> str:
    """A link to a read-only card of the situation, good until a date within thirty days."""
    if not at < expires_at <= at + LONGEST:
        raise ValueError("a card ends within thirty days")
    secret = ids.token()
    SituationShare.objects.create(
        organisation=crisis.organisation,
        crisis=crisis,
        fingerprint=ids.fingerprint(secret),
        title=title.strip()[:120] or crisis.name,
        shows=[name for name in SHOWN if name in shows],
        by=by,
        at=at,
        expires_at=expires_at,
    )
    act(crisis, "card.shared", at=at, by=by, boards=["team"], until=expires_at.isoformat())
    return secret


@transaction.atomic
def withdraw(card: SituationShare, *, by: User, at: datetime) -> None:
    if not SituationShare.objects.of(card.organisation_id).filter(pk=card.pk, closed_at=None).update(closed_at=at):
        raise Conflict("card")
    act(card.crisis, "card.closed", at=at, by=by, boards=["team"])


def card(secret: str, now: datetime) -> SituationShare | None:
    """The card that a link opens, while it does."""
    found = SituationShare.objects.across().filter(
        fingerprint=ids.fingerprint(secret), closed_at=None, expires_at__gt=now
    )
    return found.select_related("crisis__organisation").first()
