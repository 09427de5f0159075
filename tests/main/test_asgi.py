"""The server itself: slow and oversized clients hold nothing up, operators can ask how it is, a mistake has a number."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from tests.conftest import NOON
from vigie.main import asgi
from vigie.people.models import Organisation, User
from vigie.posts.models import Source
from vigie.web.screens import tower

Piece = dict[str, Any]
SIGNED_IN = (b"cookie", b"sessionid=somebody")


def pages(environ: Any, start_response: Any) -> list[bytes]:
    """Says how much of a body reached it."""
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("content-type", "text/plain")])
    return [str(len(body)).encode()]


async def sent(
    app: asgi.Application, pieces: Iterator[Piece], path: str = "/", *headers: Any, stall: bool = False
) -> tuple[int, bytes]:
    """What a client gets that sends these pieces, and then, with `stall`, nothing more."""
    said: list[Piece] = []

    async def receive() -> Piece:
        piece = next(pieces, None)
        if piece is None and stall:
            await asyncio.Event().wait()
        return piece or {"type": "http.disconnect"}

    async def send(message: Piece) -> None:
        said.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": b"",
        "headers": list(headers),
        "client": ("192.0.2.1", 1),
        "server": ("vigie", 80),
        "scheme": "http",
        "http_version": "1.1",
        "root_path": "",
    }
    await app(scope, receive, send)
    return said[0]["status"], b"".join(m.get("body", b"") for m in said[1:])


def body(*pieces: bytes, open_: bool = False) -> Iterator[Piece]:
    for n, piece in enumerate(pieces):
        yield {"type": "http.request", "body": piece, "more_body": open_ or n < len(pieces) - 1}


def length(n: int) -> tuple[bytes, bytes]:
    return (b"content-length", str(n).encode())


@pytest.fixture
def app() -> asgi.Application:
    return asgi.Application(pages)


def test_a_body_in_pieces_reaches_the_page_whole(app: asgi.Application) -> None:
    assert asyncio.run(sent(app, body(b"a" * 10, b"b" * 5), "/", length(15))) == (200, b"15")


def test_a_client_that_stops_in_the_middle_is_sent_away_and_no_page_waited_for_it(
    app: asgi.Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asgi, "DEADLINE", 0.05)
    answer = asyncio.run(sent(app, body(b"a", open_=True), "/", length(100), stall=True))
    assert answer[0] == 408
    assert not app.sending, "its place is free again"


def test_an_endless_body_is_cut_at_its_limit_whatever_it_said(app: asgi.Application) -> None:
    mega = b"x" * 1024 * 1024
    assert asyncio.run(sent(app, body(*[mega] * 8), "/", (b"transfer-encoding", b"chunked")))[0] == 413
    assert asyncio.run(sent(app, body(), "/", length(7 * 1024 * 1024)))[0] == 413


def test_only_somebody_with_a_session_may_send_a_large_file(app: asgi.Application) -> None:
    path, large = "/o/acme/sources/file", length(7 * 1024 * 1024)
    assert asyncio.run(sent(app, body(b"a"), path, large))[0] == 413
    assert asyncio.run(sent(app, body(b"a" * (7 * 1024 * 1024)), path, large, SIGNED_IN))[0] == 200


def test_one_address_holds_a_few_open_bodies_and_no_more(
    app: asgi.Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asgi, "DEADLINE", 0.2)

    async def crowd() -> list[tuple[int, bytes]]:
        slow = [sent(app, body(b"a", open_=True), "/", length(9), stall=True) for _ in range(asgi.BODIES_EACH + 1)]
        return await asyncio.gather(*slow)

    assert sorted(status for status, _ in asyncio.run(crowd())) == [408] * asgi.BODIES_EACH + [429]


@pytest.mark.django_db(transaction=True)
def test_the_body_for_a_hook_that_is_not_there_is_not_read(app: asgi.Application) -> None:
    def never() -> Iterator[Piece]:
        pytest.fail("the body was asked for")
        yield {}

    assert asyncio.run(sent(app, never(), "/hooks/999", length(10)))[0] == 404


def asked(app: asgi.Application, path: str, *headers: Any) -> tuple[int, str]:
    status, text = asyncio.run(sent(app, body(), path, *headers))
    return status, text.decode()


@pytest.mark.django_db(transaction=True)
def test_an_operator_s_tool_sees_that_it_lives_and_is_ready(app: asgi.Application) -> None:
    assert asked(app, "/healthz") == (200, "live\n")
    assert asked(app, "/healthz/ready") == (200, "ready\n")


@pytest.mark.django_db(transaction=True)
def test_numbers_are_told_to_whoever_has_the_token_and_only_where_there_is_one(
    app: asgi.Application, settings: Any
) -> None:
    from vigie.people.actions import create_organisation

    acme = create_organisation("Acme", at=NOON)
    Source.objects.create(organisation=acme, name="#acme", network="mastodon", posts_read=12, created_at=NOON)
    settings.METRICS_TOKEN = ""
    assert asked(app, "/metrics", (b"authorization", b"Bearer "))[0] == 404
    settings.METRICS_TOKEN = "open sesame"
    assert asked(app, "/metrics")[0] == 404
    assert asked(app, "/metrics", (b"authorization", b"Bearer other"))[0] == 404
    status, text = asked(app, "/metrics", (b"authorization", b"Bearer open sesame"))
    assert status == 200
    assert re.search(r'vigie_posts_read_total\{network="mastodon",source="\d+"\} 12\.0', text)
    assert "vigie_process_restarts" in text
    assert "#acme" not in text, "names stay in the house"


def test_a_mistake_of_ours_has_a_number_that_the_log_knows_too(
    acme: Organisation, alice: User, signed_in: Callable[[User], Client], monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("the word is swordfish")

    monkeypatch.setattr(tower, "render", broken)
    client = signed_in(alice)
    client.raise_request_exception = False
    page = client.get("/o/acme/")
    text = page.content.decode()
    assert page.status_code == 500
    number = re.search(r"\(([0-9a-f]{8})\)", text)
    assert number
    assert number.group(1) in caplog.text
    assert "swordfish" not in text
    part = client.get("/o/acme/", headers={"hx-request": "true"})
    assert (part.status_code, part.headers["Content-Type"]) == (500, "text/plain; charset=utf-8")
    assert re.search(r"\([0-9a-f]{8}\)$", part.content.decode())


def test_what_is_not_there_says_so_in_the_reader_s_language(alice: User, signed_in: Callable[[User], Client]) -> None:
    client = signed_in(alice)
    User.objects.filter(pk=alice.pk).update(language="fr")
    page = client.get("/nowhere")
    assert page.status_code == 404
    assert "Aucune page ici" in page.content.decode()
