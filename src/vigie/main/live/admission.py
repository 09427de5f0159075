"""Who may listen: the session and the membership that a stream's cookies give."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import close_old_connections
from django.http import HttpRequest
from django.utils import timezone

from vigie.lib.times import LIVE
from vigie.people.models import Membership, Role

AT_ONCE = 500
ROOM = 2_000
"""Events that may wait for a listener; one that is slower is cut off and resumes by itself."""


@dataclass(frozen=True)
class Event:
    """Bytes for a stream, and the pulses that they tell (none for what is drawn by the clock)."""

    numbers: frozenset[int]
    data: bytes


@dataclass(eq=False)
class Listener:
    """One open stream."""

    organisation: UUID
    user: UUID
    language: str
    guest: bool = False
    """Somebody who hears only of the rooms that they are in."""
    session: str = ""
    password: str = ""
    """What both were when this person came in: a stream ends with its session, or with a new password."""
    events: asyncio.Queue[Event] = field(default_factory=lambda: asyncio.Queue(ROOM))


def admitted(slug: str, cookies: str) -> Listener | None:
    """The listener that these cookies make for this organisation, None for a stranger."""
    close_old_connections()
    jar: SimpleCookie = SimpleCookie(cookies)
    key = jar.get(settings.SESSION_COOKIE_NAME)
    request = HttpRequest()
    request.session = SessionStore(key.value if key else None)
    # Django's own check: a session that a new password has closed is closed here too.
    user = get_user(request)
    if not user.is_authenticated:
        return None
    found = Membership.objects.across().filter(user_id=user.pk, user__is_active=True, organisation__slug=slug)
    membership = found.select_related("user").first()
    if membership is None or (membership.until and membership.until <= LIVE.now()):
        return None
    guest = membership.role == Role.GUEST
    user = membership.user
    return Listener(
        membership.organisation_id, user.pk, user.language, guest, request.session.session_key or "", user.password
    )


def departed(listeners: Collection[Listener]) -> list[Listener]:
    """Those of these who may no longer listen: a few questions for all of them together."""
    close_old_connections()
    found: list[Listener] = []
    everybody = list(listeners)
    for first in range(0, len(everybody), AT_ONCE):
        some = everybody[first : first + AT_ONCE]
        sessions = set(
            Session.objects.filter(pk__in={one.session for one in some}, expire_date__gt=timezone.now()).values_list(
                "pk", flat=True
            )
        )
        rows = Membership.objects.across().filter(user__in={one.user for one in some}, user__is_active=True)
        rows = rows.exclude(until__lte=LIVE.now())
        members = {
            (organisation, user): (password, role == Role.GUEST)
            for organisation, user, password, role in rows.values_list(
                "organisation_id", "user_id", "user__password", "role"
            )
        }
        found += [
            one
            for one in some
            if one.session not in sessions or members.get((one.organisation, one.user)) != (one.password, one.guest)
        ]
    return found
