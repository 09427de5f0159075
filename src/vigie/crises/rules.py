"""Who may do what in a room: from the role in the organisation and the roles held in the crisis."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from vigie.people.models import Membership, Role
from vigie.people.rules import may
from vigie.plans.roles import STEERING, CrisisRole

from .models import Crisis, Participant


@dataclass(frozen=True)
class Viewer:
    """A kind of reader: everybody of one kind sees the same page, which is rendered once for all of them."""

    steers: bool
    acts: bool
    guest: bool
    roles: frozenset[str]
    abilities: frozenset[str] | None = None
    """What the boards of a room make of the roles; none until they were asked."""

    def sees(self, confidential: Collection[str]) -> bool:
        """Whether a line or a task that only these roles may see is shown."""
        return not confidential or bool(self.roles & set(confidential))

    def narrowed(self, reserved: Collection[str], abilities: Iterable[str]) -> Viewer:
        """The same reader, told apart from others only by what makes a difference here: one kind is drawn once."""
        return replace(self, roles=self.roles & frozenset(reserved), abilities=frozenset(abilities))

    def can(self, ability: str) -> bool:
        """What a board lets this reader do or see (see `boards.kind_of`)."""
        return ability in (self.abilities or ())


def viewer(membership: Membership, held: Iterable[str]) -> Viewer:
    """What this member is in a crisis where they hold these roles."""
    roles = frozenset(held)
    guest = membership.role == Role.GUEST
    steers = not guest and (may(membership, "crisis.steer") or bool(roles & STEERING))
    return Viewer(steers, may(membership, "crisis.act") or bool(roles), guest, roles)


def held(crisis: Crisis) -> dict[UUID, list[str]]:
    """The roles that each person holds in a crisis, guests whose time is over left out."""
    found: dict[UUID, list[str]] = {}
    now = crisis.organisation.clock.now()
    rows = Participant.objects.of(crisis.organisation_id).filter(crisis=crisis, left_at=None).exclude(user=None)
    # Who said that they cannot come holds nothing until they say otherwise.
    rows = rows.exclude(state=Participant.State.DECLINED)
    for user, role, until in rows.values_list("user_id", "role", "until"):
        if user is not None and (until is None or until > now):
            found.setdefault(user, []).append(role)
    return found


def viewers(crisis: Crisis, users: Iterable[UUID]) -> dict[UUID, Viewer]:
    """What each of these people is; those who may not see the crisis are left out."""
    roles = held(crisis)
    members = Membership.objects.of(crisis.organisation_id).filter(user__in=list(users))
    found = {m.user_id: viewer(m, roles.get(m.user_id, ())) for m in members}
    return {user: kind for user, kind in found.items() if not kind.guest or kind.roles}


def seen(found: Iterable[Crisis], membership: Membership) -> list[Crisis]:
    """Those of these crises that a member may see: all, or for a guest those where they hold a role."""
    if membership.role != Role.GUEST:
        return list(found)
    return [crisis for crisis in found if membership.user_id in held(crisis)]


NOBODY = Viewer(False, False, False, frozenset())
EVERYTHING = Viewer(True, True, False, frozenset(CrisisRole.values))
