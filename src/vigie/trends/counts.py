"""Adding to counts, and reading them: every change of a mention passes here as a difference."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from vigie.lib import sql
from vigie.lib.times import millis
from vigie.watches.mentions import Change, Counted

from .models import COLUMNS

MINUTE = 60_000
HOUR = 3_600_000
_SENTIMENT = {-1: 2, 0: 3, 1: 4}


def row_of(counted: Counted) -> list[int]:
    """One mention in the order of COLUMNS."""
    if counted.own:
        return [0, 1, 0, 0, 0, 0, 0, 0]
    row = [1, 0, 0, 0, 0, int(counted.sensitive), int(counted.influential), counted.audience]
    row[_SENTIMENT[counted.sentiment]] = 1
    return row


Deltas = dict[tuple[int, str, int, bool], list[int]]
"""(watch, network, start, whether it repeats posts that stand elsewhere) to a row of COLUMNS."""


def apply(organisation: UUID, changes: Iterable[Change]) -> None:
    """Move minute and hour counts by the difference of each (before, after). Call in the change's transaction."""
    minutes: Deltas = {}
    hours: Deltas = {}
    for before, after in changes:
        if before is not None:
            _move(minutes, hours, before, -1)
        if after is not None:
            _move(minutes, hours, after, 1)
    _add(organisation, "trends_minutecount", minutes)
    _add(organisation, "trends_hourcount", hours)


def _move(minutes: Deltas, hours: Deltas, counted: Counted, sign: int) -> None:
    row = row_of(counted)
    for table, start in ((minutes, counted.published // MINUTE), (hours, counted.published // HOUR)):
        key = (counted.watch, counted.network, start, counted.repeats)
        held = table.get(key)
        if held is None:
            table[key] = row[:] if sign > 0 else [-value for value in row]
        else:
            for i, value in enumerate(row):
                if value:
                    held[i] += sign * value


def _add(organisation: UUID, table: str, deltas: Deltas) -> None:
    columns = ["organisation_id", "watch_id", "network", "start", "repeats", *COLUMNS]
    moved = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in COLUMNS)
    statement = sql.insert(
        table, columns, conflict=f"ON CONFLICT (watch_id, start, network, repeats) DO UPDATE SET {moved}"
    )
    key = sql.uuid_value(organisation)
    # In one order for all writers: two batches that touch the same minutes cannot wait for each other.
    rows = [(key, *place, *row) for place, row in sorted(deltas.items()) if any(row)]
    sql.many(statement, rows)


def _of(whose: int | UUID) -> str:
    if isinstance(whose, UUID):
        return "watch_id IN (SELECT id FROM watches_watch WHERE organisation_id = %s) AND NOT repeats"
    return "watch_id = %s"


def series(whose: int | UUID, since: datetime, until: datetime, *, minutes: int) -> dict[int, list[int]]:
    """Sums over all networks by step of `minutes`: step number to a row of COLUMNS. `until` is left out.

    `whose` is a watch, or an organisation: then all its watches together, a post once.
    """
    table, unit = ("trends_hourcount", HOUR) if minutes % 60 == 0 else ("trends_minutecount", MINUTE)
    per = minutes * MINUTE // unit
    first, last = millis(since) // unit, -(-millis(until) // unit)
    sums = ", ".join(f"sum({name})" for name in COLUMNS)
    found = sql.rows(
        f"SELECT start / {per}, {sums} FROM {table} WHERE {_of(whose)} AND start >= %s AND start < %s "
        f"GROUP BY start / {per}",
        [sql.uuid_value(whose) if isinstance(whose, UUID) else whose, first, last],
    )
    return {int(row[0]): [int(v or 0) for v in row[1:]] for row in found}


def totals(watch: int, since: datetime, until: datetime) -> dict[str, int]:
    """Sums of all COLUMNS between two moments, to the minute."""
    sums = ", ".join(f"coalesce(sum({name}), 0)" for name in COLUMNS)
    first, last = millis(since) // MINUTE, -(-millis(until) // MINUTE)
    row = sql.rows(
        f"SELECT {sums} FROM trends_minutecount WHERE watch_id = %s AND start >= %s AND start < %s",
        [watch, first, last],
    )[0]
    return dict(zip(COLUMNS, map(int, row), strict=True))


def by_network(watch: int, since: datetime, until: datetime) -> list[tuple[str, int]]:
    first, last = millis(since) // MINUTE, -(-millis(until) // MINUTE)
    found: list[Any] = sql.rows(
        "SELECT network, sum(mentions) FROM trends_minutecount WHERE watch_id = %s AND start >= %s AND start < %s "
        "GROUP BY network ORDER BY 2 DESC",
        [watch, first, last],
    )
    return [(row[0], int(row[1])) for row in found if row[1]]


def networks(organisation: UUID) -> list[str]:
    """Networks that were ever counted for an organisation."""
    found = sql.rows(
        "SELECT DISTINCT network FROM trends_hourcount WHERE watch_id IN "
        "(SELECT id FROM watches_watch WHERE organisation_id = %s) ORDER BY network",
        [sql.uuid_value(organisation)],
    )
    return [row[0] for row in found]


def sums_by_watch(organisation: UUID, since: datetime, until: datetime) -> dict[int, dict[str, int]]:
    """Sums of all COLUMNS for each watch, to the hour: one question however many watches there are."""
    sums = ", ".join(f"sum({name})" for name in COLUMNS)
    found = sql.rows(
        f"SELECT watch_id, {sums} FROM trends_hourcount WHERE start >= %s AND start < %s AND watch_id IN "
        "(SELECT id FROM watches_watch WHERE organisation_id = %s AND active) GROUP BY watch_id",
        [millis(since) // HOUR, -(-millis(until) // HOUR), sql.uuid_value(organisation)],
    )
    return {row[0]: dict(zip(COLUMNS, map(int, row[1:]), strict=True)) for row in found}


def known_since(organisation: UUID, moment: datetime, mentions: int) -> set[int]:
    """The watches that had a mention before a moment, and so many in all."""
    found = sql.rows(
        "SELECT watch_id FROM trends_hourcount WHERE watch_id IN "
        "(SELECT id FROM watches_watch WHERE organisation_id = %s) "
        "GROUP BY watch_id HAVING min(start) <= %s AND sum(mentions + own) >= %s",
        [sql.uuid_value(organisation), millis(moment) // HOUR, mentions],
    )
    return {int(row[0]) for row in found}
