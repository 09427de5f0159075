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
from vigie.crises import actions, composer
from vigie.crises.models import Crisis, Participant
from vigie.crises.rules import Viewer, viewers
from vigie.decisions import actions as deciding
from vigie.lib.text import whole
from vigie.lib.times import LIVE
from vigie.people.access import MemberRequest, View, member
from vigie.plans.roles import label
from vigie.tasks import actions as tasks
from vigie.tasks import composing

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


LATE = {
    "level": gettext_noop(
        "Somebody changed the level before you. Look at it, then try again: what you typed is still here."
    ),
    "closed": gettext_noop("Somebody closed the crisis before you."),
    "open": gettext_noop("Somebody opened the crisis again before you."),
    "decided": gettext_noop("Somebody decided before you: the decision is no longer waiting."),
    "task": gettext_noop("Somebody changed this task before you: look at it, then try again."),
    "fact": gettext_noop("Somebody settled this before you."),
    "report": gettext_noop("Somebody sent a report while you wrote: read it, then send yours."),
    "mode": gettext_noop("Somebody switched crisis mode before you."),
    "clock": gettext_noop("This clock runs already, or was met."),
    "left": gettext_noop("This person has left the role already."),
    "card": gettext_noop("This card is closed already."),
}


UNCLEAR = [
    gettext_noop("a crisis has a name, a reason, and a level from yellow to red"),
    gettext_noop("say the level and why"),
    gettext_noop("say what it is called"),
    gettext_noop("say why it is over"),
    gettext_noop("say why it begins again"),
    gettext_noop("an empty line says nothing"),
    gettext_noop("an empty line corrects nothing"),
    gettext_noop("only members hold roles"),
    gettext_noop("say why publishing stops"),
    gettext_noop("it ends within seven days"),
    gettext_noop("nothing is left to write"),
    gettext_noop("an empty report tells nothing"),
    gettext_noop("this person is a member already: give them a role in the team"),
    gettext_noop("a card ends within thirty days"),
    gettext_noop("say what caused it"),
    gettext_noop("say what is decided, and why"),
    gettext_noop("say why not"),
    gettext_noop("say what you think"),
    gettext_noop("a legal clock starts from something that has happened"),
    gettext_noop("say what"),
    gettext_noop("a promise has a date"),
    gettext_noop("say what proves it"),
    gettext_noop("say what is to be done"),
    gettext_noop("this date cannot be"),
    gettext_noop("this posture has a date to be looked at again"),
    gettext_noop("name at least one person who may publish"),
    gettext_noop("only notes, calls and tasks are kept to some roles"),
    gettext_noop("nobody gives this role to themselves"),
    gettext_noop("a guest has a role that does not lead, and an end within thirty days"),
]
"""What acts say when they are not clear, so that it is said in the reader's language."""


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
    except actions.Conflict as error:
        return refused(request, late(error))
    except deciding.NotAllowed as error:
        return refused(request, not_allowed(error))
    except tasks.Blocked as error:
        return refused(request, _("Task %(number)s comes first.") % {"number": error.task.number})
    except composer.NotUnderstood as error:
        return refused(
            request, _("“%(word)s” is not understood. Try /tâche, /décision, /fait, /appel.") % {"word": error}
        )
    except composing.NobodyCalled as error:
        return refused(request, _("Nobody in the team is called “%(word)s”.") % {"word": error})
    except ValueError as error:
        return refused(request, _("Nothing was written: %(why)s.") % {"why": _(str(error))})
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(status=204)
    messages.success(request, _("Done, and written in the log."))
    return _to_room(request)


def late(error: actions.Conflict) -> str:
    known = LATE.get(str(error))
    return _(known) if known else _("%(who)s was faster.") % {"who": error}


def not_allowed(error: deciding.NotAllowed) -> str:
    say = _("The plan leaves this to: %(roles)s.") % {"roles": ", ".join(label(r) for r in error.approvers) or "–"}
    if error.until:
        say += " " + _("If nobody can, you may confirm by yourself from %(time)s.") % {"time": words_time(error.until)}
    return say


def words_time(moment: datetime) -> str:
    return moment.astimezone(get_current_timezone()).strftime("%H:%M")


YEARS = timedelta(days=5 * 366)


def moment(text: str | None) -> datetime | None:
    """What a date and time field holds, in the organisation's zone; None when it is empty.

    Raises ValueError when it is no date, or one that no crisis knows.
    """
    if not text:
        return None
    try:
        found = parse_datetime(text)
        at = (found if found is None or found.tzinfo else make_aware(found)).astimezone(UTC)  # type: ignore[union-attr]
    except (ValueError, OverflowError, AttributeError):
        at = None
    if at is None or not LIVE.now() - YEARS < at < LIVE.now() + YEARS:
        raise ValueError("this date cannot be")
    return at


def access_participant(request: RoomRequest, pk: str | int | None) -> Participant | None:
    rows = Participant.objects.of(request.organisation).filter(crisis=request.crisis, left_at=None, pk=whole(str(pk)))
    return rows.select_related("crisis__organisation", "user").first()


def now_of(request: MemberRequest) -> datetime:
    return request.organisation.clock.now()


def uuid_of(text: str | None) -> str | None:
    try:
        return str(UUID(text or ""))
    except ValueError:
        return None


def access_mine(request: RoomRequest) -> list[Participant]:
    rows = Participant.objects.of(request.organisation).filter(crisis=request.crisis, user=request.user, left_at=None)
    return list(rows)
