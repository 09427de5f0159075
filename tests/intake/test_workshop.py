"""A process of its own prepares what comes; what is kept is the same as without it, whatever happens to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import NOON, make_watch, post
from vigie.intake import imports, workshop
from vigie.intake.imports import Import
from vigie.intake.pipeline import IngestPipeline
from vigie.intake.workshop import Workshop
from vigie.people.models import Organisation
from vigie.posts.models import Post
from vigie.watches.models import Mention, Watch


@pytest.fixture
def aside() -> Iterator[Workshop]:
    made = Workshop()
    yield made
    made.close()


def export(path: Path, n: int) -> Path:
    rows = [
        f"2026-03-10 1{i % 2}:{i % 60:02d},lea{i % 7},message {i} {'acme' if i % 3 else 'other'} né" for i in range(n)
    ]
    path.write_text("\n".join(["date,author,text", *rows, "never,lea,no date here"]) + "\n", encoding="utf-8")
    return path


def taken(acme: Organisation, path: Path) -> tuple[int, int, int, list[str]]:
    """What is kept of a file: posts, mentions, rows set aside, and the words of the sentiments."""
    pipeline = IngestPipeline(acme)
    pipeline.refresh()
    total = imports.Kept()
    for kept in Import(path, "a file").steps(pipeline):
        total.add(kept)
    sentiments = [str(s) for s in Post.objects.of(acme).order_by("external_id").values_list("sentiment", flat=True)]
    return total.stored, Mention.objects.of(acme).count(), total.rejected, sentiments


def test_a_large_file_is_read_by_the_other_process_to_the_same_end(
    acme: Organisation, elsewhere: Organisation, watch: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_watch(elsewhere, "acme")
    path = export(tmp_path / "export.csv", 2_500)
    here = taken(acme, path)
    monkeypatch.setattr(imports, "LARGE", 1)
    assert taken(elsewhere, path) == here
    assert here[0] == 2_500
    assert here[2] == 1


def test_a_file_that_cannot_be_read_says_why_from_the_other_process_too(
    acme: Organisation, watch: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "export.xlsx"
    path.write_bytes(b"PK\x03\x04 not a workbook")
    with pytest.raises(ValueError) as here:
        taken(acme, path)
    monkeypatch.setattr(imports, "LARGE", 1)
    with pytest.raises(type(here.value)) as there:
        taken(acme, path)
    assert str(there.value) == str(here.value)


def test_a_batch_prepared_before_a_watch_was_changed_is_prepared_again(
    acme: Organisation, watch: Watch, aside: Workshop
) -> None:
    pipeline = IngestPipeline(acme)
    pipeline.refresh()
    records = [post(n, "acme and gadgets") for n in range(workshop.WORTH)]
    prepared = aside.prepare(pipeline.setup, records, NOON)
    assert prepared is not None
    make_watch(acme, "gadgets", name="Gadgets")
    pipeline.refresh()
    assert pipeline.take(records, prepared=prepared).mentions == 2 * workshop.WORTH


def test_the_process_is_killed_and_batches_go_on_being_prepared(
    acme: Organisation, watch: Watch, aside: Workshop
) -> None:
    pipeline = IngestPipeline(acme)
    pipeline.refresh()
    records = [post(n) for n in range(workshop.WORTH)]
    assert aside.prepare(pipeline.setup, records, NOON) is not None
    aside._process.kill()
    aside._process.join()
    assert aside.prepare(pipeline.setup, records, NOON) is None, "the caller prepares this one"
    assert aside.prepare(pipeline.setup, records, NOON) is not None, "and the next has a new process"


def test_a_small_batch_stays_where_it_is(acme: Organisation, aside: Workshop) -> None:
    assert aside.prepare(IngestPipeline(acme).setup, [post(1)], NOON) is None
    assert aside._process is None
