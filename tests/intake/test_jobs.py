"""Work asked for on a page: done in steps, taken up again after a kill, and never in the way of what is live."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError

from tests.conftest import NOON, make_watch, post
from vigie.intake.jobs import STALE, Worker
from vigie.intake.models import Job
from vigie.intake.pipeline import IngestPipeline
from vigie.intake.sources import add_source
from vigie.lib.times import LIVE, ToldClock
from vigie.people.models import Organisation
from vigie.posts.models import Post, SetAside, Source
from vigie.watches.models import Mention, Watch


@pytest.fixture
def worker(acme: Organisation, watch: Watch) -> Worker:
    pipeline = IngestPipeline(acme, ToldClock(NOON))
    return Worker(lambda _organisation: pipeline)


@pytest.fixture
def hook(acme: Organisation) -> Source:
    return add_source(acme, "webhook", "Hook", {"secret": "s"}, by=None, at=NOON)


def ask(acme: Organisation, kind: str, **what: Any) -> Job:
    return Job.objects.create(organisation=acme, kind=kind, what=what, asked_at=NOON)


def brought(text: str) -> str:
    return json.dumps(
        {"text": text, "published_at": NOON.isoformat(), "author": "lea", "url": f"https://a.example/{text}"}
    )


def done(worker: Worker, most: int = 50) -> None:
    """Let the worker do all that waits."""
    worker.look()
    for _ in range(most):
        worker.step()
    assert not worker.busy


def state(job: Job) -> str:
    return Job.objects.across().get(pk=job.pk).state


def test_what_a_webhook_brought_goes_before_what_was_asked_for_earlier(
    acme: Organisation, worker: Worker, watch: Watch, hook: Source
) -> None:
    slow, quick = ask(acme, "fill", watch=watch.pk), ask(acme, "hook", source=hook.pk, body=brought("acme"))
    worker.look()
    assert worker.job is not None
    assert worker.job.pk == quick.pk
    done(worker)
    assert (state(slow), state(quick)) == ("done", "done")
    assert Mention.objects.of(acme).count() == 1
    assert "body" not in Job.objects.across().get(pk=quick.pk).what


def test_a_job_that_fails_says_why_and_the_next_one_is_done(acme: Organisation, worker: Worker, hook: Source) -> None:
    lost = ask(acme, "import", path="/nowhere/at/all.csv", name="all.csv")
    fine = ask(acme, "hook", source=hook.pk, body=brought("acme"))
    done(worker)
    assert (state(lost), state(fine)) == ("failed", "done")
    assert "there no more" in Job.objects.across().get(pk=lost.pk).message


def test_a_store_that_is_away_fails_no_job(
    acme: Organisation, worker: Worker, hook: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = ask(acme, "hook", source=hook.pk, body=brought("acme"))
    worker.look()
    refused = iter([OperationalError("disk is full")])

    def away(*_given: Any) -> Any:
        for error in refused:
            raise error

    worker.steps = (away() for _ in range(1))
    with pytest.raises(OperationalError):
        worker.step()
    assert state(job) == "waiting"
    done(worker)
    assert (state(job), Post.objects.of(acme).count()) == ("done", 1)


def test_a_job_whose_worker_was_killed_is_taken_up_again_after_a_while(
    acme: Organisation, worker: Worker, hook: Source
) -> None:
    job, now = ask(acme, "hook", source=hook.pk, body=brought("acme")), LIVE.now()
    Job.objects.across().filter(pk=job.pk).update(state="running", beat_at=now)
    worker.look()
    assert not worker.busy, "somebody may be at it"
    Job.objects.across().filter(pk=job.pk).update(beat_at=now - STALE - timedelta(seconds=1))
    done(worker)
    assert state(job) == "done"


def test_the_only_worker_takes_back_at_once_what_ran_when_it_was_killed(
    acme: Organisation, worker: Worker, hook: Source
) -> None:
    job = ask(acme, "hook", source=hook.pk, body=brought("acme"))
    Job.objects.across().filter(pk=job.pk).update(state="running", beat_at=LIVE.now())
    worker.take_back()
    done(worker)
    assert state(job) == "done"


def test_a_file_is_taken_in_step_by_step_and_then_removed(acme: Organisation, worker: Worker, tmp_path: Path) -> None:
    file = tmp_path / "kept"
    rows = [f"2026-03-10T11:{n:02d}:00Z,person{n},acme numero {n}" for n in range(40)]
    file.write_text("\n".join(["date,author,text", *rows]))
    job = ask(acme, "import", path=str(file), name="mine.csv")
    done(worker)
    told = Job.objects.across().get(pk=job.pk)
    assert (told.state, told.done, file.exists()) == ("done", 40, False)
    assert "mine.csv" not in told.message
    assert Mention.objects.of(acme).count() == 40


def test_a_new_watch_is_filled_from_what_is_stored(acme: Organisation, worker: Worker) -> None:
    IngestPipeline(acme, ToldClock(NOON)).take([post(n, "the factory of Lyon") for n in range(5)])
    lyon = make_watch(acme, "lyon", name="Lyon")
    job = ask(acme, "fill", watch=lyon.pk)
    done(worker)
    assert Mention.objects.of(acme).filter(watch=lyon).count() == 5
    assert "5" in Job.objects.across().get(pk=job.pk).message


def test_a_watch_that_was_removed_meanwhile_is_no_error(acme: Organisation, worker: Worker) -> None:
    job = ask(acme, "fill", watch=999)
    done(worker)
    assert state(job) == "done"


def test_records_set_aside_are_tried_again_and_those_still_wrong_stay(acme: Organisation, worker: Worker) -> None:
    rows = {"origin": "hook", "position": "1", "reason": "date", "at": NOON}
    good = SetAside.objects.create(organisation=acme, raw=brought("acme"), **rows)
    bad = SetAside.objects.create(organisation=acme, raw="{", **rows)
    ask(acme, "retry", ids=[good.pk, bad.pk])
    done(worker)
    assert list(SetAside.objects.of(acme).values_list("pk", flat=True)) == [bad.pk]
    assert SetAside.objects.of(acme).get().retried_at
    assert Post.objects.of(acme).count() == 1
