"""What a query would have caught in the posts that are stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from vigie.networks.record import Record
from vigie.people.models import Organisation
from vigie.posts.models import Post

from .matching import Text, matches
from .query import Node

NEWEST = 4_000
"""Stored posts that a try looks at, newest first."""
SHOWN = 6


@dataclass(frozen=True)
class Try:
    """`caught` of the `looked` newest posts, the oldest of which is from `since`."""

    caught: int
    looked: int
    since: datetime | None
    examples: list[Post]


def as_text(post: Post) -> Text:
    """A stored post as the matcher saw it when it came."""
    record = Record(
        network=post.network,
        external_id=post.external_id,
        text=post.text,
        title=post.title,
        url=post.url,
        published_at=post.published_at,
        kind=post.kind,
        author_handle=post.author_handle,
        author_name=post.author_name,
        audience=post.audience,
        lang=post.lang,
    )
    return Text(record, post.lang)


def attempt(organisation: Organisation, tree: Node, *, newest: int = NEWEST) -> Try:
    """Ask the query of the newest stored posts, with the very matcher that asks it of new ones."""
    posts = Post.objects.of(organisation).order_by("-pk").defer("emotions")[:newest]
    caught, looked, since = [], 0, None
    for post in posts.iterator(chunk_size=1_000):
        looked += 1
        since = post.published_at if since is None else min(since, post.published_at)
        if matches(tree, as_text(post)):
            caught.append(post)
    return Try(len(caught), looked, since, caught[:SHOWN])
