"""Whom and what is watched, and the posts that concern it."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from vigie.lib.fields import MomentField
from vigie.lib.scoped import Scoped
from vigie.people.models import Organisation, User
from vigie.posts.models import Post


class Entity(models.Model):
    """A company, a brand, a product, a person… with the names that it goes by."""

    class Kind(models.TextChoices):
        COMPANY = "company", _("Company")
        BRAND = "brand", _("Brand")
        PRODUCT = "product", _("Product")
        PERSON = "person", _("Person")
        PARTY = "party", _("Party or association")
        PUBLIC_BODY = "public_body", _("Public body")

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE)
    name = models.CharField(_("Name"), max_length=120)
    kind = models.CharField(_("Kind"), max_length=12, choices=Kind, default=Kind.COMPANY)
    names = models.JSONField(_("Other names, products and people"), default=list, blank=True)
    handles = models.JSONField(_("Own accounts"), default=list, blank=True)

    objects: ClassVar[Scoped[Self]] = Scoped()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Watch(models.Model):
    """A query that is always being asked."""

    class Sensitivity(models.TextChoices):
        FEWER = "fewer", _("Fewer alerts")
        BALANCED = "balanced", _("Balanced")
        MORE = "more", _("More alerts")

    class NotifyOn(models.TextChoices):
        ABNORMAL = "abnormal", _("Only what is abnormal")
        DIGEST = "digest", _("And the main mentions in the morning bulletin")
        PRESS = "press", _("And each press article at once, the rest in the morning bulletin")

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE)
    entity = models.ForeignKey(Entity, on_delete=models.CASCADE)
    name = models.CharField(_("Name"), max_length=120)
    query = models.TextField(_("Query"))
    sensitivity = models.CharField(_("Sensitivity"), max_length=8, choices=Sensitivity, default=Sensitivity.BALANCED)
    notify_on = models.CharField(_("What to tell"), max_length=8, choices=NotifyOn, default=NotifyOn.ABNORMAL)
    cooldown_minutes = models.PositiveIntegerField(_("Quiet time after an alert (minutes)"), default=360)
    persistence_minutes = models.PositiveIntegerField(_("Ring once it has lasted (minutes)"), default=0)
    influential_from = models.PositiveIntegerField(_("An author is influential from this audience on"), default=50_000)
    tilt = models.FloatField(default=1.0)
    """By what people's verdicts on its alerts multiply its budget (see `alerts.verdicts`)."""
    active = models.BooleanField(default=True)
    created_at = MomentField()
    changed_at = MomentField()

    objects: ClassVar[Scoped[Self]] = Scoped()

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "watches"

    def __str__(self) -> str:
        return self.name


class Mention(models.Model):
    """A post that concerns a watch, with what lists filter by kept beside."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, db_index=False)
    watch = models.ForeignKey(Watch, on_delete=models.CASCADE, db_index=False)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, db_index=False)
    network = models.CharField(max_length=20)
    published_at = MomentField()
    lang = models.CharField(max_length=3)
    sentiment = models.SmallIntegerField()
    audience = models.BigIntegerField()
    own = models.BooleanField()
    sensitive = models.BooleanField()
    influential = models.BooleanField()
    not_ours = models.BooleanField(default=False)
    repeats = models.BooleanField(default=False)
    """Another mention stands for this post where all watches are looked at together (see `mentions.settle`)."""

    objects: ClassVar[Scoped[Self]] = Scoped()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "watch"], name="one_mention_each")]
        indexes = [
            models.Index(fields=["watch", "published_at"], name="mention_by_watch_time"),
            models.Index(fields=["organisation", "published_at"], name="mention_by_time"),
        ]


class Correction(models.Model):
    """A person said what the machine got wrong."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE)
    post = models.ForeignKey(Post, on_delete=models.CASCADE)
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL)
    before = models.SmallIntegerField()
    after = models.SmallIntegerField()
    at = MomentField()
    undone_at = MomentField(null=True)

    objects: ClassVar[Scoped[Self]] = Scoped()
