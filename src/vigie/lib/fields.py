"""A moment kept as a whole number of milliseconds: small, quick to compare, the same on both stores."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.utils.dateparse import parse_datetime

from .times import from_millis, millis


class MomentField(models.BigIntegerField):  # type: ignore[type-arg]
    """An aware datetime in Python, milliseconds since 1970 UTC in the table."""

    # What the type checker reads a field's values by.
    _pyi_private_set_type: datetime  # type: ignore[assignment]
    _pyi_private_get_type: datetime  # type: ignore[assignment]
    _pyi_lookup_exact_type: Any

    def from_db_value(self, value: int | None, expression: Any, connection: Any) -> datetime | None:
        return None if value is None else from_millis(value)

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and (found := parse_datetime(value)):
            return found
        return from_millis(value) if isinstance(value, int) else value

    def get_prep_value(self, value: Any) -> Any:
        return millis(value) if isinstance(value, datetime) else super().get_prep_value(value)

    def value_to_string(self, obj: Any) -> str:
        value = self.value_from_object(obj)
        return value.isoformat() if value else ""
