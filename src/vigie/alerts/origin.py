"""Where a rise came from: its first post, how it reached each network, and the accounts that made it jump."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from vigie.analysis import coordination
from vigie.lib.text import clip
from vigie.stories.actions import mentions_between
from vigie.watches.models import Watch

JUMP, LOUD = 3, 1_000
"""A post makes a rise jump when its author's audience is three times the largest before it, and a thousand at least."""
STEPS = 8
READ = 3_000
LOOKED_BACK = timedelta(days=7)


@dataclass(frozen=True)
class Step:
    """A post on the path: why it stands there (first, network or jump), when, where, by whom."""

    why: str
    at: datetime
    network: str
    author: str
    audience: int
    post: int
    text: str


def path(watch: Watch, began: datetime, until: datetime) -> list[Step]:
    """The first post, the first of each further network, and the posts that made it jump, in the order of time."""
    mentions = mentions_between(watch, began, until).select_related("post").order_by("published_at", "pk")[:READ]
    found: list[Step] = []
    networks: set[str] = set()
    largest = 0
    for post in (m.post for m in mentions):
        why = "first" if not found else "network" if post.network not in networks else ""
        if not why and post.audience >= max(JUMP * largest, LOUD):
            why = "jump"
        networks.add(post.network)
        largest = max(largest, post.audience)
        if why:
            found.append(_step(why, post))
        if len(found) == STEPS:
            break
    return found


def _step(why: str, post: Any) -> Step:
    author = post.author_handle or post.author_name
    text = clip(f"{post.title} {post.text}".strip(), 160)
    return Step(why, post.published_at, post.network, author, post.audience, post.pk, text)


def together(watch: Watch, until: datetime) -> list[coordination.Group]:
    """Accounts that act as one among those that spoke of this watch in the week before."""
    rows: Iterable[Any] = (
        mentions_between(watch, until - LOOKED_BACK, until)
        .order_by("-published_at")
        .values_list("post__author_handle", "post__author_id", "published_at", "post__text")[:READ]
    )
    acts = [coordination.Act(handle or author, at.timestamp(), text) for handle, author, at, text in rows]
    return coordination.groups(act for act in acts if act.account)
