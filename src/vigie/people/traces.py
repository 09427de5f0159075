"""What is kept of a person, and how it is forgotten: each package tells its part in a table of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from .models import Link, User

ERASED = "[effacé / erased]"
"""What stands where somebody's words or name stood: rows outlive the language of their readers."""


@dataclass(frozen=True)
class Person:
    """Somebody who asks what is kept of them: a member or anybody with a mail address, or an author of posts."""

    mail: str = ""
    user: User | None = None
    network: str = ""
    handle: str = ""

    @property
    def known_as(self) -> str:
        return self.mail or f"{self.network}:{self.handle}"


Find = Callable[[UUID, Person], QuerySet[Any]]
Erase = Callable[[UUID, QuerySet[Any]], object]


def overwritten(**blank: Any) -> Erase:
    """The row stays, these columns go."""
    return lambda _organisation_id, rows: rows.update(**blank)


@dataclass(frozen=True)
class Trace:
    """One kind of row that holds words or names of a person."""

    kind: str
    find: Find
    words: tuple[str, ...]
    """The columns that are theirs: what an export of the person shows."""
    erase: Erase = field(default=lambda _organisation_id, rows: rows.delete())

    def shown(self, organisation_id: UUID, person: Person) -> Iterable[dict[str, Any]]:
        """What is held, a row each."""
        for row in self.find(organisation_id, person).values("pk", *self.words):
            yield {"kind": self.kind, **row}

    def forget(self, organisation_id: UUID, person: Person) -> int:
        """Erase it; how many rows that were."""
        rows = self.find(organisation_id, person)
        found = rows.count()
        if found:
            self.erase(organisation_id, rows)
        return found


def written_by(model: Any, column: str, **blank: Any) -> Trace:
    """Rows that a member wrote: the row stays, its words go."""

    def find(organisation_id: UUID, person: Person) -> QuerySet[Any]:
        rows: QuerySet[Any] = model.objects.of(organisation_id)
        return rows.filter(**{column: person.user}) if person.user else rows.none()

    return Trace(model._meta.model_name, find, tuple(blank), overwritten(**blank))


def addressed_to(model: Any, column: str, *words: str) -> Trace:
    """Rows that are about a mail address alone: they go whole."""

    def find(organisation_id: UUID, person: Person) -> QuerySet[Any]:
        every = model.objects.across() if hasattr(model.objects, "across") else model.objects
        rows: QuerySet[Any] = every.filter(organisation_id=organisation_id)
        return rows.filter(**{f"{column}__iexact": person.mail}) if person.mail else rows.none()

    return Trace(model._meta.model_name, find, (column, *words))


TRACES = [addressed_to(Link, "email", "kind")]
