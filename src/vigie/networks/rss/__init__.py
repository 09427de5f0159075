"""RSS and Atom, or a page that announces such a feed."""

from __future__ import annotations

import calendar
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import feedparser
import httpx
from django.utils.translation import gettext_lazy as _

from vigie.lib.budget import OverBudget, within
from vigie.lib.http import client, fetch
from vigie.lib.text import host as host_of
from vigie.lib.text import plain
from vigie.networks.record import About, Batch, Field, Misconfigured, Record, Rejected

about = About(
    key="rss",
    label=_("News feed (RSS, Atom)"),
    mark="◉",
    help=_("A newspaper, a blog, a forum, a search page: paste its address, the feed is found by itself."),
    fields=(Field("url", _("Address of the feed or of the site"), _("For example https://www.example.org")),),
    every_seconds=300,
)
MOST = 500
"""Entries taken from one reading."""
LARGE = 200_000
"""Bytes from which on a feed is read in a process of its own."""
BUDGET = 10
"""Seconds of processor time for one feed: the heaviest honest ones need one."""


def read(settings: dict[str, Any], cursor: dict[str, Any]) -> Iterator[Batch]:
    with client() as http:
        url = cursor.get("feed") or settings.get("url", "")
        if not url.startswith(("http://", "https://")):
            raise Misconfigured(str(_("The address must begin with https:// or http://")))
        headers = {
            k: v for k, v in (("If-None-Match", cursor.get("etag")), ("If-Modified-Since", cursor.get("modified"))) if v
        }
        try:
            answer = fetch(http, url, headers=headers)
        except httpx.HTTPStatusError as error:
            if error.response.status_code == 304:
                yield Batch(cursor=cursor)
                return
            raise
        found = parse(answer.content, answer.headers.get("content-type", ""), str(answer.url))
        if isinstance(found, str):
            answer = fetch(http, found)
            feed = parse(answer.content, answer.headers.get("content-type", ""), found)
            if isinstance(feed, str):
                raise Misconfigured(str(_("This page announces a feed that is not one.")))
            found, url = feed, found
        found.cursor = {
            "feed": url,
            "etag": answer.headers.get("etag", ""),
            "modified": answer.headers.get("last-modified", ""),
        }
        yield found


def parse(content: bytes, kind: str, url: str) -> Batch | str:
    """Entries of a feed, or the address of the feed that a page announces. Raises Misconfigured."""
    feed = _parsed(content, kind)
    if not feed.version:
        announced = announcement(content.decode("utf-8", "replace"), url)
        if announced is None:
            raise Misconfigured(str(_("No feed was found at this address, nor any that its page announces.")))
        return announced
    batch = Batch()
    host = host_of(url)
    name = feed.feed.get("title") or host
    for place, entry in enumerate(feed.entries[:MOST], 1):
        found = record(entry, name, url)
        (batch.records if isinstance(found, Record) else batch.rejected).append(
            found
            if isinstance(found, Record)
            else Rejected(  # type: ignore[arg-type]
                f"entry {place}", found, str(dict(entry))[:2_000]
            )
        )
    return batch


def _parsed(content: bytes, kind: str) -> Any:
    """A feed as its library reads it. A large one may be made to take minutes: it is read apart, within a budget."""
    if len(content) <= LARGE:
        return understood(content, kind)
    try:
        return within(BUDGET, understood, content, kind)
    except OverBudget:
        raise Misconfigured(str(_("This feed is too heavy to be read: its entries are too long or nested."))) from None


def understood(content: bytes, kind: str) -> Any:
    """The feed without what cannot travel between processes."""
    feed = feedparser.parse(io.BytesIO(content), response_headers={"content-type": kind})
    feed.pop("bozo_exception", None)
    return feed


def record(entry: Any, name: str, base: str) -> Record | str:
    """A record from an entry, or why there is none."""
    link = urljoin(base, entry.get("link", "")) if entry.get("link") else ""
    host = host_of(base)
    title, summary = plain(entry.get("title", "")), plain(_content(entry))
    if not (title or summary):
        return "an entry without title or text"
    moment = entry.get("published_parsed") or entry.get("updated_parsed")
    try:
        published = datetime.fromtimestamp(calendar.timegm(moment), UTC) if moment else datetime.now(UTC)
    except (ValueError, TypeError, OverflowError):
        return f"a date that cannot be read: {entry.get('published', '')[:60]}"
    identity = entry.get("id") or link or f"{title}|{published:%Y-%m-%d}"
    return Record(
        network="press",
        external_id=str(identity),
        text=summary or title,
        title=title if summary else "",
        url=link,
        published_at=published,
        kind="article",
        author_id=host,
        author_handle=host,
        author_name=plain(entry.get("author", "")) or name,
    )


def _content(entry: Any) -> str:
    if entry.get("content"):
        return str(entry["content"][0].get("value", ""))
    return str(entry.get("summary", ""))


class _Finder(HTMLParser):
    """Looks for <link rel=alternate type=…rss or atom>."""

    def __init__(self) -> None:
        super().__init__()
        self.found: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {k: v or "" for k, v in attrs}
        feedlike = any(word in values.get("type", "") for word in ("rss", "atom"))
        if tag == "link" and "alternate" in values.get("rel", "") and feedlike and self.found is None:
            self.found = values.get("href") or None


def announcement(page: str, base: str) -> str | None:
    """The address of the first feed that a page announces."""
    finder = _Finder()
    finder.feed(page[:500_000])
    return urljoin(base, finder.found) if finder.found else None
