"""Time: the one clock of an organisation, and how moments are read and written."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""Nothing was posted on a public network before this: an older date is a mistake."""


class Clock:
    """What time it is for an organisation. Live, it is the system's; in a replay or a drill, it is told."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass
class ToldClock(Clock):
    """A clock that stands where it was put, and never goes back."""

    moment: datetime = field(default=EARLIEST)

    def now(self) -> datetime:
        return self.moment

    def advance(self, moment: datetime) -> None:
        self.moment = max(self.moment, moment)


@dataclass(frozen=True)
class DrivenClock(Clock):
    """A clock that showed `origin` at the real moment `since`, and has run at `speed` from there: 0 is a pause.

    >>> clock = DrivenClock(EARLIEST, datetime(2026, 1, 1, tzinfo=UTC), 60.0)
    >>> clock.at(datetime(2026, 1, 1, 0, 1, tzinfo=UTC)) - EARLIEST
    datetime.timedelta(seconds=3600)
    """

    origin: datetime
    since: datetime
    speed: float

    def now(self) -> datetime:
        return self.at(LIVE.now())

    def at(self, real: datetime) -> datetime:
        """What it shows at a real moment."""
        return self.origin + (real - self.since) * self.speed


LIVE = Clock()


class BadMoment(ValueError):
    """A date that cannot be, with the sentence that says why."""


def checked(moment: datetime, now: datetime) -> datetime:
    """The same moment in UTC, or BadMoment when no post can carry it."""
    try:
        moment = moment.astimezone(UTC)
    except (OverflowError, ValueError) as error:
        raise BadMoment(f"the date {moment} cannot be read") from error
    if moment < EARLIEST:
        raise BadMoment(f"the date {moment:%Y-%m-%d} is before public networks existed")
    if moment > now + timedelta(days=1):
        raise BadMoment(f"the date {moment:%Y-%m-%d} is in the future")
    return moment


def millis(moment: datetime) -> int:
    """Milliseconds since 1970, as stored."""
    return round(moment.timestamp() * 1000)


def from_millis(value: int) -> datetime:
    return datetime.fromtimestamp(value / 1000, UTC)


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC with a final Z."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds" if moment.microsecond else "seconds")
    return text.replace("+00:00", "Z")
