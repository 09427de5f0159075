"""Posts a second on the paths that users run, from arrival until searchable and counted, while the web answers.

A file is given as a page gives it: a job that the ingester takes up. A stream is read by the Mastodon connector from a
server of another process. Both run `Ingester`, as `vigie up` does.
"""

from __future__ import annotations

import multiprocessing
import resource
import time
from pathlib import Path
from typing import Any

from vigie.alerts.models import Alert
from vigie.intake.ingester import Ingester
from vigie.intake.models import Job
from vigie.intake.sources import add_source
from vigie.lib import memory, sql
from vigie.lib.times import LIVE
from vigie.people.actions import create_organisation
from vigie.people.models import Organisation
from vigie.posts import search
from vigie.posts.models import SetAside, Source
from vigie.watches.models import Entity, Watch

from . import pages
from .speaker import say_all

PATIENCE = 30.0
"""Seconds without a new post after which a measurement is given up."""


def organisation(queries: list[str]) -> Organisation:
    """An organisation that watches these words, each by itself."""
    now = LIVE.now()
    made = create_organisation("Bench", at=now)
    # An entity each: two watches of one entity would ring once about one story.
    entities = Entity.objects.across().bulk_create([Entity(organisation=made, name=q) for q in queries])
    Watch.objects.across().bulk_create(
        [
            Watch(organisation=made, entity=entity, name=q, query=q, created_at=now, changed_at=now)
            for entity, q in zip(entities, queries, strict=True)
        ]
    )
    return made


def upload(path: Path, queries: list[str], *, web: bool = True) -> dict[str, Any]:
    """A file as it is given on a page."""
    made = organisation(queries)
    copy = path.with_name(path.name + ".given")
    copy.unlink(missing_ok=True)
    copy.hardlink_to(path)
    what = {"path": str(copy), "name": path.name, "mapping": {}, "zone": "UTC"}
    job = Job.objects.create(organisation=made, kind="import", what=what, asked_at=LIVE.now())

    def over() -> bool:
        return Job.objects.of(made).get(pk=job.pk).state in (Job.State.DONE, Job.State.FAILED)

    found = _run(made, Ingester(), over, web)
    return {**found, "said": Job.objects.of(made).get(pk=job.pk).message}


def stream(path: Path, queries: list[str], count: int, *, web: bool = True) -> dict[str, Any]:
    """The first posts of a file as a server of the network says them."""
    made = organisation(queries)
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    server = context.Process(target=say_all, args=(theirs, str(path), count), daemon=True)
    server.start()
    settings = {"server": f"http://127.0.0.1:{ours.recv()}", "what": "public", "stream": "sse"}
    add_source(made, "mastodon", "bench", settings, by=None, at=LIVE.now())

    def over() -> bool:
        return bool(Source.objects.of(made).get().posts_read >= count)

    try:
        return _run(made, Ingester(), over, web)
    finally:
        server.terminate()


def _run(made: Organisation, ingester: Ingester, over: Any, web: bool) -> dict[str, Any]:
    """Turn the ingester until it is over, and say what came of it."""
    pipeline = ingester.pipeline(made)
    pipeline.prepare([])
    memory.for_streams()
    visitor = pages.Visitor(made) if web else None
    ingester.alone.take()
    begun = looked = moved = time.perf_counter()
    posts = 0
    while not (looked == begun and over()):
        ingester.turn()
        now = time.perf_counter()
        if now - looked < 0.5:
            continue
        looked, held = now, _count(made, "posts_post")
        moved = now if held != posts else moved
        posts = held
        if over() or now - moved > PATIENCE:
            break
    took = time.perf_counter() - begun
    for readers in ingester.readers.values():
        for reader in readers:
            reader.stopped.set()
    ingester.workshop.close()
    ingester.alone.leave()
    posts, aside = _count(made, "posts_post"), SetAside.objects.of(made).count()
    mentions = _count(made, "watches_mention")
    return {
        "posts": posts + aside,
        "stored": posts,
        "set_aside": aside,
        "mentions": mentions,
        "alerts": Alert.objects.of(made).count(),
        "watches": len(pipeline.watches),
        "seconds": round(took, 2),
        "posts_per_s": round((posts + aside) / took, 1),
        "memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "seconds_per_step": {name: round(value, 2) for name, value in pipeline.seconds.items() if value},
        "web": visitor.end() if visitor else None,
        "checked": check(made, posts, mentions),
    }


def _count(made: Organisation, table: str) -> int:
    rows = sql.rows(f"SELECT count(*) FROM {table} WHERE organisation_id = %s", [sql.uuid_value(made.pk)])
    return int(rows[0][0])


def check(made: Organisation, posts: int, mentions: int) -> dict[str, bool]:
    """Sums of counts and searchable texts against what is stored."""
    key = sql.uuid_value(made.pk)
    minutes = sql.rows("SELECT sum(mentions + own) FROM trends_minutecount WHERE organisation_id = %s", [key])[0][0]
    hours = sql.rows("SELECT sum(mentions + own) FROM trends_hourcount WHERE organisation_id = %s", [key])[0][0]
    words = sql.rows(f"SELECT count(*) FROM {search.TABLE}")[0][0]
    return {
        "minute_counts": int(minutes or 0) == mentions,
        "hour_counts": int(hours or 0) == mentions,
        "searchable": words >= posts,
    }
