"""What a crisis starts from: contacts, scenarios of one's own, rules, and every frozen version of the plan."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from vigie.lib.fields import MomentField
from vigie.lib.scoped import Scoped
from vigie.people.models import Organisation, User

from .delegation import DEFAULT

SETTINGS: dict[str, Any] = {
    "call_minutes": 10,
    "alone_minutes": {"yellow": 5, "orange": 15, "red": 15},
    "report_minutes": {"green": 240, "yellow": 120, "orange": 60, "red": 30},
    "calm_hours": 24,
}
"""Minutes before a substitute is called, before one person may confirm alone, between two reports; hours of calm."""


def settings() -> dict[str, Any]:
    return {name: dict(value) if isinstance(value, dict) else value for name, value in SETTINGS.items()}


def delegation() -> dict[str, Any]:
    return {act: {level: dict(row) for level, row in rows.items()} for act, rows in DEFAULT.items()}


class Handbook(models.Model):
    """The working rules of an organisation: one row each, made when first changed."""

    organisation = models.OneToOneField(Organisation, primary_key=True, on_delete=models.CASCADE)
    delegation = models.JSONField(default=delegation)
    sheets = models.JSONField(default=dict)
    """Private instructions by role, beside the sheet that everybody sees."""
    voice = models.JSONField(default=dict)
    """values, tone, address (vous, tu), emoji (yes, no), never (words never said)."""
    settings = models.JSONField(default=settings)
    history = models.JSONField(default=list)
    """Past crises, [{year, what, responsible}], and what reputation was: they make a crisis heavier (SCCT)."""
    reputation = models.CharField(
        _("Reputation before"),
        max_length=7,
        default="neutral",
        choices=[("good", _("good")), ("neutral", _("neutral")), ("bad", _("bad"))],
    )

    objects: ClassVar[Scoped[Self]] = Scoped()


class Contact(models.Model):
    """Somebody to tell, or to call: staff, partner, authority, journalist, customer group."""

    class Group(models.TextChoices):
        TEAM = "team", _("Crisis team")
        STAFF = "staff", _("Staff")
        CUSTOMERS = "customers", _("Customers")
        PARTNERS = "partners", _("Partners")
        PRESS = "press", _("Press")
        AUTHORITIES = "authorities", _("Authorities")
        PUBLIC = "public", _("Public")

    class Position(models.TextChoices):
        ALLY = "ally", _("ally")
        NEUTRAL = "neutral", _("neutral")
        OPPONENT = "opponent", _("opponent")

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE)
    name = models.CharField(_("Name"), max_length=120)
    function = models.CharField(_("Function"), max_length=120, blank=True)
    company = models.CharField(_("Organisation"), max_length=120, blank=True)
    group = models.CharField(_("Group"), max_length=12, choices=Group, default=Group.PARTNERS)
    phone = models.CharField(_("Phone"), max_length=40, blank=True)
    emergency = models.CharField(_("Emergency phone"), max_length=40, blank=True)
    email = models.EmailField(_("E-mail"), blank=True)
    influence = models.PositiveSmallIntegerField(_("Influence (1 to 5)"), default=3)
    interest = models.PositiveSmallIntegerField(_("Interest (1 to 5)"), default=3)
    position = models.CharField(_("Position"), max_length=8, choices=Position, default=Position.NEUTRAL)
    notes = models.TextField(_("Notes"), blank=True)
    checked_at = MomentField()

    objects: ClassVar[Scoped[Self]] = Scoped()

    class Meta:
        ordering = ["group", "name"]

    def __str__(self) -> str:
        return self.name


class Scenario(models.Model):
    """A scenario of the organisation's own, often copied from the library and changed."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE)
    title = models.CharField(_("Title"), max_length=120)
    content = models.JSONField()
    copied_from = models.CharField(max_length=40, blank=True)
    expires_on = models.DateField(_("Messages to be reviewed before"), null=True, blank=True)
    changed_at = MomentField()

    objects: ClassVar[Scoped[Self]] = Scoped()

    class Meta:
        ordering = ["title"]


class PlanVersion(models.Model):
    """The whole plan as it stood when somebody published it: a frozen tree that nothing changes."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE)
    number = models.PositiveIntegerField()
    tree = models.JSONField()
    note = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL)
    at = MomentField()

    objects: ClassVar[Scoped[Self]] = Scoped()

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["organisation", "number"], name="one_plan_version_per_number")]
