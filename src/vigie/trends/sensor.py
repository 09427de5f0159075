"""One watch's detectors over time: closed buckets are learnt, open ones are looked at with each mention."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vigie.lib.calendar import Calendar

from . import detector

MS = detector.BUCKET * 1000
LATENESS = 2
"""Buckets that stay open behind the present one, for posts that reach us late."""
PER_DAY = 86_400 / detector.BUCKET
_NONE = (0, 0, 0)


def bucket(moment_ms: int) -> int:
    return moment_ms // MS


def hours_of_week(first: int, count: int, calendar: Calendar) -> Any:
    """Local hour of the week of each of `count` buckets from `first`."""
    per_hour = 3600 // detector.BUCKET
    since, until = first // per_hour, (first + count - 1) // per_hour
    hours = np.array([calendar.hour_of_week(hour) for hour in range(since, until + 1)], np.int64)
    begin = first - since * per_hour
    return np.repeat(hours, per_hour)[begin : begin + count]


@dataclass(frozen=True)
class Signal:
    """What one channel shows now."""

    surprise: float
    rarity: float
    minutes: int
    seen: float
    usual: float


@dataclass(frozen=True)
class Reading:
    """All channels of a watch at one moment."""

    signals: dict[str, Signal]
    history_hours: float
    history_mentions: float


@dataclass
class Sensor:
    """Feeds mentions of one watch to the detector. `closed` is the last bucket that was learnt."""

    calendar: Calendar
    closed: int = -1
    memory: Any = field(default_factory=detector.fresh)
    _open: dict[int, list[int]] = field(default_factory=dict)
    _room: Any = field(default_factory=lambda: np.empty((len(detector.CHANNELS), detector.SAID)))
    _cached: tuple[int, int, Any] | None = None
    _saved: int = -1

    def close_until(self, now_ms: int) -> bool:
        """Learn every bucket that can no longer change; whether there was one."""
        last = bucket(now_ms) - LATENESS - 1
        if self.closed < 0:
            # History begins with the first mention, not in 1970.
            if not self._open:
                return False
            self.closed = min(self._open) - 1
        count = last - self.closed
        if count <= 0:
            return False
        counts = np.zeros((count, len(detector.CHANNELS)))
        for at in [b for b in self._open if b <= last]:
            row = self._open.pop(at)
            if at > self.closed:
                counts[at - self.closed - 1] = row
        hours = hours_of_week(self.closed + 1, count, self.calendar)
        detector.advance(self.memory, counts, hours, PER_DAY, detector.UNWANTED)
        self.closed = last
        return True

    def add(self, published_ms: int, now_ms: int, negative: bool = False, sensitive: bool = False) -> bool:
        """Count one mention; False when it came too late to be looked at."""
        at = min(bucket(published_ms), bucket(now_ms))
        if self.closed >= 0 and at <= self.closed:
            return False
        row = self._open.setdefault(at, [0, 0, 0])
        row[0] += 1
        row[1] += negative
        row[2] += sensitive
        return True

    def recount(self, start_ms: int, mentions: int, negative: int, sensitive: int) -> None:
        """Counts read back from what is stored, after a restart."""
        row = self._open.setdefault(bucket(start_ms), [0, 0, 0])
        row[0] += mentions
        row[1] += negative
        row[2] += sensitive

    def look(self, now_ms: int, least: float = -99.0) -> Reading | None:
        """What the windows that end now show; None before any history, or when no surprise reaches `least`."""
        now = bucket(now_ms)
        if self.closed < 0 or now <= self.closed:
            return None
        count = now - self.closed
        if count > LATENESS + 1:
            return None
        opened = np.array([self._open.get(self.closed + 1 + i, _NONE) for i in range(count)], np.float64)
        if not detector.look_all(self.memory, opened, self._hours(count), least, self._room):
            return None
        signals = {}
        for name, row in zip(detector.CHANNELS, self._room.tolist(), strict=True):
            surprise, rarity, size, seen, usual, _ = row
            signals[name] = Signal(surprise, rarity, int(size * detector.BUCKET // 60), seen, usual)
        return Reading(signals, detector.age(self.memory) / 12, detector.ever(self.memory))

    def _hours(self, count: int) -> Any:
        if self._cached is None or self._cached[:2] != (self.closed, count):
            self._cached = (self.closed, count, hours_of_week(self.closed + 1, count, self.calendar))
        return self._cached[2]

    def usual_share(self, now_ms: int) -> float | None:
        """Usual share of negative mentions at this hour, None with too little history."""
        hour = int(hours_of_week(bucket(now_ms), 1, self.calendar)[0])
        mentions = detector.usual_of(self.memory, 0, hour)
        if detector.ever(self.memory) < 20 or mentions <= 0:
            return None
        return min(detector.usual_of(self.memory, 1, hour) / mentions, 1.0)

    def usual_rate(self, moment_ms: int) -> float:
        """Mentions usual in one bucket at this moment."""
        hour = int(hours_of_week(bucket(moment_ms), 1, self.calendar)[0])
        return detector.usual_of(self.memory, 0, hour)

    def unsaved(self) -> int:
        """Buckets learnt since the memory was last kept."""
        return self.closed - self._saved

    def dump(self) -> bytes:
        """The learnt memory, for a restart; open buckets are counted again from what is stored."""
        return bytes(self.memory.tobytes())

    def saved(self) -> None:
        """The store has taken the memory as it stands."""
        self._saved = self.closed

    @classmethod
    def load(cls, calendar: Calendar, closed: int, memory: bytes) -> Sensor:
        found = np.frombuffer(memory, np.float64).copy()
        if found.size != detector.LENGTH * len(detector.CHANNELS):
            return cls(calendar)
        sensor = cls(calendar, closed, found.reshape(len(detector.CHANNELS), detector.LENGTH))
        sensor._saved = closed
        return sensor
