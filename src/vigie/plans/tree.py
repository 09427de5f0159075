"""The whole plan as one tree of plain values: what a version freezes and a page prints."""

from __future__ import annotations

from typing import Any

from django.utils import translation

from vigie.alerts.models import Duty
from vigie.people.models import Organisation, User

from . import delegation, library
from .models import Contact
from .queries import handbook
from .roles import label


def tree(organisation: Organisation, language: str) -> dict[str, Any]:
    """Chain of command, delegation, sheets, voice, scenarios and contacts, with their words in one language."""
    book = handbook(organisation)
    with translation.override(language):
        return {
            "organisation": organisation.name,
            "language": language,
            "chain": chain(organisation),
            "delegation": rows(book.delegation),
            "sheets": {label(role): text for role, text in book.sheets.items() if text},
            "voice": book.voice,
            "settings": book.settings,
            "scenarios": library.scenarios(organisation, language),
            "contacts": [contact(c) for c in Contact.objects.of(organisation)],
        }


def chain(organisation: Organisation) -> list[dict[str, Any]]:
    """Who is called, in order: role, person, deputy, how long is waited, and the numbers that the directory knows."""
    found = Duty.objects.of(organisation).select_related("user", "channel", "deputy", "deputy_user", "channel__user")
    book = {c.email.lower(): c for c in Contact.objects.of(organisation).exclude(email="")}
    return [
        {
            "role": label(seat.role) if seat.role else "",
            "key": seat.role,
            "name": str(seat.user or seat.channel or ""),
            "numbers": _numbers(seat.user or (seat.channel.user if seat.channel else None), book),
            "reached": seat.channel is not None,
            "deputy": str(seat.deputy_user or seat.deputy or ""),
            "deputy_numbers": _numbers(seat.deputy_user, book),
            "minutes": seat.wait_minutes,
        }
        for seat in found
    ]


def _numbers(user: User | None, book: dict[str, Contact]) -> str:
    found = book.get(user.email.lower()) if user else None
    return " · ".join(n for n in (found.emergency, found.phone, found.email) if n) if found else ""


def rows(table: delegation.Table) -> list[dict[str, Any]]:
    """The delegation table in words: an act, then a ruling for each level."""
    return [
        {
            "act": str(act.label),
            "key": act.value,
            "levels": [
                {"level": level, **{part: [label(r) for r in table[act][level][part]] for part in table[act][level]}}
                for level in delegation.LEVELS
            ],
        }
        for act in delegation.Act
    ]


def contact(found: Contact) -> dict[str, Any]:
    names = ("name", "function", "company", "phone", "emergency", "email")
    return {name: getattr(found, name) for name in names} | {"group": found.get_group_display()}
