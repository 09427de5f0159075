"""What is established, what nobody knows yet, and what was promised."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from vigie.crises.models import Crisis, Participant
from vigie.lib.fields import MomentField
from vigie.lib.scoped import Scoped
from vigie.people.models import Organisation, User


class Fact(models.Model):
    class Kind(models.TextChoices):
        FACT = "fact", _("fact")
        UNKNOWN = "unknown", _("unknown")
        COMMITMENT = "commitment", _("commitment")

    class State(models.TextChoices):
        OPEN = "open", _("to be confirmed")
        CONFIRMED = "confirmed", _("confirmed")
        KEPT = "kept", _("kept")
        MISSED = "missed", _("missed")
        WITHDRAWN = "withdrawn", _("withdrawn")
        ANSWERED = "answered", _("answered")

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE)
    crisis = models.ForeignKey(Crisis, on_delete=models.CASCADE, related_name="facts")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    text = models.TextField()
    proof = models.TextField(blank=True)
    owner = models.ForeignKey(Participant, null=True, on_delete=models.SET_NULL)
    due_at = MomentField(null=True)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    at = MomentField()
    confirmed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    confirmed_at = MomentField(null=True)

    objects: ClassVar[Scoped[Self]] = Scoped()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["crisis", "number"], name="one_fact_per_number")]
