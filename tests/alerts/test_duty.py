"""The right person is told, one after the other, and nobody is woken for nothing."""

from __future__ import annotations

import json
import socket
from datetime import datetime, time, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from tests.conftest import NOON, make_watch
from tests.networks.doubles import Answer, serving
from vigie.alerts import actions, channels, duty
from vigie.alerts.models import Alert, Channel, Duty, Escalation, Level
from vigie.alerts.raising import raise_alert
from vigie.journal.models import Entry
from vigie.outbox import actions as outbox
from vigie.outbox import services
from vigie.outbox.models import Message
from vigie.outbox.pool import deliver
from vigie.people.models import Organisation, User


def channel(acme: Organisation, name: str, address: str = "json://127.0.0.1:9", **values: Any) -> Channel:
    return Channel.objects.create(organisation=acme, name=name, address=services.vault().seal(address), **values)


def on_duty(acme: Organisation, *names: str, **values: Any) -> list[Duty]:
    return [
        Duty.objects.create(organisation=acme, position=i, channel=channel(acme, name), wait_minutes=10, **values)
        for i, name in enumerate(names)
    ]


def rung(acme: Organisation, at: datetime = NOON, level: str = Level.ORANGE) -> Alert:
    return raise_alert(make_watch(acme), level, 60, actions.EMPTY, at, at, duty.call)


def told(alert: Alert) -> list[str]:
    return list(
        Message.objects.of(alert.organisation_id)
        .filter(subject=f"alert:{alert.number}")
        .order_by("pk")
        .values_list("name", flat=True)
    )


def test_the_first_on_duty_is_called_and_the_next_when_nobody_answers(acme: Organisation) -> None:
    on_duty(acme, "Alice", "Bob", "Zoé")
    alert = rung(acme)
    assert told(alert) == ["Alice"]
    for _ in range(3):
        for escalation in duty.due(NOON + timedelta(hours=5)):
            duty.escalate(escalation.alert, NOON + timedelta(hours=1))
    assert told(alert) == ["Alice", "Bob", "Zoé"]
    assert not Escalation.objects.across().exists()


def test_nobody_else_is_called_once_somebody_acknowledged(acme: Organisation, alice: User) -> None:
    on_duty(acme, "Alice", "Bob")
    alert = rung(acme)
    actions.acknowledge(alert, by=alice, at=NOON)
    assert duty.due(NOON + timedelta(days=1)) == []


def test_quiet_hours_pass_to_the_next_but_red_wakes(acme: Organisation) -> None:
    first, _second = on_duty(acme, "Alice", "Bob")
    first.quiet_from, first.quiet_to = time(22), time(7)
    first.save()
    night = NOON.replace(hour=1)
    assert told(rung(acme, night)) == ["Bob"]
    assert told(rung(acme, night, Level.RED)) == ["Alice"]
    assert told(rung(acme, NOON)) == ["Alice"]


def test_when_all_are_in_their_quiet_time_somebody_is_called_all_the_same(acme: Organisation) -> None:
    on_duty(acme, "Alice", quiet_from=time(0), quiet_to=time(23, 59), wake_for_red=False)
    assert told(rung(acme)) == ["Alice"]


def test_a_channel_hears_only_of_its_level_and_above(acme: Organisation) -> None:
    channel(acme, "Room")
    channel(acme, "Director", minimum=Level.RED)
    assert told(rung(acme, level=Level.YELLOW)) == ["Room"]
    assert told(rung(acme, level=Level.RED)) == ["Room", "Director"]


def test_of_two_who_answer_at_once_one_wins_and_the_other_is_told(acme: Organisation, alice: User, bob: User) -> None:
    alert = rung(acme)
    same = Alert.objects.across().get(pk=alert.pk)
    actions.acknowledge(alert, by=alice, at=NOON)
    with pytest.raises(actions.Conflict) as late:
        actions.acknowledge(same, by=bob, at=NOON)
    assert late.value.alert.state == Alert.State.ACKNOWLEDGED
    assert Entry.objects.filter(organisation_id=acme.pk, verb="alert.acknowledged").count() == 1


def test_a_dismissed_alert_counts_against_precision_and_can_be_taken_back(acme: Organisation, alice: User) -> None:
    good, bad = rung(acme), rung(acme)
    actions.acknowledge(good, by=alice, at=NOON)
    actions.dismiss(bad, "noise", by=alice, at=NOON)
    assert actions.precision(acme) == (1, 2)
    actions.reopen(bad, by=alice, at=NOON)
    assert actions.precision(acme) == (1, 1)


def test_an_alert_is_posted_to_a_webhook_with_its_link(acme: Organisation) -> None:
    got: list[dict[str, Any]] = []

    def answer(handler: BaseHTTPRequestHandler) -> Answer:
        got.append(json.loads(handler.rfile.read(int(handler.headers["content-length"]))))
        return 200, {}, b"{}"

    with serving(answer) as url:
        channel(acme, "Hook", url.replace("http://", "json://"))
        alert = rung(acme)
        notice = outbox.claim(at=NOON)
        assert notice is not None
        assert deliver(notice, NOON)
    assert f"/o/acme/alerts/{alert.number}/" in got[0]["message"]
    assert Message.objects.across().get().state == Message.State.SENT


def test_a_message_that_fails_is_tried_again_later_and_said_to_be_lost_in_the_end(acme: Organisation) -> None:
    channel(acme, "Nobody", "json://127.0.0.1:9")
    rung(acme)
    now = NOON
    for _ in range(len(outbox.TRIES)):
        notice = outbox.claim(at=now)
        assert notice is not None
        assert not deliver(notice, now)
        now += timedelta(hours=5)
    held = Message.objects.across().get()
    assert held.state == Message.State.FAILED
    assert Channel.objects.across().get().last_error


def test_a_message_whose_sender_was_killed_is_sent_by_another(acme: Organisation) -> None:
    channel(acme, "Room")
    rung(acme)
    assert outbox.claim(at=NOON) is not None
    assert outbox.claim(at=NOON) is None
    assert outbox.claim(at=NOON + timedelta(minutes=3)) is not None


def test_a_mail_carries_the_chart_as_a_picture(acme: Organisation, settings: Any) -> None:
    from aiosmtpd.controller import Controller

    from vigie.trends.sensor import MS

    mails: list[bytes] = []

    class Box:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            mails.append(envelope.content)
            return "250 OK"

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(Box(), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        settings.MAIL_URL = f"mailto://127.0.0.1:{port}?from=vigie@example.org&mode=insecure"
        channel(acme, "Alice", "mail:alice@example.org")
        evidence = {
            **actions.EMPTY,
            "kinds": ["mentions"],
            "chart": [[1_773_000_000_000 + i * MS, i % 7, 1, 2.0, 0.5, 4.0] for i in range(50)],
        }
        raise_alert(make_watch(acme), Level.RED, 80, evidence, NOON, NOON, duty.call)
        notice = outbox.claim(at=NOON)
        assert notice is not None
        assert deliver(notice, NOON), Channel.objects.across().get().last_error
    finally:
        controller.stop()
    assert b"image/png" in mails[0]
    assert b"alice@example.org" in mails[0]


@pytest.mark.parametrize("address", ["", "nonsense", "://", "alice@example.org"])
def test_an_address_that_leads_nowhere_is_refused_at_once(address: str) -> None:
    with pytest.raises(services.BadAddress):
        services.checked_service(address)


def test_secrets_of_addresses_are_never_shown(acme: Organisation) -> None:
    held = channel(acme, "Room", "matrixs://secret-token@example.org/#room")
    assert "secret" not in held.address
    assert services.shown(channels.address(held)) == "matrixs://…"
