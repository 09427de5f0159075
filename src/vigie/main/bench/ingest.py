"""Posts a second, from JSON lines until searchable, counted and detected, while the web answers five pages a second."""

from __future__ import annotations

import resource
import time
from pathlib import Path
from typing import Any

from vigie.intake.aside import Aside
from vigie.intake.pipeline import Event, IngestPipeline
from vigie.lib import memory, sql
from vigie.lib.times import LIVE, ToldClock, from_millis
from vigie.people.actions import create_organisation
from vigie.people.models import Organisation
from vigie.posts import search
from vigie.watches.models import Entity, Watch

from . import pages


def organisation(queries: list[str]) -> Organisation:
    """An organisation that watches these words, each by itself."""
    now = LIVE.now()
    made = create_organisation("Bench", at=now)
    entity = Entity.objects.create(organisation=made, name="Bench", names=[], handles=[])
    Watch.objects.across().bulk_create(
        [Watch(organisation=made, entity=entity, name=q, query=q, created_at=now, changed_at=now) for q in queries]
    )
    return made


def keep(pipeline: IngestPipeline, clock: ToldClock, aside: Aside) -> dict[str, Any]:
    """Keep and detect all batches; what came of it, and the seconds of each step."""
    found = {"stored": 0, "mentions": 0, "set_aside": 0, "alerts": 0, "known": 0}
    for prepared in aside.batches():
        kept = pipeline.keep(prepared)
        # In the posts' own time, as a replay: what a live stream would have shown, post by post.
        events = [
            Event(e.published, e.place, e.published, e.watch, e.negative, e.sensitive, e.influential)
            for e in kept.events
        ]
        rung = pipeline.detect(events, step=lambda _event: None)
        if kept.events:
            clock.advance(from_millis(max(e.published for e in kept.events)))
        found["stored"] += kept.stored
        found["mentions"] += kept.mentions
        found["set_aside"] += kept.rejected
        found["known"] += kept.ignored + kept.updated
        found["alerts"] += len(rung)
    return found


def measure(path: Path, queries: list[str], *, web: bool = True) -> dict[str, Any]:
    made = organisation(queries)
    clock = ToldClock()
    pipeline = IngestPipeline(made, clock)
    pipeline.prepare([])
    aside = Aside(path, [w.query for w in pipeline.watches], LIVE.now())
    memory.for_streams()
    visitor = pages.Visitor(made) if web else None
    begun = time.perf_counter()
    found = keep(pipeline, clock, aside)
    took = time.perf_counter() - begun
    total = found["stored"] + found["set_aside"] + found["known"]
    names = dict.fromkeys([*aside.seconds, *pipeline.seconds])
    steps = {name: aside.seconds.get(name, 0.0) + pipeline.seconds.get(name, 0.0) for name in names}
    return {
        "posts": total,
        **found,
        "watches": len(queries),
        "seconds": round(took, 2),
        "posts_per_s": round(total / took, 1),
        "memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "seconds_per_step": {name: round(value, 2) for name, value in steps.items() if value},
        "web": visitor.end() if visitor else None,
        "checked": check(made, found),
    }


def check(made: Organisation, found: dict[str, Any]) -> dict[str, bool]:
    """Rows and sums of counts against what was said to have been stored."""
    key = sql.uuid_value(made.pk)
    posts = sql.rows("SELECT count(*) FROM posts_post WHERE organisation_id = %s", [key])[0][0]
    mentions = sql.rows("SELECT count(*) FROM watches_mention WHERE organisation_id = %s", [key])[0][0]
    minutes = sql.rows("SELECT sum(mentions + own) FROM trends_minutecount WHERE organisation_id = %s", [key])[0][0]
    hours = sql.rows("SELECT sum(mentions + own) FROM trends_hourcount WHERE organisation_id = %s", [key])[0][0]
    words = sql.rows(f"SELECT count(*) FROM {search.TABLE}")[0][0]
    return {
        "posts": posts == found["stored"],
        "mentions": mentions == found["mentions"],
        "minute_counts": int(minutes or 0) == mentions,
        "hour_counts": int(hours or 0) == mentions,
        "searchable": words == posts,
    }
