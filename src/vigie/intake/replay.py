"""Playing an export in its own time through the same chain as live."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from vigie.alerts.models import Alert
from vigie.lib.text import fold
from vigie.lib.times import LIVE, ToldClock, from_millis
from vigie.networks.record import Record, Rejected
from vigie.people.actions import create_organisation
from vigie.people.models import Organisation
from vigie.watches.models import Entity, Watch

from . import checking
from .pipeline import Event, IngestPipeline
from .preparing import Attention, Prepared

CHUNK = 1_000


def arrived(record: Record) -> datetime:
    """When we would have seen it; where the file does not say, when it was published (the delay is not included)."""
    return record.seen_at or record.published_at


@dataclass
class Replay:
    """One file, one watch. `rejected` fills while the file is read."""

    query: str
    own: list[str] = field(default_factory=list)
    sensitivity: str = "balanced"
    zone: str = "UTC"
    country: str = ""
    """Whose public holidays count; none where the export does not say where people live."""
    name: str = "Replay"
    rejected: list[Rejected] = field(default_factory=list)
    posts: int = 0

    def ready(self, found: Iterator[Record | Rejected], since: datetime | None, until: datetime | None) -> list[Record]:
        """Records in the order of their arrival, each post once, the readable ones."""
        own = {fold(handle.lstrip("@")) for handle in self.own}
        today = LIVE.now()
        seen: set[tuple[str, str]] = set()
        kept: list[Record] = []
        for item in found:
            record = checking.check(item, today) if isinstance(item, Record) else item
            if isinstance(record, Rejected):
                self.rejected.append(record)
                continue
            when, key = arrived(record), (record.network, record.external_id)
            if key in seen or (since and when < since) or (until and when >= until):
                continue
            seen.add(key)
            record.own = record.own or fold(record.author_handle.lstrip("@")) in own
            record.seen_at, record.observed_at = when, when
            kept.append(record)
        kept.sort(key=lambda r: (arrived(r), r.published_at))
        return kept

    def organisation(self) -> tuple[Organisation, Watch]:
        now = LIVE.now()
        organisation = create_organisation(self.name, at=now, zone=self.zone, country=self.country)
        entity = Entity.objects.create(organisation=organisation, name=self.name, names=[], handles=self.own)
        watch = Watch.objects.create(
            organisation=organisation,
            entity=entity,
            name=self.name,
            query=self.query,
            sensitivity=self.sensitivity,
            created_at=now,
            changed_at=now,
        )
        return organisation, watch

    def play(self, records: list[Record]) -> Iterator[Alert]:
        """Each alert when it would have rung."""
        organisation, _ = self.organisation()
        clock = ToldClock()
        shown = _Shown()
        pipeline = shown.pipeline = IngestPipeline(
            organisation, clock, settle=shown.store, attention=Attention(hurried=False)
        )

        def step(event: Event) -> None:
            clock.advance(from_millis(event.arrived))
            shown.until = event.place + 1

        for at in range(0, len(records), CHUNK):
            chunk = records[at : at + CHUNK]
            shown.prepared, shown.done, shown.until = pipeline.prepare(chunk, today=LIVE.now()), 0, 0
            yield from pipeline.detect(pipeline.events(shown.prepared), step=step)
            shown.until = len(shown.prepared.records)
            shown.store()
            self.posts += len(chunk)


@dataclass
class _Shown:
    """A prepared batch of which only the beginning is stored: what had been shown when an alert looked."""

    pipeline: IngestPipeline | None = None
    prepared: Prepared = field(default_factory=Prepared)
    done: int = 0
    until: int = 0

    def store(self) -> None:
        if self.pipeline and self.until > self.done:
            self.pipeline.keep(self.prepared.part(self.done, self.until))
            self.done = self.until


def zone_of(name: str) -> ZoneInfo:
    """A time zone by its name, or a sentence that says how such names look."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"--tz {name}: no such time zone; write it like Europe/Paris") from error
