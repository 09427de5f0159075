"""The rules that hold for an organisation."""

from __future__ import annotations

from vigie.people.models import Organisation

from .models import Handbook


def handbook(organisation: Organisation) -> Handbook:
    """Its own, or those that come with Vigie as long as nobody has changed any."""
    return Handbook.objects.of(organisation).first() or Handbook(organisation=organisation)
