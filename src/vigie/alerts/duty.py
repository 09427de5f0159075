"""Who is told of an alert, who is next when nobody answers, and when somebody is left to sleep."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from vigie.outbox import actions as outbox

from .channels import reaches
from .models import RANK, Alert, AlertChange, Channel, Duty, Escalation, Level


def quiet(duty: Duty, local: time, level: str) -> bool:
    """Whether this is the person's quiet time for such an alert; it may go past midnight."""
    if duty.quiet_from is None or duty.quiet_to is None or (level == Level.RED and duty.wake_for_red):
        return False
    if duty.quiet_from <= duty.quiet_to:
        return duty.quiet_from <= local < duty.quiet_to
    return local >= duty.quiet_from or local < duty.quiet_to


def reachable(organisation: Any) -> QuerySet[Duty]:
    """The part of the chain of command that has a way to be told."""
    return Duty.objects.of(organisation).exclude(channel=None).select_related("channel")


def awake(alert: Alert, now: datetime) -> list[Duty]:
    """The duty order for this alert, without those in their quiet time. If all are, nobody is left out."""
    order = [d for d in reachable(alert.organisation_id) if d.channel and reaches(d.channel)]
    local = now.astimezone(alert.organisation.tz).time()
    heard = [d for d in order if d.channel and RANK[d.channel.minimum] <= RANK[alert.level]]
    return [d for d in heard if not quiet(d, local, alert.level)] or heard


def ask(alert: Alert, channel: Channel | None, reason: str, now: datetime) -> None:
    """Put a message in the outbox; it leaves after the commit."""
    if channel is not None and reaches(channel):
        outbox.post(
            alert.organisation,
            "alert",
            f"channel:{channel.pk}",
            at=now,
            name=channel.name,
            payload={"alert": alert.pk},
            subject=f"alert:{alert.number}",
            reason=reason,
            once=alert.test,
        )


def call(alert: Alert, reason: str) -> None:
    """Tell everybody outside the duty order, and the first person on duty. Runs inside the alert's transaction."""
    now = alert.last_at
    order = awake(alert, now)
    ranked = {d.channel_id for d in Duty.objects.of(alert.organisation_id)}
    for channel in Channel.objects.of(alert.organisation_id):
        if channel.pk not in ranked and (alert.test or RANK[channel.minimum] <= RANK[alert.level]):
            ask(alert, channel, reason, now)
    if alert.test:
        for duty in reachable(alert.organisation_id):
            ask(alert, duty.channel, "test", now)
        return
    if order:
        ask(alert, order[0].channel, reason, now)
        Escalation.objects.across().update_or_create(
            alert=alert,
            defaults={
                "organisation_id": alert.organisation_id,
                "position": order[0].position,
                "due_at": now + timedelta(minutes=order[0].wait_minutes),
            },
        )


@transaction.atomic
def escalate(alert: Alert, now: datetime) -> Duty | None:
    """Call the next person on duty; None when everybody was called, or somebody has answered."""
    held_open = Alert.objects.of(alert.organisation_id).filter(pk=alert.pk, state=Alert.State.OPEN)
    if not held_open.select_for_update().exists():
        Escalation.objects.of(alert.organisation_id).filter(alert=alert).delete()
        return None
    held = Escalation.objects.of(alert.organisation_id).filter(alert=alert).first()
    after = held.position if held else -1
    following = next((d for d in awake(alert, now) if d.position > after), None)
    if following is None:
        if held:
            held.delete()
        return None
    ask(alert, following.channel, "escalated", now)
    AlertChange.objects.create(
        organisation_id=alert.organisation_id,
        alert=alert,
        what="escalated",
        after=alert.state,
        why=following.channel.name if following.channel else "",
        at=now,
    )
    Escalation.objects.across().update_or_create(
        alert=alert,
        defaults={
            "organisation_id": alert.organisation_id,
            "position": following.position,
            "due_at": now + timedelta(minutes=following.wait_minutes),
        },
    )
    return following


def due(at: datetime | None = None) -> list[Escalation]:
    """Alerts that nobody acknowledged in time, each by its organisation's clock (or all at one moment)."""
    found = Escalation.objects.across().select_related("alert__organisation")
    return [held for held in found if held.due_at <= (at or held.alert.organisation.clock.now())]
