"""The weekly look: what people say of their alerts afterwards, and how it moves the budget of a watch.

The newest verdicts on a watch multiply the alerts a week that its sensitivity may ring: each useless alert takes a
little away, each crisis that none announced gives more, within bounds. An alert that somebody dismissed counts as
useless until a verdict says otherwise. Nothing else is kept of it: take a verdict back, and the budget is what it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_noop

from vigie.journal.actions import record
from vigie.lib.refusals import Refused
from vigie.people.models import Organisation, User
from vigie.trends.judgement import BUDGET
from vigie.watches.models import Watch

from .models import Alert, Verdict

USELESS, MISSED = 0.85, 1.4
"""By what one verdict multiplies the budget."""
BOUNDS = 0.25, 4.0
NEWEST = 20
"""Verdicts that count, of each kind."""
LATELY = timedelta(weeks=4)
"""For so long a dismissal counts that nobody gave a verdict on."""
SAME = timedelta(hours=1)
"""Two people who tell of a missed crisis that began within this time tell of one."""
WEEK = timedelta(days=7)
WRONG = ["noise", "homonym", "other"]
"""Reasons of a dismissal that say that it should not have rung."""


def tilt_of(watch: Watch, at: datetime) -> float:
    """By what the verdicts on a watch multiply its budget: 1 without any."""
    standing = Verdict.objects.of(watch.organisation_id).filter(watch=watch, undone_at=None)
    useless = standing.filter(says=Verdict.Says.USELESS)[:NEWEST].count()
    missed = standing.filter(says=Verdict.Says.MISSED)[:NEWEST].count()
    judged = standing.filter(alert__isnull=False).values("alert")
    dismissed = Alert.objects.of(watch.organisation_id).filter(watch=watch, test=False, dismissal__in=WRONG)
    dismissed = dismissed.filter(raised_at__gt=at - LATELY)
    useless += dismissed.exclude(pk__in=judged).order_by("-pk")[:NEWEST].count()
    low, high = BOUNDS
    return min(max(USELESS ** min(useless, NEWEST) * MISSED**missed, low), high)


def held(watch: Watch) -> Watch:
    """The watch as it stands, held until the end of the transaction: verdicts on it are counted one after the other.

    It is taken before anything else (alert, journal), so that two who judge at once never wait for each other.
    """
    return Watch.objects.of(watch.organisation_id).select_for_update(no_key=True).get(pk=watch.pk)


def settle(watch: Watch, at: datetime) -> None:
    """Let the verdicts on a watch count from now on."""
    standing = held(watch)
    tilt = tilt_of(standing, at)
    if abs(tilt - standing.tilt) > 1e-9:
        # The intake reads a watch again when it has changed.
        Watch.objects.of(watch.organisation_id).filter(pk=watch.pk).update(tilt=tilt, changed_at=at)


def _noted(verdict: Verdict, verb: str, *, by: User, at: datetime) -> None:
    subject = f"alert:{verdict.alert.number}" if verdict.alert else f"watch:{verdict.watch_id}"
    record(
        verdict.organisation_id,
        verb,
        at=at,
        actor_id=by.pk,
        actor_name=str(by),
        subject=subject,
        says=verdict.says,
        note=verdict.note,
    )
    settle(verdict.watch, at)


@transaction.atomic
def judge(alert: Alert, says: str, *, by: User, at: datetime) -> Verdict:
    """Say that an alert was useful or not; what was said of it before is taken back."""
    if says not in (Verdict.Says.USEFUL, Verdict.Says.USELESS) or alert.test:
        raise Refused("unclear", gettext_noop("Say whether it was useful or not."))
    held(alert.watch)
    Verdict.objects.of(alert.organisation_id).filter(alert=alert, undone_at=None).update(undone_at=at)
    made = Verdict.objects.create(
        organisation_id=alert.organisation_id,
        watch=alert.watch,
        alert=alert,
        says=says,
        at=alert.raised_at,
        user=by,
        said_at=at,
    )
    _noted(made, "alert.judged", by=by, at=at)
    return made


@transaction.atomic
def missed(watch: Watch, began: datetime, note: str, *, by: User, at: datetime) -> Verdict:
    """Say that a crisis began which no alert told."""
    if began > at:
        raise Refused("future", gettext_noop("This moment is still to come."))
    if began < watch.created_at - timedelta(days=365):
        raise Refused("old", gettext_noop("This is more than a year before the watch was made."))
    held(watch)
    told = Verdict.objects.of(watch.organisation_id).filter(watch=watch, says=Verdict.Says.MISSED, undone_at=None)
    if same := told.filter(at__gte=began - SAME, at__lte=began + SAME).first():
        return same
    made = Verdict.objects.create(
        organisation_id=watch.organisation_id,
        watch=watch,
        says=Verdict.Says.MISSED,
        at=began,
        note=note,
        user=by,
        said_at=at,
    )
    _noted(made, "watch.missed", by=by, at=at)
    return made


@transaction.atomic
def undo(verdict: Verdict, *, by: User, at: datetime) -> None:
    """Take a verdict back; a second time changes nothing."""
    held(verdict.watch)
    standing = Verdict.objects.of(verdict.organisation_id).filter(pk=verdict.pk, undone_at=None)
    if standing.update(undone_at=at):
        _noted(verdict, "verdict.undone", by=by, at=at)


@dataclass(frozen=True)
class Judged:
    """An alert of the week, and what was said of it."""

    alert: Alert
    verdict: Verdict | None

    @property
    def dismissed(self) -> bool:
        """Whether it counts as useless, for want of a verdict, because of its dismissal."""
        return self.verdict is None and self.alert.dismissal in WRONG


@dataclass(frozen=True)
class Moved:
    """A watch whose budget verdicts have moved: days from one alert to the next that it aims at, at least."""

    watch: Watch
    plain: float
    now: float


def of_the_week(organisation: Organisation, now: datetime) -> list[Judged]:
    """The alerts of the last seven days, the newest first."""
    found = Alert.objects.of(organisation).filter(test=False, raised_at__gt=now - WEEK).select_related("watch")
    standing = {v.alert_id: v for v in Verdict.objects.of(organisation).filter(undone_at=None, alert__in=found)}
    return [Judged(alert, standing.get(alert.pk)) for alert in found.order_by("-raised_at")]


def moved(organisation: Organisation) -> list[Moved]:
    """The watches whose budget is not the one of their sensitivity alone."""
    found = Watch.objects.of(organisation).exclude(tilt=1.0)
    return [Moved(w, 7 / BUDGET[w.sensitivity], 7 / (BUDGET[w.sensitivity] * w.tilt)) for w in found]


def told_missed(organisation: Organisation) -> list[Verdict]:
    """The crises that people said were missed, and did not take back; the newest twenty."""
    found = Verdict.objects.of(organisation).filter(says=Verdict.Says.MISSED, undone_at=None)
    return list(found.select_related("watch", "user")[:NEWEST])
