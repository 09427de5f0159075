"""Acts of people and decisions of the machine. No foreign key: a line stays true when its subject is gone."""

from __future__ import annotations

import json
from typing import Any

from django.db import models

from vigie.lib.fields import MomentField


class Canonical(json.JSONEncoder):
    """One text for one value: what is stored is what was hashed, so that checking need not write it again."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "sort_keys": True, "ensure_ascii": False, "separators": (",", ":")})


class Head(models.Model):
    """The end of an organisation's chain, and its signature."""

    organisation_id = models.UUIDField(primary_key=True)
    seq = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="")
    signature = models.CharField(max_length=200, default="")
    segment = models.PositiveBigIntegerField(default=0)
    """Where the present segment begins, when the head before it did not verify; 0 for a whole chain."""
    whole_from = models.PositiveBigIntegerField(default=0)
    """From which line on the chain is held to: an administrator took note of what is wrong before; 0 for all of it."""
    erased_before = models.JSONField(default=list)
    """Lines whose words were erased before erasures were entries themselves."""


class Entry(models.Model):
    """One line: who did what to what, when. Its text lies in a payload that can be erased."""

    organisation_id = models.UUIDField()
    seq = models.PositiveBigIntegerField()
    at = MomentField()
    verb = models.CharField(max_length=60)
    actor_id = models.UUIDField(null=True)
    subject = models.CharField(max_length=80, blank=True)
    payload_hash = models.CharField(max_length=64)
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation_id", "seq"], name="one_entry_per_seq")]
        indexes = [models.Index(fields=["organisation_id", "subject", "seq"], name="journal_by_subject")]


class Payload(models.Model):
    """Names and words of a line, salted; erasing it leaves the chain valid."""

    organisation_id = models.UUIDField()
    seq = models.PositiveBigIntegerField()
    salt = models.CharField(max_length=32)
    body = models.JSONField(encoder=Canonical)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation_id", "seq"], name="one_payload_per_seq")]


class Pulse(models.Model):
    """The small unchained beat of live lists: what changed on which screen. Old ones are swept away."""

    organisation_id = models.UUIDField(db_index=True)
    at = MomentField()
    channel = models.CharField(max_length=60)
    body = models.JSONField(default=dict)
