"""Mentions in the store: what of a post is counted for a watch, and which mention stands for its post.

One function says what is counted, for live intake, filling, correction and replay alike. A post that several watches
caught has one mention each, of which exactly one stands for it wherever all watches are looked at together; the
others repeat it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Protocol

import msgspec

from vigie.lib import sql
from vigie.lib.text import fold
from vigie.lib.times import millis
from vigie.people.models import Organisation

from .models import Entity, Watch


class Counted(msgspec.Struct, frozen=True):
    """What of a mention is counted. `published` is in milliseconds."""

    watch: int
    network: str
    published: int
    sentiment: int
    own: bool
    sensitive: bool
    influential: bool
    audience: int
    repeats: bool = False


Change = tuple[Counted | None, Counted | None]
"""How a mention was counted before, and how it is now."""


class Said(Protocol):
    """A record on its way in, or a post that is stored: what counting needs of either."""

    network: str
    published_at: datetime
    author_handle: str
    audience: int
    own: bool


def own_handles(entity: Entity) -> frozenset[str]:
    """The accounts of a watched entity, as they are compared."""
    return frozenset(fold(handle.lstrip("@")) for handle in entity.handles)


def counted(watch: Watch, own: Collection[str], said: Said, sentiment: int, sensitive: bool) -> Counted:
    """How a post is counted for a watch whose own accounts are `own` (see `own_handles`)."""
    return Counted(
        watch.pk,
        said.network,
        millis(said.published_at),
        sentiment,
        said.own or (bool(own) and fold(said.author_handle.lstrip("@")) in own),
        sensitive,
        said.audience >= watch.influential_from,
        said.audience,
    )


def standing(mentions: list[tuple[bool, bool]]) -> int:
    """Which of the mentions of a post stands for it: given (not ours, own) in order, others' words come first."""
    return min(range(len(mentions)), key=lambda i: (mentions[i], i))


_COLUMNS = [
    "id",
    "organisation_id",
    "watch_id",
    "post_id",
    "network",
    "published_at",
    "lang",
    "sentiment",
    "audience",
    "own",
    "sensitive",
    "influential",
    "not_ours",
    "repeats",
]
_INSERT = sql.insert("watches_mention", _COLUMNS)


def insert(organisation: Organisation, rows: list[tuple[int, Counted, str]]) -> None:
    """Store mentions given as (post, how it is counted, language)."""
    if not rows:
        return
    key = sql.uuid_value(organisation.pk)
    ids = sql.reserve("watches_mention", len(rows))
    values = [
        (
            pk,
            key,
            c.watch,
            post,
            c.network,
            c.published,
            lang,
            c.sentiment,
            c.audience,
            c.own,
            c.sensitive,
            c.influential,
            False,
            c.repeats,
        )
        for pk, (post, c, lang) in zip(ids, rows, strict=True)
    ]
    sql.many(_INSERT, values)


class Held(msgspec.Struct, frozen=True):
    """A mention as it is stored."""

    id: int
    counted: Counted
    not_ours: bool


def held(organisation: Organisation, posts: Iterable[int]) -> dict[int, list[Held]]:
    """The mentions of some posts as they are counted now, oldest first."""
    found: dict[int, list[Held]] = defaultdict(list)
    listed = list(posts)
    for at in range(0, len(listed), 500):
        part = listed[at : at + 500]
        places = ", ".join(["%s"] * len(part))
        rows = sql.rows(
            "SELECT post_id, id, not_ours, watch_id, network, published_at, sentiment, own, sensitive, influential, "
            f"audience, repeats FROM watches_mention WHERE organisation_id = %s AND post_id IN ({places}) ORDER BY id",
            [sql.uuid_value(organisation.pk), *part],
        )
        for post, pk, not_ours, *rest in rows:
            found[post].append(Held(pk, _counted(rest), bool(not_ours)))
    return found


def _counted(row: list[Any]) -> Counted:
    watch, network, published, sentiment, own, sensitive, influential, audience, repeats = row
    return Counted(
        watch, network, published, sentiment, bool(own), bool(sensitive), bool(influential), audience, bool(repeats)
    )


def rewrite(post: int, counted: Counted, lang: str) -> None:
    """A later reading has other words: the mention says what they are."""
    sql.many(
        "UPDATE watches_mention SET sentiment = %s, lang = %s, sensitive = %s WHERE post_id = %s AND watch_id = %s",
        [(counted.sentiment, lang, counted.sensitive, post, counted.watch)],
    )


def remove(post: int, watch: int) -> None:
    sql.many("DELETE FROM watches_mention WHERE post_id = %s AND watch_id = %s", [(post, watch)])


def settle(organisation: Organisation, posts: Iterable[int]) -> list[Change]:
    """Make exactly one mention of each of these posts stand for it; how the counts move.

    Call it after mentions were added, removed, or said not to be ours, in the same transaction.
    """
    changes: list[Change] = []
    turned: list[tuple[bool, int]] = []
    for mentions in held(organisation, posts).values():
        first = standing([(m.not_ours, m.counted.own) for m in mentions])
        for i, mention in enumerate(mentions):
            if mention.counted.repeats != (i != first):
                turned.append((i != first, mention.id))
                if not mention.not_ours:
                    after = msgspec.structs.replace(mention.counted, repeats=i != first)
                    changes.append((mention.counted, after))
    sql.many("UPDATE watches_mention SET repeats = %s WHERE id = %s", turned)
    return changes
