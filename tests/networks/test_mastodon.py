"""A server is read whole, whatever it is: nothing falls between catching up and streaming, nor into a page's limits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.networks.doubles import status
from tests.networks.mastodon_double import MastodonDouble
from vigie.intake.readers import SourceReader
from vigie.lib.http import in_plain_words, wait_asked
from vigie.networks import mastodon
from vigie.networks.mastodon import streaming
from vigie.networks.mastodon.polling import PAGES
from vigie.networks.record import Batch, Record


def settings(double: MastodonDouble, how: str = "poll", **more: str) -> dict[str, Any]:
    return {"server": double.url, "what": "tag", "value": "acme", "stream": how, **more}


def taken(batches: Iterator[Batch], count: int, within: int = 40) -> list[Record]:
    """So many records of a stream, then leave it."""
    found: list[Record] = []
    for _ in range(within):
        found += next(batches).records
        if len(found) >= count:
            break
    batches.close()  # type: ignore[attr-defined]
    return found


def numbers(records: list[Record]) -> set[str]:
    return {record.external_id.rsplit("/", 1)[1] for record in records}


@pytest.mark.parametrize("ulids", [False, True])
def test_nothing_is_lost_between_the_catch_up_and_the_stream(ulids: bool) -> None:
    with MastodonDouble(ulids=ulids).running() as double:
        for n in range(1, 6):
            double.say(n)
        batches = mastodon.read(settings(double, "sse"), {"since_id": double.identity(2)})
        first = next(batches)
        # Said after the catch-up was read: the stream was open before it, and brings it.
        assert double.connected.is_set()
        for n in range(6, 10):
            double.say(n)
        found = first.records + taken(batches, 4)
    assert numbers(found) == {double.identity(n) for n in range(3, 10)}


def test_a_stream_that_sends_nothing_is_asked_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "POLL_EVERY", 0.0)
    monkeypatch.setattr(streaming, "BEAT", 0.02)
    with MastodonDouble(silent_stream=True).running() as double:
        double.say(1)
        batches = mastodon.read(settings(double, "sse"), {})
        found = list(next(batches).records)
        double.say(2)
        found += taken(batches, 1, within=200)
    assert numbers(found) == {"1", "2"}


def test_an_edit_brings_the_new_words_and_never_moves_the_place_back() -> None:
    with MastodonDouble().running() as double:
        double.say(1)
        double.say(2)
        batches = mastodon.read(settings(double, "sse"), {})
        assert next(batches).cursor["since_id"] == "2"
        double.edit(1, "<p>acme, corrigé</p>")
        edit = next(batch for batch in batches if batch.records)
        batches.close()  # type: ignore[attr-defined]
    assert edit.records[0].text == "acme, corrigé"
    assert edit.cursor["since_id"] == "2"


def test_a_deletion_marks_the_post_that_was_said() -> None:
    with MastodonDouble().running() as double:
        double.say(1)
        batches = mastodon.read(settings(double, "sse"), {})
        next(batches)
        double.delete(1)
        [gone] = taken(batches, 1)
    assert (gone.external_id, gone.deleted) == (double.address(1), True)


def test_a_sign_of_life_is_a_contact_post_or_no_post() -> None:
    with MastodonDouble().running() as double:
        batches = mastodon.read(settings(double, "sse"), {"since_id": "7"})
        next(batches)
        double.thump()
        batch = next(batches)
        batches.close()  # type: ignore[attr-defined]
    assert batch.records == []
    assert batch.cursor["since_id"] == "7"


def test_what_a_page_limit_cut_off_is_a_gap_of_its_true_length() -> None:
    began = datetime(2026, 3, 10, 12, tzinfo=UTC)
    with MastodonDouble().running() as double:
        for n in range(1, 40 * PAGES + 500):
            double.say(n, created_at=(began + timedelta(seconds=n)).isoformat())
        batches = list(mastodon.read(settings(double), {"since_id": "1", "at": began.isoformat()}))
    assert sum(len(batch.records) for batch in batches) == 40 * PAGES
    [gap] = [batch.gap for batch in batches if batch.gap]
    assert gap[0] == began
    assert (gap[1] - gap[0]).total_seconds() == 500


@pytest.mark.parametrize("ulids", [False, True])
def test_what_weighs_is_read_again_by_its_own_number_with_the_account_s_token(ulids: bool) -> None:
    with MastodonDouble(ulids=ulids, token="secret").running() as double:
        double.say(1, reblogs_count=2)
        double.say(2)
        double.statuses[1]["reblogs_count"] = 90
        asked = [double.address(1), double.address(2)]
        double.delete(2)
        with_token = [r for b in mastodon.reread(settings(double, token="secret"), asked) for r in b.records]
        without = [r for b in mastodon.reread(settings(double), asked) for r in b.records]
    assert [(r.shares, r.deleted) for r in with_token] == [(90, False), (None, True)]
    assert without == [], "what is not given to strangers stays as it was"


def test_a_hashtag_that_nobody_has_used_is_empty_and_not_gone() -> None:
    with MastodonDouble(unknown_tag=True).running() as double:
        [batch] = mastodon.read(settings(double), {})
    assert batch.records == []


ODD: list[dict[str, Any]] = [
    status(99, content=None, spoiler_text=None, replies_count=None, reblogs_count=None),
    status(99) | {"id": 99, "account": {"id": 9, "acct": "lea", "display_name": None, "followers_count": None}},
]


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_status_is_read_as_far_as_it_goes(odd: dict[str, Any]) -> None:
    with MastodonDouble(odd=odd).running() as double:
        double.say(1)
        [batch] = mastodon.read(settings(double), {})
    assert len(batch.records) == 2
    assert batch.rejected == []


@pytest.mark.parametrize("odd", [{"id": "99"}, {"id": "99", "created_at": "yesterday", "account": {}}, {"id": None}])
def test_a_status_that_is_none_is_set_aside_and_the_page_is_read(odd: dict[str, Any]) -> None:
    with MastodonDouble(odd=odd).running() as double:
        double.say(1)
        [batch] = mastodon.read(settings(double), {})
    assert len(batch.records) == 1
    assert [r.position for r in batch.rejected] == ["status 2"]


def test_descriptions_options_cards_and_where_links_lead_are_words_that_watches_match() -> None:
    content = (
        '<p>Voir <a href="https://gazette.example/scandale-acme" rel="nofollow"><span>gazette.example/sca…</span></a> '
        '<a href="https://social.example/tags/x" class="mention hashtag">#x</a></p>'
    )
    more = {
        "media_attachments": [{"description": "Une affiche de Lactérie barrée"}, {"description": None}],
        "poll": {"options": [{"title": "Boycotter"}, {"title": "Attendre"}]},
        "card": {"title": "Le scandale", "description": "", "url": "https://gazette.example/2"},
    }
    with MastodonDouble().running() as double:
        double.say(1, content, **more)
        [batch] = mastodon.read(settings(double), {})
    text = batch.records[0].text
    for words in ("affiche de Lactérie", "Boycotter", "Le scandale", "https://gazette.example/scandale-acme"):
        assert words in text
    assert "social.example/tags" not in text


def test_a_handle_carries_its_server_wherever_it_is_read() -> None:
    far = {"id": "7", "acct": "bob@far.example", "display_name": "Bob", "followers_count": 3}
    with MastodonDouble().running() as double:
        double.say(1)
        double.say(2, account=far)
        [batch] = mastodon.read(settings(double), {})
    server = double.url.removeprefix("http://")
    assert [r.author_handle for r in batch.records] == ["bob@far.example", f"lea@{server}"]


# -- a server that asks us to slow down ------------------------------------------------------------------------

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "90"}, 90),
        ({"retry-after": "Tue, 10 Mar 2026 12:02:00 GMT"}, 120),
        ({"x-ratelimit-reset": "2026-03-10T12:05:00.000Z"}, 300),
        ({"ratelimit-reset": str(int(NOW.timestamp()) + 60)}, 60),
        ({"retry-after": "soon"}, 0),
        ({"retry-after": "-5"}, 0),
        ({}, 0),
    ],
)
def test_how_long_a_server_asks_to_be_left_alone(headers: dict[str, str], seconds: int) -> None:
    answer = httpx.Response(429, headers=headers, request=httpx.Request("GET", "https://social.example"))
    error = httpx.HTTPStatusError("slow down", request=answer.request, response=answer)
    assert wait_asked(error, NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "error",
    [
        KeyError("did"),
        RuntimeError("Event loop is closed"),
        ConnectionResetError(104, "Connection reset by peer"),
        httpx.RemoteProtocolError("peer closed connection without sending complete message body"),
        httpx.ConnectError("[Errno -2] Name or service not known"),
        httpx.ReadTimeout("timed out"),
        TypeError("'NoneType' object is not subscriptable"),
    ],
)
def test_no_error_is_told_in_the_words_of_a_library(error: Exception) -> None:
    said = in_plain_words(error)
    assert str(error) not in said
    assert said[0].isupper()
    assert "." in said


def test_a_stream_that_is_cut_off_again_and_again_is_opened_less_and_less_often(db: None) -> None:
    import queue
    import threading

    from tests.conftest import NOON
    from vigie.intake.readers import Outcome, Parcel
    from vigie.intake.sources import add_source
    from vigie.people.actions import create_organisation

    acme = create_organisation("Acme", at=NOON)
    with MastodonDouble(cut_streams=True).running() as double:
        source = add_source(acme, "mastodon", "#acme", settings(double, "sse"), by=None, at=NOON)
        out: queue.Queue[Parcel] = queue.Queue()
        reader = SourceReader(source, out)
        waits = []

        def keeper() -> None:
            while True:
                parcel = out.get()
                if parcel.reader is None:  # type: ignore[comparison-overlap]
                    return
                # The catch-up succeeds every time; the store says what it says of an error.
                parcel.answer(Outcome(True, 5.0 if isinstance(parcel.what, Exception) else 0.0))

        thread = threading.Thread(target=keeper, daemon=True)
        thread.start()
        for _ in range(5):
            waits.append(reader.turn())
        out.put(Parcel(None, Batch()))  # type: ignore[arg-type]
        thread.join(10)
    assert waits == sorted(waits)
    assert waits[-1] >= 8 * waits[0]
