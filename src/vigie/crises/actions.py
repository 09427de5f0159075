"""What changes a crisis. Each act and its line in the main courante are one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max

from vigie.alerts.models import Alert, Level
from vigie.journal.actions import pulse, record
from vigie.lib.text import clip
from vigie.people.models import Membership, Organisation, Role, User
from vigie.people.rules import may
from vigie.plans.queries import handbook
from vigie.plans.roles import STEERING, CrisisRole
from vigie.watches.models import Mention, Watch

from .models import Crisis, Followed, Handling, Participant

HEADER, TEAM, LINES = "header", "team", "lines"
AFTERWARDS = {"crisis.closed", "crisis.reopened", "card.closed"}
"""What may still be written of a closed crisis."""


class Conflict(ValueError):
    """Somebody else was faster; the text says what they did."""


def act(
    crisis: Crisis,
    verb: str,
    *,
    at: datetime,
    by: User | None = None,
    name: str = "",
    boards: Sequence[str] = (),
    confidential: Iterable[str] = (),
    **body: Any,
) -> int:
    """Write a line of the main courante and tell open pages which boards changed. Call it last in the transaction.

    Raises Conflict, which takes the whole act back, when somebody closed the crisis meanwhile.
    """
    if verb not in AFTERWARDS:
        rows = Crisis.objects.of(crisis.organisation_id).select_for_update().filter(pk=crisis.pk)
        if rows.values_list("state", flat=True).first() != Crisis.State.OPEN:
            raise Conflict("closed")
    if kept := sorted(set(confidential)):
        body["confidential"] = kept
    seq = record(
        crisis.organisation_id,
        verb,
        at=at,
        actor_id=by.pk if by else None,
        actor_name=str(by) if by else name,
        subject=crisis.subject,
        **body,
    )
    pulse(crisis.organisation_id, "crisis", at=at, crisis=crisis.number, seq=seq, boards=list(boards))
    return seq


def locked(crisis: Crisis) -> Crisis:
    """The crisis as it stands, held until the end of the transaction."""
    found = Crisis.objects.of(crisis.organisation_id).select_for_update(of=("self",)).select_related("organisation")
    return found.get(pk=crisis.pk)


def following(rows: Any) -> int:
    """The number of the next one."""
    return int(rows.aggregate(last=Max("number"))["last"] or 0) + 1


@transaction.atomic
def open_crisis(
    organisation: Organisation,
    name: str,
    level: str,
    reason: str,
    *,
    by: User | None,
    at: datetime,
    alert: Alert | None = None,
    watches: Iterable[Watch] = (),
    scenario: dict[str, Any] | None = None,
    also: Callable[[Crisis], None] | None = None,
) -> Crisis:
    """Open a room. `also` fills it (the team, tasks of the scenario) before the commit.

    Raises ValueError on a level that is none or green, or without a reason.
    """
    if level not in Level.values or level == Level.GREEN or not reason.strip() or not name.strip():
        raise ValueError("a crisis has a name, a reason, and a level from yellow to red")
    Organisation.objects.select_for_update().get(pk=organisation.pk)
    minutes = int(handbook(organisation).settings["report_minutes"][level])
    crisis = Crisis.objects.create(
        organisation=organisation,
        number=following(Crisis.objects.of(organisation)),
        name=name.strip()[:120],
        level=level,
        reason=reason.strip(),
        scenario=scenario or {},
        alert=alert,
        began_at=min(alert.began_at, at) if alert else at,
        opened_at=at,
        opened_by=by,
        report_minutes=minutes,
        next_update_at=at + timedelta(minutes=minutes),
    )
    for watch in {w.pk: w for w in [*watches, *([alert.watch] if alert else [])]}.values():
        Followed.objects.create(organisation=organisation, crisis=crisis, watch=watch)
    act(
        crisis,
        "crisis.opened",
        at=at,
        by=by,
        boards=[HEADER],
        title=crisis.name,
        level=level,
        reason=reason,
        alert=alert.number if alert else None,
        scenario=(scenario or {}).get("title", ""),
    )
    if also:
        also(crisis)
    return crisis


@transaction.atomic
def change_level(crisis: Crisis, level: str, reason: str, *, by: User, at: datetime, seen: str) -> None:
    """Change the level that was seen; of two who change it at once, one wins."""
    if level not in Level.values or level == Level.GREEN or not reason.strip():
        raise ValueError("say the level and why")
    minutes = int(handbook(crisis.organisation).settings["report_minutes"][level])
    rows = Crisis.objects.of(crisis.organisation_id).filter(pk=crisis.pk, state=Crisis.State.OPEN, level=seen)
    if not rows.update(level=level, report_minutes=minutes):
        raise Conflict("level")
    crisis.refresh_from_db()
    soonest = at + timedelta(minutes=minutes)
    if crisis.next_update_at is None or crisis.next_update_at > soonest:
        Crisis.objects.of(crisis.organisation_id).filter(pk=crisis.pk).update(next_update_at=soonest)
    act(crisis, "crisis.level", at=at, by=by, boards=[HEADER, "decisions"], before=seen, level=level, reason=reason)


@transaction.atomic
def rename(crisis: Crisis, name: str, *, by: User, at: datetime) -> None:
    """Call it otherwise; what it was called stays in the log."""
    called = " ".join(name.split())[:120]
    if not called:
        raise ValueError("say what it is called")
    before = locked(crisis).name
    if called != before:
        Crisis.objects.of(crisis.organisation_id).filter(pk=crisis.pk).update(name=called)
        act(crisis, "crisis.renamed", at=at, by=by, boards=[HEADER], title=called, was=before)


@transaction.atomic
def close(crisis: Crisis, reason: str, *, by: User, at: datetime, calm: str = "") -> None:
    if not reason.strip():
        raise ValueError("say why it is over")
    rows = Crisis.objects.of(crisis.organisation_id).filter(pk=crisis.pk, state=Crisis.State.OPEN)
    if not rows.update(state=Crisis.State.CLOSED, closed_at=at, closing=reason.strip(), calm=calm, next_update_at=None):
        raise Conflict("closed")
    Participant.objects.of(crisis.organisation_id).filter(crisis=crisis).update(due_at=None)
    act(crisis, "crisis.closed", at=at, by=by, boards=["all", "reload"], reason=reason, calm=calm)


@transaction.atomic
def reopen(crisis: Crisis, reason: str, *, by: User, at: datetime) -> None:
    if not reason.strip():
        raise ValueError("say why it begins again")
    rows = Crisis.objects.of(crisis.organisation_id).filter(pk=crisis.pk, state=Crisis.State.CLOSED)
    due = at + timedelta(minutes=crisis.report_minutes)
    if not rows.update(state=Crisis.State.OPEN, closed_at=None, closing="", next_update_at=due):
        raise Conflict("open")
    for participant in Participant.objects.of(crisis.organisation_id).filter(crisis=crisis, state="called"):
        late = at + timedelta(minutes=participant.wait_minutes)
        Participant.objects.of(crisis.organisation_id).filter(pk=participant.pk).update(due_at=late)
    act(crisis, "crisis.reopened", at=at, by=by, boards=["all", "reload"], reason=reason)


@transaction.atomic
def follow(crisis: Crisis, watch: Watch, *, by: User, at: datetime) -> None:
    """Follow one more watch in this crisis."""
    here = locked(crisis)
    rows = Followed.objects.of(here.organisation_id)
    _row, made = rows.get_or_create(organisation=here.organisation, crisis=here, watch=watch)
    if made:
        act(here, "crisis.watch", at=at, by=by, boards=[HEADER, "situation"], title=watch.name)


@transaction.atomic
def note(
    crisis: Crisis, text: str, *, by: User, at: datetime, confidential: Iterable[str] = (), call: bool = False
) -> int:
    """A line that a person typed; a telephone call is one too."""
    if not text.strip():
        raise ValueError("an empty line says nothing")
    verb = "call.noted" if call else "note.written"
    return act(crisis, verb, at=at, by=by, boards=[LINES], confidential=confidential, text=text.strip())


@transaction.atomic
def correct(crisis: Crisis, seq: int, text: str, *, by: User, at: datetime, confidential: Iterable[str] = ()) -> int:
    """A line is never edited: a new one corrects it."""
    if not text.strip():
        raise ValueError("an empty line corrects nothing")
    return act(
        crisis, "note.corrected", at=at, by=by, boards=[LINES], confidential=confidential, text=text.strip(), seq_of=seq
    )


@transaction.atomic
def pin(crisis: Crisis, seq: int, pinned: bool, *, by: User, at: datetime) -> None:
    held = locked(crisis)
    kept = [n for n in held.pinned if n != seq] + ([seq] if pinned else [])
    Crisis.objects.of(held.organisation_id).filter(pk=held.pk).update(pinned=kept[-20:])
    act(crisis, "line.pinned" if pinned else "line.unpinned", at=at, by=by, boards=["situation"], seq_of=seq)


@transaction.atomic
def give_role(crisis: Crisis, role: str, user: User, *, by: User, at: datetime) -> Participant:
    """Somebody who is in the organisation takes a role."""
    if role not in CrisisRole.values:
        raise ValueError(f"{role} is no role")
    if not Membership.objects.of(crisis.organisation_id).filter(user=user).exclude(role=Role.GUEST).exists():
        raise ValueError("only members hold roles")
    by_right = Membership.objects.of(crisis.organisation_id).filter(user=by).first()
    if user == by and role in STEERING and not may(by_right, "crisis.steer"):
        raise ValueError("nobody gives this role to themselves")
    here = locked(crisis)
    rows = Participant.objects.of(crisis.organisation_id)
    found, made = rows.get_or_create(
        organisation=here.organisation,
        crisis=here,
        role=role,
        user=user,
        left_at=None,
        defaults={"name": str(user), "email": user.email, "state": Participant.State.WAITING},
    )
    if made:
        act(crisis, "team.given", at=at, by=by, boards=["all"], who=str(user), role=role)
    return found


@transaction.atomic
def take_role_away(participant: Participant, *, by: User, at: datetime) -> None:
    """Their tasks stay, with nobody to do them."""
    crisis = participant.crisis
    rows = Participant.objects.of(crisis.organisation_id).filter(pk=participant.pk, left_at=None)
    if not rows.update(left_at=at, due_at=None):
        raise Conflict("left")
    act(crisis, "team.left", at=at, by=by, boards=["all"], who=participant.name, role=participant.role)


@transaction.atomic
def departed(organisation: Organisation, user: User, *, at: datetime) -> None:
    """A person who is no longer a member leaves every room; open ones say so."""
    held = Participant.objects.of(organisation).filter(user=user, left_at=None)
    for participant in held.select_related("crisis"):
        Participant.objects.of(organisation).filter(pk=participant.pk).update(left_at=at, due_at=None)
        if not participant.crisis.open:
            continue
        act(participant.crisis, "team.left", at=at, boards=["all"], who=participant.name, role=participant.role)


def leader(crisis: Crisis) -> Participant | None:
    """Who leads: the crisis team leader, else the director."""
    rows = Participant.objects.of(crisis.organisation_id).filter(crisis=crisis, left_at=None)
    held = [p for p in rows if p.role in STEERING]
    return min(held, key=lambda p: (p.role != CrisisRole.LEAD, p.pk), default=None)


@transaction.atomic
def handle(
    mention: Mention,
    state: str,
    *,
    by: User,
    at: datetime,
    crises: Iterable[Crisis] = (),
    copies: Iterable[Mention] = (),
) -> None:
    """Take a critical mention and its copies, say it was handled, or set it aside; of two who take it, one wins."""
    if state not in Handling.State.values:
        raise ValueError(state)
    rows = Handling.objects.of(mention.organisation_id)
    held = rows.filter(mention=mention).select_for_update().first()
    if held and held.state == Handling.State.TAKEN and state == Handling.State.TAKEN and held.user_id != by.pk:
        raise Conflict(str(held.user or ""))
    for one in (mention, *copies):
        rows.update_or_create(
            mention=one,
            defaults={"organisation_id": mention.organisation_id, "state": state, "user": by, "at": at},
        )
    author = mention.post.author_handle or mention.post.author_name
    told = {"author": author, "words": clip(mention.post.text or mention.post.title, 80)}
    for crisis in crises:
        act(crisis, f"mention.{state}", at=at, by=by, boards=[HEADER], mention=mention.pk, **told)
