"""One door for organisation scoping: a manager that refuses to answer until it is told for whom."""

from __future__ import annotations

from typing import Any, TypeVar
from uuid import UUID

from django.db import models

M = TypeVar("M", bound=models.Model)


class Unscoped(RuntimeError):
    """A query that names no organisation."""


class Scoped(models.Manager[M]):
    """`objects.of(organisation)` for people's requests, `objects.across()` for the machine's own rounds."""

    def get_queryset(self) -> models.QuerySet[M]:
        raise Unscoped(f"{self.model.__name__}: ask .of(organisation), or .across() for the machine's own rounds")

    def of(self, organisation: Any) -> models.QuerySet[M]:
        key: UUID = getattr(organisation, "pk", organisation)
        return self.across().filter(organisation_id=key)

    def across(self) -> models.QuerySet[M]:
        return super().get_queryset()

    def create(self, **values: Any) -> M:
        return self.across().create(**values)
