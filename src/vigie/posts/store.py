"""Keeping a batch of posts: new ones, later readings of known ones, and nothing for a reading seen before."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from vigie.lib import sql
from vigie.lib.times import EARLIEST, millis
from vigie.networks.record import Record

from . import search

COLUMNS = [
    "id",
    "organisation_id",
    "network",
    "external_id",
    "source_id",
    "url",
    "kind",
    "parent_id",
    "author_id",
    "author_handle",
    "author_name",
    "audience",
    "verified",
    "own",
    "title",
    "text",
    "lang",
    "published_at",
    "seen_at",
    "observed_at",
    "edits",
    "deleted",
    "replies",
    "shares",
    "likes",
    "sentiment",
    "negative",
    "positive",
    "unsure",
    "emotions",
    "story",
]
_INSERT = sql.insert("posts_post", COLUMNS)
_KNOWN = [
    "id",
    "observed_at",
    "title",
    "text",
    "sentiment",
    "lang",
    "published_at",
    "audience",
    "story",
    "author_handle",
    "author_name",
    "own",
]


@dataclass
class Known:
    """What the store holds of a post that was read before."""

    id: int
    observed_at: int
    title: str
    text: str
    sentiment: int
    lang: str
    published_at: int
    audience: int
    story: int
    author_handle: str
    author_name: str
    own: bool


class Understood(msgspec.Struct):
    """What the analysis said of one post."""

    lang: str
    sentiment: int
    negative: float
    positive: float
    unsure: bool
    emotions: bytes
    story: int = 0


@dataclass
class Sorted:
    """A batch against the store: unseen posts, later readings with what was known, and readings to ignore."""

    fresh: list[Record] = field(default_factory=list)
    later: list[tuple[Record, Known]] = field(default_factory=list)
    ignored: int = 0


def known(organisation: UUID, records: list[Record]) -> dict[tuple[str, str], Known]:
    found: dict[tuple[str, str], Known] = {}
    by_network: dict[str, set[str]] = {}
    for record in records:
        by_network.setdefault(record.network, set()).add(record.external_id)
    for network, ids in by_network.items():
        listed = list(ids)
        for at in range(0, len(listed), 1000):
            part = listed[at : at + 1000]
            places = ", ".join(["%s"] * len(part))
            for row in sql.rows(
                f"SELECT external_id, {', '.join(_KNOWN)} FROM posts_post "
                f"WHERE organisation_id = %s AND network = %s AND external_id IN ({places})",
                [sql.uuid_value(organisation), network, *part],
            ):
                found[network, row[0]] = Known(*row[1:])
    return found


def sort(organisation: UUID, records: list[Record], now: datetime) -> Sorted:
    """Tell new posts from later readings; an earlier or equal reading changes nothing.

    Within a batch the latest reading of a post wins, whatever the order.
    """
    latest: dict[tuple[str, str], Record] = {}
    result = Sorted()
    for record in records:
        record.observed_at = record.observed_at or now
        key = (record.network, record.external_id)
        other = latest.get(key)
        if other is not None:
            result.ignored += 1
            record = _later_of(other, record)
        latest[key] = record
    before = known(organisation, list(latest.values()))
    for key, record in latest.items():
        stored = before.get(key)
        if stored is None:
            if record.deleted and not record.text:
                result.ignored += 1
            else:
                result.fresh.append(record)
        elif record.observed_at and millis(record.observed_at) > stored.observed_at:
            result.later.append((record, stored))
        else:
            result.ignored += 1
    return result


def _later_of(one: Record, other: Record) -> Record:
    """The later of two readings of a post; a deletion keeps the words of the reading before it."""
    first, last = sorted((one, other), key=lambda r: r.observed_at or EARLIEST)
    if last.observed_at == first.observed_at:
        return one
    if last.deleted and not first.deleted:
        first.deleted, first.observed_at = True, last.observed_at
        return first
    return last


def insert(
    organisation: UUID,
    source_id: int | None,
    records: list[Record],
    understood: list[Understood],
    now: datetime,
) -> list[int]:
    """Store new posts and make them searchable; their ids, in order."""
    if not records:
        return []
    ids = sql.reserve("posts_post", len(records))
    key, moment = sql.uuid_value(organisation), millis(now)
    rows: list[tuple[Any, ...]] = []
    words: list[tuple[int, str]] = []
    for post, r, u in zip(ids, records, understood, strict=True):
        rows.append(
            (
                post,
                key,
                r.network,
                r.external_id,
                source_id,
                r.url,
                r.kind,
                r.parent_id,
                r.author_id,
                r.author_handle,
                r.author_name,
                r.audience,
                r.verified,
                r.own,
                r.title,
                r.text,
                u.lang,
                millis(r.published_at),
                millis(r.seen_at) if r.seen_at else moment,
                millis(r.observed_at) if r.observed_at else moment,
                0,
                r.deleted,
                r.replies or 0,
                r.shares or 0,
                r.likes or 0,
                u.sentiment,
                u.negative,
                u.positive,
                u.unsure,
                u.emotions,
                u.story or post,
            )
        )
        words.append((post, search.document(r.title, r.text, r.author_handle, r.author_name)))
    sql.many(_INSERT, rows)
    search.add(words)
    return ids


def update(organisation: UUID, record: Record, before: Known, understood: Understood | None) -> None:
    """Store a later reading: counters, and a version when the words changed. A deletion keeps what was said."""
    if record.observed_at is None:
        raise ValueError("a later reading has its moment")
    counters = {"replies": record.replies, "shares": record.shares, "likes": record.likes}
    values: dict[str, Any] = {name: value for name, value in counters.items() if value is not None}
    values["observed_at"] = millis(record.observed_at)
    if not before.author_handle and record.author_handle:
        # A stream names its authors by number; a later reading knows what they are called.
        values |= {"author_handle": record.author_handle, "author_name": record.author_name}
    if record.deleted:
        values["deleted"] = True
    elif understood is not None:
        _keep_version(organisation, before)
        values |= {
            "title": record.title,
            "text": record.text,
            "lang": understood.lang,
            "sentiment": understood.sentiment,
            "negative": understood.negative,
            "positive": understood.positive,
            "unsure": understood.unsure,
            "emotions": understood.emotions,
        }
    names_of = ("title", "text", "author_handle", "author_name")
    was = [getattr(before, name) for name in names_of]
    now = [values.get(name, old) for name, old in zip(names_of, was, strict=True)]
    if now != was:
        search.replace(before.id, search.document(*was), search.document(*now))
    names = ", ".join(f"{name} = %s" for name in values)
    edits = ", edits = edits + 1" if understood is not None else ""
    sql.many(f"UPDATE posts_post SET {names}{edits} WHERE id = %s", [[*values.values(), before.id]])


def _keep_version(organisation: UUID, before: Known) -> None:
    columns = ["organisation_id", "post_id", "observed_at", "title", "text"]
    row = [sql.uuid_value(organisation), before.id, before.observed_at, before.title, before.text]
    sql.many(sql.insert("posts_postversion", columns), [row])
