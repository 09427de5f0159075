"""What was raised, with the numbers that it saw; who was told, who answered, who is next."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from vigie.lib.fields import MomentField
from vigie.lib.scoped import Scoped
from vigie.people.models import Organisation, User
from vigie.watches.models import Watch


class Level(models.TextChoices):
    """Vigilance on four colours; green is never an alert."""

    GREEN = "green", _("calm")
    YELLOW = "yellow", _("to watch")
    ORANGE = "orange", _("alert")
    RED = "red", _("critical")


RANK = {level: rank for rank, level in enumerate(Level.values)}


class Alert(models.Model):
    class State(models.TextChoices):
        OPEN = "open", _("Waiting for an answer")
        ACKNOWLEDGED = "acknowledged", _("Acknowledged")
        DISMISSED = "dismissed", _("Dismissed")

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE)
    number = models.PositiveIntegerField()
    watch = models.ForeignKey(Watch, on_delete=models.CASCADE)
    state = models.CharField(max_length=12, choices=State, default=State.OPEN)
    level = models.CharField(max_length=6, choices=Level)
    score = models.PositiveSmallIntegerField()
    began_at = MomentField()
    raised_at = MomentField()
    last_at = MomentField()
    evidence = models.JSONField()
    also = models.JSONField(default=list)
    """Other watches of the same entity that caught the same story, as [{"watch": id, "name": name}]."""
    test = models.BooleanField(default=False)
    dismissal = models.CharField(max_length=20, blank=True)
    dismissal_note = models.TextField(blank=True)

    objects: ClassVar[Scoped[Self]] = Scoped()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "number"], name="one_alert_per_number")]
        indexes = [models.Index(fields=["organisation", "raised_at"], name="alert_by_time")]

    @property
    def name(self) -> str:
        """The watch that rang, and those that caught the same story."""
        return " + ".join([self.watch.name, *(other["name"] for other in self.also)])


class AlertChange(models.Model):
    """One change of state: who, from, to, why, when."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE)
    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="changes")
    what = models.CharField(max_length=20)
    before = models.CharField(max_length=20, blank=True)
    after = models.CharField(max_length=20)
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL)
    why = models.TextField(blank=True)
    at = MomentField()

    objects: ClassVar[Scoped[Self]] = Scoped()

    class Meta:
        ordering = ["pk"]


class Verdict(models.Model):
    """What a person says of an alert afterwards, or of a crisis that none announced (`alert` is none, `at` its
    beginning)."""

    class Says(models.TextChoices):
        USEFUL = "useful", _("Useful")
        USELESS = "useless", _("Not useful")
        MISSED = "missed", _("A crisis began here, and no alert told it")

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE)
    watch = models.ForeignKey(Watch, on_delete=models.CASCADE)
    alert = models.ForeignKey(Alert, null=True, on_delete=models.CASCADE)
    says = models.CharField(max_length=8, choices=Says)
    at = MomentField()
    note = models.TextField(blank=True)
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL)
    said_at = MomentField()
    undone_at = MomentField(null=True)

    objects: ClassVar[Scoped[Self]] = Scoped()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["alert"], condition=models.Q(undone_at=None, alert__isnull=False), name="one_verdict_an_alert"
            )
        ]


class Channel(models.Model):
    """A way to reach somebody, member or not."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE)
    name = models.CharField(_("Name"), max_length=120)
    address = models.TextField()
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE)
    minimum = models.CharField(_("From level"), max_length=6, choices=Level, default=Level.YELLOW)
    news = models.BooleanField(_("Also the bulletin of the morning, and mentions told one by one"), default=False)
    last_ok_at = MomentField(null=True)
    last_error = models.TextField(blank=True)

    objects: ClassVar[Scoped[Self]] = Scoped()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


class Duty(models.Model):
    """One place in the chain of command, which is the duty order too: called in turn, unless it is their quiet time.

    Whoever has no channel is not called of alerts, and sees a crisis when signed in.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE)
    position = models.PositiveSmallIntegerField()
    role = models.CharField(max_length=12, blank=True)
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    channel = models.ForeignKey(Channel, null=True, blank=True, on_delete=models.CASCADE)
    deputy_user = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    deputy = models.ForeignKey(Channel, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    wait_minutes = models.PositiveSmallIntegerField(_("Minutes before the next person"), default=10)
    quiet_from = models.TimeField(_("Quiet from"), null=True, blank=True)
    quiet_to = models.TimeField(_("Quiet until"), null=True, blank=True)
    wake_for_red = models.BooleanField(_("Wake for red"), default=True)

    objects: ClassVar[Scoped[Self]] = Scoped()

    class Meta:
        ordering = ["position"]


class Escalation(models.Model):
    """Who is called next about an alert that nobody has acknowledged, and when."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE)
    alert = models.OneToOneField(Alert, on_delete=models.CASCADE)
    position = models.PositiveSmallIntegerField()
    due_at = MomentField(db_index=True)

    objects: ClassVar[Scoped[Self]] = Scoped()


class Bulletin(models.Model):
    """What was stated on a morning: a line a watch, calm ones too."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE)
    day = models.DateField()
    at = MomentField()
    lines = models.JSONField()

    objects: ClassVar[Scoped[Self]] = Scoped()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "day"], name="one_bulletin_a_day")]
