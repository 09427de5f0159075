"""How often each sensitivity would have rung over the history that is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from vigie.lib import sql
from vigie.lib.times import from_millis, millis
from vigie.watches.models import Watch

from . import detector, episodes
from .hearing import Hearing
from .judgement import BUDGET, Ringing, over, rarity_for
from .memory import said
from .sensor import EMPTY, MS, PER_DAY, Reading, Shown, bucket, hours_of_week

HEARD = 5_000
"""Posts that are listened to: the newest."""


@dataclass(frozen=True)
class Rung:
    """When a sensitivity would have rung, over so many days of history."""

    days: float
    moments: list[datetime]

    @property
    def alerts(self) -> int:
        return len(self.moments)

    @property
    def every(self) -> int:
        """Days from one alert to the next, about; 0 where there were none."""
        return max(round(self.days / len(self.moments)), 1) if self.moments else 0

    @property
    def newest(self) -> list[datetime]:
        """The last four, the newest first."""
        return self.moments[:-5:-1]


def run(watch: Watch, now: datetime) -> dict[str, Rung]:
    """What each sensitivity would have rung: what is stored, played to its end, looked at each five minutes."""
    rows = sql.rows(
        "SELECT start, sum(mentions), sum(negative), sum(sensitive) FROM trends_minutecount WHERE watch_id = %s "
        "GROUP BY start ORDER BY start",
        [watch.pk],
    )
    if not rows:
        return {name: Rung(0, []) for name in BUDGET}
    first, last = bucket(int(rows[0][0]) * 60_000), bucket(int(rows[-1][0]) * 60_000)
    counts = np.tile(EMPTY, (last - first + 1, 1))
    for start, *values in rows:
        counts[bucket(int(start) * 60_000) - first, :3] += [int(v) for v in values]
    _hear(watch, first, counts, now)
    out = np.zeros((len(counts), len(episodes.KINDS) + 1, 2))
    hours = hours_of_week(first, len(counts), watch.organisation.calendar)
    detector.advance(detector.fresh(), episodes.fresh(), counts, hours, PER_DAY, out)
    ever = np.cumsum(counts[:, 0])
    quiet, days = float(watch.cooldown_minutes), round(len(counts) / PER_DAY, 1)
    found = {name: rings_of(out, ever, name, quiet, watch.tilt) for name in BUDGET}
    return {name: Rung(days, [from_millis((first + b) * MS) for b in buckets]) for name, buckets in found.items()}


def _hear(watch: Watch, first: int, counts: Any, now: datetime) -> None:
    """The surprises of subject, tone and voices, the highest of each bucket."""
    hearing = Hearing()
    for published, one in said(watch, from_millis(first * MS), now, HEARD):
        heard = hearing.hear(millis(published) / 1000, one)
        at = bucket(millis(published)) - first
        if 0 <= at < len(counts):
            turns = (heard.subject, heard.tone.surprise, heard.others.surprise)
            counts[at, 3:] = np.maximum(counts[at, 3:], turns)


def rings_of(out: Any, ever: Any, sensitivity: str, quiet: float, tilt: float = 1.0) -> list[int]:
    """The buckets that ring, by what `detector.advance` says of each and by the mentions so far."""
    rung: list[int] = []
    ringing = Ringing()
    for i in np.flatnonzero(out[:, episodes.ALL, 1] >= rarity_for(BUDGET[sensitivity] * tilt)).tolist():
        shown = tuple(
            Shown(kind, kind, float(s), float(r), 0, 0.0, 0.0)
            for kind, (s, r) in zip(episodes.KINDS, out[i, : episodes.ALL], strict=True)
        )
        found = over(Reading({}, i / 12, float(ever[i]), shown, float(out[i, episodes.ALL, 1])), sensitivity, tilt)
        if ringing.due(i * 5.0, found, quiet) and ringing.apart(i * 5.0):
            ringing.last = i * 5.0
            rung.append(i)
    return rung
