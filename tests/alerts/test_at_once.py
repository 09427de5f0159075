"""Verdicts of two people at the same moment are both counted, and nobody waits for ever: two real connections."""

from __future__ import annotations

import pytest

from tests.conftest import NOON, make_watch, person
from tests.crises.test_locks import at_once
from vigie.alerts import actions, verdicts
from vigie.alerts.models import Alert
from vigie.alerts.raising import raise_alert
from vigie.lib import sql
from vigie.people.actions import create_organisation
from vigie.people.models import Role
from vigie.watches.models import Watch

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not sql.is_postgres(), reason="SQLite has one writer at a time: nothing to wait for"),
]


def test_two_alerts_judged_and_dismissed_while_a_third_rings_all_count() -> None:
    acme = create_organisation("Acme", at=NOON)
    alice, bob = (person(name, acme, Role.ADMINISTRATOR) for name in ("Alice", "Bob"))
    for turn in range(15):
        watch = make_watch(acme, name=f"Acme {turn}")
        first, second = (raise_alert(watch, "orange", 60, actions.EMPTY, NOON, NOON) for _ in range(2))
        mine, theirs = (Alert.objects.of(acme).select_related("watch").get(pk=a.pk) for a in (first, second))
        at_once(
            lambda mine=mine: verdicts.judge(mine, "useless", by=alice, at=NOON),
            lambda theirs=theirs: actions.dismiss(theirs, "noise", by=bob, at=NOON),
            lambda watch=watch: raise_alert(watch, "yellow", 20, actions.EMPTY, NOON, NOON),
        )
        assert Watch.objects.of(acme).get(pk=watch.pk).tilt == pytest.approx(0.85**2)
