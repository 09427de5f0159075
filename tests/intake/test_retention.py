"""What nobody needs any more is not kept."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from tests.conftest import NOON, post
from vigie.intake.models import Job
from vigie.intake.pipeline import IngestPipeline
from vigie.intake.retention import AFTER, sweep_old, sweep_uploads
from vigie.intake.sources import add_source, keep_for
from vigie.lib.refusals import Refused
from vigie.lib.times import LIVE, ToldClock
from vigie.people.models import Organisation, User
from vigie.posts import search
from vigie.posts.models import Post, Source
from vigie.watches.models import Mention, Watch


def test_a_file_that_was_given_and_never_taken_in_goes_after_three_days(acme: Organisation, tmp_path: Path) -> None:
    for name in ("left", "wanted", "fresh"):
        (tmp_path / name).write_text("date,text")
        age = timedelta(0) if name == "fresh" else AFTER + timedelta(hours=1)
        os.utime(tmp_path / name, ((NOON - age).timestamp(),) * 2)
    Job.objects.create(organisation=acme, kind="import", what={"path": str(tmp_path / "wanted")}, asked_at=NOON)
    assert sweep_uploads(tmp_path, NOON) == 1
    assert sorted(f.name for f in tmp_path.iterdir()) == ["fresh", "wanted"]


def test_posts_go_after_the_days_that_their_source_or_the_organisation_says(acme: Organisation, watch: Watch) -> None:
    gazette = add_source(acme, "rss", "Gazette", {"url": "https://gazette.example"}, by=None, at=NOON)
    pipeline = IngestPipeline(acme, ToldClock(LIVE.now() - timedelta(days=40)))
    pipeline.take([post(1, "acme en panne")], source=gazette.pk)
    pipeline.take([post(2, "acme en feu")])
    assert sweep_old(acme) == 0, "for ever, unless somebody says otherwise"
    Source.objects.of(acme).update(keep_days=35)
    assert sweep_old(acme) == 1
    assert [p.text for p in Post.objects.of(acme)] == ["acme en feu"]
    assert not search.holding(Mention.objects.of(acme), "panne").exists()
    acme.keep_days = 60
    assert sweep_old(acme) == 0
    acme.keep_days = 39
    assert sweep_old(acme) == 1


def test_what_a_detector_learns_from_is_not_dropped_too_soon(acme: Organisation, alice: User) -> None:
    gazette = add_source(acme, "rss", "Gazette", {"url": "https://gazette.example"}, by=None, at=NOON)
    with pytest.raises(Refused):
        keep_for(gazette, 7, by=alice, at=NOON)
    keep_for(gazette, 90, by=alice, at=NOON)
    assert Source.objects.of(acme).get().keep_days == 90
