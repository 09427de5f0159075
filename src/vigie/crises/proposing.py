"""Is it a crisis? Two criteria side by side; when both hold the machine proposes, and a person opens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from vigie.trends import counts, outlook, usual
from vigie.watches.models import Watch

OWN_SHARE = 0.1
FEWEST = 10


@dataclass(frozen=True)
class Criteria:
    """Others speak in your place: what you said against what they say. It spreads: each post brings more than one."""

    own: int
    others: int
    reproduction: float | None
    doubling_minutes: float | None

    @property
    def spoken_for(self) -> bool:
        return self.others >= FEWEST and self.own < OWN_SHARE * self.others

    @property
    def spreads(self) -> bool:
        return bool(self.doubling_minutes) or (self.reproduction is not None and self.reproduction > 1)

    @property
    def proposed(self) -> bool:
        return self.spoken_for and self.spreads

    @property
    def met(self) -> int:
        return self.spoken_for + self.spreads


def criteria(watch: Watch, began: datetime, now: datetime) -> Criteria:
    sums = counts.totals(watch.pk, began, now + timedelta(milliseconds=1))
    sensor = usual.sensors(watch.organisation, [watch.pk]).get(watch.pk)
    spread = outlook.spread(watch, sensor, began, now)
    return Criteria(sums["own"], sums["mentions"], spread.reproduction, spread.doubling_minutes)
