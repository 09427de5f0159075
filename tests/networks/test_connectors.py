"""Each network is read as it really answers, and what goes wrong is told in plain words."""

from __future__ import annotations

import gzip
import itertools
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.networks.doubles import Answer, dumps, serving, status, websocket
from vigie.lib import http as lib_http
from vigie.lib.http import in_plain_words
from vigie.networks import bluesky, mastodon, rss, webhook
from vigie.networks.record import Batch, Misconfigured
from vigie.networks.registry import NETWORKS

RSS = b"""<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>La Gazette</title>
<item><guid>a-1</guid><title>Acme en panne</title><link>https://gazette.example/1</link><description>&lt;p&gt;Depuis ce matin&lt;/p&gt;</description><pubDate>Tue, 10 Mar 2026 12:00:00 +0000</pubDate></item>
<item><title></title></item></channel></rss>"""
ATOM = b"""<?xml version="1.0" encoding="iso-8859-1"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Blog</title>
<entry><id>b</id><title>\xc9t\xe9 chez Acme</title><link href="https://blog.example/b"/><updated>2026-03-10T12:00:00Z</updated></entry></feed>"""


def query(handler: BaseHTTPRequestHandler) -> dict[str, str]:
    return {k: v[0] for k, v in parse_qs(urlsplit(handler.path).query).items()}


def test_a_feed_brings_articles_and_remembers_where_it_was() -> None:
    asked = []

    def answer(handler: BaseHTTPRequestHandler) -> Answer:
        asked.append(handler.headers.get("If-None-Match"))
        return (304, {}, b"") if asked[-1] else (200, {"content-type": "application/rss+xml", "etag": '"v1"'}, RSS)

    with serving(answer) as url:
        [first] = rss.read({"url": url}, {})
        [second] = rss.read({"url": url}, first.cursor)
    assert [(r.external_id, r.title, r.text, r.network, r.kind) for r in first.records] == [
        ("a-1", "Acme en panne", "Depuis ce matin", "press", "article")
    ]
    assert [r.reason for r in first.rejected] == ["an entry without title or text"]
    assert asked == [None, '"v1"']
    assert second.records == []


def test_a_page_that_announces_a_feed_is_enough() -> None:
    def answer(handler: BaseHTTPRequestHandler) -> Answer:
        if handler.path == "/":
            return (
                200,
                {"content-type": "text/html"},
                b'<html><head><link rel="alternate" type="application/atom+xml" href="/feed"></head></html>',
            )
        return 200, {"content-type": "application/atom+xml"}, ATOM

    with serving(answer) as url:
        [batch] = rss.read({"url": url + "/"}, {})
    assert [r.text for r in batch.records] == ["Été chez Acme"]
    assert batch.cursor["feed"] == url + "/feed"


def test_a_page_without_feed_says_so() -> None:
    with (
        serving(lambda h: (200, {"content-type": "text/html"}, b"<p>bonjour</p>")) as url,
        pytest.raises(Misconfigured),
    ):
        list(rss.read({"url": url}, {}))


def test_a_feed_that_never_ends_and_a_gzip_bomb_are_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lib_http, "LIMIT", 100_000)
    bomb = gzip.compress(b"a" * 50_000_000)

    def fetch(headers: dict[str, str], body: bytes) -> None:
        with serving(lambda h: (200, headers, body)) as url, lib_http.client() as http:
            lib_http.fetch(http, url, limit=100_000)

    for headers, body in (({"content-encoding": "gzip"}, bomb), ({}, b"x" * 200_000)):
        with pytest.raises(lib_http.TooLong) as found:
            fetch(headers, body)
        assert "cut off" in in_plain_words(found.value)


PAGES = [status(n) for n in range(100, 0, -1)]


def timeline(handler: BaseHTTPRequestHandler) -> Answer:
    asked = query(handler)
    since, older = int(asked.get("since_id", 0)), int(asked.get("max_id", 10**9))
    found = [s for s in PAGES if since < int(s["id"]) < older]
    return 200, {"content-type": "application/json"}, dumps(found[:40])


def test_a_hashtag_is_read_once_and_then_from_where_it_was() -> None:
    with serving(timeline) as url:
        settings = {"server": url, "what": "tag", "value": "#acme"}
        first = list(mastodon.read(settings, {}))
        later = list(mastodon.read(settings, {"since_id": "10"}))
    assert [len(b.records) for b in first] == [40]
    assert first[-1].cursor["since_id"] == "100"
    assert sum(len(b.records) for b in later) == 90
    # The place moves only when all pages back to it were read: a kill in between loses none.
    assert [b.cursor["since_id"] for b in later] == ["10", "10", "100"]
    post = first[0].records[0]
    assert (post.text, post.author_handle, post.audience, post.shares, post.lang) == (
        "Bonjour #acme & merci",
        f"lea@{urlsplit(url).netloc}",
        120,
        2,
        "fr",
    )


def test_who_refuses_to_be_indexed_or_speaks_to_followers_only_is_left_alone() -> None:
    shy = status(1)
    shy["account"]["noindex"] = True
    found = [status(3), shy, status(2, visibility="private")]
    with serving(lambda h: (200, {}, dumps(found))) as url:
        [batch] = mastodon.read({"server": url, "what": "public"}, {})
    assert [r.external_id for r in batch.records] == ["https://social.example/s/3"]


EVENTS = (
    b":)\n\nevent: update\ndata: " + dumps(status(5)) + b"\n\nevent: update\ndata: {oops\n\nevent: delete\ndata: 4\n\n"
)


def streaming(handler: BaseHTTPRequestHandler) -> Answer | None:
    path = urlsplit(handler.path).path
    if path.startswith("/api/v1/streaming") and handler.headers.get("Upgrade") == "websocket":
        websocket(
            handler,
            [
                dumps({"event": "update", "payload": dumps(status(5)).decode()}),
                dumps({"event": "update", "payload": "{oops"}),
            ],
        )
        return None
    if path == "/api/v1/streaming/hashtag":
        return 200, {"content-type": "text/event-stream"}, EVENTS
    return 200, {}, b"[]"


@pytest.mark.parametrize("how", ["sse", "ws"])
def test_a_stream_brings_posts_and_sets_aside_what_is_no_post(how: str) -> None:
    with serving(streaming) as url:
        batches = list(mastodon.read({"server": url, "what": "tag", "value": "acme", "stream": how}, {}))
    assert [r.external_id for b in batches for r in b.records] == ["https://social.example/s/5"]
    assert len([r for b in batches for r in b.rejected]) == 1


def test_a_search_of_the_past_fills_a_new_watch() -> None:
    with serving(lambda h: (200, {}, dumps({"statuses": [status(1)], "accounts": [], "hashtags": []}))) as url:
        [batch] = mastodon.search({"server": url}, "Acme")
    assert len(batch.records) == 1


def jet(n: int, operation: str = "create", **record: Any) -> bytes:
    body = {
        "$type": "app.bsky.feed.post",
        "text": f"acme {n}",
        "createdAt": "2026-03-10T12:00:00.000Z",
        "langs": ["fr"],
    } | record
    commit = {"rev": "r", "operation": operation, "collection": "app.bsky.feed.post", "rkey": f"k{n}"}
    if operation != "delete":
        commit |= {"record": body, "cid": "c"}
    return dumps({"did": "did:plc:lea", "time_us": 1_773_144_000_000_000 + n, "kind": "commit", "commit": commit})


def test_jetstream_brings_posts_edits_and_deletions_and_its_place() -> None:
    other = dumps({"did": "did:plc:x", "time_us": 1_773_144_000_000_009, "kind": "identity"})
    asked: list[dict[str, str]] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked.append(query(handler))
        websocket(
            handler,
            [jet(1), b"{oops", jet(2, langs=None), other, jet(1, "delete"), jet(3)] + [jet(n) for n in range(4, 204)],
        )

    with serving(answer) as url:
        batches = list(bluesky.read({"what": "jetstream", "server": url.replace("http", "ws")}, {"time_us": 5_000_005}))
    records = [r for b in batches for r in b.records]
    assert asked[0]["cursor"] == "3000005", "a little before the place: nothing falls between two connections"
    assert [(r.external_id, r.deleted) for r in records[:3]] == [
        ("at://did:plc:lea/app.bsky.feed.post/k1", False),
        ("at://did:plc:lea/app.bsky.feed.post/k2", False),
        ("at://did:plc:lea/app.bsky.feed.post/k1", True),
    ]
    assert batches[0].cursor["time_us"] > 1_773_144_000_000_000


def test_a_search_on_bluesky_goes_on_from_where_it_was() -> None:
    view = {
        "uri": "at://did:plc:lea/app.bsky.feed.post/k",
        "author": {"did": "did:plc:lea", "handle": "lea.example", "displayName": "Léa"},
        "record": {"text": "Acme ?", "createdAt": "2026-03-10T12:00:00Z"},
        "indexedAt": "2026-03-10T12:00:01Z",
        "likeCount": 4,
    }
    with serving(lambda h: (200, {}, dumps({"posts": [view]}))) as url:
        [batch] = bluesky.read({"what": "search", "value": "acme", "server": url}, {})
    assert [(r.author_handle, r.likes) for r in batch.records] == [("lea.example", 4)]
    assert batch.cursor == {"since": "2026-03-10T12:00:01Z"}


def test_a_webhook_is_believed_only_with_its_signature_and_in_time() -> None:
    body = b'{"text": "acme", "published_at": "2026-03-10T12:00:00Z"}'
    good = webhook.signature("secret", "1000", body)
    assert webhook.genuine("secret", "1000", "sha256=" + good, body, 1100)
    assert not webhook.genuine("secret", "1000", good, body + b" ", 1100)
    assert not webhook.genuine("other", "1000", good, body, 1100)
    assert not webhook.genuine("secret", "1000", good, body, 5000)
    assert not webhook.genuine("secret", "x", good, body, 1100)


def test_a_webhook_takes_an_object_a_list_or_lines_and_sets_rubbish_aside() -> None:
    one = b'{"text": "a", "created_at": "2026-03-10T12:00:00Z"}'
    assert len(webhook.parse(one).records) == 1
    assert len(webhook.parse(b"[" + one + b"," + one + b"]").records) == 2
    mixed = webhook.parse(one + b"\n{oops\n" + b'{"text": "no date"}\n')
    assert (len(mixed.records), [r.position for r in mixed.rejected]) == (1, ["line 2", "item 2"])


TROUBLES: list[tuple[Exception, str]] = [
    (httpx.HTTPStatusError("x", request=httpx.Request("GET", "http://x"), response=httpx.Response(code)), word)
    for code, word in ((401, "token"), (404, "Nothing"), (429, "slow down"), (503, "problem of its own"))
] + [(httpx.ReadTimeout("x"), "did not answer"), (httpx.ConnectError("no route"), "No connection")]


@pytest.mark.parametrize(("error", "word"), TROUBLES)
def test_what_goes_wrong_is_told_in_plain_words(error: Exception, word: str) -> None:
    assert word in in_plain_words(error)


@pytest.mark.parametrize("key", list(NETWORKS))
def test_each_network_describes_itself_and_can_be_read(key: str) -> None:
    about = NETWORKS[key].about
    assert about.key == key
    assert str(about.label)
    assert len({field.name for field in about.fields}) == len(about.fields)
    assert callable(NETWORKS[key].read)


def test_the_simulated_crowd_says_the_same_at_the_same_time() -> None:
    from datetime import UTC, datetime, timedelta

    from vigie.networks.simulated.crowd import Crowd

    start = datetime(2026, 3, 10, 18, tzinfo=UTC)
    whole = Crowd().between(start, start + timedelta(hours=1))
    parts = itertools.chain.from_iterable(
        Crowd().between(start + timedelta(minutes=m), start + timedelta(minutes=m + 1)) for m in range(60)
    )
    assert [r.text for r in parts] == [r.text for r in whole]
    assert len(Crowd(7, start).between(start, start + timedelta(minutes=2))) > 40


def test_a_feed_made_to_take_minutes_is_cut_off_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rss, "BUDGET", 1)
    heavy = b"<?xml version='1.0'?><rss version='2.0'><channel>" + b"<a>" * 1_000_000
    with pytest.raises(Misconfigured, match="too heavy"):
        rss.parse(heavy, "application/rss+xml", "https://a.example/feed")


def test_a_large_honest_feed_is_read_whole() -> None:
    entry = b"<item><title>Acme</title><link>https://a.example/%d</link><description>" + b"word " * 500
    entry += b"</description></item>"
    body = b"<?xml version='1.0'?><rss version='2.0'><channel><title>G</title>"
    body += b"".join(entry % n for n in range(100)) + b"</channel></rss>"
    assert len(body) > rss.LARGE
    found = rss.parse(body, "application/rss+xml", "https://a.example/feed")
    assert isinstance(found, Batch)
    assert len(found.records) == 100


def test_a_server_that_drips_for_ever_does_not_hold_its_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lib_http, "DEADLINE", -1)
    with (
        serving(lambda h: (200, {}, b"x" * 200_000)) as url,
        lib_http.client() as http,
        pytest.raises(httpx.ReadTimeout) as found,
    ):
        lib_http.fetch(http, url)
    assert "did not answer in time" in in_plain_words(found.value)
