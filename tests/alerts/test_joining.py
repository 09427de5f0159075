"""What begins within the hour of an alert joins it with a word, and calls nobody a second time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import reverse

from tests.alerts.test_duty import on_duty
from tests.conftest import NOON
from vigie.alerts import actions, duty
from vigie.alerts.models import Alert, AlertChange
from vigie.alerts.raising import raise_alert, told_too
from vigie.outbox.models import Message
from vigie.people.models import Organisation, User
from vigie.watches.models import Watch


def seen(*kinds: str) -> dict[str, Any]:
    tone = {"kind": "tone", "channel": "tone", "seen": 9, "usual": 2.0, "of": 10}
    shown = [tone] if "tone" in kinds else []
    return {**actions.EMPTY, "kinds": list(kinds), "shown": shown, "subject": None}


def test_a_change_of_tone_joins_the_alert_of_a_burst(
    acme: Organisation, watch: Watch, bob: User, signed_in: Callable[[User], Client]
) -> None:
    on_duty(acme, "Alice")
    alert = raise_alert(watch, "yellow", 30, seen("mentions"), NOON, NOON, duty.call)
    called = Message.objects.of(acme).count()
    for minute in (20, 25):
        told_too(alert.pk, watch, ["tone"], seen("tone"), NOON + timedelta(minutes=minute))
    found = Alert.objects.of(acme).get()
    assert found.evidence["kinds"] == ["mentions", "tone"]
    assert found.last_at == NOON + timedelta(minutes=20), "the same reason is told once"
    assert AlertChange.objects.of(acme).filter(what="also").count() == 1
    assert Message.objects.of(acme).count() == called > 0
    page = signed_in(bob).get(reverse("alert", args=[acme.slug, found.number])).content.decode()
    assert "another reason joined it: a change of tone" in page
    assert "9 of the last 10 mentions are negative" in page
