"""The team is called by every channel of each person; who does not answer in time is replaced by the substitute."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from vigie.alerts.channels import ask
from vigie.alerts.letters import mark
from vigie.alerts.models import Channel, Duty
from vigie.lib.times import millis
from vigie.outbox.letters import Gone, Letter
from vigie.outbox.models import Message
from vigie.people.models import Organisation, User
from vigie.plans.roles import STEERING, CrisisRole, label

from . import actions
from .acts import Act, acting
from .models import Crisis, Participant

log = logging.getLogger(__name__)
SALT = "crisis.call"
EXPECTED = (Participant.State.CALLED, Participant.State.UNREACHABLE)
"""Those whose answer is waited for: an unreachable member may still see the room, or be telephoned."""
SAID = {"coming": "team.coming", "in": "team.in", "no": "team.declined"}
ANSWERS = {"coming": Participant.State.COMING, "in": Participant.State.IN, "no": Participant.State.DECLINED}


def channels_of(organisation: Organisation, user: User | None, channel: Channel | None) -> list[int]:
    """Every way to reach one person."""
    found = [channel.pk] if channel else []
    if user:
        found += Channel.objects.of(organisation).filter(user=user).values_list("pk", flat=True)
    return list(dict.fromkeys(found))


def gather(act: Act) -> None:
    """Put the chain of command into the room that opens, and call everybody in it but the one who opens."""
    crisis, by = act.crisis, act.by
    chain = Duty.objects.of(crisis.organisation_id).exclude(role="").select_related("user", "channel", "deputy")
    for seat in chain.select_related("channel__user", "deputy__user", "deputy_user"):
        user = seat.user or (seat.channel.user if seat.channel else None)
        deputy_user = seat.deputy_user or (seat.deputy.user if seat.deputy else None)
        deputy = {
            "name": str(deputy_user or (seat.deputy.name if seat.deputy else "")),
            "user": str(deputy_user.pk) if deputy_user else "",
            "channels": channels_of(crisis.organisation, deputy_user, seat.deputy),
        }
        made = Participant.objects.create(
            organisation=crisis.organisation,
            crisis=crisis,
            role=seat.role,
            name=str(user or (seat.channel.name if seat.channel else "")),
            user=user,
            email=user.email if user else "",
            channels=channels_of(crisis.organisation, user, seat.channel),
            deputy=deputy if deputy["name"] else {},
            wait_minutes=seat.wait_minutes,
        )
        if by and user == by:
            _rows(made).update(state=Participant.State.IN, answered_at=act.at)
        else:
            call_within(act, made)
    _seat_opener(act)


def _rows(participant: Participant) -> QuerySet[Participant]:
    return Participant.objects.of(participant.organisation_id).filter(pk=participant.pk)


def _seat_opener(act: Act) -> None:
    """Whoever opens has a place: leader when nobody leads, else scribe until told otherwise."""
    crisis, by = act.crisis, act.by
    rows = Participant.objects.of(crisis.organisation_id).filter(crisis=crisis)
    if by is None or rows.filter(user=by).exists():
        return
    role = CrisisRole.SCRIBE if rows.filter(role__in=STEERING).exists() else CrisisRole.LEAD
    Participant.objects.create(
        organisation=crisis.organisation,
        crisis=crisis,
        role=role,
        name=str(by),
        user=by,
        email=by.email,
        state=Participant.State.IN,
        answered_at=act.at,
    )


def give_role(crisis: Crisis, role: str, user: User, *, by: User, at: datetime, call: bool = False) -> Participant:
    """Somebody takes a role, and is called for it where that is asked: one act."""
    with acting(crisis, by=by, at=at) as act:
        made = actions.give_role(act.crisis, role, user, by=by, at=at, within=act)
        if call:
            made.channels = channels_of(crisis.organisation, user, None)
            made.save(update_fields=["channels"])
            call_within(act, made)
    return made


def call(participant: Participant, at: datetime) -> None:
    """Ask one person to come, by every channel at once; the substitute waits for its turn."""
    with acting(participant.crisis, at=at) as act:
        call_within(act, participant)


def call_within(act: Act, participant: Participant) -> None:
    """Call somebody. Who has no channel is not called, and that is said: a colleague may telephone meanwhile."""
    told = {"payload": {"participant": participant.pk}, "subject": f"call:{participant.pk}"}
    ways = ask(act.organisation, participant.channels, "call", act.at, **told)
    state = Participant.State.CALLED if ways else Participant.State.UNREACHABLE
    due = act.at + timedelta(minutes=participant.wait_minutes)
    _rows(participant).update(state=state, called_at=act.at, due_at=due)
    verb = "team.called" if ways else "team.unreachable"
    act.line(verb, name="", who=participant.name, role=participant.role, ways=ways)


def token(participant: Participant) -> str:
    """What the link in the message carries: signed, good for this call alone."""
    called = participant.called_at or participant.crisis.opened_at
    return signing.Signer(salt=SALT).sign_object([participant.pk, millis(called)])


def found(secret: str) -> Participant | None:
    """Whom a link is for; None when it was not signed by us, or is of an earlier call or a closed crisis."""
    try:
        pk, called = signing.Signer(salt=SALT).unsign_object(secret)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    rows = Participant.objects.across().select_related("crisis__organisation", "user")
    held = rows.filter(pk=pk, left_at=None, crisis__state=Crisis.State.OPEN).first()
    return held if held and held.called_at and millis(held.called_at) == called else None


def answer(participant: Participant, said: str, *, at: datetime, by: User | None = None) -> None:
    """coming, in or no, by somebody signed in or by the link. Who cannot come is replaced at once."""
    answer_all([participant], said, at=at, by=by)


def answer_all(participants: list[Participant], said: str, *, at: datetime, by: User | None = None) -> None:
    """One answer for every role that a person holds in a crisis."""
    if not participants:
        return
    with acting(participants[0].crisis, by=by, name=participants[0].name, at=at) as act:
        for participant in participants:
            _answer(act, participant, said)


def _answer(act: Act, participant: Participant, said: str) -> None:
    state, who = ANSWERS[said], participant.name
    rows = _rows(participant).filter(left_at=None).exclude(state=state)
    if rows.update(state=state, answered_at=act.at, due_at=None):
        act.line(SAID[said], who=who, role=participant.role)
        if said == "no":
            _replace(act, participant)


def _replace(act: Act, participant: Participant) -> None:
    deputy = participant.deputy
    _rows(participant).update(due_at=None, deputy={})
    if not deputy:
        return
    user = User.objects.filter(pk=deputy["user"]).first() if deputy.get("user") else None
    made = Participant.objects.create(
        organisation=act.organisation,
        crisis=act.crisis,
        role=participant.role,
        name=deputy["name"],
        user=user,
        email=user.email if user else "",
        channels=deputy["channels"],
        wait_minutes=participant.wait_minutes,
    )
    call_within(act, made)


def turn(at: datetime | None = None) -> None:
    """Everything that is due, by each organisation's clock: the silent and the unreached give way to substitutes."""
    waiting = Participant.objects.across().filter(state__in=EXPECTED, left_at=None)
    for participant in waiting.exclude(due_at=None).select_related("crisis__organisation"):
        now = at or participant.crisis.organisation.clock.now()
        try:
            if participant.due_at is not None and participant.due_at <= now:
                _give_up(participant, "team.silent", now)
            elif _unreached(participant):
                _give_up(participant, "team.unreached", now)
        except Exception:  # one person's trouble must not keep the others from being called
            log.exception("calling %s", participant.pk)


def _unreached(participant: Participant) -> bool:
    """Whether every message to this person came back with an error."""
    if not participant.channels:
        return False
    sent = Message.objects.of(participant.organisation_id).filter(
        subject=f"call:{participant.pk}", asked_at=participant.called_at
    )
    return bool(sent) and all(message.error for message in sent)


GIVEN_UP = {"team.silent": Participant.State.SILENT, "team.unreached": Participant.State.UNREACHED}


def _give_up(participant: Participant, verb: str, now: datetime) -> None:
    """The substitute's turn. Who could not be called at all stays so: they were not asked, and are not silent."""
    with acting(participant.crisis, at=now) as act:
        unasked = participant.state == Participant.State.UNREACHABLE
        state = participant.state if unasked else GIVEN_UP[verb]
        if not _rows(participant).filter(state=participant.state).exclude(due_at=None).update(state=state, due_at=None):
            return
        if not unasked:
            act.line(verb, who=participant.name, role=participant.role, minutes=participant.wait_minutes)
        _replace(act, participant)


def letter(message: Message) -> Letter:
    """The message of a call, in the reader's language."""
    rows = Participant.objects.of(message.organisation).select_related("crisis__organisation")
    participant = rows.filter(pk=message.payload["participant"]).first()
    if participant is None:
        raise Gone("this call was taken back")
    crisis = participant.crisis
    title = f"{mark(crisis.organisation)}[{_(crisis.get_level_display())}] {_('Crisis')} {crisis.number}: {crisis.name}"
    base = f"{settings.ADDRESS}{reverse('answer', args=[token(participant)])}"
    room = f"{settings.ADDRESS}{reverse('room', args=[crisis.organisation.slug, crisis.number])}"
    lines = [
        _("You are called as: %(role)s.") % {"role": label(participant.role)},
        crisis.reason,
        "",
        _("I am coming: %(link)s") % {"link": f"{base}?say=coming"},
        _("I cannot come: %(link)s") % {"link": f"{base}?say=no"},
        _("The room: %(link)s") % {"link": room},
    ]
    return Letter(title, "\n".join(lines))
