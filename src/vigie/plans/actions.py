"""What changes the plan: its rules, contacts and scenarios; and publishing, which freezes a version of all of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from vigie.journal.actions import record
from vigie.people.models import Organisation, User

from . import library
from .models import Contact, Handbook, PlanVersion, Scenario
from .tree import tree


def _told(organisation: Organisation, verb: str, by: User, at: datetime, **body: Any) -> None:
    record(organisation.pk, verb, at=at, actor_id=by.pk, actor_name=str(by), subject="plan", **body)


@transaction.atomic
def change_rules(organisation: Organisation, *, by: User, at: datetime, **values: Any) -> None:
    """Change some of delegation, sheets, voice, settings, history, reputation."""
    Handbook.objects.across().update_or_create(organisation=organisation, defaults=values)
    _told(organisation, "plan.changed", by, at, what=sorted(values))


@transaction.atomic
def save_contact(organisation: Organisation, contact: Contact, *, by: User, at: datetime) -> Contact:
    """Keep a contact that somebody has just looked at: it counts as checked."""
    contact.organisation, contact.checked_at = organisation, at
    contact.save()
    _told(organisation, "contact.saved", by, at, name=contact.name)
    return contact


@transaction.atomic
def remove_contact(contact: Contact, *, by: User, at: datetime) -> None:
    organisation, name = contact.organisation, contact.name
    contact.delete()
    _told(organisation, "contact.removed", by, at, name=name)


@transaction.atomic
def take_contacts(organisation: Organisation, found: Iterable[Contact], *, by: User, at: datetime) -> tuple[int, int]:
    """Keep contacts of a file: (new, changed). One of the same name and mail address is changed,
    not doubled, and only in what the file says."""
    new = changed = 0
    for contact in found:
        held = Contact.objects.of(organisation).filter(name=contact.name, email=contact.email).first()
        kept = held or contact
        for name in getattr(contact, "given", ()) if held else ():
            setattr(kept, name, getattr(contact, name))
        kept.organisation, kept.checked_at = organisation, at
        kept.save()
        new, changed = new + (held is None), changed + (held is not None)
    _told(organisation, "contacts.imported", by, at, new=new, changed=changed)
    return new, changed


@transaction.atomic
def copy_scenario(organisation: Organisation, key: str, language: str, *, by: User, at: datetime) -> Scenario:
    """Make a scenario of the library one's own, to be changed. Raises ValueError for one that is not there."""
    found = library.scenario(organisation, key, language)
    if found is None:
        raise ValueError(key)
    content = {k: v for k, v in found.items() if k not in ("key", "title")}
    made = Scenario.objects.create(
        organisation=organisation, title=found["title"], content=content, copied_from=key, changed_at=at
    )
    _told(organisation, "scenario.copied", by, at, title=made.title)
    return made


@transaction.atomic
def save_scenario(
    scenario: Scenario, title: str, content: dict[str, Any], expires_on: date | None, *, by: User, at: datetime
) -> None:
    scenario.title, scenario.content, scenario.expires_on, scenario.changed_at = title, content, expires_on, at
    scenario.save()
    _told(scenario.organisation, "scenario.saved", by, at, title=title)


@transaction.atomic
def remove_scenario(scenario: Scenario, *, by: User, at: datetime) -> None:
    organisation, title = scenario.organisation, scenario.title
    scenario.delete()
    _told(organisation, "scenario.removed", by, at, title=title)


@transaction.atomic
def publish(organisation: Organisation, note: str, language: str, *, by: User, at: datetime) -> PlanVersion:
    """Freeze the plan as it stands."""
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    last = PlanVersion.objects.of(organisation).aggregate(last=Max("number"))["last"] or 0
    made = PlanVersion.objects.create(
        organisation=organisation, number=last + 1, tree=tree(organisation, language), note=note[:200], by=by, at=at
    )
    _told(organisation, "plan.published", by, at, number=made.number, note=note)
    return made
