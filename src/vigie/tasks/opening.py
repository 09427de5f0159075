"""Opening a room in one go: the team called, the tasks of the scenario given, all in one commit."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from vigie.alerts.actions import acknowledge
from vigie.alerts.models import Alert
from vigie.crises import mobilising
from vigie.crises.actions import open_crisis
from vigie.crises.models import Crisis
from vigie.people.models import Organisation, User
from vigie.watches.models import Watch

from . import actions


def open_room(
    organisation: Organisation,
    name: str,
    level: str,
    reason: str,
    *,
    by: User | None,
    at: datetime,
    alert: Alert | None = None,
    watches: Iterable[Watch] = (),
    scenario: dict[str, Any] | None = None,
) -> Crisis:
    """A crisis with its people and its first tasks. Raises ValueError as `open_crisis` does."""

    def fill(crisis: Crisis) -> None:
        mobilising.gather(crisis, by, at)
        if alert and by and alert.state == Alert.State.OPEN:
            acknowledge(alert, by=by, at=at)
        if scenario:
            actions.take(crisis, scenario["checklist"], title=scenario["title"], by=by, at=at)

    return open_crisis(
        organisation, name, level, reason, by=by, at=at, alert=alert, watches=watches, scenario=scenario, also=fill
    )
