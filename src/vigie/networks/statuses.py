"""A status of the Mastodon API, and the record it makes."""

from __future__ import annotations

from datetime import datetime

import msgspec

from vigie.lib.text import plain
from vigie.networks.record import Record


class Account(msgspec.Struct):
    id: str
    acct: str = ""
    username: str = ""
    display_name: str = ""
    followers_count: int = 0
    noindex: bool | None = None
    url: str | None = ""


class Status(msgspec.Struct):
    id: str
    created_at: datetime
    account: Account
    content: str = ""
    uri: str = ""
    url: str | None = None
    language: str | None = None
    visibility: str = "public"
    spoiler_text: str = ""
    in_reply_to_id: str | None = None
    reblogs_count: int = 0
    favourites_count: int = 0
    replies_count: int = 0
    edited_at: datetime | None = None
    reblog: Status | None = None


class Search(msgspec.Struct):
    statuses: list[Status] = []


decode_one = msgspec.json.Decoder(Status).decode
decode_many = msgspec.json.Decoder(list[Status]).decode
decode_search = msgspec.json.Decoder(Search).decode


def record(status: Status, observed_at: datetime | None = None) -> Record | None:
    """The record of a public status; None for what was not said to everybody or by who refuses to be indexed."""
    told = status.reblog or status
    if told.visibility not in ("public", "unlisted") or told.account.noindex:
        return None
    account = status.account
    return Record(
        network="mastodon",
        external_id=status.uri or status.id,
        text=plain(told.content),
        title=told.spoiler_text,
        url=told.url or told.uri,
        published_at=status.created_at,
        observed_at=observed_at,
        kind="share" if status.reblog else "reply" if status.in_reply_to_id else "post",
        parent_id=(status.reblog.uri or status.reblog.id) if status.reblog else status.in_reply_to_id or "",
        author_id=account.id,
        author_handle=account.acct,
        author_name=account.display_name,
        audience=account.followers_count,
        lang=told.language or "",
        replies=status.replies_count,
        shares=status.reblogs_count,
        likes=status.favourites_count,
    )
