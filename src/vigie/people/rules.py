"""Who may do what: small named predicates over a membership, asked by views and templates alike."""

from __future__ import annotations

from typing import Any

import rules

from .models import Membership, Role


def _holds(*roles: str) -> Any:
    def holds(membership: Membership | None) -> bool:
        return membership is not None and membership.role in roles

    return rules.predicate(holds, name="holds_" + "_or_".join(roles))


is_member = _holds(*(role for role in Role.values if role != Role.GUEST))
administers = _holds(Role.ADMINISTRATOR)
leads = administers | _holds(Role.LEAD)
responds = leads | _holds(Role.RESPONDER)
approves = leads | _holds(Role.APPROVER)

rules.add_perm("read", is_member)
rules.add_perm("watch.change", leads)
rules.add_perm("source.change", leads)
rules.add_perm("mention.correct", responds)
rules.add_perm("alert.answer", responds | approves)
rules.add_perm("people.change", administers)
rules.add_perm("organisation.change", administers)
rules.add_perm("person.forget", administers)
rules.add_perm("duty.change", leads)
rules.add_perm("plan.change", leads)
rules.add_perm("room", is_member | _holds(Role.GUEST))
rules.add_perm("crisis.open", responds | approves)
rules.add_perm("crisis.act", responds | approves)
rules.add_perm("crisis.steer", leads)
rules.add_perm("mode.switch", leads)


def may(membership: Membership | None, permission: str) -> bool:
    return bool(rules.has_perm(permission, membership))
