"""From a reading to an alert: one alert an episode, raised once, made louder when it grows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max

from vigie.journal.actions import pulse, record
from vigie.lib.times import EARLIEST, from_millis, millis
from vigie.people.models import Organisation
from vigie.trends import counts
from vigie.trends.detector import RATIO
from vigie.trends.episodes import FLOOR
from vigie.trends.judgement import ENOUGH_HOURS, Ringing, components, level, over
from vigie.trends.sensor import Reading, Sensor, Shown
from vigie.watches.models import Watch

from . import evidence, siblings
from .models import RANK, Alert, AlertChange

GROWN = 1.25
"""What one person alone said is looked at again when it holds a quarter more."""
FEWEST_AUTHORS, LOUDEST_SHARE = 2, 0.7
"""One person alone, or nearly, makes no alert."""

RARE, RARE_OVER = 14, timedelta(days=14)
"""An influential voice rings by itself where there were at most so many in that time."""

Notify = Callable[[Alert, str], None]


@dataclass
class Episode:
    """What the watch's last alert was, kept in memory beside its row."""

    alert: int | None = None
    level: str = "green"
    suppressed: float = 0.0
    """How many mentions of one person alone made no alert…"""
    suppressed_until: datetime = EARLIEST


CALM = timedelta(minutes=15)
"""After so long without anything abnormal, what comes next begins anew."""


@dataclass
class AlertEvaluator:
    """Rings for one watch. `notify` is called in the transaction of the alert, to ask for its messages."""

    watch: Watch
    sensor: Sensor
    notify: Notify | None = None
    settle: Callable[[], None] | None = None
    """Called before an alert looks at what is stored: a replay stores what it has shown so far."""
    episode: Episode = field(default_factory=Episode)
    ringing: Ringing = field(default_factory=Ringing)
    abnormal: tuple[datetime, datetime] = (EARLIEST, EARLIEST)
    """Since when it is abnormal, and when it was last seen to be; kept before anything rings."""
    voiced_until: datetime = EARLIEST
    """Until when another influential voice does not ring by itself."""

    def consider(self, now_ms: int) -> Alert | None:
        """Look at the watch as it stands; the alert that rang now, if one did."""
        reading = self.sensor.look(now_ms, FLOOR)
        if reading is None:
            return None
        found = over(reading, self.watch.sensitivity, self.watch.tilt)
        if not found:
            return None
        now = from_millis(now_ms)
        if not self._lasts(now) or self._one_voice(reading, now):
            return None
        minutes = now_ms / 60_000
        going_on = self.episode.alert is not None and minutes < self.ringing.over_at()
        due = self.ringing.due(minutes, found, float(self.watch.cooldown_minutes))
        return self._ring(reading, due, found, now, going_on) if due else None

    def _one_voice(self, reading: Reading, now: datetime) -> bool:
        """Whether this is still what one person alone said, and no alert was made of it."""
        held = self.episode
        return now < held.suppressed_until and reading.signals["mentions"].seen < held.suppressed * GROWN

    def _lasts(self, now: datetime) -> bool:
        """Whether it has been abnormal for as long as the watch asks."""
        since, last = self.abnormal
        self.abnormal = (since if now - last <= CALM else now, now)
        asked = timedelta(minutes=self.watch.persistence_minutes)
        return not asked or (now - self.abnormal[0] >= asked and self._goes_on(now, asked))

    def _goes_on(self, now: datetime, asked: timedelta) -> bool:
        """Whether clearly more than usual came in the time asked for: long windows stay abnormal when all is over."""
        if self.settle:
            self.settle()
        seen = counts.totals(self.watch.pk, now - asked, now + timedelta(milliseconds=1))["mentions"]
        usual = self.sensor.usual_rate(millis(now)) * (asked / timedelta(minutes=5))
        return bool(seen > usual + 3 * (usual + 1) ** 0.5)

    def voice(self, now_ms: int) -> Alert | None:
        """Somebody with a large audience says something bad: that rings by itself where such voices are rare."""
        now = from_millis(now_ms)
        reading = self.sensor.look(now_ms)
        if reading is None or reading.history_hours < ENOUGH_HOURS or now < self.voiced_until:
            return None
        if now_ms / 60_000 < self.ringing.over_at():
            return None
        if self.settle:
            self.settle()
        lately = counts.totals(self.watch.pk, now - RARE_OVER, now + timedelta(milliseconds=1))
        if lately["influential"] > RARE:
            return None
        began = now - timedelta(minutes=10)
        sums = evidence.numbers(self.watch, self.sensor, began, now)
        score = round(sum(part.points for part in components(reading.signals, sums)))
        gathered = evidence.gather(self.watch, self.sensor, reading, [], began, now, sums, kinds=["audience"])
        self.voiced_until = now + timedelta(minutes=self.watch.cooldown_minutes)
        return raise_alert(self.watch, "yellow", score, gathered, began, now, self.notify)

    def _ring(
        self, reading: Reading, due: list[Shown], found: list[Shown], now: datetime, going_on: bool
    ) -> Alert | None:
        if self.settle:
            self.settle()
        began = evidence.onset(self.watch, self.sensor, due[0], now)
        sums = evidence.numbers(self.watch, self.sensor, began, now)
        score = round(sum(part.points for part in components(reading.signals, sums)))
        loudness = level(score, reading.rarity)
        minutes = now.timestamp() / 60
        if going_on:
            if RANK[loudness] <= RANK[self.episode.level] and not self.ringing.apart(minutes):
                self._add(reading, due, found, began, now, sums)
                return None
            # What was loud does not become calmer while it goes on.
            loudness = max(loudness, self.episode.level, key=RANK.__getitem__)
        else:
            # All who speak in what is shown: among few posts, what is held to be the rise may be a single one.
            since = now - timedelta(minutes=due[0].minutes) if due[0].minutes else began
            people, share = evidence.voices(self.watch, since, now, due[0].channel)
            if people < FEWEST_AUTHORS or share > LOUDEST_SHARE or _alone(due[0], share):
                self.episode.suppressed = reading.signals["mentions"].seen
                self.episode.suppressed_until = now + timedelta(minutes=self.watch.cooldown_minutes)
                self.ringing.take_back(due)
                return None
        held = self.episode.alert if going_on else None
        alert = self._alert(reading, found, (began, now), loudness, score, sums, held)
        self.episode, self.ringing.last = Episode(alert.pk, loudness), minutes
        return alert

    def _add(
        self, reading: Reading, due: list[Shown], found: list[Shown], began: datetime, now: datetime, sums: Any
    ) -> None:
        """What begins within the hour of an alert rings no second time: the alert tells it with its other reasons."""
        if self.episode.alert is not None:
            gathered = evidence.gather(self.watch, self.sensor, reading, found, began, now, sums)
            told_too(self.episode.alert, self.watch, [one.channel for one in due], gathered, now)

    def _alert(
        self,
        reading: Reading,
        shown: list[Shown],
        span: tuple[datetime, datetime],
        found: str,
        score: int,
        sums: Any,
        held: int | None,
    ) -> Alert:
        """The alert that tells this rise: the held one made louder, a sibling's that tells it already, or a new one."""
        began, now = span
        gathered = evidence.gather(self.watch, self.sensor, reading, shown, began, now, sums)
        if held is not None:
            return louder(held, self.watch, found, score, gathered, now, self.notify)
        told = siblings.told_elsewhere(self.watch, began, now)
        if told is not None:
            return named_with(told, self.watch, found, score, gathered, now, self.notify)
        return raise_alert(self.watch, found, score, gathered, began, now, self.notify)


def _alone(shown: Shown, share: float) -> bool:
    """Whether counts are usual without the one who spoke most: a day of theirs is no day of everybody's."""
    return shown.kind in ("fast", "slow") and shown.seen * (1 - share) + 1 < RATIO * shown.usual


@transaction.atomic
def raise_alert(
    watch: Watch,
    found: str,
    score: int,
    gathered: dict[str, Any],
    began: datetime,
    now: datetime,
    notify: Notify | None = None,
    *,
    test: bool = False,
) -> Alert:
    # Numbers are given one at a time: a test alert from a page and a real one may be raised at once. The row is not
    # held as a key: whoever writes what belongs to the organisation needs not wait, with the journal in hand.
    Organisation.objects.select_for_update(no_key=True).get(pk=watch.organisation_id)
    last = Alert.objects.of(watch.organisation_id).aggregate(last=Max("number"))["last"] or 0
    alert = Alert.objects.create(
        organisation_id=watch.organisation_id,
        number=last + 1,
        watch=watch,
        level=found,
        score=score,
        began_at=min(began, now),
        raised_at=now,
        last_at=now,
        evidence=gathered,
        test=test,
    )
    _change(alert, "raised", "green", found, now)
    _tell(alert, "alert.raised", now, notify, "raised")
    return alert


@transaction.atomic
def named_with(
    told: Alert,
    watch: Watch,
    found: str,
    score: int,
    gathered: dict[str, Any],
    now: datetime,
    notify: Notify | None = None,
) -> Alert:
    """The alert of another watch names this one too; it rings again only if this makes it louder."""
    if watch.pk not in [other["watch"] for other in told.also]:
        told.also = [*told.also, {"watch": watch.pk, "name": watch.name}]
        told.save(update_fields=["also"])
        _change(told, "joined", told.state, watch.name, now)
    if RANK[found] > RANK[told.level]:
        return louder(told.pk, watch, found, score, gathered, now, notify)
    pulse(told.organisation_id, "alerts", at=now, number=told.number, level=told.level)
    return told


@transaction.atomic
def louder(
    pk: int,
    watch: Watch,
    found: str,
    score: int,
    gathered: dict[str, Any],
    now: datetime,
    notify: Notify | None = None,
) -> Alert:
    """The level of an open alert rises: it rings again, with what is seen now.

    Its evidence stays that of its own watch; where another one that it names is louder, that one's stands beside.
    """
    alert = (
        Alert.objects.across().select_for_update(of=("self",), no_key=True).select_related("watch__entity").get(pk=pk)
    )
    before, alert.level, alert.score, alert.last_at = alert.level, found, score, now
    alert.evidence = gathered if watch.pk == alert.watch_id else {**alert.evidence, "beside": _beside(watch, gathered)}
    if alert.state != Alert.State.DISMISSED:
        alert.state = Alert.State.OPEN
    alert.save()
    _change(alert, "level", before, found, now)
    _tell(alert, "alert.level_raised", now, notify, "level")
    return alert


@transaction.atomic
def told_too(pk: int, watch: Watch, channels: list[str], gathered: dict[str, Any], now: datetime) -> None:
    """An alert has further reasons, and rings no second time for them."""
    alert = Alert.objects.across().select_for_update(of=("self",), no_key=True).get(pk=pk)
    told = alert.evidence["kinds"]
    new = [channel for channel in channels if channel not in told]
    if not new or alert.watch_id != watch.pk:
        return
    alert.evidence, alert.last_at = evidence.joined(alert.evidence, gathered, new), now
    alert.save(update_fields=["evidence", "last_at"])
    for channel in new:
        _change(alert, "also", "", channel, now)
    pulse(alert.organisation_id, "alerts", at=now, number=alert.number, level=alert.level)


def _beside(watch: Watch, gathered: dict[str, Any]) -> dict[str, Any]:
    return {"watch": watch.pk, "name": watch.name, "numbers": gathered["numbers"], "components": gathered["components"]}


def _change(alert: Alert, what: str, before: str, after: str, now: datetime) -> None:
    AlertChange.objects.create(
        organisation_id=alert.organisation_id, alert=alert, what=what, before=before, after=after, at=now
    )


def _tell(alert: Alert, verb: str, now: datetime, notify: Notify | None, reason: str) -> None:
    if notify is not None and alert.state != Alert.State.DISMISSED:
        notify(alert, reason)
    pulse(alert.organisation_id, "alerts", at=now, number=alert.number, level=alert.level)
    record(
        alert.organisation_id,
        verb,
        at=now,
        actor_name="Vigie",
        subject=f"alert:{alert.number}",
        level=alert.level,
        score=alert.score,
        watch=alert.watch.name,
    )
