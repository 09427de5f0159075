"""JSON lines: pages and tweets of the Twitter API v2, tweets of v1.1, and plain objects with usual names."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from vigie.networks import plain, statuses, values
from vigie.networks.record import Record, Rejected

_DECODER = msgspec.json.Decoder()


WHOLE = 300 * 1024 * 1024
"""Characters of a JSON document over several lines that are read at once."""


def opened(first: str, lines: Iterator[str]) -> tuple[bool, Iterator[str]]:
    """Whether this is JSON, and its lines; a document spread over lines comes as one of them."""
    try:
        _DECODER.decode(first.encode("utf-8", "replace"))
        return True, lines
    except (msgspec.DecodeError, RecursionError):
        pass
    # Not whole by itself: a document over several lines, broken JSON lines, or no JSON.
    kept = list(itertools.islice(lines, 2_000_000))
    text = "".join(kept)
    if len(text) <= WHOLE:
        try:
            _DECODER.decode(text.encode("utf-8", "replace"))
            return True, iter([text])
        except (msgspec.DecodeError, RecursionError):
            pass
    return first.lstrip().startswith("{"), itertools.chain(kept, lines)


def records(lines: Iterator[str], zone: ZoneInfo) -> Iterator[Record | Rejected]:
    """Records of each line; a line that is no JSON object is rejected and the rest goes on."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        if (status := _status(line)) is not None:
            status.position = f"line {number}"
            yield status
            continue
        try:
            found = _DECODER.decode(line.encode("utf-8", "replace"))
        except (msgspec.DecodeError, RecursionError) as error:
            yield Rejected(f"line {number}", f"this is not JSON: {error}", line[:20_000])
            continue
        for item in found if isinstance(found, list) else [found]:
            yield from _line(item, number, zone)


def _status(line: str) -> Record | None:
    """A whole public status of Mastodon, read at once; None for everything else, which is looked at with patience."""
    if '"account"' not in line or '"content"' not in line or '"favourites_count"' not in line:
        return None
    try:
        return statuses.record(statuses.decode_one(line))
    except msgspec.DecodeError:
        return None


def _line(item: Any, number: int, zone: ZoneInfo) -> Iterator[Record | Rejected]:
    if not isinstance(item, dict):
        yield Rejected(f"line {number}", "a JSON object was expected", msgspec.json.encode(item).decode()[:20_000])
        return
    try:
        parts, users, texts = _page(item) if isinstance(item.get("data"), list | dict) else ([item], {}, {})
    except (AttributeError, TypeError):
        yield Rejected(f"line {number}", "this page has an unknown shape", msgspec.json.encode(item).decode()[:20_000])
        return
    for part in parts:
        try:
            if (record := _record(part, users, texts, zone)) is not None:
                record.position = f"line {number}"
                yield msgspec.convert(msgspec.to_builtins(record, builtin_types=(datetime,)), Record)
        except (AttributeError, TypeError, KeyError, ValueError) as error:
            raw = msgspec.json.encode(part).decode("utf-8", "replace")[:20_000]
            yield Rejected(f"line {number}", str(error) or "this object has an unknown shape", raw)


def _page(page: dict[str, Any]) -> tuple[list[Any], dict[str, Any], dict[str, str]]:
    included = page.get("includes") or {}
    users = {user["id"]: user for user in included.get("users") or [] if isinstance(user, dict) and "id" in user}
    texts = {t["id"]: t.get("text", "") for t in included.get("tweets") or [] if isinstance(t, dict) and "id" in t}
    data = page["data"]
    return data if isinstance(data, list) else [data], users, texts


def _record(item: dict[str, Any], users: dict[str, Any], texts: dict[str, str], zone: ZoneInfo) -> Record | None:
    if "account" in item and "content" in item:
        # A status of Mastodon; None for one that was not said to everybody.
        return statuses.record(msgspec.convert(item, statuses.Status, strict=False), datetime.now(UTC))
    if "public_metrics" in item or ("author_id" in item and "conversation_id" in item):
        return _twitter_v2(item, users, texts, zone)
    if "id_str" in item and "user" in item:
        return _twitter_v1(item, zone)
    return plain.record(item, zone)


def _twitter_v2(item: dict[str, Any], users: dict[str, Any], texts: dict[str, str], zone: ZoneInfo) -> Record:
    author = item.get("author") or users.get(item.get("author_id", "")) or {}
    referenced = {r.get("type"): r.get("id", "") for r in item.get("referenced_tweets") or [] if isinstance(r, dict)}
    metrics = item.get("public_metrics") or {}
    handle = author.get("username", "")
    shared = referenced.get("retweeted", "")
    return Record(
        network="x",
        external_id=str(item["id"]),
        # A retweet's own text is cut off: the whole one lies among what the page includes.
        text=texts.get(shared) or item.get("text", ""),
        published_at=values.moment(item.get("created_at", ""), zone),
        lang=item.get("lang", "") or "",
        url=f"https://x.com/{handle or 'i'}/status/{item['id']}",
        kind="share" if shared else "reply" if "replied_to" in referenced else "post",
        parent_id=shared or referenced.get("replied_to", ""),
        author_id=str(item.get("author_id", "")),
        author_handle=handle,
        author_name=author.get("name", ""),
        audience=int((author.get("public_metrics") or {}).get("followers_count", 0)),
        verified=bool(author.get("verified")),
        replies=metrics.get("reply_count"),
        shares=metrics.get("retweet_count"),
        likes=metrics.get("like_count"),
    )


def _twitter_v1(item: dict[str, Any], zone: ZoneInfo) -> Record:
    user = item.get("user") or {}
    shared = item.get("retweeted_status") or {}
    whole = shared or item
    return Record(
        network="x",
        external_id=item["id_str"],
        text=whole.get("full_text") or whole.get("text", ""),
        published_at=values.moment(item.get("created_at", ""), zone),
        lang=item.get("lang") or "",
        url=f"https://x.com/{user.get('screen_name', 'i')}/status/{item['id_str']}",
        kind="share" if shared else "reply" if item.get("in_reply_to_status_id_str") else "post",
        parent_id=shared.get("id_str") or item.get("in_reply_to_status_id_str") or "",
        author_id=user.get("id_str", ""),
        author_handle=user.get("screen_name", ""),
        author_name=user.get("name", ""),
        audience=int(user.get("followers_count", 0)),
        verified=bool(user.get("verified")),
        shares=item.get("retweet_count"),
        likes=item.get("favorite_count"),
    )
