"""From the arrival of the decisive post to the alert row with its notice, at a thousand posts a second."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from vigie.alerts import duty
from vigie.alerts.models import Channel
from vigie.intake.pipeline import IngestPipeline
from vigie.lib.times import LIVE
from vigie.networks.record import Record
from vigie.outbox.models import Message
from vigie.outbox.services import vault

from . import posts
from .ingest import organisation

RATE = 1_000
CRISES = 20


def measure(seconds: int = 20) -> dict[str, Any]:
    """Background posts come every tenth of a second; a crisis breaks out in one watch after the other."""
    made = organisation([posts.brand(n) for n in range(1000)])
    Channel.objects.create(organisation=made, name="Bench", address=vault().seal("json://127.0.0.1:9"))
    pipeline = IngestPipeline(made, notify=duty.call)
    now = LIVE.now()
    history = [_post(f"h{n}", posts.brand(n % 1000), now - timedelta(minutes=15 + n % 2880), n) for n in range(40_000)]
    for at in range(0, len(history), 4000):
        pipeline.keep(pipeline.prepare(history[at : at + 4000]))
    pipeline.forget_all()
    delays, busy, n = [], 0.0, 0
    for crisis in range(CRISES):
        for tenth in range(seconds * 10 // CRISES):
            batch = [_post(f"b{n + i}", _usual(n + i), LIVE.now(), n + i) for i in range(RATE // 10)]
            n += len(batch)
            if tenth == 5:
                batch += [
                    _post(f"c{crisis}-{i}", f"{posts.brand(crisis)} panne honteux", LIVE.now(), i) for i in range(40)
                ]
            arrived = time.perf_counter()
            kept = pipeline.take(batch)
            done = time.perf_counter() - arrived
            busy += done
            if any(a.watch.name == posts.brand(crisis) for a in kept.alerts):
                # A batch waits for at most a tenth of a second before it is taken.
                delays.append(done + 0.1)
            time.sleep(max(0.1 - done, 0))
    delays.sort()
    return {
        "posts_per_s": RATE,
        "crises": CRISES,
        "rung": len(delays),
        "notices": Message.objects.of(made).count(),
        "p50_s": round(delays[len(delays) // 2], 3) if delays else None,
        "p95_s": round(delays[int(len(delays) * 0.95)], 3) if delays else None,
        "busy_share": round(busy / seconds, 2),
    }


def _usual(n: int) -> str:
    """What most of a public stream is: about nobody; one post in four thousand names a watch, as in the past."""
    return posts.brand(n // 4_000 * 7 % 1000) if n % 4_000 == 0 else "rien de spécial"


def _post(identity: str, text: str, at: Any, n: int) -> Record:
    return Record(
        network="mastodon",
        external_id=identity,
        text=f"bonjour {text} ce matin {n}",
        published_at=at,
        author_handle=f"u{n % 997}",
        author_id=f"u{n % 997}",
    )
