"""The few sentences of SQL that differ between the two stores."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import InterfaceError, InternalError, OperationalError, ProgrammingError, connection
from django.utils.translation import gettext_noop

TROUBLE = (OperationalError, InterfaceError, InternalError, ProgrammingError)
"""What a store raises that is away, full, locked or of another version: what was asked is right, and is asked again."""


def is_postgres() -> bool:
    return connection.vendor == "postgresql"


def many(sql: str, rows: Sequence[Sequence[Any]]) -> None:
    """`executemany` with `%s` places, below Django's logging and conversion of each row."""
    if not rows:
        return
    with connection.cursor() as cursor, connection.wrap_database_errors:
        if is_postgres():
            cursor.executemany(sql, rows)
        else:
            # Straight to sqlite3: Django's wrapper would rewrite the places and look at each value again.
            cursor.cursor.connection.executemany(sql.replace("%s", "?"), rows)


def rows(sql: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(values))
        return list(cursor.fetchall())


def insert(table: str, columns: Sequence[str], *, conflict: str = "") -> str:
    places = ", ".join(["%s"] * len(columns))
    names = ", ".join(f'"{name}"' for name in columns)
    return f"INSERT INTO {table} ({names}) VALUES ({places}) {conflict}"


def uuid_value(value: Any) -> Any:
    """A UUID as the raw table of this store holds it."""
    return value if is_postgres() else value.hex


def reserve(table: str, count: int) -> list[int]:
    """`count` free ids, in order. Call inside the write transaction that uses them."""
    if is_postgres():
        taken = rows("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count])
        return sorted(int(row[0]) for row in taken)
    # Not one more than the highest id there is: the number of a row that was removed is never given again.
    first = int(rows("SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = %s), 0) + 1", [table])[0][0])
    return list(range(first, first + count))


def in_plain_words(error: Exception) -> str:
    """What is wrong with the store, for a person, and what to do. In English; pages translate it."""
    said = str(error).lower()
    if "full" in said or "no space" in said:
        return gettext_noop("The disk is full: make room on the server, and everything goes on by itself.")
    if "readonly" in said or "read-only" in said:
        return gettext_noop("The database can only be read: check the rights of the data directory on the server.")
    if "locked" in said:
        return gettext_noop("The database is busy: we try again.")
    return gettext_noop("The database does not answer: check that its server runs; we keep trying.")
