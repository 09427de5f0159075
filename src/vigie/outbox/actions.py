"""Asking for a message, claiming those that are due, and writing down how each went."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q

from vigie.lib.times import LIVE
from vigie.people.models import Organisation

from . import letters, services
from .letters import Gone
from .models import Message

TRIES = [1, 5, 15, 60, 240]
"""Minutes between attempts; after the last the message is said not to have been delivered."""
LEASE = timedelta(minutes=2)
"""A message that is being sent is ours for so long: if we are killed, another sends it then."""


def post(
    organisation: Organisation,
    kind: str,
    where: str,
    *,
    at: datetime,
    name: str,
    payload: dict[str, Any] | None = None,
    subject: str = "",
    reason: str = "",
    once: bool = False,
    due_at: datetime | None = None,
) -> Message:
    """Ask for a message, in the transaction of what it tells; it leaves after the commit. Raises Gone."""
    book, ref = letters.book_of(where)
    address = book.find(organisation, ref).address
    return Message.objects.create(
        organisation=organisation,
        kind=kind,
        where=where,
        name=name[:340],
        lane=services.lane_of(address),
        payload=payload or {},
        subject=subject,
        reason=reason,
        once=once,
        urgency=letters.KINDS[kind].urgency,
        asked_at=at,
        due_at=due_at or at,
    )


def mail(organisation: Organisation, address: str, title: str, body: str, *, language: str, at: datetime) -> bool:
    """Ask for one plain mail, if a mail server is set; its words are forgotten once it has left."""
    if not services.can_mail():
        return False
    where = f"mail:{address}|{language}"
    post(organisation, "text", where, at=at, name=address, payload=letters.text(title, body))
    return True


def claim(busy: Collection[str] = (), at: datetime | None = None) -> Message | None:
    """The most urgent message whose time has come, by its organisation's clock, in no lane that is busy.

    It is ours for LEASE. `at` is the moment for all organisations (their own clocks, if not given).
    """
    while True:
        found = next((m for m in _due(at) if m.lane not in busy), None)
        if found is None:
            return None
        now = at or found.organisation.clock.now()
        held = Message.objects.across().filter(pk=found.pk, state=found.state, due_at=found.due_at)
        if held.update(state=Message.State.SENDING, due_at=now + LEASE, attempts=F("attempts") + 1):
            return Message.objects.across().select_related("organisation").get(pk=found.pk)


def _due(at: datetime | None) -> list[Message]:
    waiting = Message.objects.across().filter(state__in=[Message.State.WAITING, Message.State.SENDING])
    if at is not None:
        when = Q(due_at__lte=at)
    else:
        when = Q(due_at__lte=LIVE.now(), organisation__clock_speed=None)
        for other in Organisation.objects.exclude(clock_speed=None):
            when |= Q(organisation=other, due_at__lte=other.clock.now())
    return list(waiting.filter(when).select_related("organisation").order_by("urgency", "due_at", "pk")[:100])


def oldest_due() -> datetime | None:
    """Since when the message that has waited longest is due; None when nothing waits."""
    found = _due(None)
    return min((message.due_at for message in found), default=None)


def sent(message: Message, at: datetime, took_ms: int) -> None:
    """The service said yes. A text written for this message alone is forgotten."""
    payload = {name: value for name, value in message.payload.items() if name != "sealed"}
    _rows(message).update(state=Message.State.SENT, sent_at=at, took_ms=took_ms, error="", payload=payload)
    book, ref = letters.book_of(message.where)
    book.reached(message.organisation, ref, at)


def not_sent(message: Message, error: str, at: datetime) -> None:
    """The service said no, or nothing: tried again later, and said to be lost in the end."""
    last = message.once or message.attempts >= len(TRIES)
    due = at + timedelta(minutes=TRIES[min(message.attempts, len(TRIES) - 1)])
    _rows(message).update(
        state=Message.State.FAILED if last else Message.State.WAITING, error=error[:1_000], due_at=due
    )
    book, ref = letters.book_of(message.where)
    book.failed(message.organisation, ref, error)


def set_aside(message: Message, error: Exception) -> None:
    """It can't even be written, and trying again would not help: the reason is shown, and people may send it again."""
    reason = str(error) if isinstance(error, Gone) else f"{type(error).__name__}: {error}"
    _rows(message).update(state=Message.State.FAILED, error=reason[:1_000])


def send_again(message: Message, at: datetime) -> None:
    """A person asks for a message that was not delivered to be tried anew."""
    failed = _rows(message).filter(state=Message.State.FAILED)
    failed.update(state=Message.State.WAITING, attempts=0, due_at=at)


def _rows(message: Message) -> Any:
    return Message.objects.of(message.organisation_id).filter(pk=message.pk)
