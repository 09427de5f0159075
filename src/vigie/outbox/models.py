"""Every message that leaves is a row, written in the transaction of the act that asks for it."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from vigie.lib.fields import MomentField
from vigie.lib.scoped import Scoped
from vigie.people.models import Organisation


class Message(models.Model):
    """One message to one place. Times are of the organisation's clock; `took_ms` is real."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Not delivered")

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, db_index=False)
    kind = models.CharField(max_length=20)
    """Which renderer writes it (see `letters`)."""
    payload = models.JSONField(default=dict)
    subject = models.CharField(max_length=80, blank=True)
    """What it is about, as in the journal: alert:3, crisis:1, call:12…"""
    where = models.CharField(max_length=340)
    """channel:12, or mail:somebody@example.org."""
    name = models.CharField(max_length=340)
    """Whom it is for, as people read it."""
    lane = models.CharField(max_length=120)
    """The service that carries it: a slow one only holds up its own."""
    reason = models.CharField(max_length=20, blank=True)
    once = models.BooleanField(default=False)
    """Tried a single time: a test, whose failure is the answer."""
    urgency = models.PositiveSmallIntegerField(default=5)
    """Lower ones leave first."""
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    asked_at = MomentField()
    due_at = MomentField()
    sent_at = MomentField(null=True)
    took_ms = models.PositiveIntegerField(null=True)
    """How long the service took to say yes."""
    error = models.TextField(blank=True)

    objects: ClassVar[Scoped[Self]] = Scoped()

    class Meta:
        indexes = [
            models.Index(fields=["state", "due_at"], name="message_due"),
            models.Index(fields=["organisation", "subject"], name="message_by_subject"),
        ]
