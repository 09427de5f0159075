"""The chart above the mentions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from vigie.alerts import words
from vigie.lib import charts
from vigie.lib.times import millis
from vigie.trends import counts

from .filters import BOUND, Filters


def _step(filters: Filters, now: datetime) -> int:
    """Minutes in a column, for about sixty columns."""
    minutes = ((filters.until or now) - filters.since).total_seconds() / 60
    return next(
        step for step in (1, 5, 10, 30, 60, 180, 360, 720, 1440, 10_080) if minutes / step <= 90 or step == 10_080
    )


@dataclass(frozen=True)
class Band:
    """What the chart counts: [start in ms, mentions, negative] of each step, the last one not over yet."""

    points: list[list[float]]
    step: int
    """Milliseconds."""

    @property
    def mentions(self) -> int:
        return int(sum(row[1] for row in self.points))

    @property
    def negative(self) -> float:
        """The share of negative ones."""
        return sum(row[2] for row in self.points) / max(self.mentions, 1)


def band(filters: Filters, now: datetime) -> Band:
    step = _step(filters, now)
    unit, until = step * counts.MINUTE, filters.until or now
    sums: dict[int, list[int]] = {}
    if filters.narrow or filters.sentiment or filters.network:
        rows = filters.mentions().filter(own=False, not_ours=False).order_by("-published_at")
        for moment, sentiment in rows.values_list("published_at", "sentiment")[:BOUND]:
            row = sums.setdefault(millis(moment) // unit, [0, 0])
            row[0] += 1
            row[1] += sentiment < 0
    else:
        chosen = filters.watch.pk if filters.watch else filters.organisation.pk
        for at, row in counts.series(chosen, filters.since, until + timedelta(minutes=1), minutes=step).items():
            sums[at] = [row[0], row[2]]
    first, last = millis(filters.since) // unit, millis(until) // unit
    return Band([[at * unit, *sums.get(at, [0, 0])] for at in range(first, last + 1)], unit)


def chart(found: Band, filters: Filters, now: datetime) -> dict[str, Any]:
    return charts.columns(
        found.points,
        title=_("Mentions over the period"),
        labels=words.chart_labels(),
        step_ms=found.step,
        offset_ms=filters.organisation.offset_ms(now),
        now_ms=millis(now),
    )
