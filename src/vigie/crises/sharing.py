"""Guests of one crisis, and the card of the situation that is read outside: both end at a date."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext_noop

from vigie.lib import ids
from vigie.lib.refusals import Conflict, Refused
from vigie.people import actions as people
from vigie.people.models import Membership, Organisation, Role, User
from vigie.plans.roles import STEERING, CrisisRole

from .acts import acting
from .models import Crisis, Participant, SituationShare

LONGEST = timedelta(days=30)
SHOWN = ["level", "numbers", "facts", "unknowns", "actions"]


def invite(crisis: Crisis, email: str, name: str, role: str, until: datetime, *, by: User, at: datetime) -> str:
    """Ask an outside expert in until a date. Returns the secret of the invitation; a member's role is not touched."""
    if role not in CrisisRole.values or role in STEERING or not at < until <= at + LONGEST:
        say = gettext_noop("A guest has a role that does not lead, and an end within thirty days.")
        raise Refused("unclear", say)
    known = Membership.objects.of(crisis.organisation_id).filter(user__email=email.lower()).first()
    if known and known.role != Role.GUEST:
        raise Refused("member", gettext_noop("This person is a member already: give them a role in the team."))
    with acting(crisis, by=by, at=at) as act:
        Participant.objects.create(
            organisation=crisis.organisation,
            crisis=act.crisis,
            role=role,
            name=name,
            email=email.lower(),
            user=known.user if known else None,
            guest=True,
            until=until,
            state=Participant.State.CALLED,
            called_at=at,
        )
        if known:
            _extend(known, until)
        secret = people.invite(crisis.organisation, email, Role.GUEST, at=at, by=by)
        act.line("guest.invited", who=name, role=role, until=until.isoformat())
    return secret


def _extend(membership: Membership, until: datetime) -> None:
    if membership.until and membership.until < until:
        Membership.objects.of(membership.organisation_id).filter(pk=membership.pk).update(until=until)


def arrived(organisation: Organisation, user: User, *, at: datetime) -> None:
    """A guest has accepted: the rooms that wait for this address open, until the last of their dates."""
    waiting = Participant.objects.of(organisation).filter(guest=True, email=user.email, left_at=None, until__gt=at)
    rooms = Crisis.objects.of(organisation).filter(pk__in=waiting.values("crisis")).select_related("organisation")
    with acting(*rooms, at=at, by=user, organisation=organisation, afterwards=True) as act:
        dates = [p.until for p in waiting if p.until]
        guests = Membership.objects.of(organisation).filter(user=user, role=Role.GUEST)
        if not dates:
            # The invitation came too late, or was taken back: the door that it opened closes again.
            guests.filter(until=None).update(until=at)
            return
        guests.update(until=max(dates))
        crises = {crisis.pk: crisis for crisis in act.crises}
        for participant in waiting.filter(crisis__in=list(crises)).order_by("pk"):
            Participant.objects.of(organisation).filter(pk=participant.pk).update(
                user=user, state=Participant.State.IN, answered_at=at
            )
            here = crises[participant.crisis_id]
            if here.open:
                act.line("team.in", crisis=here, who=str(user), role=participant.role)


def share(crisis: Crisis, shows: list[str], expires_at: datetime, *, by: User, at: datetime, title: str = "") -> str:
    """A link to a read-only card of the situation, good until a date within thirty days."""
    if not at < expires_at <= at + LONGEST:
        raise Refused("unclear", gettext_noop("A card ends within thirty days."))
    secret = ids.token()
    with acting(crisis, by=by, at=at) as act:
        SituationShare.objects.create(
            organisation=crisis.organisation,
            crisis=act.crisis,
            fingerprint=ids.fingerprint(secret),
            title=title.strip()[:120] or act.crisis.name,
            shows=[name for name in SHOWN if name in shows],
            by=by,
            at=at,
            expires_at=expires_at,
        )
        act.line("card.shared", until=expires_at.isoformat())
    return secret


def withdraw(shared: SituationShare, *, by: User, at: datetime) -> None:
    with acting(shared.crisis, by=by, at=at, afterwards=True) as act:
        rows = SituationShare.objects.of(shared.organisation_id).filter(pk=shared.pk, closed_at=None)
        if not rows.update(closed_at=at):
            raise Conflict("card", gettext_noop("This card is closed already."))
        act.line("card.closed")


def card(secret: str) -> SituationShare | None:
    """The card that a link opens, while it does."""
    rows = SituationShare.objects.across().filter(fingerprint=ids.fingerprint(secret), closed_at=None)
    found = rows.select_related("crisis__organisation").first()
    return found if found and found.expires_at > found.crisis.organisation.clock.now() else None
