"""The one door to an organisation's pages: who is asking, for whom, and may they."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase, QueryDict
from django.utils import timezone

from vigie.journal.place import Place, present
from vigie.lib.text import clean
from vigie.lib.times import LIVE

from .models import Membership, Organisation, User
from .rules import may


class MemberRequest(HttpRequest):
    """A request that came through the door."""

    user: User
    membership: Membership
    organisation: Organisation
    place: Place | None


LONGEST = 50_000
"""Characters of one field of a form."""


def cleaned(posted: QueryDict) -> QueryDict:
    """What people typed, without the characters that no text needs, and bounded."""
    found = posted.copy()
    for name in found:
        found.setlist(name, [clean(value, LONGEST) for value in found.getlist(name)])
    return found


View = Callable[..., HttpResponseBase]


def now_of(request: MemberRequest) -> datetime:
    """What time it is in the organisation that is looked at."""
    return request.organisation.clock.now()


def access_organisation(user: Any, slug: str) -> Membership:
    """The membership of this person there. To a stranger the organisation does not exist (404)."""
    found = (
        Membership.objects.across().select_related("organisation").filter(user=user, organisation__slug=slug).first()
    )
    if found is None or not user.is_active or (found.until and found.until <= LIVE.now()):
        raise Http404
    return found


def member(permission: str = "read") -> Callable[[View], View]:
    """Only members with this permission pass; the view gets `request.organisation` and `request.membership`."""

    def guard(view: View) -> View:
        @login_required
        @wraps(view)
        def inside(request: Any, slug: str, **words: Any) -> HttpResponseBase:
            request.membership = access_organisation(request.user, slug)
            request.organisation = request.membership.organisation
            if not may(request.membership, permission):
                raise PermissionDenied
            # Where the page stands, taken before anything is read: its stream begins right after, so that what happens
            # while the page is drawn is sent and not skipped.
            request.place = present() if request.method == "GET" else None
            if request.method == "POST":
                request.POST = cleaned(request.POST)
            timezone.activate(request.organisation.tz)
            return view(request, **words)

        inside.permission = permission  # type: ignore[attr-defined]
        return inside

    return guard
