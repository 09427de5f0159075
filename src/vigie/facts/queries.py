"""What holds now, of what is established, unknown and promised."""

from __future__ import annotations

from django.db.models import QuerySet

from vigie.crises.models import Crisis

from .models import Fact


def standing(crisis: Crisis) -> dict[str, QuerySet[Fact]]:
    """known (confirmed facts), unknown (open questions) and promised (commitments to keep)."""
    rows = Fact.objects.of(crisis.organisation_id).filter(crisis=crisis)
    return {
        "known": rows.filter(kind=Fact.Kind.FACT, state=Fact.State.CONFIRMED),
        "unknown": rows.filter(kind=Fact.Kind.UNKNOWN, state=Fact.State.OPEN).select_related("owner"),
        "promised": rows.filter(kind=Fact.Kind.COMMITMENT, state=Fact.State.OPEN),
    }
