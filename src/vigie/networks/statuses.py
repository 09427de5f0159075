"""A status of the Mastodon API, and the record it makes. Odd ones are set aside alone: they never refuse their page."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec

from vigie.lib.text import plain
from vigie.networks.record import Record, Rejected


class Account(msgspec.Struct):
    id: str | int = ""
    acct: str | None = ""
    username: str | None = ""
    display_name: str | None = ""
    followers_count: int | None = 0
    noindex: bool | None = None
    url: str | None = ""


class Attachment(msgspec.Struct):
    description: str | None = ""


class Option(msgspec.Struct):
    title: str | None = ""


class Poll(msgspec.Struct):
    options: list[Option] | None = None


class Card(msgspec.Struct):
    title: str | None = ""
    description: str | None = ""
    url: str | None = ""


class Status(msgspec.Struct):
    id: str | int
    created_at: datetime
    account: Account
    content: str | None = ""
    uri: str | None = ""
    url: str | None = None
    language: str | None = None
    visibility: str | None = "public"
    spoiler_text: str | None = ""
    in_reply_to_id: str | int | None = None
    reblogs_count: int | None = 0
    favourites_count: int | None = 0
    replies_count: int | None = 0
    edited_at: datetime | None = None
    reblog: Status | None = None
    media_attachments: list[Attachment] | None = None
    poll: Poll | None = None
    card: Card | None = None

    def __post_init__(self) -> None:
        self.id = str(self.id)


@dataclass
class Page:
    """What a page of statuses held: `size` counts the odd ones too."""

    statuses: list[Any] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)

    @property
    def size(self) -> int:
        return len(self.statuses) + len(self.rejected)


class _Search(msgspec.Struct):
    statuses: list[msgspec.Raw] = []


_one = msgspec.json.Decoder(Status).decode
_raws = msgspec.json.Decoder(list[msgspec.Raw]).decode
_search = msgspec.json.Decoder(_Search).decode
decode_one: Callable[[str | bytes], Any] = _one


def decode_many(content: bytes) -> Page:
    """A list of statuses. Raises msgspec.DecodeError when it is no list at all."""
    return _page(_raws(content))


def decode_search(content: bytes) -> Page:
    return _page(_search(content).statuses)


def _page(raws: list[msgspec.Raw]) -> Page:
    page = Page()
    for place, raw in enumerate(raws, 1):
        try:
            page.statuses.append(_one(raw))
        except msgspec.DecodeError as error:
            text = bytes(raw).decode("utf-8", "replace")[:20_000]
            page.rejected.append(Rejected(f"status {place}", f"not a status: {error}", text))
    return page


def record(status: Status, observed_at: datetime | None = None, server: str = "") -> Record | None:
    """The record of a public status; None for what was not said to everybody or by who refuses to be indexed.

    `server` is where it was read: accounts of that server are written there without it.
    """
    told = status.reblog or status
    if told.visibility not in ("public", "unlisted", None) or told.account.noindex:
        return None
    account = status.account
    return Record(
        network="mastodon",
        external_id=status.uri or str(status.id),
        text="\n".join(part for part in (plain(told.content or ""), *_beside(told)) if part),
        title=told.spoiler_text or "",
        url=told.url or told.uri or "",
        published_at=status.created_at,
        observed_at=observed_at,
        kind="share" if status.reblog else "reply" if status.in_reply_to_id else "post",
        parent_id=_parent(status),
        author_id=_account_id(account, server),
        author_handle=_handle(account, server),
        author_name=account.display_name or "",
        audience=account.followers_count or 0,
        lang=told.language or "",
        replies=status.replies_count,
        shares=status.reblogs_count,
        likes=status.favourites_count,
        position=str(status.id),
    )


def _parent(status: Status) -> str:
    if status.reblog:
        return status.reblog.uri or str(status.reblog.id)
    return str(status.in_reply_to_id or "")


def _handle(account: Account, server: str) -> str:
    """Name and server, always: the same person has one handle wherever we read."""
    acct = account.acct or account.username or ""
    home = server or urlsplit(account.url or "").netloc
    return acct if "@" in acct or not home else f"{acct}@{home}"


def _account_id(account: Account, server: str) -> str:
    """Numbers are a server's own: the address of an account is the same on all of them."""
    return account.url or (f"{server}:{account.id}" if server else str(account.id))


_LINK = re.compile(r'<a\b([^>]*)\bhref="(https?://[^"]+)"([^>]*)>', re.IGNORECASE)


def _beside(status: Status) -> list[str]:
    """What stands beside the words and says something too: descriptions of pictures, options, links, a card."""
    found = [a.description for a in status.media_attachments or [] if a.description]
    found += [option.title for option in (status.poll.options if status.poll else None) or [] if option.title]
    card = status.card
    seen = {card.url} if card else set()
    if card:
        found.append(" ".join(part for part in (card.title, card.description, card.url) if part))
    for before, href, after in _LINK.findall(status.content or ""):
        # Mentions and hashtags lead to people and lists, not to what is spoken of.
        if "mention" not in before + after and "hashtag" not in before + after and href not in seen:
            seen.add(href)
            found.append(plain(href))
    return found
