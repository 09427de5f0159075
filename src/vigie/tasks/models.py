"""Who does what by when; "nobody" is a state that shows."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from vigie.crises.models import Crisis, Participant
from vigie.lib.fields import MomentField
from vigie.lib.scoped import Scoped
from vigie.people.models import Organisation, User


class Task(models.Model):
    class State(models.TextChoices):
        TODO = "todo", _("to do")
        DONE = "done", _("done")
        DROPPED = "dropped", _("dropped")

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE)
    crisis = models.ForeignKey(Crisis, on_delete=models.CASCADE, related_name="tasks")
    number = models.PositiveIntegerField()
    text = models.TextField()
    state = models.CharField(max_length=7, choices=State, default=State.TODO)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    owner = models.ForeignKey(Participant, null=True, on_delete=models.SET_NULL)
    role = models.CharField(max_length=12, blank=True)
    consulted = models.JSONField(default=list)
    informed = models.JSONField(default=list)
    confidential = models.JSONField(default=list)
    """Roles that may see it; empty for all."""
    blocked_by = models.ForeignKey("self", null=True, on_delete=models.SET_NULL)
    due_at = MomentField(null=True)
    done_at = MomentField(null=True)
    version = models.PositiveIntegerField(default=1)

    objects: ClassVar[Scoped[Self]] = Scoped()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["crisis", "number"], name="one_task_per_number")]
