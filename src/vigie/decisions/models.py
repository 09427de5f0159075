"""What was assessed, what was decided and by whom, and the clocks that the law starts."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from vigie.crises.models import Crisis
from vigie.lib.fields import MomentField
from vigie.lib.scoped import Scoped
from vigie.people.models import Organisation, User


class Assessment(models.Model):
    """One person's assessment: answers to the guided form, with the counts that it was pre-filled from."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE)
    crisis = models.ForeignKey(Crisis, on_delete=models.CASCADE, related_name="assessments")
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL)
    answers = models.JSONField()
    counts = models.JSONField()
    at = MomentField()

    objects: ClassVar[Scoped[Self]] = Scoped()

    class Meta:
        ordering = ["pk"]


class Decision(models.Model):
    """A decision with its reason, its risk, what was rejected and who disagreed. A posture must be approved."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("waits for approval")
        DECIDED = "decided", _("decided")
        REFUSED = "refused", _("refused")
        REPLACED = "replaced", _("replaced")

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE)
    crisis = models.ForeignKey(Crisis, on_delete=models.CASCADE, related_name="decisions")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, default="other")
    posture = models.CharField(max_length=20, blank=True)
    text = models.TextField()
    why = models.TextField(blank=True)
    risk = models.TextField(blank=True)
    rejected = models.TextField(blank=True)
    dissent = models.TextField(blank=True)
    what_if = models.JSONField(default=list)
    state = models.CharField(max_length=8, choices=State, default=State.PROPOSED)
    proposed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    proposed_at = MomentField()
    decided_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = MomentField(null=True)
    alone = models.BooleanField(default=False)
    look_again_at = MomentField(null=True)
    level = models.CharField(max_length=6)

    objects: ClassVar[Scoped[Self]] = Scoped()

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["crisis", "number"], name="one_decision_per_number")]


class LegalDeadline(models.Model):
    """A legal deadline that runs from a moment; counsel confirms whether it applies."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE)
    crisis = models.ForeignKey(Crisis, on_delete=models.CASCADE, related_name="clocks")
    kind = models.CharField(max_length=20)
    from_at = MomentField()
    due_at = MomentField()
    done_at = MomentField(null=True)
    note = models.TextField(blank=True)

    objects: ClassVar[Scoped[Self]] = Scoped()

    class Meta:
        ordering = ["due_at"]
        constraints = [models.UniqueConstraint(fields=["crisis", "kind"], name="one_legal_clock_per_kind")]
