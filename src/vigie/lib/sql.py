"""The few sentences of SQL that differ between the two stores."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection


def is_postgres() -> bool:
    return connection.vendor == "postgresql"


def many(sql: str, rows: Sequence[Sequence[Any]]) -> None:
    """`executemany` with `%s` places, below Django's logging and conversion of each row."""
    if not rows:
        return
    with connection.cursor() as cursor:
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
    first = int(rows(f"SELECT coalesce(max(id), 0) + 1 FROM {table}")[0][0])
    return list(range(first, first + count))
