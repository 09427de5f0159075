"""Events of Jetstream, records and views of the AT protocol, and the records that they make."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from vigie.networks.record import Record, Rejected

POSTS = "app.bsky.feed.post"


class Ref(msgspec.Struct):
    uri: str = ""


class Reply(msgspec.Struct):
    parent: Ref = msgspec.field(default_factory=Ref)


class Post(msgspec.Struct):
    text: str | None = ""
    createdAt: str | None = ""
    langs: list[str] | None = None
    reply: Reply | None = None
    embed: dict[str, Any] | None = None
    facets: list[Any] | None = None


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
    records: list[msgspec.Raw] = []
    cursor: str = ""


class Author(msgspec.Struct):
    did: str
    handle: str = ""
    displayName: str | None = ""
    followersCount: int | None = 0


class View(msgspec.Struct):
    uri: str
    author: Author
    record: Post
    indexedAt: str = ""
    replyCount: int | None = 0
    repostCount: int | None = 0
    likeCount: int | None = 0


class Views(msgspec.Struct):
    posts: list[msgspec.Raw] = []
    cursor: str = ""


decode_event = msgspec.json.Decoder(Event).decode
decode_records = msgspec.json.Decoder(Rows).decode
decode_search = msgspec.json.Decoder(Views).decode
_row, _view = msgspec.json.Decoder(Row).decode, msgspec.json.Decoder(View).decode
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
    """What was written, and what stands beside it: descriptions of pictures, a card, where its links lead."""
    embed = post.embed if isinstance(post.embed, dict) else {}
    media = embed.get("media") if isinstance(embed.get("media"), dict) else embed
    found = [str(image.get("alt") or "") for image in _dicts(media, "images")]
    found.append(str(media.get("alt") or "") if isinstance(media, dict) else "")
    card = media.get("external") if isinstance(media, dict) else None
    seen = said = post.text or ""
    if isinstance(card, dict):
        found.append(" ".join(str(card.get(name) or "") for name in ("title", "description", "uri")).strip())
        seen += str(card.get("uri") or "")
    for facet in post.facets or []:
        for feature in _dicts(facet, "features"):
            uri = str(feature.get("uri") or "")
            if uri and uri not in seen:
                found.append(uri)
                seen += uri
    return "\n".join([said, *(part for part in found if part)])


def _dicts(holder: Any, name: str) -> list[dict[str, Any]]:
    found = holder.get(name) if isinstance(holder, dict) else None
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def from_record(uri: str, post: Post, did: str, handle: str, seen: datetime | None = None) -> Record:
    seen = seen or datetime.now(UTC)
    rkey = uri.rsplit("/", 1)[-1]
    post.text = post.text or ""
    return Record(
        network="bluesky",
        external_id=uri,
        text=_words(post),
        published_at=published(post.createdAt or "", seen),
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
    found.author_name, found.audience = author.displayName or "", author.followersCount or 0
    found.replies, found.shares, found.likes = view.replyCount, view.repostCount, view.likeCount
    return found


def views(found: Views, rejected: list[Rejected]) -> list[View]:
    """The posts of an answer; odd ones are set aside alone."""
    return list(_each(found.posts, _view, rejected))


def rows(found: Rows, rejected: list[Rejected]) -> list[Row]:
    return list(_each(found.records, _row, rejected))


def _each(raws: list[msgspec.Raw], decode: Callable[[msgspec.Raw], Any], rejected: list[Rejected]) -> Iterator[Any]:
    for place, raw in enumerate(raws, 1):
        try:
            yield decode(raw)
        except msgspec.DecodeError as error:
            text = bytes(raw).decode("utf-8", "replace")[:20_000]
            rejected.append(Rejected(f"post {place}", f"not a post: {error}", text))
