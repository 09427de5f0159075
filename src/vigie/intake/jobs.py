"""Work asked for on a page, done in small steps between batches so that listening never waits."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from vigie.journal.actions import pulse
from vigie.lib import sql
from vigie.lib.http import in_plain_words
from vigie.lib.times import LIVE
from vigie.networks import webhook
from vigie.networks.files.export import BadFile
from vigie.networks.record import Record
from vigie.people.models import Organisation
from vigie.posts.models import SetAside, Source
from vigie.watches.models import Watch

from . import filling, imports, sources
from .models import Job
from .pipeline import IngestPipeline

log = logging.getLogger(__name__)
STEP = 500
STALE = timedelta(minutes=2)
"""A running job that has not beaten for so long lost its worker: it is taken up again."""


class Worker:
    """Runs one job at a time, a step a call."""

    def __init__(self, pipeline: Callable[[Organisation], IngestPipeline]) -> None:
        self.pipeline = pipeline
        self.job: Job | None = None
        self.steps: Iterator[None] = iter(())

    @property
    def busy(self) -> bool:
        return self.job is not None

    def look(self) -> None:
        """Claim the next job, unless one is under way."""
        if self.job is not None:
            return
        now = LIVE.now()
        waiting = Job.objects.across().filter(state=Job.State.WAITING)
        lost = Job.objects.across().filter(state=Job.State.RUNNING, beat_at__lt=now - STALE)
        # What a webhook brought is live, and goes first.
        for found in sorted((waiting | lost).order_by("pk")[:50], key=lambda job: job.kind != "hook")[:5]:
            claim = Job.objects.across().filter(pk=found.pk, state=found.state, beat_at=found.beat_at)
            if claim.update(state=Job.State.RUNNING, beat_at=now):
                self.job = Job.objects.across().select_related("organisation").get(pk=found.pk)
                self.steps = KINDS[self.job.kind](self, self.job)
                return

    def step(self) -> None:
        if self.job is None:
            return
        job = self.job
        try:
            next(self.steps)
            Job.objects.across().filter(pk=job.pk).update(beat_at=LIVE.now(), done=job.done, total=job.total)
        except StopIteration:
            self.end(job, Job.State.DONE)
        except sql.TROUBLE:
            # Not the job's fault: it waits for the store, and is taken up again.
            self.job, self.steps = None, iter(())
            Job.objects.across().filter(pk=job.pk).update(state=Job.State.WAITING)
            raise
        except Exception as error:
            log.exception("job %s", job.pk)
            job.message = str(error)
            self.end(job, Job.State.FAILED)

    def end(self, job: Job, state: str) -> None:
        what = job.what
        if state == Job.State.DONE:
            # What was brought is posts now, or set aside: the words are not kept twice.
            what = {name: value for name, value in what.items() if name != "body"}
        Job.objects.across().filter(pk=job.pk).update(
            state=state,
            what=what,
            message=job.message,
            done=job.done,
            total=max(job.total, job.done),
            beat_at=LIVE.now(),
        )
        # Open pages show what the work has changed.
        pulse(job.organisation_id, "job", at=LIVE.now(), kind=job.kind)
        self.job, self.steps = None, iter(())
        self.look()

    def take_back(self) -> None:
        """At the start of the only worker, a job that runs is one whose worker was killed."""
        Job.objects.across().filter(state=Job.State.RUNNING).update(state=Job.State.WAITING)

    # -- kinds of job ------------------------------------------------------------------------------------

    def fill(self, job: Job) -> Iterator[None]:
        """A watch from what is stored, then from the sources that can look back."""
        watch = Watch.objects.of(job.organisation).select_related("entity").filter(pk=job.what["watch"]).first()
        if watch is None:
            return
        pipeline = self.pipeline(job.organisation)
        pipeline.refresh()
        for made in filling.steps(job, watch):
            job.message = _("%(n)s mentions found in what is stored") % {"n": made}
            yield
        pipeline.forget(watch.pk)
        yield from self.look_back(job, watch, pipeline)

    def look_back(self, job: Job, watch: Watch, pipeline: IngestPipeline) -> Iterator[None]:
        """Ask the networks for their own history on the names of the entity."""
        from vigie.networks.registry import NETWORKS

        asked = set()
        for source in Source.objects.of(job.organisation).exclude(state=Source.State.PAUSED):
            module = NETWORKS[source.network]
            server = source.settings.get("server", "")
            if not module.about.reads_back or (source.network, server) in asked:
                continue
            asked.add((source.network, server))
            try:
                for batch in module.search(sources.full_settings(source), watch.entity.name):
                    kept = pipeline.take(batch.records, source=source.pk, origin=source.name, quietly=True)
                    job.done += kept.stored
                    yield
            except Exception as error:
                # A network that refuses to look back leaves the watch with what is stored: said, not fatal.
                job.message += f" · {source.name}: {in_plain_words(error)}"
        pipeline.forget(watch.pk)

    def take_file(self, job: Job) -> Iterator[None]:
        """An uploaded export. Read again from its beginning after a kill: what is stored already changes nothing."""
        what, path = job.what, Path(job.what["path"])
        job.done = 0
        if not path.is_file():
            raise BadFile(_("This file is there no more: give it again."))
        pipeline = self.pipeline(job.organisation)
        pipeline.refresh()
        touched: set[int] = set()
        taken = imports.Import(path, what["name"], what.get("mapping") or {}, what.get("zone") or "UTC")
        for kept in taken.steps(pipeline):
            job.done += kept.stored + kept.updated + kept.ignored + kept.rejected
            touched.update(kept.watches)
            yield
        # A watch at a time: learning months of a thousand watches must not keep the live ones waiting.
        for watch in sorted(touched):
            pipeline.forget(watch)
            yield
        path.unlink(missing_ok=True)
        told = _("%(format)s: %(n)s posts") % {"format": taken.format, "n": job.done}
        job.message = " · ".join([told, *taken.notes])

    def take_hook(self, job: Job) -> Iterator[None]:
        """What a webhook brought."""
        source = Source.objects.of(job.organisation).filter(pk=job.what["source"]).first()
        if source is None:
            return
        batch = webhook.parse(job.what["body"].encode())
        pipeline = self.pipeline(job.organisation)
        pipeline.refresh()
        pipeline.take(
            batch.records,
            source=source.pk,
            origin=source.name,
            rejected=batch.rejected,
            also=sources.succeeded(source, batch, LIVE.now()),
        )
        job.done = len(batch.records)
        yield

    def retry(self, job: Job) -> Iterator[None]:
        """Records that were set aside, tried again."""
        import msgspec

        pipeline = self.pipeline(job.organisation)
        for held in SetAside.objects.of(job.organisation).filter(pk__in=job.what["ids"]):
            try:
                record = msgspec.json.decode(held.raw, type=Record)
            except msgspec.DecodeError:
                parsed = webhook.parse(held.raw.encode())
                if not parsed.records:
                    held.retried_at = LIVE.now()
                    held.save()
                    continue
                record = parsed.records[0]
            kept = pipeline.take([record], source=held.source_id, origin=held.origin)
            if not kept.rejected:
                job.done += 1
            held.delete()
            yield


KINDS: dict[str, Any] = {
    "fill": Worker.fill,
    "import": Worker.take_file,
    "hook": Worker.take_hook,
    "retry": Worker.retry,
}
