"""The door of a room, and how acts are answered: a live page hears of them as everybody does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.dateparse import parse_datetime
from django.utils.timezone import get_current_timezone, make_aware
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from vigie.alerts.models import Level
from vigie.crises.models import Crisis, Participant
from vigie.crises.rules import Viewer, viewers
from vigie.lib.refusals import Conflict, Refused
from vigie.lib.text import whole
from vigie.lib.times import LIVE
from vigie.people.access import MemberRequest, View, member

LEVELS = [Level.YELLOW, Level.ORANGE, Level.RED]


class RoomRequest(MemberRequest):
    """A request of somebody who may see this room."""

    crisis: Crisis
    viewer: Viewer


def access_crisis(request: MemberRequest, number: int) -> tuple[Crisis, Viewer]:
    """The crisis, and what this person is in it. To a guest of another crisis it does not exist."""
    found = Crisis.objects.of(request.organisation).select_related("organisation", "alert__watch").filter(number=number)
    crisis = found.first()
    kind = viewers(crisis, [request.user.pk]).get(request.user.pk) if crisis else None
    if crisis is None or kind is None:
        raise Http404
    return crisis, kind


def room(need: str = "see", *, closed: bool = False) -> Callable[[View], View]:
    """Only those who may see, act or steer in this room pass; a closed room only takes what says so."""

    def guard(view: View) -> View:
        @member("room")
        @wraps(view)
        def inside(request: Any, number: int, **more: Any) -> HttpResponseBase:
            request.crisis, request.viewer = access_crisis(request, number)
            if (need == "act" and not request.viewer.acts) or (need == "steer" and not request.viewer.steers):
                raise PermissionDenied
            if need != "see" and not closed and not request.crisis.open:
                return refused(request, _("This crisis is closed: open it again first."))
            return view(request, **more)

        inside.need = need  # type: ignore[attr-defined]
        return inside

    return guard


def refused(request: MemberRequest, say: str) -> HttpResponse:
    """Nothing was done, and why: a live form keeps what was typed."""
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(say, status=409, content_type="text/plain; charset=utf-8")
    messages.warning(request, say)
    return _to_room(request)


def _to_room(request: MemberRequest) -> HttpResponse:
    crisis = getattr(request, "crisis", None)
    if crisis is None:
        return redirect("crises", request.organisation.slug)
    return redirect("room", request.organisation.slug, crisis.number)


def acted(request: MemberRequest, act: Callable[[], object]) -> HttpResponse:
    """Do it; whoever is too late, not allowed or unclear is told so, and loses no typing."""
    try:
        act()
    except Refused as error:
        return refused(request, told(error))
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(status=204)
    messages.success(request, _("Done, and written in the log."))
    return _to_room(request)


def told(error: Refused) -> str:
    """Why nothing was done, for the person who asked."""
    return str(error) if isinstance(error, Conflict) else f"{_('Nothing was written.')} {error}"


def words_time(moment: datetime) -> str:
    return moment.astimezone(get_current_timezone()).strftime("%H:%M")


YEARS = timedelta(days=5 * 366)


def moment(text: str | None) -> datetime | None:
    """What a date and time field holds, in the organisation's zone; None when it is empty.

    Raises Refused when it is no date, or one that no crisis knows.
    """
    if not text:
        return None
    try:
        found = parse_datetime(text)
        at = (found if found is None or found.tzinfo else make_aware(found)).astimezone(UTC)  # type: ignore[union-attr]
    except (ValueError, OverflowError, AttributeError):
        at = None
    if at is None or not LIVE.now() - YEARS < at < LIVE.now() + YEARS:
        raise Refused("date", gettext_noop("This date cannot be."))
    return at


def access_participant(request: RoomRequest, pk: str | int | None) -> Participant | None:
    rows = Participant.objects.of(request.organisation).filter(crisis=request.crisis, left_at=None, pk=whole(str(pk)))
    return rows.select_related("crisis__organisation", "user").first()


def uuid_of(text: str | None) -> str | None:
    try:
        return str(UUID(text or ""))
    except ValueError:
        return None


def access_mine(request: RoomRequest) -> list[Participant]:
    rows = Participant.objects.of(request.organisation).filter(crisis=request.crisis, user=request.user, left_at=None)
    return list(rows)
