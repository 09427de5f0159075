"""Opening a room in one go: the team called, what the scenario brings on each board, all in one commit."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from vigie.alerts.actions import acknowledge
from vigie.alerts.models import Alert
from vigie.crises import boards, mobilising
from vigie.crises.actions import open_crisis
from vigie.crises.acts import acting
from vigie.crises.models import Crisis
from vigie.people.models import Organisation, User
from vigie.watches.models import Watch


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
    """A crisis with its people and what its scenario brings. Raises Refused as `open_crisis` does."""
    with acting(organisation=organisation, alert=alert, by=by, at=at) as act:
        crisis = open_crisis(act, name, level, reason, alert=alert, watches=watches, scenario=scenario)
        mobilising.gather(act)
        if alert and by and alert.state == Alert.State.OPEN:
            acknowledge(alert, by=by, at=at)
        for board in boards.boards():
            if board.fill:
                board.fill(act, crisis)
    return crisis
