"""Whatever happens to the store, nothing that was read is lost, nothing comes twice, and the source says what is wrong."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import IntegrityError, connection

from tests.conftest import NOON, make_watch, post
from tests.networks.doubles import Answer, dumps, serving, status
from vigie.intake.ingester import Ingester
from vigie.intake.pipeline import IngestPipeline
from vigie.intake.readers import Parcel, SourceReader, gathered
from vigie.intake.sources import add_source
from vigie.lib import sql
from vigie.lib.times import ToldClock
from vigie.networks.record import Batch
from vigie.people.actions import create_organisation
from vigie.people.models import Organisation
from vigie.posts.models import Gap, Post, SetAside, Source
from vigie.watches.models import Mention

pytestmark = pytest.mark.django_db(transaction=True)


def answer(request: BaseHTTPRequestHandler) -> Answer:
    """A timeline of five statuses, given from a place on."""
    asked = parse_qs(urlsplit(request.path).query)
    since = int(asked.get("since_id", ["0"])[0])
    return 200, {}, dumps([status(n) for n in range(5, since, -1)])


@pytest.fixture
def tag() -> Iterator[Source]:
    acme = create_organisation("Acme", at=NOON)
    make_watch(acme, "#acme OR acme")
    with serving(answer) as server:
        yield add_source(acme, "mastodon", "#acme", {"server": server, "value": "acme"}, by=None, at=NOON)


@contextmanager
def store_away() -> Iterator[None]:
    """The table of posts is not there: every write of a batch fails."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE posts_post RENAME TO posts_post_away")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE posts_post_away RENAME TO posts_post")


@contextmanager
def poisonous(word: str) -> Iterator[None]:
    """The store refuses any post that holds this word."""
    postgres = (
        f"ALTER TABLE posts_post ADD CONSTRAINT poison CHECK (text NOT LIKE '%%{word}%%')",
        "ALTER TABLE posts_post DROP CONSTRAINT poison",
    )
    sqlite = (
        f"CREATE TRIGGER poison BEFORE INSERT ON posts_post WHEN NEW.text LIKE '%{word}%' "
        "BEGIN SELECT RAISE(ABORT, 'poison'); END",
        "DROP TRIGGER poison",
    )
    make, drop = postgres if sql.is_postgres() else sqlite
    with connection.cursor() as cursor:
        cursor.execute(make)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(drop)


class Reading:
    """A reader in its thread, and the ingester that keeps what it brings, a parcel at a time."""

    def __init__(self, source: Source) -> None:
        self.ingester = Ingester()
        self.reader = SourceReader(source, self.ingester.queue, first_wait=0.0)
        self.thread = threading.Thread(target=self.reader.turn, daemon=True)
        self.thread.start()

    def keep(self) -> Parcel:
        parcel = self.ingester.queue.get(timeout=10)
        self.ingester.keep(parcel)
        return parcel

    def stop(self) -> None:
        self.reader.stopped.set()
        self.thread.join(10)


def kept() -> list[str]:
    return sorted(Post.objects.across().values_list("url", flat=True))


def state(source: Source) -> Source:
    return Source.objects.across().get(pk=source.pk)


@pytest.mark.parametrize("failures", [1, 10])
def test_a_store_that_fails_for_a_while_gets_every_post_once_and_the_place_moves_only_then(
    tag: Source, failures: int
) -> None:
    reading = Reading(tag)
    with store_away():
        for _ in range(failures):
            reading.keep()
        assert state(tag).cursor == {}
        assert reading.reader.source.cursor == {}
        assert state(tag).state == Source.State.DOWN
        assert state(tag).error.startswith("What was read could not be stored.")
    reading.keep()
    reading.thread.join(10)
    assert len(kept()) == 5
    assert state(tag).cursor["since_id"] == "5"
    assert reading.reader.source.cursor["since_id"] == "5"
    assert (state(tag).state, state(tag).error) == (Source.State.UP, "")
    assert not Gap.objects.across().exists(), "nothing was missed"


def test_a_store_that_fails_for_ever_moves_no_place_so_that_the_next_start_reads_it_all(tag: Source) -> None:
    reading = Reading(tag)
    with store_away():
        for _ in range(3):
            reading.keep()
        reading.stop()
    assert kept() == []
    assert state(tag).cursor == {}
    again = Reading(state(tag))
    again.keep()
    again.thread.join(10)
    assert len(kept()) == 5


def test_a_record_that_the_store_refuses_is_set_aside_and_the_rest_goes_on(tag: Source) -> None:
    texts = {n: f"<p>acme {'venin' if n == 3 else 'bonjour'} {n}</p>" for n in range(1, 6)}

    def poisoned(request: BaseHTTPRequestHandler) -> Answer:
        return 200, {}, dumps([status(n, texts[n]) for n in range(5, 0, -1)])

    with serving(poisoned) as server, poisonous("venin"):
        tag.settings = {**tag.settings, "server": server}
        reading = Reading(tag)
        reading.keep()
        reading.thread.join(10)
    assert [url.rsplit("/", 1)[1] for url in kept()] == ["1", "2", "4", "5"]
    aside = SetAside.objects.across().get()
    assert "venin" in aside.raw
    assert aside.reason.startswith("IntegrityError")
    assert state(tag).cursor["since_id"] == "5"
    assert state(tag).posts_read == 4


def test_an_error_of_the_server_opens_a_gap_and_moves_nothing(tag: Source) -> None:
    def broken(_request: BaseHTTPRequestHandler) -> Answer:
        return 503, {}, b""

    with serving(broken) as server:
        tag.settings = {**tag.settings, "server": server}
        reading = Reading(tag)
        parcel = reading.keep()
        reading.thread.join(10)
    assert isinstance(parcel.what, Exception)
    assert state(tag).state == Source.State.DOWN
    assert Gap.objects.across().get().ended_at is None


def test_two_processes_do_not_listen_with_the_same_store() -> None:
    first, second = Ingester(), Ingester()
    first.alone.take()
    with pytest.raises(RuntimeError, match="listens with"):
        second.run()
    first.alone.leave()
    second.alone.take()
    second.alone.leave()


# -- what is kept in memory survives only a commit ----------------------------------------------------------


def acme_pipeline() -> tuple[Organisation, IngestPipeline]:
    acme = create_organisation("Acme", at=NOON)
    make_watch(acme, name="Acme")
    return acme, IngestPipeline(acme, ToldClock(NOON))


LONG = "acme annonce la fermeture de son usine de Lyon, deux cents emplois sont menacés dit le syndicat"
OTHER = "acme lance un nouveau yaourt à la framboise dans tous ses magasins de France dès le mois prochain"


def test_a_batch_that_was_rolled_back_leaves_no_story_behind() -> None:
    acme, pipeline = acme_pipeline()
    with poisonous("venin"), pytest.raises(IntegrityError):
        pipeline.keep(pipeline.prepare([post(1, LONG), post(2, "acme venin")]))
    pipeline.keep(pipeline.prepare([post(3, OTHER)]))
    pipeline.keep(pipeline.prepare([post(4, LONG), post(5, OTHER + " !")]))
    stories = dict(Post.objects.of(acme).values_list("external_id", "story"))
    ids = dict(Post.objects.of(acme).values_list("external_id", "pk"))
    assert stories == {"3": ids["3"], "4": ids["4"], "5": ids["3"]}


def test_a_number_is_never_given_again() -> None:
    acme, pipeline = acme_pipeline()
    pipeline.take([post(1, LONG)])
    first = Post.objects.of(acme).get()
    number = first.pk
    Mention.objects.of(acme).all().delete()
    first.delete()
    pipeline.take([post(2, OTHER)])
    assert Post.objects.of(acme).get().pk > number


def test_an_alert_that_fails_keeps_no_later_mention_from_the_detectors(caplog: pytest.LogCaptureFixture) -> None:
    acme, pipeline = acme_pipeline()
    clock = pipeline.clock
    assert isinstance(clock, ToldClock)

    def broken(*_: Any) -> None:
        raise RuntimeError("the chain of command cannot be read")

    for evaluator in pipeline.evaluators.values():
        evaluator.notify = broken
    for n in range(400):
        record = post(n, f"acme {n} c'est honteux", minutes=n * 20 if n < 300 else 6000 + (n - 300) / 4)
        clock.advance(record.published_at)
        pipeline.take([record])
    assert "the chain of command cannot be read" in caplog.text
    watch = next(iter(pipeline.evaluators.values())).watch
    assert Mention.objects.of(acme).filter(watch=watch).count() == 400
    sensor = pipeline.evaluators[watch.pk].sensor
    reading = sensor.look(int(clock.now().timestamp() * 1000))
    assert reading is not None
    assert reading.signals["mentions"].seen > 20


# -- a stream is gathered ------------------------------------------------------------------------------------


def test_what_a_stream_brings_in_a_short_while_is_one_batch_and_its_error_comes_after_it() -> None:
    def stream() -> Iterator[Batch]:
        for n in range(250):
            yield Batch([post(n)], cursor={"n": n})
        raise ConnectionError("cut")

    found, cut = [], ""
    try:
        for batch in gathered(stream(), within=5.0, at_once=100):
            found.append((len(batch.records), batch.cursor["n"]))
    except ConnectionError as error:
        cut = str(error)
    assert found == [(100, 99), (100, 199), (50, 249)]
    assert cut == "cut"
