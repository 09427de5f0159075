"""Full-text search without accents: FTS5 on SQLite, a tsvector table on PostgreSQL, the same words on both."""

from __future__ import annotations

import re
from typing import Any

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from vigie.lib import sql
from vigie.lib.text import fold

TABLE = "posts_search"

_WORDS = re.compile(r'["“”«»]([^"“”«»]+)["“”«»]|(\w+)(\*?)')


def document(title: str, text: str, handle: str, name: str) -> str:
    return fold(f"{title} {text} {handle} {name}")


def _plain(document: str) -> str:
    """Words alone: PostgreSQL would keep addresses, hosts and numbers with signs in one piece, which nobody finds."""
    return " ".join(re.findall(r"\w+", document))


def add(documents: list[tuple[int, str]]) -> None:
    if sql.is_postgres():
        rows = [(post, _plain(document)) for post, document in documents]
        sql.many(f"INSERT INTO {TABLE} (id, words) VALUES (%s, to_tsvector('simple', %s))", rows)
    else:
        sql.many(f"INSERT INTO {TABLE} (rowid, words) VALUES (%s, %s)", documents)


def replace(post: int, before: str, after: str) -> None:
    if sql.is_postgres():
        sql.many(f"UPDATE {TABLE} SET words = to_tsvector('simple', %s) WHERE id = %s", [(_plain(after), post)])
        return
    sql.many(f"INSERT INTO {TABLE} ({TABLE}, rowid, words) VALUES ('delete', %s, %s)", [(post, before)])
    sql.many(f"INSERT INTO {TABLE} (rowid, words) VALUES (%s, %s)", [(post, after)])


def remove(post: int, before: str) -> None:
    if sql.is_postgres():
        sql.many(f"DELETE FROM {TABLE} WHERE id = %s", [(post,)])
    else:
        sql.many(f"INSERT INTO {TABLE} ({TABLE}, rowid, words) VALUES ('delete', %s, %s)", [(post, before)])


def expression(text: str) -> str:
    """What people type, as the store's own query: all words, "phrases" in a row, beginnings with *. Never an error."""
    parts = []
    for phrase, word, star in _WORDS.findall(fold(text)):
        words = re.findall(r"\w+", phrase) or [word]
        if not words[0]:
            continue
        if sql.is_postgres():
            parts.append("(" + " <-> ".join(words) + (":*" if star else "") + ")")
        else:
            parts.append('"' + " ".join(words) + '"' + star)
    return (" & " if sql.is_postgres() else " ").join(parts)


NEWEST = 20_000
"""Posts that a page looks through: a common word among millions must not keep its reader waiting."""


def holding(rows: QuerySet[Any], text: str, field: str = "post_id", *, newest: int = 0) -> QuerySet[Any]:
    """Rows whose post holds all the words; nothing when there is no word in them.

    `newest` looks only through so many of the posts that hold them, those that came last.
    """
    wanted = expression(text)
    if not wanted:
        return rows.none()
    if sql.is_postgres():
        inner = f"SELECT id FROM {TABLE} WHERE words @@ to_tsquery('simple', %s)"
    else:
        inner = f"SELECT rowid FROM {TABLE} WHERE {TABLE} MATCH %s"
    if newest:
        inner += f" ORDER BY {'id' if sql.is_postgres() else 'rowid'} DESC LIMIT {int(newest)}"
    return rows.filter(**{f"{field}__in": RawSQL(inner, [wanted])})  # noqa: S611  (the words are a parameter)
