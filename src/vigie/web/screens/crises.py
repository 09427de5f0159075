"""The crisis room: opening it, living in it, closing it. Acts answer 204 to a live page, which hears as all do."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.timezone import get_current_timezone, make_aware
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from vigie.alerts import sending, words
from vigie.alerts.models import Alert, Duty, Level
from vigie.crises import actions, composer, lines, mobilising, proposing, queries, reports, sharing
from vigie.crises.models import Card, Crisis, Followed, Mode, Participant, Report
from vigie.crises.rules import NOBODY, Reader, readers, seen
from vigie.decisions import actions as deciding
from vigie.decisions import clocks, posture
from vigie.decisions.models import Clock, Decision
from vigie.facts import actions as facts
from vigie.facts.models import Fact
from vigie.journal.models import Head
from vigie.lib.pdf import Block, pdf
from vigie.lib.times import LIVE, iso
from vigie.people.door import MemberRequest, View, member
from vigie.people.models import Membership, Role, User
from vigie.people.rules import may
from vigie.plans import library
from vigie.plans.actions import handbook
from vigie.plans.roles import STEERING, CrisisRole, label
from vigie.tasks import actions as tasks
from vigie.tasks import composing, opening
from vigie.tasks.models import Task
from vigie.watches.models import Mention, Watch

from . import assessing, rooms

SHOWN = 60
"""Critical texts on a page."""
PRINTED = 5_000
"""Lines of a printed log; the file of JSON lines holds all."""
LEVELS = [Level.YELLOW, Level.ORANGE, Level.RED]


class RoomRequest(MemberRequest):
    """A request of somebody who may see this room."""

    crisis: Crisis
    reader: Reader


def access_crisis(request: MemberRequest, number: int) -> tuple[Crisis, Reader]:
    """The crisis, and what this person is in it. To a guest of another crisis it does not exist."""
    found = Crisis.objects.of(request.organisation).select_related("organisation", "alert__watch").filter(number=number)
    crisis = found.first()
    kind = readers(crisis, [request.user.pk]).get(request.user.pk) if crisis else None
    if crisis is None or kind is None:
        raise Http404
    return crisis, kind


def room(need: str = "see", *, closed: bool = False) -> Callable[[View], View]:
    """Only those who may see, act or steer in this room pass; a closed room only takes what says so."""

    def guard(view: View) -> View:
        @member("room")
        @wraps(view)
        def inside(request: Any, number: int, **more: Any) -> HttpResponseBase:
            request.crisis, request.reader = access_crisis(request, number)
            if (need == "act" and not request.reader.acts) or (need == "steer" and not request.reader.steers):
                raise PermissionDenied
            if need != "see" and not closed and not request.crisis.open:
                return refused(request, _("This crisis is closed: open it again first."))
            return view(request, **more)

        inside.need = need  # type: ignore[attr-defined]
        return inside

    return guard


# -- answering --------------------------------------------------------------------------------------------

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
    except actions.TooLate as error:
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


def late(error: actions.TooLate) -> str:
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
    rows = Participant.objects.of(request.organisation).filter(crisis=request.crisis, left_at=None, pk=_whole(str(pk)))
    return rows.select_related("crisis__organisation", "user").first()


def now_of(request: MemberRequest) -> datetime:
    return request.organisation.clock.now()


# -- the list and the opening -----------------------------------------------------------------------------


@member("room")
def crises(request: MemberRequest) -> HttpResponse:
    found = Crisis.objects.of(request.organisation).select_related("organisation")
    shown = seen(found[:100], request.membership)
    if request.membership.role == Role.GUEST and len(shown) == 1:
        return redirect("room", request.organisation.slug, shown[0].number)
    return render(request, "vigie/crises.html", {"crises": shown})


def _proposal(alert: Alert | None, now: datetime) -> proposing.Criteria | None:
    if alert is None or alert.test:
        return None
    until = now if now - alert.last_at < timedelta(hours=6) else alert.last_at + timedelta(minutes=1)
    return proposing.criteria(alert.watch, alert.began_at, until)


@member("crisis.open")
def new(request: MemberRequest) -> HttpResponse:
    """One page: name, level, why, scenario. What an alert knows comes along."""
    number = request.POST.get("alert") or request.GET.get("alert", "")
    alerts = Alert.objects.of(request.organisation).select_related("watch__organisation", "watch__entity")
    alert = alerts.filter(number=_whole(number)).first()
    if request.method == "POST":
        return _open(request, alert)
    say = words.sentence(alert.evidence) if alert else ""
    typed = {
        "name": _name(alert),
        "level": alert.level if alert else Level.ORANGE,
        "reason": "\n".join([say, *words.reasons(alert.evidence)]) if alert else "",
    }
    return _opening_form(request, alert, typed)


def _name(alert: Alert | None) -> str:
    """What people will call it, until somebody says better: who it is about, and the first theme."""
    if alert is None:
        return ""
    themes = alert.evidence.get("themes") or []
    return f"{alert.watch.name} – {themes[0]['phrase']}" if themes else alert.watch.name


def _opening_form(request: MemberRequest, alert: Alert | None, typed: dict[str, Any], error: str = "") -> HttpResponse:
    return render(
        request,
        "vigie/crisis_new.html",
        {
            "alert": alert,
            "typed": typed,
            "error": error,
            "levels": LEVELS,
            "criteria": _proposal(alert, now_of(request)),
            "scenarios": library.scenarios(request.organisation, get_language() or "fr"),
            "watches": Watch.objects.of(request.organisation).filter(active=True)[:200],
            "chain": Duty.objects.of(request.organisation).exclude(role="").count(),
            "already": queries.open_crises(request.organisation),
        },
        status=422 if error else 200,
    )


def _open(request: MemberRequest, alert: Alert | None) -> HttpResponse:
    post = request.POST
    typed = {name: post.get(name, "") for name in ("name", "level", "reason", "scenario")}
    chosen = Watch.objects.of(request.organisation).filter(pk__in=[_whole(v) for v in post.getlist("watch")])
    scenario = library.scenario(request.organisation, typed["scenario"], get_language() or "fr")
    try:
        crisis = opening.open_room(
            request.organisation,
            typed["name"],
            typed["level"],
            typed["reason"],
            by=request.user,
            at=now_of(request),
            alert=alert,
            watches=chosen,
            scenario=scenario,
        )
    except ValueError:
        return _opening_form(request, alert, typed, _("A crisis has a name, a level and a reason."))
    return redirect("room", request.organisation.slug, crisis.number)


# -- the room ---------------------------------------------------------------------------------------------


@room()
def the_room(request: RoomRequest) -> HttpResponse:
    crisis, reader, now = request.crisis, request.reader, now_of(request)
    chosen = request.GET.get("board", "situation")
    chosen = chosen if chosen in rooms.BOARDS and chosen != "header" else "situation"
    found = lines.lines(crisis, reader)
    return render(
        request,
        "vigie/room.html",
        {
            "crisis": crisis,
            "reader": reader,
            "now": now,
            "header": rooms.board("header", crisis, reader, now),
            "team": rooms.board("team", crisis, reader, now),
            "boards": _tabs(),
            "chosen": chosen,
            "first": rooms.board(chosen, crisis, reader, now),
            "courante": rooms.courante(crisis, reader, found),
            "oldest": found[0].seq if len(found) == lines.PAGE else 0,
            "levels": LEVELS,
            "kinds": lines.KINDS,
            "people": queries.team(crisis),
            "mine": access_mine(request),
            "roles": CrisisRole.choices,
            "members": Membership.objects.of(request.organisation).exclude(role="guest").select_related("user"),
            "postures": [(p, posture.RISKS[p], p in posture.STRONG) for p in posture.Posture],
            "laws": clocks.LAWS.items(),
            "alone": bool(reader.roles & set(deciding.ruling(crisis).alone)),
            "shows": sharing.SHOWN,
            "wall": "mur" in request.GET,
        },
    )


def _tabs() -> list[tuple[str, str]]:
    return [
        ("situation", _("Situation")),
        ("tasks", _("Tasks")),
        ("decisions", _("Decisions")),
        ("facts", _("Facts")),
        ("framework", _("Messages")),
    ]


def access_mine(request: RoomRequest) -> list[Participant]:
    rows = Participant.objects.of(request.organisation).filter(crisis=request.crisis, user=request.user, left_at=None)
    return list(rows)


@room()
def board(request: RoomRequest, name: str) -> HttpResponse:
    if name not in rooms.BOARDS:
        raise Http404
    return HttpResponse(rooms.board(name, request.crisis, request.reader, now_of(request)))


@room()
def courante(request: RoomRequest) -> HttpResponse:
    """Older lines, lines of one kind, or lines that hold some words."""
    get = request.GET.get
    before = _whole(get("before"), 15)
    wanted, kind = get("q", "").strip()[:200], get("kind", "")
    if wanted:
        found = lines.search(request.crisis, request.reader, wanted)
    else:
        found = lines.lines(request.crisis, request.reader, before=before, kind=kind)
    more = found[0].seq if len(found) == lines.PAGE and not wanted else 0
    context = {"lines": found, "crisis": request.crisis, "reader": request.reader, "more": more, "kind": kind}
    return render(request, "vigie/room/lines.html", context)


@require_POST
@room("act")
def say(request: RoomRequest) -> HttpResponse:
    """A line of the composer."""
    line, typed = request.POST.get("line", "")[:4_000], []
    answer = acted(
        request, lambda: typed.append(composing.enter(request.crisis, line, by=request.user, at=now_of(request)))
    )
    if typed and not request.reader.sees(typed[0].confidential):
        roles = ", ".join(label(role) for role in typed[0].confidential)
        told = _("Written, and kept to: %(roles)s. You hold none of these roles.") % {"roles": roles}
        answer["HX-Trigger"] = json.dumps({"vigie:told": told})
    return answer


@require_POST
@room("act")
def correct(request: RoomRequest, seq: int) -> HttpResponse:
    corrected = lines.told(request.crisis, lines.entries(request.crisis).filter(seq=seq), request.reader)
    if not corrected:
        raise Http404
    text, kept = request.POST.get("text", ""), corrected[0].confidential
    write = actions.correct
    return acted(
        request, lambda: write(request.crisis, seq, text, by=request.user, at=now_of(request), confidential=kept)
    )


@require_POST
@room("act")
def pin(request: RoomRequest, seq: int) -> HttpResponse:
    if not lines.told(request.crisis, lines.entries(request.crisis).filter(seq=seq), request.reader):
        raise Http404
    wanted = request.POST.get("pinned") == "1"
    return acted(request, lambda: actions.pin(request.crisis, seq, wanted, by=request.user, at=now_of(request)))


@require_POST
@room("steer")
def level(request: RoomRequest) -> HttpResponse:
    post = request.POST
    change = actions.change_level
    return acted(
        request,
        lambda: change(
            request.crisis,
            post.get("level", ""),
            post.get("reason", ""),
            by=request.user,
            at=now_of(request),
            seen=post.get("seen", ""),
        ),
    )


@require_POST
@room("steer")
def follow(request: RoomRequest) -> HttpResponse:
    watch = Watch.objects.of(request.organisation).filter(pk=_whole(request.POST.get("watch"))).first()
    if watch is None:
        return refused(request, _("Choose a watch."))
    return acted(request, lambda: actions.follow(request.crisis, watch, by=request.user, at=now_of(request)))


@room("steer")
def close(request: RoomRequest) -> HttpResponse:
    """The test of the return to calm, then the reason; it may be closed all the same."""
    crisis, now = request.crisis, now_of(request)
    hours = int(handbook(request.organisation).settings["calm_hours"])
    inside, looked = queries.calm(crisis, queries.watches(crisis), now, hours)
    calm = _("%(inside)s of the last %(hours)s hours lay inside the usual") % {"inside": inside, "hours": looked}
    if request.method == "POST":
        reason = request.POST.get("reason", "")
        return acted(request, lambda: actions.close(crisis, reason, by=request.user, at=now, calm=calm))
    known = Fact.objects.of(request.organisation).filter(crisis=crisis, state="open")
    context = {
        "crisis": crisis,
        "calm": calm,
        "is_calm": looked >= hours and inside >= queries.CALM * looked,
        "left": Task.objects.of(request.organisation).filter(crisis=crisis, state="todo").count(),
        "waiting": queries.waiting(crisis, queries.watches(crisis)),
        "promised": known.filter(kind="commitment"),
        "unknown": known.filter(kind="unknown"),
    }
    return render(request, "vigie/crisis_close.html", context)


@require_POST
@room("steer", closed=True)
def reopen(request: RoomRequest) -> HttpResponse:
    reason = request.POST.get("reason", "")
    return acted(request, lambda: actions.reopen(request.crisis, reason, by=request.user, at=now_of(request)))


# -- the team ---------------------------------------------------------------------------------------------


@require_POST
@room()
def here(request: RoomRequest) -> HttpResponse:
    """I am coming, I am here, I cannot come: for every role that this person holds."""
    if not request.crisis.open:
        return refused(request, _("This crisis is closed: open it again first."))
    said = request.POST.get("say", "")
    if said not in mobilising.ANSWERS:
        return refused(request, _("Say whether you come."))

    def answer() -> None:
        for participant in access_mine(request):
            participant.crisis = request.crisis
            mobilising.answer(participant, said, at=now_of(request), by=request.user)

    return acted(request, answer)


@require_POST
@room("steer")
def give_role(request: RoomRequest) -> HttpResponse:
    rows = Membership.objects.of(request.organisation).select_related("user").exclude(role="guest")
    chosen = _uuid(request.POST.get("user"))
    wanted = rows.filter(user_id=chosen).first() if chosen else None
    if wanted is None:
        return refused(request, _("Choose somebody."))
    role, again = request.POST.get("role", ""), request.POST.get("call") == "1"

    def give() -> None:
        made = actions.give_role(request.crisis, role, wanted.user, by=request.user, at=now_of(request))
        if again:
            made.channels = mobilising.channels_of(request.organisation, wanted.user, None)
            made.crisis = request.crisis
            made.save()
            mobilising.call(made, now_of(request))

    return acted(request, give)


def _uuid(text: str | None) -> str | None:
    try:
        return str(UUID(text or ""))
    except ValueError:
        return None


@require_POST
@room("steer")
def take_role_away(request: RoomRequest, pk: int) -> HttpResponse:
    found = access_participant(request, pk)
    if found is None:
        raise Http404
    return acted(request, lambda: actions.take_role_away(found, by=request.user, at=now_of(request)))


@require_POST
@room("steer")
def call_again(request: RoomRequest, pk: int) -> HttpResponse:
    found = access_participant(request, pk)
    if found is None:
        raise Http404
    return acted(request, lambda: mobilising.call(found, now_of(request)))


class GuestForm(forms.Form):
    name = forms.CharField(max_length=120)
    email = forms.EmailField(max_length=254)
    role = forms.ChoiceField(choices=[c for c in CrisisRole.choices if c[0] not in STEERING])
    days = forms.IntegerField(min_value=1, max_value=30)


@require_POST
@room("steer")
def guest(request: RoomRequest) -> HttpResponse:
    """Ask an expert in: the link is shown once, and mailed where mail is set."""
    post, now = request.POST, now_of(request)
    form = GuestForm(post)
    if not form.is_valid():
        return refused(request, " ".join(str(e) for errors in form.errors.values() for e in errors))
    asked, until = form.cleaned_data, now + timedelta(days=form.cleaned_data["days"])
    who = (asked["email"].strip().lower(), asked["name"], asked["role"], until)
    try:
        secret = sharing.invite(request.crisis, *who, by=request.user, at=now)
    except actions.TooLate as error:
        return refused(request, late(error))
    except ValueError as error:
        return refused(request, _("Nothing was written: %(why)s.") % {"why": _(str(error))})
    link = request.build_absolute_uri(f"/invitation/{secret}")
    subject = _("You are asked to help in a crisis of %s") % request.organisation.name
    sent = sending.mail(asked["email"], subject, link)
    return render(request, "vigie/room/link.html", {"link": link, "sent": sent, "crisis": request.crisis})


@require_POST
@room("steer")
def share(request: RoomRequest) -> HttpResponse:
    post, now = request.POST, now_of(request)
    hours = min(_whole(post.get("hours", "24")), 10_000)
    try:
        secret = sharing.share(
            request.crisis,
            post.getlist("shows"),
            now + timedelta(hours=hours),
            by=request.user,
            at=now,
            title=post.get("title", ""),
        )
    except ValueError as error:
        return refused(request, _("Nothing was written: %(why)s.") % {"why": _(str(error))})
    link = request.build_absolute_uri(f"/situation/{secret}")
    return render(request, "vigie/room/link.html", {"link": link, "sent": False, "crisis": request.crisis})


@require_POST
@room("steer", closed=True)
def unshare(request: RoomRequest, pk: int) -> HttpResponse:
    found = Card.objects.of(request.organisation).filter(pk=pk, crisis=request.crisis).select_related("crisis").first()
    if found is None:
        raise Http404
    return acted(request, lambda: sharing.withdraw(found, by=request.user, at=now_of(request)))


# -- tasks, facts, decisions ------------------------------------------------------------------------------


@require_POST
@room("act")
def task_add(request: RoomRequest) -> HttpResponse:
    post = request.POST
    rows = Task.objects.of(request.organisation).filter(crisis=request.crisis, number=_whole(post.get("after")))
    before = next((task for task in rows if request.reader.sees(task.confidential)), None)
    owner = access_participant(request, post.get("owner"))
    kept = [role for role in post.getlist("confidential") if role in CrisisRole.values]
    return acted(
        request,
        lambda: tasks.add(
            request.crisis,
            post.get("text", ""),
            by=request.user,
            at=now_of(request),
            owner=owner,
            due_at=moment(post.get("due")),
            blocked_by=before,
            confidential=kept,
        ),
    )


def _whole(text: str | None, digits: int = 9) -> int:
    """A whole number of a form or an address; 0 when it is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= digits else 0


@require_POST
@room("act")
def task(request: RoomRequest, task: int, verb: str) -> HttpResponse:
    rows = Task.objects.of(request.organisation).filter(crisis=request.crisis, number=task)
    found = rows.select_related("blocked_by", "crisis__organisation").first()
    if found is None or not request.reader.sees(found.confidential):
        raise Http404
    common: dict[str, Any] = {"by": request.user, "at": now_of(request), "seen": _whole(request.POST.get("seen"))}
    due, owner = request.POST.get("due", ""), access_participant(request, request.POST.get("owner"))
    if verb == "date" and not due:
        return refused(request, _("Say until when."))
    acts: dict[str, Callable[[], object]] = {
        "done": lambda: tasks.done(found, **common),
        "again": lambda: tasks.again(found, **common),
        "drop": lambda: tasks.drop(found, **common),
        "give": lambda: tasks.give(found, owner, **common),
        "date": lambda: tasks.date(found, moment(due) or now_of(request), **common),
    }
    if verb not in acts:
        raise Http404
    return acted(request, acts[verb])


@require_POST
@room("act")
def fact_add(request: RoomRequest) -> HttpResponse:
    post, owner = request.POST, access_participant(request, request.POST.get("owner"))
    return acted(
        request,
        lambda: facts.add(
            request.crisis,
            post.get("kind", ""),
            post.get("text", ""),
            by=request.user,
            at=now_of(request),
            owner=owner,
            due_at=moment(post.get("due")),
        ),
    )


@require_POST
@room("act")
def fact(request: RoomRequest, fact: int, state: str) -> HttpResponse:
    rows = Fact.objects.of(request.organisation).filter(crisis=request.crisis, number=fact)
    found = rows.select_related("crisis__organisation").first()
    if found is None:
        raise Http404
    proof = request.POST.get("proof", "")
    return acted(request, lambda: facts.settle(found, state, by=request.user, at=now_of(request), proof=proof))


@require_POST
@room("act")
def decide(request: RoomRequest) -> HttpResponse:
    post = request.POST
    tree = [
        {"if": a.strip(), "then": b.strip()} for a, b in zip(post.getlist("if"), post.getlist("then"), strict=False)
    ]
    return acted(
        request,
        lambda: deciding.propose(
            request.crisis,
            _decided_text(post.get("posture", ""), post.get("text", "")),
            by=request.user,
            at=now_of(request),
            chosen=post.get("posture", ""),
            why=post.get("why", ""),
            risk=post.get("risk", ""),
            rejected=post.get("rejected", ""),
            dissent=post.get("dissent", ""),
            what_if=[row for row in tree if row["if"]],
            look_again_at=moment(post.get("look_again")),
        ),
    )


def _decided_text(chosen: str, text: str) -> str:
    """What is decided always names the posture that was chosen."""
    if chosen not in posture.Posture.values:
        return text
    named = _("Posture: %(name)s") % {"name": posture.Posture(chosen).label}
    return f"{named} — {text}" if text.strip() else named


@require_POST
@room("act")
def decision(request: RoomRequest, decision: int, verb: str) -> HttpResponse:
    rows = Decision.objects.of(request.organisation).filter(crisis=request.crisis, number=decision)
    found = rows.select_related("crisis__organisation", "organisation").first()
    if found is None:
        raise Http404
    text = request.POST.get("text", "")
    common: dict[str, Any] = {"by": request.user, "at": now_of(request)}
    acts: dict[str, Callable[[], object]] = {
        "approve": lambda: deciding.approve(found, **common),
        "refuse": lambda: deciding.refuse(found, text, **common),
        "dissent": lambda: deciding.dissent(found, text, **common),
    }
    if verb not in acts:
        raise Http404
    return acted(request, acts[verb])


@room("act")
def assess(request: RoomRequest) -> HttpResponse:
    first, counted = assessing.prefilled(request.crisis, now_of(request))
    form = assessing.AssessmentForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        deciding.assess(request.crisis, form.cleaned_data, counted, by=request.user, at=now_of(request))
        messages.success(request, _("Done, and written in the log."))
        return redirect(f"{reverse('room', args=[request.organisation.slug, request.crisis.number])}?board=decisions")
    context = {"crisis": request.crisis, "form": form, "counts": counted, "source": posture.SOURCE}
    return render(request, "vigie/assessment.html", context)


@require_POST
@room("act")
def clock_start(request: RoomRequest) -> HttpResponse:
    kind, given = request.POST.get("kind", ""), request.POST.get("since", "")

    def start() -> None:
        since = moment(given) or request.crisis.began_at
        deciding.start_clock(request.crisis, kind, since, by=request.user, at=now_of(request))

    return acted(request, start)


@require_POST
@room("act")
def clock_met(request: RoomRequest, pk: int) -> HttpResponse:
    rows = Clock.objects.of(request.organisation).filter(pk=pk, crisis=request.crisis).select_related("crisis")
    found = rows.first()
    if found is None:
        raise Http404
    return acted(request, lambda: deciding.meet_clock(found, by=request.user, at=now_of(request)))


# -- reports, handover, exports ---------------------------------------------------------------------------


def _sections(request: RoomRequest, since: datetime) -> list[tuple[str, list[str]]]:
    """What a report or a handover tells beside the numbers: decisions since a moment, and what holds now."""
    crisis = request.crisis
    rows = Decision.objects.of(request.organisation).filter(crisis=crisis, state="decided", decided_at__gte=since)
    known = Fact.objects.of(request.organisation).filter(crisis=crisis)
    left = Task.objects.of(request.organisation).filter(crisis=crisis, state="todo", confidential=[])
    left = left.select_related("owner").order_by("due_at", "number")
    promised = known.filter(kind="commitment", state="open")
    return [
        (_("What is established"), [f.text for f in known.filter(kind="fact", state="confirmed")]),
        (_("What we do not know yet"), [f.text for f in known.filter(kind="unknown", state="open")]),
        (_("Decided"), [d.text for d in rows]),
        (_("Promised"), [f"{f.text} ({words_time(f.due_at)})" if f.due_at else f.text for f in promised]),
        (_("Open tasks"), [_task_line(task) for task in left[:15]]),
    ]


def _task_line(task: Task) -> str:
    due = f", {words_time(task.due_at)}" if task.due_at else ""
    return f"{task.text} — {task.owner.name if task.owner else _('nobody')}{due}"


@room("act")
def report(request: RoomRequest) -> HttpResponse:
    crisis, now = request.crisis, now_of(request)
    if request.reader.guest:
        raise PermissionDenied
    last = reports.latest(crisis)
    if request.method == "POST":
        text, known = request.POST.get("text", ""), _whole(request.POST.get("seen"))
        return acted(request, lambda: reports.send(crisis, text, by=request.user, at=now, seen=known))
    draft = reports.drafted(crisis, _sections(request, last.at if last else crisis.opened_at), now)
    heard = len(reports.listeners(crisis))
    context = {"crisis": crisis, "draft": draft, "last": last, "seen": last.number if last else 0, "heard": heard}
    return render(request, "vigie/report.html", context)


@room()
def report_read(request: RoomRequest, report: int) -> HttpResponse:
    found = Report.objects.of(request.organisation).filter(crisis=request.crisis, number=report).first()
    if found is None:
        raise Http404
    return render(request, "vigie/report_read.html", {"crisis": request.crisis, "report": found})


@room("act")
def handover(request: RoomRequest) -> HttpResponse:
    """What the next shift must know: open tasks, unknowns, promises, decisions, and a word by hand."""
    crisis, now = request.crisis, now_of(request)
    if request.method == "POST":
        text = request.POST.get("text", "").strip()
        if not text:
            return refused(request, _("Write a word to those who take over."))
        return acted(
            request,
            lambda: actions.act(crisis, "handover.written", at=now, by=request.user, boards=["lines"], text=text),
        )
    context = {
        "crisis": crisis,
        "sections": _sections(request, crisis.opened_at),
        "clocks": Clock.objects.of(request.organisation).filter(crisis=crisis, done_at=None),
        "team": queries.team(crisis),
        "pinned": lines.pinned(crisis, request.reader),
        "waiting": queries.waiting(crisis, queries.watches(crisis)),
        "last": reports.latest(crisis),
    }
    return render(request, "vigie/handover.html", context)


@room()
def brief(request: RoomRequest) -> HttpResponse:
    """The spokesperson's sheet, to print: messages, what may be said, questions to expect, what is not said."""
    found = rooms.framework(request.crisis, request.reader, now_of(request))
    return render(request, "vigie/brief.html", {"crisis": request.crisis, **found})


@room()
def export_pdf(request: RoomRequest) -> HttpResponse:
    """The main courante to print, with the hash of its last line and the signature of the chain."""
    crisis = request.crisis
    found = lines.lines(crisis, request.reader, after=-1, most=PRINTED)
    rows = [[_("No."), _("When"), _("Who"), _("What")]]
    rows += [
        [str(n.seq), n.at.astimezone(get_current_timezone()).strftime("%d/%m %H:%M:%S"), n.who, n.text] for n in found
    ]
    head = Head.objects.filter(organisation_id=request.organisation.pk).first()
    blocks = [Block("h1", crisis.name), Block("p", crisis.reason), Block("table", rows=rows)]
    if head:
        blocks.append(Block("small", f"{_('End of the chain:')} {head.seq} · {head.hash} · {head.signature}"))
    answer = HttpResponse(pdf(crisis.name, blocks, language=get_language() or "fr"), content_type="application/pdf")
    name = f"main-courante-{request.organisation.slug}-{crisis.number}.pdf"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@room()
def export(request: RoomRequest) -> HttpResponse:
    """The main courante as JSON lines, each with its hash, the last one with the signature of the chain."""
    head = Head.objects.filter(organisation_id=request.organisation.pk).first()

    def rows() -> Iterator[str]:
        # All at once: the reader's language and zone end with this request.
        found = lines.entries(request.crisis).order_by("seq")
        hashes = dict(found.values_list("seq", "hash"))
        for line in lines.lines(request.crisis, request.reader, after=-1, most=1_000_000):
            told = {"seq": line.seq, "at": iso(line.at), "kind": line.kind, "who": line.who, "text": line.text}
            yield json.dumps({**told, "hash": hashes[line.seq]}, ensure_ascii=False) + "\n"
        if head:
            signed = {"head": head.seq, "hash": head.hash, "signature": head.signature}
            yield json.dumps(signed) + "\n"

    answer = HttpResponse("".join(rows()), content_type="application/x-ndjson; charset=utf-8")
    name = f"main-courante-{request.organisation.slug}-{request.crisis.number}.jsonl"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


# -- crisis mode and critical mentions --------------------------------------------------------------------


@member("read")
def mode(request: MemberRequest) -> HttpResponse:
    now = now_of(request)
    held = actions.mode(request.organisation, now)
    if request.method == "POST":
        if not request.membership or not mode_allowed(request):
            raise PermissionDenied
        return _switch(request, now, bool(held))
    members = Membership.objects.of(request.organisation).exclude(role="guest").select_related("user")
    past = Mode.objects.of(request.organisation).select_related("by").exclude(pk=held.pk if held else 0)[:10]
    named = User.objects.filter(pk__in=held.publishers) if held else []
    context = {"held": held, "members": members, "past": past, "named": named, "may": mode_allowed(request)}
    return render(request, "vigie/mode.html", context)


def mode_allowed(request: MemberRequest) -> bool:
    return may(request.membership, "mode.switch")


def _switch(request: MemberRequest, now: datetime, on: bool) -> HttpResponse:
    post = request.POST
    try:
        if post.get("off"):
            actions.switch_off(request.organisation, by=request.user, at=now)
        else:
            chosen = [u for u in map(_uuid, post.getlist("publisher")) if u]
            rows = Membership.objects.of(request.organisation).filter(user_id__in=chosen).select_related("user")
            hours = min(_whole(post.get("hours", "4")), 10_000)
            ends, people = now + timedelta(hours=hours), [m.user for m in rows]
            actions.switch_on(request.organisation, post.get("reason", ""), people, ends, by=request.user, at=now)
    except actions.TooLate:
        messages.warning(request, _(LATE["mode"]))
    except ValueError as error:
        messages.error(request, _("Nothing was written: %(why)s.") % {"why": _(str(error))})
    return redirect("mode", request.organisation.slug)


@require_POST
@member("crisis.act")
def handle(request: MemberRequest, pk: int) -> HttpResponse:
    """A mention is taken, handled or set aside, from Veille or from a room."""
    found = Mention.objects.of(request.organisation).filter(pk=pk).select_related("watch", "post").first()
    if found is None:
        raise Http404
    followed = Followed.objects.of(request.organisation).filter(watch=found.watch_id).values("crisis")
    crises = list(Crisis.objects.of(request.organisation).filter(pk__in=followed, state=Crisis.State.OPEN))
    state = request.POST.get("state", "")
    same = Mention.objects.of(request.organisation).filter(watch=found.watch_id, post__story=found.post.story)
    copies = list(same.exclude(pk=found.pk)[:500]) if request.POST.get("same") else []
    try:
        actions.handle(found, state, by=request.user, at=now_of(request), crises=crises, copies=copies)
    except actions.TooLate as error:
        messages.warning(request, _("%(who)s has taken it already.") % {"who": error})
    except ValueError:
        messages.error(request, _("Say what you do with it."))
    back = request.POST.get("back", "")
    if back.startswith(f"/o/{request.organisation.slug}/"):
        return redirect(back)
    return redirect("mention", request.organisation.slug, pk)


@room()
def critical(request: RoomRequest) -> HttpResponse:
    """Critical mentions of the crisis that nobody has dealt with; copies of one text are dealt with together."""
    waiting = queries.critical(request.crisis, queries.watches(request.crisis)).select_related("post", "watch")
    found = list(waiting[: queries.COUNTED])
    held = queries.handled(found)
    stories: dict[int, list[Mention]] = {}
    for mention in found:
        stories.setdefault(mention.post.story, []).append(mention)
    rows = [(same[0], held.get(same[0].pk), len(same)) for same in list(stories.values())[:SHOWN]]
    context = {"crisis": request.crisis, "rows": rows, "more": max(len(stories) - SHOWN, 0), "reader": request.reader}
    return render(request, "vigie/critical.html", context)


# -- without signing in -----------------------------------------------------------------------------------


def answer(request: HttpRequest, secret: str) -> HttpResponse:
    """The link of a call: opening it says it, in one tap; a button is there for those without scripts."""
    found = mobilising.found(secret)
    if found is None:
        return render(request, "vigie/link_refused.html", status=410)
    said = request.POST.get("say") or request.GET.get("say", "coming")
    said = said if said in mobilising.ANSWERS else "coming"
    done = request.method == "POST"
    if done:
        mobilising.answer(found, said, at=LIVE.now())
    context = {"participant": found, "crisis": found.crisis, "said": said, "done": done, "role": label(found.role)}
    return render(request, "vigie/answer.html", context)


def situation(request: HttpRequest, secret: str) -> HttpResponse:
    """The read-only card of a situation; never indexed."""
    found = sharing.card(secret, LIVE.now())
    if found is None:
        return render(request, "vigie/link_refused.html", status=410)
    crisis = found.crisis
    shown = rooms.situation(crisis, NOBODY, LIVE.now())
    context = {"card": found, "crisis": crisis, "shows": found.shows, **shown}
    answer = render(request, "vigie/situation_card.html", context)
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer
