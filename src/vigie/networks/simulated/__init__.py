"""A simulated network: fictional people who talk about a fictional company, quietly, until trouble comes.

Everything is drawn from a seed and from the time, so the same moment always brings the same posts.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from vigie.networks.record import About, Batch

from .crowd import Crowd

about = About(
    key="simulated",
    label=_("Simulated network"),
    mark="◌",
    help=_("Fictional posts, for the demonstration and for drills."),
    fields=(),
    addable=False,
    every_seconds=2,
)
PACE = 1.0
"""Seconds between two batches of a live stream."""


def streams(settings: dict[str, Any]) -> bool:
    return True


def read(settings: dict[str, Any], cursor: dict[str, Any]) -> Iterator[Batch]:
    """The live stream from now on; trouble begins at `settings["trouble_at"]` (ISO time), if given."""
    trouble = settings.get("trouble_at")
    crowd = Crowd(settings.get("seed", 7), datetime.fromisoformat(trouble) if trouble else None)
    at = datetime.fromisoformat(cursor["at"]) if cursor.get("at") else datetime.now(UTC)
    # After a long stop the crowd does not talk for the hours that nobody listened: the gap is shown as such.
    now = datetime.now(UTC)
    gap = (at, now, gettext_noop("the simulated network was stopped")) if now - at > timedelta(minutes=2) else None
    at = now if gap else at
    while True:
        now = datetime.now(UTC)
        yield Batch(crowd.between(at, now), cursor={"at": now.isoformat()}, gap=gap)
        at, gap = now, None
        time.sleep(PACE)
