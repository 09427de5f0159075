"""What was read: sources with their state, authors, posts and their versions, and what had to be set aside."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from vigie.lib.fields import MomentField
from vigie.lib.scoped import Scoped
from vigie.people.models import Organisation


class Source(models.Model):
    """Where posts come from, and how that goes."""

    class State(models.TextChoices):
        NEW = "new", _("Not read yet")
        UP = "up", _("Up")
        DOWN = "down", _("Down")
        PAUSED = "paused", _("Paused")

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE)
    network = models.CharField(max_length=20)
    name = models.CharField(_("Name"), max_length=120)
    settings = models.JSONField(default=dict)
    secrets = models.TextField(blank=True)
    cursor = models.JSONField(default=dict)
    state = models.CharField(max_length=6, choices=State, default=State.NEW)
    error = models.TextField(blank=True)
    failures = models.PositiveIntegerField(default=0)
    lag_seconds = models.FloatField(null=True)
    posts_read = models.PositiveBigIntegerField(default=0)
    last_success_at = MomentField(null=True)
    last_failure_at = MomentField(null=True)
    next_at = MomentField(null=True)
    created_at = MomentField()
    keep_days = models.PositiveIntegerField(_("Posts are kept (days)"), null=True, blank=True)
    """Posts that it brought are dropped after so many days; empty for as long as the organisation says."""

    objects: ClassVar[Scoped[Self]] = Scoped()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


class Gap(models.Model):
    """A stretch of time that a source could not see."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE)
    source = models.ForeignKey(Source, on_delete=models.CASCADE)
    began_at = MomentField()
    ended_at = MomentField(null=True)
    reason = models.TextField()

    objects: ClassVar[Scoped[Self]] = Scoped()

    class Meta:
        indexes = [models.Index(fields=["organisation", "began_at"], name="gap_by_time")]


class Post(models.Model):
    """A public post as last read. What its author's audience was is kept as it was that day."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, db_index=False)
    network = models.CharField(max_length=20)
    external_id = models.CharField(max_length=300)
    source = models.ForeignKey(Source, null=True, on_delete=models.SET_NULL, db_index=False)
    url = models.TextField()
    kind = models.CharField(max_length=8)
    parent_id = models.CharField(max_length=300, blank=True)
    author_id = models.CharField(max_length=300)
    author_handle = models.CharField(max_length=200)
    author_name = models.CharField(max_length=200)
    audience = models.BigIntegerField()
    verified = models.BooleanField()
    own = models.BooleanField(default=False)
    """Whether where it came from says that this is an account of the watched organisation."""
    title = models.TextField()
    text = models.TextField()
    lang = models.CharField(max_length=3)
    published_at = MomentField()
    seen_at = MomentField()
    observed_at = MomentField()
    edits = models.PositiveIntegerField(default=0)
    deleted = models.BooleanField(default=False)
    replies = models.BigIntegerField(default=0)
    shares = models.BigIntegerField(default=0)
    likes = models.BigIntegerField(default=0)
    sentiment = models.SmallIntegerField()
    negative = models.FloatField()
    positive = models.FloatField()
    unsure = models.BooleanField()
    emotions = models.BinaryField()
    story = models.BigIntegerField()

    objects: ClassVar[Scoped[Self]] = Scoped()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "network", "external_id"], name="one_post_per_identity")
        ]
        indexes = [
            models.Index(fields=["organisation", "seen_at"], name="post_by_arrival"),
            models.Index(fields=["organisation", "story"], name="post_by_story"),
        ]


class PostVersion(models.Model):
    """What an edited post said before."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, db_index=False)
    post = models.ForeignKey(Post, on_delete=models.CASCADE)
    observed_at = MomentField()
    title = models.TextField()
    text = models.TextField()

    objects: ClassVar[Scoped[Self]] = Scoped()


class ForgottenAuthor(models.Model):
    """An author who asked to be forgotten: only a fingerprint is kept, so that their posts are not taken in again."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE)
    fingerprint = models.CharField(max_length=64)

    objects: ClassVar[Scoped[Self]] = Scoped()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "fingerprint"], name="one_mark_an_author")]


class SetAside(models.Model):
    """A record that could not be taken in, kept with the reason so that it can be seen and tried again."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE)
    source = models.ForeignKey(Source, null=True, on_delete=models.CASCADE)
    origin = models.CharField(max_length=200)
    position = models.CharField(max_length=80)
    reason = models.TextField()
    raw = models.TextField()
    at = MomentField()
    retried_at = MomentField(null=True)

    objects: ClassVar[Scoped[Self]] = Scoped()

    class Meta:
        indexes = [models.Index(fields=["organisation", "at"], name="set_aside_by_time")]
