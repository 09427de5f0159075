"""One watch's detectors over time: closed buckets are learnt, open ones are looked at with each mention."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vigie.lib.calendar import Calendar

from . import detector, episodes
from .hearing import SILENCE, TRAITS, Heard, Hearing, Said, Turn

MS = detector.BUCKET * 1000
LATENESS = 2
"""Buckets that stay open behind the present one, for posts that reach us late."""
PER_DAY = 86_400 / detector.BUCKET
NOTHING_SAID = Said()


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
    """What one channel shows now: of its windows, the one that surprises most."""

    surprise: float
    rarity: float
    """-log10 of the episodes a week that are as surprising, on this watch."""
    minutes: int
    seen: float
    usual: float


@dataclass(frozen=True)
class Shown:
    """One kind of episode (see `episodes.KINDS`): what it shows, by which channel, and how rare that is here."""

    kind: str
    channel: str
    surprise: float
    rarity: float
    minutes: int
    seen: float
    usual: float
    word: int = -1
    """Of a subject: where its word is counted (see `hearing.place`)."""
    of: int = 0
    """Of a subject or a tone: in how many posts."""


@dataclass(frozen=True)
class Reading:
    """A watch at one moment: its channels, and each kind of episode."""

    signals: dict[str, Signal]
    history_hours: float
    history_mentions: float
    shown: tuple[Shown, ...] = ()
    rarity: float = -9.0
    """-log10 of the episodes a week that are as rare, all kinds together: what a budget is held against."""


@dataclass
class _Bucket:
    """A bucket that is still open."""

    counts: list[int] = field(default_factory=lambda: [0] * len(detector.CHANNELS))
    subject: Heard = SILENCE
    tone: Turn = SILENCE.tone
    others: Turn = SILENCE.others

    def hear(self, heard: Heard) -> None:
        """Keep what surprises most."""
        self.subject = max(self.subject, heard, key=lambda h: h.subject)
        self.tone = max(self.tone, heard.tone, key=_surprise)
        self.others = max(self.others, heard.others, key=_surprise)

    def row(self) -> list[float]:
        """As the detector closes it."""
        return [*self.counts, self.subject.subject, self.tone.surprise, self.others.surprise]


def _surprise(turn: Turn) -> float:
    return turn.surprise


@dataclass
class Sensor:
    """Feeds mentions of one watch to the detectors. `closed` is the last bucket that was learnt."""

    calendar: Calendar
    closed: int = -1
    memory: Any = field(default_factory=detector.fresh)
    remembered: Any = field(default_factory=episodes.fresh)
    hearing: Hearing | None = None
    """Made with the first post: watches that have none need none."""
    _open: dict[int, _Bucket] = field(default_factory=dict)
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
        rows = np.tile(EMPTY, (count, 1))
        for at in [b for b in self._open if b <= last]:
            held = self._open.pop(at)
            if at > self.closed:
                rows[at - self.closed - 1] = held.row()
        hours = hours_of_week(self.closed + 1, count, self.calendar)
        detector.advance(self.memory, self.remembered, rows, hours, PER_DAY, detector.UNWANTED)
        self.closed = last
        return True

    def add(
        self,
        published_ms: int,
        now_ms: int,
        negative: bool = False,
        sensitive: bool = False,
        said: Said = NOTHING_SAID,
    ) -> bool:
        """Count one mention, and hear what it says; False when it came too late to be looked at."""
        heard = self._hear(now_ms, said)
        at = min(bucket(published_ms), bucket(now_ms))
        if self.closed >= 0 and at <= self.closed:
            return False
        row = self._open.setdefault(at, _Bucket())
        row.counts[0] += 1
        row.counts[1] += negative
        row.counts[2] += sensitive
        row.hear(heard)
        return True

    def _hear(self, now_ms: int, said: Said) -> Heard:
        if self.hearing is None:
            self.hearing = Hearing()
        return self.hearing.hear(now_ms / 1000, said)

    def recount(self, start_ms: int, mentions: int, negative: int, sensitive: int) -> None:
        """Counts read back from what is stored, after a restart."""
        row = self._open.setdefault(bucket(start_ms), _Bucket())
        for channel, count in enumerate((mentions, negative, sensitive)):
            row.counts[channel] += count

    def recall(self, published_ms: int, said: Said) -> None:
        """What a stored post said, after a restart: heard, and not counted again."""
        self._open.setdefault(bucket(published_ms), _Bucket()).hear(self._hear(published_ms, said))

    def look(self, now_ms: int, least: float = -99.0) -> Reading | None:
        """What is shown now; None before any history, or when nothing is as surprising as `least`."""
        now = bucket(now_ms)
        if self.closed < 0 or now <= self.closed:
            return None
        count = now - self.closed
        if count > LATENESS + 1:
            return None
        opened = [self._open.get(self.closed + 1 + i, NOTHING) for i in range(count)]
        counts = np.array([held.counts for held in opened], np.float64)
        detector.look_all(self.memory, counts, self._hours(count), self._room)
        subject = max((held.subject for held in opened), key=lambda h: h.subject)
        tone, others = (max(turns, key=_surprise) for turns in zip(*((h.tone, h.others) for h in opened), strict=True))
        rows = self._room.tolist()
        if max(subject.subject, tone.surprise, others.surprise, *(max(row[0], row[4]) for row in rows)) < least:
            return None
        shown = (*self._counted(rows), *self._heard(subject, tone, others))
        signals = {name: _signal(row, shown) for name, row in zip(detector.CHANNELS, rows, strict=True)}
        surprises = np.array([*(one.surprise for one in shown), 0.0])
        rarest = float(episodes.rarity(self.remembered[episodes.ALL], episodes.together(self.remembered, surprises)))
        return Reading(signals, detector.age(self.memory) / 12, detector.ever(self.memory), shown, rarest)

    def _counted(self, rows: list[list[float]]) -> tuple[Shown, ...]:
        """The fast and the slow windows, each by the channel that surprises most."""
        found = []
        for kind, at in (("fast", 0), ("slow", 4)):
            channel = max(range(len(rows)), key=lambda c: rows[c][at])
            surprise, size, seen, usual = rows[channel][at : at + 4]
            minutes = int(size * detector.BUCKET // 60)
            name = detector.CHANNELS[channel]
            found.append(Shown(kind, name, surprise, self._rarity(kind, surprise), minutes, seen, usual))
        return tuple(found)

    def _heard(self, subject: Heard, tone: Turn, others: Turn) -> tuple[Shown, ...]:
        about = self._rarity("subject", subject.subject)
        return (
            Shown("subject", "subject", subject.subject, about, 1440, subject.voices, 0, subject.word, subject.posts),
            self._turned("tone", "tone", tone),
            self._turned("voices", TRAITS[others.trait], others),
        )

    def _turned(self, kind: str, channel: str, turn: Turn) -> Shown:
        usual = (self.hearing.usual_share(turn.trait) if self.hearing else 0.0) * turn.of
        return Shown(kind, channel, turn.surprise, self._rarity(kind, turn.surprise), 0, turn.seen, usual, of=turn.of)

    def _rarity(self, kind: str, surprise: float) -> float:
        return float(episodes.rarity(self.remembered[episodes.KINDS.index(kind)], surprise))

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
        return bytes(self.memory.tobytes() + self.remembered.tobytes())

    def dump_heard(self) -> bytes:
        return self.hearing.dump() if self.hearing else b""

    def saved(self) -> None:
        """The store has taken the memory as it stands."""
        self._saved = self.closed

    @classmethod
    def load(cls, calendar: Calendar, closed: int, memory: bytes, heard: bytes = b"") -> Sensor:
        """What was kept; a sensor that knows nothing where another version kept it."""
        found = np.frombuffer(memory, np.float64).copy()
        counted = detector.LENGTH * len(detector.CHANNELS)
        if found.size != counted + episodes.LENGTH * (len(episodes.KINDS) + 1):
            return cls(calendar)
        sensor = cls(calendar, closed, found[:counted].reshape(len(detector.CHANNELS), detector.LENGTH))
        sensor.remembered = found[counted:].reshape(len(episodes.KINDS) + 1, episodes.LENGTH)
        sensor.hearing = Hearing.load(heard) if heard else None
        sensor._saved = closed
        return sensor


EMPTY = np.array(_Bucket().row())
NOTHING = _Bucket()


def _signal(row: list[float], shown: tuple[Shown, ...]) -> Signal:
    """A channel by the window that surprises most, fast or slow."""
    at, kind = (0, "fast") if row[0] >= row[4] else (4, "slow")
    surprise, size, seen, usual = row[at : at + 4]
    rarity = next(one.rarity for one in shown if one.kind == kind) if surprise > -9 else -9.0
    return Signal(surprise, rarity, int(size * detector.BUCKET // 60), seen, usual)
