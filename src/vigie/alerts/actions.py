"""What people do with an alert."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop

from vigie.journal.actions import pulse, record
from vigie.lib.refusals import Conflict, Refused
from vigie.people.models import User
from vigie.watches.models import Watch

from . import verdicts
from .models import Alert, AlertChange, Escalation, Level
from .raising import Notify, raise_alert

REASONS = ["noise", "known", "homonym", "positive", "other"]
"""Why an alert is dismissed; all but `known` count against its precision."""


class Answered(Conflict):
    """Somebody else answered first: `alert` shows how it stands now."""

    def __init__(self, alert: Alert) -> None:
        super().__init__(alert.state, gettext_noop("Somebody else answered this alert before you."))
        self.alert = alert


def _answer(
    alert: Alert, state: str, what: str, *, by: User, at: datetime, why: str = "", allowed: list[str], **values: Any
) -> None:
    """Change the state if it still is one of `allowed`; of two who answer at once, one wins."""
    before = alert.state
    done = Alert.objects.of(alert.organisation_id).filter(pk=alert.pk, state__in=allowed).update(state=state, **values)
    if not done:
        alert.refresh_from_db()
        raise Answered(alert)
    AlertChange.objects.create(
        organisation_id=alert.organisation_id,
        alert=alert,
        what=what,
        before=before,
        after=state,
        user=by,
        why=why,
        at=at,
    )
    Escalation.objects.of(alert.organisation_id).filter(alert=alert).delete()
    pulse(alert.organisation_id, "alerts", at=at, number=alert.number, level=alert.level)
    record(
        alert.organisation_id,
        f"alert.{what}",
        at=at,
        actor_id=by.pk,
        actor_name=str(by),
        subject=f"alert:{alert.number}",
        why=why,
    )
    alert.refresh_from_db()


@transaction.atomic
def acknowledge(alert: Alert, *, by: User, at: datetime) -> None:
    """I have seen it and take care: nobody else is called."""
    _answer(alert, Alert.State.ACKNOWLEDGED, "acknowledged", by=by, at=at, allowed=[Alert.State.OPEN])


@transaction.atomic
def dismiss(alert: Alert, reason: str, note: str = "", *, by: User, at: datetime) -> None:
    """It should not have rung; the reason counts in the record of precision."""
    if reason not in REASONS:
        raise Refused("unclear", gettext_noop("Choose a reason."))
    verdicts.held(alert.watch)
    _answer(
        alert,
        Alert.State.DISMISSED,
        "dismissed",
        by=by,
        at=at,
        why=f"{reason} {note}".strip(),
        allowed=[Alert.State.OPEN, Alert.State.ACKNOWLEDGED],
        dismissal=reason,
        dismissal_note=note,
    )
    verdicts.settle(alert.watch, at)


@transaction.atomic
def reopen(alert: Alert, *, by: User, at: datetime) -> None:
    """Take an answer back."""
    verdicts.held(alert.watch)
    _answer(
        alert,
        Alert.State.OPEN,
        "reopened",
        by=by,
        at=at,
        allowed=[Alert.State.ACKNOWLEDGED, Alert.State.DISMISSED],
        dismissal="",
        dismissal_note="",
    )
    verdicts.settle(alert.watch, at)


EMPTY: dict[str, Any] = {
    "kinds": [],
    "signals": {
        name: {"surprise": 0.0, "rarity": 0.0, "minutes": 60, "seen": 0, "usual": 0.0}
        for name in ("mentions", "negative", "sensitive")
    },
    "numbers": {
        "mentions": 0,
        "negative": 0,
        "usual_mentions": 0,
        "usual_share": None,
        "audience": 0,
        "sensitive": 0,
        "influential": 0,
        "minutes": 60,
    },
    "components": [],
    "history_hours": 0,
    "authors": 0,
    "networks": [],
    "themes": [],
    "first_post": None,
    "amplifiers": [],
    "chart": [],
    "local_time": "0 00:00",
}


def test_alert(watch: Watch, *, at: datetime, notify: Notify) -> Alert:
    """An alert that only tries the ways of telling; it is marked as a test everywhere and counts nowhere."""
    return raise_alert(watch, Level.YELLOW, 0, EMPTY, at, at, notify, test=True)


def precision(organisation: Any) -> tuple[int, int]:
    """(useful, judged): answered alerts that were not dismissed as noise, over all answered ones."""
    answered = Alert.objects.of(organisation).filter(test=False).exclude(state=Alert.State.OPEN)
    judged = answered.count()
    wrong = answered.filter(state=Alert.State.DISMISSED).exclude(dismissal="known").count()
    return judged - wrong, judged
