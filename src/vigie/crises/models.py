"""The room: a crisis, who is in it, what was said of it, and the switch that stops publishing."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from vigie.alerts.models import Alert, Level
from vigie.lib.fields import MomentField
from vigie.lib.scoped import Scoped
from vigie.people.models import Organisation, User
from vigie.plans.roles import CrisisRole
from vigie.watches.models import Mention, Watch


class Crisis(models.Model):
    class State(models.TextChoices):
        OPEN = "open", _("open")
        CLOSED = "closed", _("closed")

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE)
    number = models.PositiveIntegerField()
    name = models.CharField(_("Name"), max_length=120)
    state = models.CharField(max_length=6, choices=State, default=State.OPEN)
    level = models.CharField(_("Level"), max_length=6, choices=Level)
    reason = models.TextField(_("Why"))
    scenario = models.JSONField(default=dict)
    """The scenario as it was when the room opened; empty without one."""
    alert = models.ForeignKey(Alert, null=True, on_delete=models.SET_NULL)
    began_at = MomentField()
    opened_at = MomentField()
    opened_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    posture = models.CharField(max_length=20, blank=True)
    report_minutes = models.PositiveIntegerField()
    next_update_at = MomentField(null=True)
    pinned = models.JSONField(default=list)
    reserved = models.JSONField(default=list)
    """Roles that some line or task of this room was kept to."""
    closed_at = MomentField(null=True)
    closing = models.TextField(blank=True)
    calm = models.CharField(max_length=200, blank=True)

    objects: ClassVar[Scoped[Self]] = Scoped()

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["organisation", "number"], name="one_crisis_per_number")]

    @property
    def open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def subject(self) -> str:
        """What its lines carry in the journal."""
        return f"crisis:{self.number}"


class Followed(models.Model):
    """A watch that is followed in a crisis; one crisis may follow several, and one watch be in several."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE)
    crisis = models.ForeignKey(Crisis, on_delete=models.CASCADE, related_name="followed")
    watch = models.ForeignKey(Watch, on_delete=models.CASCADE)

    objects: ClassVar[Scoped[Self]] = Scoped()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["crisis", "watch"], name="one_watch_a_crisis")]


class Participant(models.Model):
    """A role in a crisis and who holds it: a member, a guest, or somebody who is only called."""

    class State(models.TextChoices):
        WAITING = "waiting", _("not called")
        CALLED = "called", _("called")
        COMING = "coming", _("on the way")
        IN = "in", _("in the room")
        DECLINED = "declined", _("cannot come")
        SILENT = "silent", _("silent")
        UNREACHED = "unreached", _("not reached")
        UNREACHABLE = "unreachable", _("no way to be reached")

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE)
    crisis = models.ForeignKey(Crisis, on_delete=models.CASCADE, related_name="participants")
    role = models.CharField(max_length=12, choices=CrisisRole)
    name = models.CharField(max_length=120)
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL)
    email = models.EmailField(blank=True)
    state = models.CharField(max_length=11, choices=State, default=State.WAITING)
    channels = models.JSONField(default=list)
    deputy = models.JSONField(default=dict)
    """Who is called after them: {name, user, channels}; empty when the plan names nobody."""
    wait_minutes = models.PositiveSmallIntegerField(default=10)
    called_at = MomentField(null=True)
    answered_at = MomentField(null=True)
    due_at = MomentField(null=True, db_index=True)
    guest = models.BooleanField(default=False)
    until = MomentField(null=True)
    left_at = MomentField(null=True)

    objects: ClassVar[Scoped[Self]] = Scoped()

    class Meta:
        ordering = ["pk"]


class Report(models.Model):
    """A situation report: drafted from the room, edited by a person, sent and kept."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE)
    crisis = models.ForeignKey(Crisis, on_delete=models.CASCADE, related_name="reports")
    number = models.PositiveIntegerField()
    text = models.TextField()
    numbers = models.JSONField()
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL)
    at = MomentField()
    recipients = models.PositiveIntegerField(default=0)

    objects: ClassVar[Scoped[Self]] = Scoped()

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["crisis", "number"], name="one_report_per_number")]


class Handling(models.Model):
    """What the team does with a critical mention: taken, handled, or said to need no answer."""

    class State(models.TextChoices):
        TAKEN = "taken", _("taken")
        HANDLED = "handled", _("handled")
        WAIVED = "waived", _("no answer needed")

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE)
    mention = models.OneToOneField(Mention, primary_key=True, on_delete=models.CASCADE)
    state = models.CharField(max_length=7, choices=State)
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL)
    at = MomentField()

    objects: ClassVar[Scoped[Self]] = Scoped()


class SituationShare(models.Model):
    """A read-only page of the situation for people outside, until a date; only the fingerprint of its link is kept."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE)
    crisis = models.ForeignKey(Crisis, on_delete=models.CASCADE, related_name="cards")
    fingerprint = models.CharField(max_length=64, unique=True)
    title = models.CharField(max_length=120)
    shows = models.JSONField()
    """Which of level, numbers, facts, unknowns, actions (what is promised) are shown."""
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL)
    at = MomentField()
    expires_at = MomentField()
    closed_at = MomentField(null=True)

    objects: ClassVar[Scoped[Self]] = Scoped()


class PublishingFreeze(models.Model):
    """Crisis mode: nobody but the named people publishes, until a moment. What publishes asks this table first."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE)
    reason = models.TextField()
    publishers = models.JSONField(default=list)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    began_at = MomentField()
    ends_at = MomentField()
    ended_at = MomentField(null=True)

    objects: ClassVar[Scoped[Self]] = Scoped()

    class Meta:
        ordering = ["-pk"]
