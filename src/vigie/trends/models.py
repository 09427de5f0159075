"""Counts of mentions, and what detectors remember of each watch."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models

from vigie.lib.scoped import Scoped
from vigie.people.models import Organisation
from vigie.watches.models import Watch

COLUMNS = ["mentions", "own", "negative", "neutral", "positive", "sensitive", "influential", "audience"]
"""What is counted; all but `own` leave the organisation's own posts out."""


class _Count(models.Model):
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, db_index=False)
    watch = models.ForeignKey(Watch, on_delete=models.CASCADE, db_index=False)
    network = models.CharField(max_length=20)
    start = models.BigIntegerField()
    repeats = models.BooleanField(default=False)
    """Counts of posts that another watch's mention stands for: left out where all watches are summed."""
    mentions = models.BigIntegerField(default=0)
    own = models.BigIntegerField(default=0)
    negative = models.BigIntegerField(default=0)
    neutral = models.BigIntegerField(default=0)
    positive = models.BigIntegerField(default=0)
    sensitive = models.BigIntegerField(default=0)
    influential = models.BigIntegerField(default=0)
    audience = models.BigIntegerField(default=0)

    class Meta:
        abstract = True


class MinuteCount(_Count):
    """`start` is a UTC minute: minutes since 1970."""

    objects: ClassVar[Scoped[Self]] = Scoped()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["watch", "start", "network", "repeats"], name="one_minute_count")
        ]


class HourCount(_Count):
    """`start` is a UTC hour: hours since 1970."""

    objects: ClassVar[Scoped[Self]] = Scoped()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["watch", "start", "network", "repeats"], name="one_hour_count")]


class DetectorState(models.Model):
    """The memory of a watch's detectors up to a closed bucket of five minutes."""

    watch = models.OneToOneField(Watch, primary_key=True, on_delete=models.CASCADE)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE)
    closed = models.BigIntegerField()
    memory = models.BinaryField()
    heard = models.BinaryField(default=bytes)
    """What its posts spoke of (see `hearing`)."""

    objects: ClassVar[Scoped[Self]] = Scoped()
