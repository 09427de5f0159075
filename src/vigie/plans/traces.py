"""What the book of contacts keeps of a person."""

from __future__ import annotations

from vigie.people.traces import addressed_to

from .models import Contact

TRACES = [addressed_to(Contact, "email", "name", "function", "company", "phone", "emergency", "notes")]
