"""What an operator's tools ask: does it live, is it ready, and the numbers of Prometheus where they were asked for."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from vigie.lib import sql

PATHS = ("/healthz", "/healthz/ready", "/metrics")
Send = Callable[[dict[str, Any]], Awaitable[None]]


async def answer(scope: dict[str, Any], send: Send) -> None:
    """`/healthz`: this process answers. `/healthz/ready`: the store does too. `/metrics`: only with its token set."""
    path = scope["path"]
    if path == "/healthz":
        await _say(send, 200, "live\n")
    elif path == "/healthz/ready":
        trouble = await asyncio.to_thread(not_ready)
        await _say(send, 503 if trouble else 200, f"{trouble or 'ready'}\n")
    elif not settings.METRICS_TOKEN or not _allowed(scope):
        await _say(send, 404, "")
    else:
        await _say(send, 200, await asyncio.to_thread(metrics))


def _allowed(scope: dict[str, Any]) -> bool:
    given = dict(scope["headers"]).get(b"authorization", b"")
    return hmac.compare_digest(given, b"Bearer " + settings.METRICS_TOKEN.encode())


async def _say(send: Send, status: int, text: str) -> None:
    headers = [(b"content-type", b"text/plain; version=0.0.4; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})


def not_ready() -> str:
    """Why pages cannot be served now, without secrets; empty when they can."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
        return ""
    except Exception as error:  # whatever is wrong with the store, this is only asked
        return f"the database does not answer ({type(error).__name__})"
    finally:
        connection.close()


Sample = tuple[dict[str, str], float]


def metrics() -> str:
    """The numbers as Prometheus reads them."""
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
    from prometheus_client.exposition import generate_latest
    from prometheus_client.registry import CollectorRegistry

    class Now:
        def collect(self) -> Iterator[Any]:
            for name, words, kind, labels, samples in families():
                family = (CounterMetricFamily if kind == "counter" else GaugeMetricFamily)(name, words, labels=labels)
                for names, value in samples:
                    family.add_metric([names[label] for label in labels], value)
                yield family

    registry = CollectorRegistry()
    registry.register(Now())  # type: ignore[arg-type]
    try:
        return str(generate_latest(registry), "utf-8")
    finally:
        connection.close()


def lock_waits() -> list[Sample]:
    """Who waits for whom in the store now. PostgreSQL knows; SQLite has one writer, and keeps no such count."""
    if not sql.is_postgres():
        return []
    asked = "SELECT count(*), max(extract(epoch FROM clock_timestamp() - query_start)) FROM pg_stat_activity "
    [(waiting, longest)] = sql.rows(asked + "WHERE datname = current_database() AND wait_event_type = 'Lock'")
    return [({"of": "sessions"}, float(waiting)), ({"of": "longest_seconds"}, float(longest or 0))]


def families() -> Iterator[tuple[str, str, str, list[str], list[Sample]]]:
    """Name, words, kind, labels and samples of each family. No name of a person, a watch or a query is among them."""
    from django.db.models import Avg, Count, Max, Sum

    from vigie.intake.models import Job
    from vigie.lib.times import LIVE
    from vigie.main import restarts
    from vigie.outbox import actions as outbox
    from vigie.outbox.models import Message
    from vigie.posts.models import SetAside, Source

    now = LIVE.now()
    sources = list(Source.objects.across().order_by("pk"))
    names = {source.pk: {"source": str(source.pk), "network": source.network} for source in sources}
    read = [(names[s.pk], float(s.posts_read)) for s in sources]
    yield "vigie_posts_read", "Posts that a source brought", "counter", ["source", "network"], read
    lags = [(names[s.pk], float(s.lag_seconds)) for s in sources if s.lag_seconds is not None]
    yield "vigie_source_lag_seconds", "Age of the newest post when it came", "gauge", ["source", "network"], lags
    up = [(names[s.pk], float(s.state == Source.State.UP)) for s in sources if s.state != Source.State.PAUSED]
    yield "vigie_source_up", "Whether a source answers", "gauge", ["source", "network"], up
    jobs = Job.objects.across().filter(state__in=[Job.State.WAITING, Job.State.RUNNING])
    waiting = [({"kind": row["kind"]}, float(row["n"])) for row in jobs.values("kind").annotate(n=Count("pk"))]
    yield "vigie_jobs", "Jobs that wait or run", "gauge", ["kind"], waiting
    states = Message.objects.across().values("state").annotate(n=Count("pk"))
    by_state = [({"state": row["state"]}, float(row["n"])) for row in states]
    yield "vigie_messages", "Messages by state", "gauge", ["state"], by_state
    due = outbox.oldest_due()
    age = max((now - due).total_seconds(), 0.0) if due else 0.0
    yield "vigie_oldest_message_seconds", "Since when a message waits that is due", "gauge", [], [({}, age)]
    today = Message.objects.across().filter(state=Message.State.SENT, sent_at__gt=now - timedelta(days=1))
    took = list(today.values("lane").annotate(mean=Avg("took_ms"), most=Max("took_ms")).order_by("lane"))
    delays = [
        ({"service": row["lane"], "of": of}, float(row[of] or 0) / 1000) for row in took for of in ("mean", "most")
    ]
    yield "vigie_send_seconds", "How long services took to accept, last day", "gauge", ["service", "of"], delays
    yield "vigie_lock_waits", "Sessions that wait for a lock, and the longest wait", "gauge", ["of"], lock_waits()
    aside = float(SetAside.objects.across().count())
    yield "vigie_set_aside", "Records that were set aside", "gauge", [], [({}, aside)]
    total = Source.objects.across().aggregate(n=Sum("failures"))["n"] or 0
    yield "vigie_source_failures", "Failed readings in a row, all sources", "gauge", [], [({}, float(total))]
    again = [({"process": name}, float(n)) for name, n in restarts.counted().items()]
    yield "vigie_process_restarts", "How often a process was started again", "counter", ["process"], again
