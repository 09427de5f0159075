"""Organisations, the people in them, and what each may do."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import ClassVar, Self
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from vigie.lib.calendar import Calendar
from vigie.lib.fields import MomentField
from vigie.lib.scoped import Scoped
from vigie.lib.times import LIVE, Clock, DrivenClock


class Organisation(models.Model):
    """Whom Vigie watches for. A drill is an organisation of its own, with its own clock."""

    class Kind(models.TextChoices):
        REAL = "real", _("Real")
        DRILL = "drill", _("Drill")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("Name"), max_length=120)
    slug = models.SlugField(unique=True)
    kind = models.CharField(max_length=5, choices=Kind, default=Kind.REAL)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE)
    zone = models.CharField(_("Time zone"), max_length=60, default="Europe/Paris")
    country = models.CharField(_("Country"), max_length=2, default="FR")
    demo = models.BooleanField(default=False)
    clock_origin = MomentField(null=True)
    clock_since = MomentField(null=True)
    clock_speed = models.FloatField(null=True)
    """A clock of its own: it showed `clock_origin` at the real moment `clock_since`. Empty: the world's."""
    created_at = MomentField()
    keep_days = models.PositiveIntegerField(_("Posts are kept (days)"), null=True, blank=True)
    """Posts are dropped after so many days, unless their source says otherwise; empty for ever."""

    def __str__(self) -> str:
        return self.name

    @property
    def clock(self) -> Clock:
        """What decides the time of everything here: what is due, late, over."""
        if self.clock_speed is None or self.clock_origin is None or self.clock_since is None:
            return LIVE
        return DrivenClock(self.clock_origin, self.clock_since, self.clock_speed)

    def drive(self, origin: datetime, speed: float) -> None:
        """Let its clock show a moment now and run so many times faster than the world's. Saves nothing."""
        self.clock_origin, self.clock_since, self.clock_speed = origin, LIVE.now(), speed

    def offset_ms(self, moment: datetime) -> int:
        """What the clock of its zone is ahead of UTC at a moment, in milliseconds."""
        ahead = moment.astimezone(self.tz).utcoffset()
        return int(ahead.total_seconds() * 1000) if ahead else 0

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @property
    def calendar(self) -> Calendar:
        """Its clock and its public holidays."""
        return Calendar(self.tz, self.country)


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **values: object) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **values)
        user.set_password(password)
        user.save()
        return user


class User(AbstractBaseUser):
    """A person who signs in with a mail address."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(_("E-mail"), unique=True)
    name = models.CharField(_("Name"), max_length=120, blank=True)
    language = models.CharField(_("Language"), max_length=5, default="fr")
    theme = models.CharField(_("Theme"), max_length=5, default="auto")
    is_active = models.BooleanField(default=True)
    opened_by = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    """Who was shown the link by which this person signed in: until they choose a password, that one may have too."""

    USERNAME_FIELD = "email"
    objects: ClassVar[UserManager] = UserManager()

    def __str__(self) -> str:
        return self.name or self.email


class Role(models.TextChoices):
    ADMINISTRATOR = "administrator", _("Administrator")
    LEAD = "lead", _("Lead")
    RESPONDER = "responder", _("Responder")
    APPROVER = "approver", _("Approver")
    READER = "reader", _("Reader")
    GUEST = "guest", _("Guest of a crisis")


class Membership(models.Model):
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    role = models.CharField(_("Role"), max_length=15, choices=Role, default=Role.RESPONDER)
    until = MomentField(null=True)
    """When a guest's door closes; empty for members."""

    objects: ClassVar[Scoped[Self]] = Scoped()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "user"], name="one_membership_each")]


class Link(models.Model):
    """A link that opens a door once: first sign-in, invitation, new password. Only its fingerprint is kept."""

    class Kind(models.TextChoices):
        SIGN_IN = "sign_in"
        INVITATION = "invitation"
        ADDRESS = "address"

    kind = models.CharField(max_length=10, choices=Kind)
    fingerprint = models.CharField(max_length=64, unique=True)
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.CASCADE)
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE)
    email = models.EmailField(blank=True)
    role = models.CharField(max_length=15, choices=Role, blank=True)
    created_at = MomentField()
    expires_at = MomentField()
    used_at = MomentField(null=True)
    shown_to = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    """Who had the link shown, to hand it over by hand."""
    shown_at = MomentField(null=True)

    @property
    def whom(self) -> str:
        return str(self.user) if self.user else self.email
