"""What lasts longer than a batch: the themes that rise in a watch, as last worked out."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models

from vigie.lib.fields import MomentField
from vigie.lib.scoped import Scoped
from vigie.people.models import Organisation
from vigie.watches.models import Watch


class Rising(models.Model):
    """Distinctive phrases of a watch's last hours against the two weeks before."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE)
    watch = models.OneToOneField(Watch, primary_key=True, on_delete=models.CASCADE)
    themes = models.JSONField(default=list)
    at = MomentField()

    objects: ClassVar[Scoped[Self]] = Scoped()
