"""Events of Jetstream, records and views of the AT protocol, and the records that they make."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from vigie.networks.record import Record

POSTS = "app.bsky.feed.post"


class Ref(msgspec.Struct):
    uri: str = ""


class Reply(msgspec.Struct):
    parent: Ref = msgspec.field(default_factory=Ref)


class Post(msgspec.Struct):
    text: str = ""
    createdAt: str = ""
    langs: list[str] | None = None
    reply: Reply | None = None
    embed: dict[str, Any] | None = None


class Commit(msgspec.Struct):
    operation: str = ""
    collection: str = ""
    rkey: str = ""
    record: msgspec.Raw = msgspec.Raw(b"")


class Event(msgspec.Struct):
    did: str
    time_us: int
    kind: str
    commit: Commit | None = None


class Row(msgspec.Struct):
    uri: str
    value: Post


class Rows(msgspec.Struct):
    records: list[Row] = []


class Author(msgspec.Struct):
    did: str
    handle: str = ""
    displayName: str | None = ""
    followersCount: int = 0


class View(msgspec.Struct):
    uri: str
    author: Author
    record: Post
    indexedAt: str = ""
    replyCount: int = 0
    repostCount: int = 0
    likeCount: int = 0


class Views(msgspec.Struct):
    posts: list[View] = []


decode_event = msgspec.json.Decoder(Event).decode
decode_records = msgspec.json.Decoder(Rows).decode
decode_search = msgspec.json.Decoder(Views).decode
_post = msgspec.json.Decoder(Post).decode


def link(did: str, rkey: str) -> str:
    return f"https://bsky.app/profile/{did}/post/{rkey}"


def published(text: str, seen: datetime) -> datetime:
    """When a post says it was written. Clients may lie: later than seen, or absurdly early, is when it was seen."""
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except ValueError:
        return seen
    return moment if datetime(2022, 1, 1, tzinfo=UTC) < moment <= seen + timedelta(minutes=5) else seen


def _words(post: Post) -> str:
    """What was written, and the address and title of a card below."""
    external = (post.embed or {}).get("external") if isinstance(post.embed, dict) else None
    card = f"\n{external.get('title', '')} {external.get('uri', '')}" if isinstance(external, dict) else ""
    return post.text + card


def from_record(uri: str, post: Post, did: str, handle: str, seen: datetime | None = None) -> Record:
    seen = seen or datetime.now(UTC)
    rkey = uri.rsplit("/", 1)[-1]
    return Record(
        network="bluesky",
        external_id=uri,
        text=_words(post),
        published_at=published(post.createdAt, seen),
        url=link(did, rkey),
        kind="reply" if post.reply else "post",
        parent_id=post.reply.parent.uri if post.reply else "",
        author_id=did,
        author_handle=handle or did,
        lang=(post.langs or [""])[0][:2],
    )


def from_event(event: Event) -> Record | None:
    """The post that an event of Jetstream brings, if it brings one. A deletion keeps what was said."""
    commit = event.commit
    if event.kind != "commit" or commit is None or commit.collection != POSTS:
        return None
    seen = datetime.fromtimestamp(event.time_us / 1e6, UTC)
    uri = f"at://{event.did}/{POSTS}/{commit.rkey}"
    if commit.operation == "delete":
        return Record(network="bluesky", external_id=uri, text="", published_at=seen, observed_at=seen, deleted=True)
    try:
        post = _post(commit.record)
    except msgspec.DecodeError:
        return None
    found = from_record(uri, post, event.did, "", seen)
    found.observed_at = seen
    return found


def from_view(view: View) -> Record:
    author = view.author
    found = from_record(view.uri, view.record, author.did, author.handle)
    found.author_name, found.audience = author.displayName or "", author.followersCount
    found.replies, found.shares, found.likes = view.replyCount, view.repostCount, view.likeCount
    return found
