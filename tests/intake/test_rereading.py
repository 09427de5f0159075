"""How far a post went is known hours later: what weighs most is read again."""

from __future__ import annotations

from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.conftest import NOON, post
from tests.networks.doubles import Answer, dumps, serving, status
from vigie.intake import rereading, sources
from vigie.intake.pipeline import IngestPipeline
from vigie.lib.times import ToldClock
from vigie.networks import bluesky
from vigie.people.models import Organisation
from vigie.posts import search
from vigie.posts.models import Post, Source
from vigie.watches.models import Watch


def brought(organisation: Organisation, watch: Watch, network: str, *ids: str, **values: object) -> Source:
    """A source that brought these posts at noon."""
    source = sources.add_source(organisation, network, network, values, by=None, at=NOON)
    pipeline = IngestPipeline(organisation, ToldClock(NOON))
    pipeline.take(
        [post(n, network=network, external_id=i, audience=10 * n, author_id="did:1") for n, i in enumerate(ids)],
        source=source.pk,
    )
    return source


def after(**duration: float) -> tuple[object, object]:
    """The minute that ends so long after noon."""
    now = NOON + timedelta(**duration)
    return now - timedelta(minutes=1), now


def test_a_mention_is_due_at_five_ages_and_at_no_other_time(acme: Organisation, watch: Watch) -> None:
    source = brought(acme, watch, "mastodon", "https://a.example/users/lea/statuses/1")
    minutes = [m for m in range(1, 1500) if rereading.due(source, *after(minutes=m))]  # type: ignore[arg-type]
    assert minutes == [5, 15, 60, 360, 1440]


def test_the_heaviest_go_first_and_what_concerns_no_watch_is_left(acme: Organisation, watch: Watch) -> None:
    source = brought(acme, watch, "mastodon", *(f"https://a.example/users/lea/statuses/{n}" for n in range(30)))
    IngestPipeline(acme, ToldClock(NOON)).take([post(99, "nothing to us", network="mastodon")], source=source.pk)
    found = rereading.due(source, *after(minutes=5))  # type: ignore[arg-type]
    assert len(found) == rereading.MOST
    assert found[0].endswith("/29")


def test_a_server_tells_how_far_its_own_status_went_and_nothing_of_others(acme: Organisation, watch: Watch) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> Answer:
        host = f"http://{handler.headers['Host']}"
        n = int(handler.path.rsplit("/", 1)[1])
        if n == 3:
            return 404, {}, b"{}"
        uri = f"{host}/users/lea/statuses/{n}" if n == 1 else f"{host}/users/lea/statuses/1"
        return 200, {}, dumps(status(n, "<p>acme is here</p>", uri=uri, reblogs_count=700, replies_count=80))

    with serving(answer) as url:
        ids = [f"{url}/users/lea/statuses/{n}" for n in (1, 2, 3)]
        source = brought(acme, watch, "mastodon", *ids, server=url)
        later = IngestPipeline(acme, ToldClock(NOON + timedelta(minutes=5)))
        for batch in rereading.read(source, *after(minutes=5)):  # type: ignore[arg-type]
            later.take(batch.records, source=source.pk)
    shares = dict(Post.objects.of(acme).values_list("external_id", "shares"))
    assert [shares[i] for i in ids] == [700, 0, 0]


def test_an_app_view_names_the_authors_of_a_stream(
    acme: Organisation, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri = "at://did:plc:abc/app.bsky.feed.post/3k"

    def answer(handler: BaseHTTPRequestHandler) -> Answer:
        asked = parse_qs(urlsplit(handler.path).query)["uris"]
        view = {
            "uri": asked[0],
            "author": {"did": "did:plc:abc", "handle": "lea.example", "displayName": "Léa"},
            "record": {"text": "acme is here", "createdAt": "2026-03-10T12:00:00Z"},
            "repostCount": 40,
            "replyCount": 4,
            "likeCount": 9,
        }
        return 200, {}, dumps({"posts": [view]})

    source = brought(acme, watch, "bluesky", uri)
    Post.objects.of(acme).update(author_handle="", author_name="")
    with serving(answer) as url:
        monkeypatch.setattr(bluesky, "APPVIEW", url)
        for batch in rereading.read(source, *after(hours=1)):  # type: ignore[arg-type]
            IngestPipeline(acme, ToldClock(NOON + timedelta(hours=1))).take(batch.records, source=source.pk)
    found = Post.objects.of(acme).get()
    assert (found.shares, found.author_handle, found.author_name, found.edits) == (40, "lea.example", "Léa", 0)
    assert search.holding(Post.objects.of(acme), "lea.example", "pk").exists()
