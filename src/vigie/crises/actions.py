"""What changes a crisis itself: its level, its name, its log, its roles, its end. Each act is one unit (see `acts`)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, QuerySet
from django.utils.translation import gettext_noop

from vigie.alerts.models import Alert, Level
from vigie.lib.refusals import Conflict, Refused
from vigie.lib.text import clip
from vigie.people.models import Membership, Organisation, Role, User
from vigie.people.rules import may
from vigie.plans.queries import handbook
from vigie.plans.roles import STEERING, CrisisRole
from vigie.watches.models import Mention, Watch

from .acts import Act, acting
from .models import Crisis, Followed, Handling, Participant


def following(rows: QuerySet[Any]) -> int:
    """The number of the next one. Ask it within an act, whose lock keeps two from getting the same."""
    return int(rows.aggregate(last=Max("number"))["last"] or 0) + 1


def rows_of(crisis: Crisis) -> QuerySet[Crisis]:
    return Crisis.objects.of(crisis.organisation_id).filter(pk=crisis.pk)


def open_crisis(
    act: Act,
    name: str,
    level: str,
    reason: str,
    *,
    alert: Alert | None = None,
    watches: Iterable[Watch] = (),
    scenario: dict[str, Any] | None = None,
) -> Crisis:
    """Open a room, within an act that holds the organisation and the alert (see `rooms.opening.open_room`).

    Raises Refused on a level that is none or green, or without a name or a reason.
    """
    if level not in Level.values or level == Level.GREEN or not reason.strip() or not name.strip():
        raise Refused("unclear", gettext_noop("A crisis has a name, a reason, and a level from yellow to red."))
    organisation, at = act.organisation, act.at
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
        opened_by=act.by,
        report_minutes=minutes,
        next_update_at=at + timedelta(minutes=minutes),
    )
    act.crises.append(crisis)
    for watch in {w.pk: w for w in [*watches, *([alert.watch] if alert else [])]}.values():
        Followed.objects.create(organisation=organisation, crisis=crisis, watch=watch)
    act.line(
        "crisis.opened",
        crisis=crisis,
        title=crisis.name,
        level=level,
        reason=reason,
        alert=alert.number if alert else None,
        scenario=(scenario or {}).get("title", ""),
    )
    return crisis


def change_level(crisis: Crisis, level: str, reason: str, *, by: User, at: datetime, seen: str) -> None:
    """Change the level that was seen; of two who change it at once, one wins."""
    if level not in Level.values or level == Level.GREEN or not reason.strip():
        raise Refused("unclear", gettext_noop("Say the level and why."))
    with acting(crisis, by=by, at=at) as act:
        here = act.crisis
        if here.level != seen:
            raise Conflict("level", CHANGED)
        minutes = int(handbook(here.organisation).settings["report_minutes"][level])
        soonest = at + timedelta(minutes=minutes)
        due = here.next_update_at if here.next_update_at and here.next_update_at <= soonest else soonest
        rows_of(here).update(level=level, report_minutes=minutes, next_update_at=due)
        act.line("crisis.level", before=seen, level=level, reason=reason)
    crisis.refresh_from_db()


CHANGED = gettext_noop(
    "Somebody changed the level before you. Look at it, then try again: what you typed is still here."
)


def rename(crisis: Crisis, name: str, *, by: User, at: datetime) -> None:
    """Call it otherwise; what it was called stays in the log."""
    called = " ".join(name.split())[:120]
    if not called:
        raise Refused("unclear", gettext_noop("Say what it is called."))
    with acting(crisis, by=by, at=at) as act:
        before = act.crisis.name
        if called != before:
            rows_of(crisis).update(name=called)
            act.line("crisis.renamed", title=called, was=before)


def close(crisis: Crisis, reason: str, *, by: User, at: datetime, calm: str = "") -> None:
    if not reason.strip():
        raise Refused("unclear", gettext_noop("Say why it is over."))
    with acting(crisis, by=by, at=at) as act:
        rows_of(crisis).update(
            state=Crisis.State.CLOSED, closed_at=at, closing=reason.strip(), calm=calm, next_update_at=None
        )
        Participant.objects.of(crisis.organisation_id).filter(crisis=crisis).update(due_at=None)
        act.line("crisis.closed", reason=reason, calm=calm)


def reopen(crisis: Crisis, reason: str, *, by: User, at: datetime) -> None:
    if not reason.strip():
        raise Refused("unclear", gettext_noop("Say why it begins again."))
    with acting(crisis, by=by, at=at, afterwards=True) as act:
        here = act.crisis
        if here.open:
            raise Conflict("open", gettext_noop("Somebody opened the crisis again before you."))
        due = at + timedelta(minutes=here.report_minutes)
        rows_of(here).update(state=Crisis.State.OPEN, closed_at=None, closing="", next_update_at=due)
        expected = [Participant.State.CALLED, Participant.State.UNREACHABLE]
        for participant in Participant.objects.of(here.organisation_id).filter(crisis=here, state__in=expected):
            late = at + timedelta(minutes=participant.wait_minutes)
            Participant.objects.of(here.organisation_id).filter(pk=participant.pk).update(due_at=late)
        act.line("crisis.reopened", reason=reason)


def follow(crisis: Crisis, watch: Watch, *, by: User, at: datetime) -> None:
    """Follow one more watch in this crisis."""
    with acting(crisis, by=by, at=at) as act:
        rows = Followed.objects.of(crisis.organisation_id)
        _row, made = rows.get_or_create(organisation=crisis.organisation, crisis=crisis, watch=watch)
        if made:
            act.line("crisis.watch", title=watch.name)


LONGEST = 4_000
"""Characters of one line. A longer one is refused: half a sentence on record would be worse than none."""


def worded(text: str, empty: str = gettext_noop("An empty line says nothing.")) -> str:
    """What somebody typed, without the space around it. Raises Refused: nothing (`empty` says so), or too much."""
    words = text.strip()
    if not words:
        raise Refused("unclear", empty)
    if len(words) > LONGEST:
        sentence = gettext_noop("A line holds %(most)s characters, and this one has %(n)s: write it in two.")
        raise Refused("long", sentence, most=LONGEST, n=len(words))
    return words


def note(
    crisis: Crisis, text: str, *, by: User, at: datetime, confidential: Iterable[str] = (), call: bool = False
) -> int:
    """A line that a person typed; a telephone call is one too. Its place in the journal."""
    words = worded(text)
    with acting(crisis, by=by, at=at) as act:
        act.line("call.noted" if call else "note.written", confidential=confidential, text=words)
    return act.seqs[0]


def correct(crisis: Crisis, seq: int, text: str, *, by: User, at: datetime, confidential: Iterable[str] = ()) -> int:
    """A line is never edited: a new one corrects it."""
    words = worded(text, gettext_noop("An empty line corrects nothing."))
    with acting(crisis, by=by, at=at) as act:
        act.line("note.corrected", confidential=confidential, text=words, seq_of=seq)
    return act.seqs[0]


def hand_over(crisis: Crisis, text: str, *, by: User, at: datetime) -> None:
    """A word to the next shift."""
    if not text.strip():
        raise Refused("unclear", gettext_noop("Write a word to those who take over."))
    with acting(crisis, by=by, at=at) as act:
        act.line("handover.written", text=text.strip())


def pin(crisis: Crisis, seq: int, pinned: bool, *, by: User, at: datetime) -> None:
    with acting(crisis, by=by, at=at) as act:
        kept = [n for n in act.crisis.pinned if n != seq] + ([seq] if pinned else [])
        rows_of(crisis).update(pinned=kept[-20:])
        act.line("line.pinned" if pinned else "line.unpinned", seq_of=seq)


def give_role(
    crisis: Crisis, role: str, user: User, *, by: User, at: datetime, within: Act | None = None
) -> Participant:
    """Somebody who is in the organisation takes a role."""
    if role not in CrisisRole.values:
        raise Refused("unclear", gettext_noop("Choose a role."))
    if not Membership.objects.of(crisis.organisation_id).filter(user=user).exclude(role=Role.GUEST).exists():
        raise Refused("stranger", gettext_noop("Only members hold roles."))
    by_right = Membership.objects.of(crisis.organisation_id).filter(user=by).first()
    if user == by and role in STEERING and not may(by_right, "crisis.steer"):
        raise Refused("own_role", gettext_noop("Nobody gives this role to themselves."))
    if within:
        return _given(within, role, user)
    with acting(crisis, by=by, at=at) as act:
        return _given(act, role, user)


def _given(act: Act, role: str, user: User) -> Participant:
    found, made = Participant.objects.of(act.organisation).get_or_create(
        organisation=act.organisation,
        crisis=act.crisis,
        role=role,
        user=user,
        left_at=None,
        defaults={"name": str(user), "email": user.email, "state": Participant.State.WAITING},
    )
    if made:
        act.line("team.given", who=str(user), role=role)
    return found


def take_role_away(participant: Participant, *, by: User, at: datetime) -> None:
    """Their tasks stay, with nobody to do them."""
    with acting(participant.crisis, by=by, at=at) as act:
        rows = Participant.objects.of(participant.organisation_id).filter(pk=participant.pk, left_at=None)
        if not rows.update(left_at=at, due_at=None):
            raise Conflict("left", gettext_noop("This person has left the role already."))
        act.line("team.left", who=participant.name, role=participant.role)


def departed(organisation: Organisation, user: User, *, at: datetime) -> None:
    """A person who is no longer a member leaves every room; open ones say so."""
    rows = Participant.objects.of(organisation).filter(user=user, left_at=None)
    rooms = Crisis.objects.of(organisation).filter(pk__in=rows.values("crisis")).select_related("organisation")
    with acting(*rooms, at=at, organisation=organisation, afterwards=True) as act:
        crises = {crisis.pk: crisis for crisis in act.crises}
        for participant in rows.filter(crisis__in=list(crises)).order_by("pk"):
            Participant.objects.of(organisation).filter(pk=participant.pk).update(left_at=at, due_at=None)
            if crises[participant.crisis_id].open:
                here = crises[participant.crisis_id]
                act.line("team.left", crisis=here, who=participant.name, role=participant.role)


def leader(crisis: Crisis) -> Participant | None:
    """Who leads: the crisis team leader, else the director."""
    rows = Participant.objects.of(crisis.organisation_id).filter(crisis=crisis, left_at=None)
    held = [p for p in rows if p.role in STEERING]
    return min(held, key=lambda p: (p.role != CrisisRole.LEAD, p.pk), default=None)


def handle(
    mention: Mention,
    state: str,
    *,
    by: User,
    at: datetime,
    crises: Iterable[Crisis] = (),
    copies: Iterable[Mention] = (),
) -> None:
    """Take a critical mention and its copies, say it was handled or needs no answer; of two who take it, one wins."""
    if state not in Handling.State.values:
        raise Refused("unclear", gettext_noop("Say what you do with it."))
    with acting(*crises, by=by, at=at, organisation=mention.organisation, afterwards=True) as act:
        rows = Handling.objects.of(mention.organisation_id)
        held = rows.filter(mention=mention).select_for_update(of=("self",)).first()
        if held and held.state == Handling.State.TAKEN and state == Handling.State.TAKEN and held.user_id != by.pk:
            raise Conflict("taken", gettext_noop("%(who)s has taken it already."), who=str(held.user or ""))
        for one in (mention, *copies):
            rows.update_or_create(
                mention=one,
                defaults={"organisation_id": mention.organisation_id, "state": state, "user": by, "at": at},
            )
        author = mention.post.author_handle or mention.post.author_name
        told = {"author": author, "words": clip(mention.post.text or mention.post.title, 80)}
        for crisis in act.crises:
            if crisis.open:
                act.line(f"mention.{state}", crisis=crisis, mention=mention.pk, **told)
