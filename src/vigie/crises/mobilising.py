"""The team is called by every channel of each person; who does not answer in time is replaced by the substitute."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from vigie.alerts.bulletins import ask
from vigie.alerts.models import Channel, Duty, Notice
from vigie.lib.times import millis
from vigie.people.models import Organisation, User
from vigie.plans.roles import STEERING, CrisisRole, label

from .actions import HEADER, TEAM, act
from .models import Crisis, Participant

log = logging.getLogger(__name__)
SALT = "crisis.call"
ANSWERS = {"coming": Participant.State.COMING, "in": Participant.State.IN, "no": Participant.State.DECLINED}


def channels_of(organisation: Organisation, user: User | None, channel: Channel | None) -> list[int]:
    """Every way to reach one person."""
    found = [channel.pk] if channel else []
    if user:
        found += Channel.objects.of(organisation).filter(user=user).values_list("pk", flat=True)
    return list(dict.fromkeys(found))


def gather(crisis: Crisis, by: User | None, at: datetime) -> None:
    """Put the chain of command into the room, and call everybody in it but the one who opens."""
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
            Participant.objects.across().filter(pk=made.pk).update(state=Participant.State.IN, answered_at=at)
        else:
            call(made, at)
    _seat_opener(crisis, by, at)


def _seat_opener(crisis: Crisis, by: User | None, at: datetime) -> None:
    """Whoever opens has a place: leader when nobody leads, else scribe until told otherwise."""
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
        answered_at=at,
    )


@transaction.atomic
def call(participant: Participant, at: datetime) -> None:
    """Ask one person to come, by every channel at once; the substitute waits for its turn."""
    crisis = participant.crisis
    ways = ask(crisis.organisation, participant.channels, {"kind": "call", "participant": participant.pk}, at)
    Participant.objects.across().filter(pk=participant.pk).update(
        state=Participant.State.CALLED, called_at=at, due_at=at + timedelta(minutes=participant.wait_minutes)
    )
    act(
        crisis,
        "team.called",
        at=at,
        boards=[TEAM, HEADER],
        who=participant.name,
        role=participant.role,
        ways=ways,
    )


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


@transaction.atomic
def answer(participant: Participant, said: str, *, at: datetime, by: User | None = None) -> None:
    """coming, in or no, by somebody signed in or by the link. Who cannot come is replaced at once."""
    state = ANSWERS[said]
    rows = Participant.objects.of(participant.organisation_id).filter(pk=participant.pk, left_at=None)
    if not rows.exclude(state=state).update(state=state, answered_at=at, due_at=None):
        return
    verb = {"coming": "team.coming", "in": "team.in", "no": "team.declined"}[said]
    who = participant.name
    act(
        participant.crisis,
        verb,
        at=at,
        by=by,
        name=who,
        boards=[TEAM, HEADER],
        who=who,
        role=participant.role,
    )
    if said == "no":
        _replace(participant, at)


def _replace(participant: Participant, at: datetime) -> None:
    deputy = participant.deputy
    Participant.objects.across().filter(pk=participant.pk).update(due_at=None, deputy={})
    if not deputy:
        return
    user = User.objects.filter(pk=deputy["user"]).first() if deputy.get("user") else None
    made = Participant.objects.create(
        organisation=participant.organisation,
        crisis=participant.crisis,
        role=participant.role,
        name=deputy["name"],
        user=user,
        email=user.email if user else "",
        channels=deputy["channels"],
        wait_minutes=participant.wait_minutes,
    )
    call(made, at)


def turn(now: datetime) -> None:
    """Everything that is due: who stays silent, and whom no channel reached, gives way to the substitute."""
    waiting = Participant.objects.across().filter(state=Participant.State.CALLED, left_at=None)
    for participant in waiting.exclude(due_at=None).select_related("crisis__organisation"):
        try:
            late = participant.due_at is not None and participant.due_at <= now
            if late or _unreached(participant):
                _give_up(participant, Participant.State.SILENT if late else Participant.State.UNREACHED, now)
        except Exception:  # one person's trouble must not keep the others from being called
            log.exception("calling %s", participant.pk)


def _unreached(participant: Participant) -> bool:
    """Whether every message to this person came back with an error."""
    if not participant.channels:
        return False
    sent = Notice.objects.of(participant.organisation_id).filter(
        channel__in=participant.channels, letter__participant=participant.pk, asked_at=participant.called_at
    )
    return bool(sent) and all(notice.error for notice in sent)


@transaction.atomic
def _give_up(participant: Participant, state: str, now: datetime) -> None:
    rows = Participant.objects.across().filter(pk=participant.pk, state=Participant.State.CALLED)
    if not rows.update(state=state, due_at=None):
        return
    verb = "team.silent" if state == Participant.State.SILENT else "team.unreached"
    who, role = participant.name, participant.role
    act(participant.crisis, verb, at=now, boards=[TEAM, HEADER], who=who, role=role, minutes=participant.wait_minutes)
    _replace(participant, now)


def letter(organisation: Organisation, told: dict[str, Any]) -> tuple[str, str]:
    """The message of a call, in the reader's language."""
    rows = Participant.objects.of(organisation).select_related("crisis__organisation")
    participant = rows.get(pk=told["participant"])
    crisis = participant.crisis
    mark = _("EXERCISE ") if organisation.kind == "drill" else ""
    title = f"{mark}[{_(crisis.get_level_display())}] {_('Crisis')} {crisis.number}: {crisis.name}"
    base = f"{settings.ADDRESS}{reverse('answer', args=[token(participant)])}"
    room = f"{settings.ADDRESS}{reverse('room', args=[organisation.slug, crisis.number])}"
    lines = [
        _("You are called as: %(role)s.") % {"role": label(participant.role)},
        crisis.reason,
        "",
        _("I am coming: %(link)s") % {"link": f"{base}?say=coming"},
        _("I cannot come: %(link)s") % {"link": f"{base}?say=no"},
        _("The room: %(link)s") % {"link": room},
    ]
    return title, "\n".join(lines)
