"""Who may listen: the session and the membership that a stream's cookies give."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.db import close_old_connections
from django.http import HttpRequest

from vigie.lib.times import LIVE
from vigie.people.models import Membership, Role

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
    return Listener(membership.organisation_id, membership.user_id, membership.user.language, guest)
