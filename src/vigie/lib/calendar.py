"""The clock on the wall and the days off of a country: what an hour usually is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

SUNDAY = 6


@lru_cache(maxsize=500)
def _days_off(country: str, year: int) -> frozenset[date]:
    try:
        return frozenset(holidays.country_holidays(country, years=year))
    except (NotImplementedError, KeyError):
        # A country that nobody has written down has Sundays all the same.
        return frozenset()


@dataclass(frozen=True)
class Calendar:
    """A time zone and a country (ISO 3166-1 code, empty for none)."""

    zone: ZoneInfo
    country: str = ""

    def hour_of_week(self, hour: int) -> int:
        """Hour of the week (0 = Monday 0 h) of an hour since 1970. A public holiday is a Sunday.

        >>> paris = Calendar(ZoneInfo("Europe/Paris"), "FR")
        >>> tuesday = int(datetime(2026, 7, 14, 10, tzinfo=UTC).timestamp()) // 3600
        >>> divmod(paris.hour_of_week(tuesday), 24), divmod(paris.hour_of_week(tuesday + 24), 24)
        ((6, 12), (2, 12))
        """
        return _hour_of_week(hour, self.zone, self.country)


@lru_cache(maxsize=200_000)
def _hour_of_week(hour: int, zone: ZoneInfo, country: str) -> int:
    moment = datetime.fromtimestamp(hour * 3600, UTC).astimezone(zone)
    off = country and moment.date() in _days_off(country, moment.year)
    return (SUNDAY if off else moment.weekday()) * 24 + moment.hour
