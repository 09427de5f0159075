"""What changes watches."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from vigie.journal.actions import record
from vigie.people.models import Organisation, User

from .models import Entity, Watch


def _entity(organisation: Organisation, values: dict[str, Any], held: Entity | None = None) -> Entity:
    entity = held or Entity(organisation=organisation)
    for name in ("name", "kind", "names", "handles"):
        setattr(entity, name, values[name])
    entity.save()
    return entity


FIELDS = ["query", "sensitivity", "notify_on", "cooldown_minutes", "persistence_minutes", "influential_from"]


def _write(watch: Watch, values: dict[str, Any], verb: str, *, by: User, at: datetime) -> None:
    """The new values, and their line in the journal. What is not given stays as it is."""
    for name in ["name", *FIELDS]:
        if name in values:
            setattr(watch, name, values[name])
    watch.changed_at = at
    if watch.pk is None:
        watch.save()
    else:
        # What verdicts have moved meanwhile stays as it is.
        watch.save(update_fields=[name for name in ("name", *FIELDS) if name in values] + ["changed_at"])
    record(
        watch.organisation_id,
        verb,
        at=at,
        actor_id=by.pk,
        actor_name=str(by),
        subject=f"watch:{watch.pk}",
        name=watch.name,
        query=watch.query,
    )


@transaction.atomic
def create_watch(organisation: Organisation, values: dict[str, Any], *, by: User, at: datetime) -> Watch:
    watch = Watch(organisation=organisation, entity=_entity(organisation, values), created_at=at, changed_at=at)
    _write(watch, values, "watch.created", by=by, at=at)
    return watch


@transaction.atomic
def change_watch(watch: Watch, values: dict[str, Any], *, by: User, at: datetime) -> bool:
    """Write the new values; whether the query or the own accounts changed, so that mentions must be found again."""
    again = (watch.query, watch.entity.handles) != (values["query"], values["handles"])
    _entity(watch.organisation, values, watch.entity)
    _write(watch, values, "watch.changed", by=by, at=at)
    return again


@transaction.atomic
def set_active(watch: Watch, active: bool, *, by: User, at: datetime) -> None:
    Watch.objects.of(watch.organisation_id).filter(pk=watch.pk).update(active=active, changed_at=at)
    record(
        watch.organisation_id,
        "watch.resumed" if active else "watch.paused",
        at=at,
        actor_id=by.pk,
        actor_name=str(by),
        subject=f"watch:{watch.pk}",
        name=watch.name,
    )
