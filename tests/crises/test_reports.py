"""The situation report is drafted from the room, edited, sent once, and promises the next one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from tests.alerts.test_duty import channel
from tests.conftest import NOON, post
from vigie.crises import reports, sharing
from vigie.crises.boards import Section
from vigie.crises.models import Crisis, Participant, SituationShare
from vigie.facts import actions as facts
from vigie.intake.pipeline import IngestPipeline
from vigie.lib.refusals import Conflict, Refused
from vigie.lib.times import ToldClock
from vigie.outbox.letters import written
from vigie.outbox.models import Message
from vigie.people.models import Membership, Organisation, Role, User

LATER = NOON + timedelta(minutes=50)


def test_a_draft_holds_the_figures_and_what_they_were_in_the_last_report(
    acme: Organisation, crisis: Crisis, alice: User
) -> None:
    pipeline = IngestPipeline(acme, ToldClock(LATER))
    pipeline.take([post(n, f"acme est en panne {n}", minutes=n) for n in range(4)])
    reports.send(crisis, "first", by=alice, at=LATER, seen=0)
    pipeline.take([post(n, f"acme encore {n}", minutes=20 + n) for n in range(4, 9)])
    draft = reports.drafted(crisis, [Section("Decided", ["we speak"]), Section("Promised", [])], LATER)
    assert "Mentions since the beginning: 9 (5 more than in report 1)" in draft
    assert "Decided\n- we speak" in draft
    assert "Promised\n- nothing new" in draft


def test_a_report_goes_to_the_team_and_its_list_and_the_next_is_promised(
    acme: Organisation, crisis: Crisis, alice: User, bob: User
) -> None:
    room = channel(acme, "Press list", news=True)
    phone = channel(acme, "Bob, mobile")
    Participant.objects.of(acme).filter(user=bob).update(channels=[phone.pk, 999_999])
    made = reports.send(crisis, "All is said.", by=alice, at=LATER, seen=0)
    notices = Message.objects.of(acme).filter(kind="report")
    assert {n.where for n in notices} == {f"channel:{room.pk}", f"channel:{phone.pk}"}
    assert made.recipients == 2
    letter = written(notices[0])
    assert letter.title == "Situation report 1: Plastic in yoghurt"
    assert letter.body.startswith("All is said.")
    crisis.refresh_from_db()
    assert crisis.next_update_at == LATER + timedelta(minutes=60)


def test_of_two_who_send_a_report_at_once_the_second_is_told(crisis: Crisis, alice: User, bob: User) -> None:
    reports.send(crisis, "mine", by=alice, at=LATER, seen=0)
    with pytest.raises(Conflict):
        reports.send(crisis, "mine too", by=bob, at=LATER, seen=0)
    with pytest.raises(Refused, match=r"(?i)empty report"):
        reports.send(crisis, " \n", by=bob, at=LATER, seen=1)


# -- guests and cards ---------------------------------------------------------------------------------------


def test_a_lawyer_joins_as_a_guest_sees_this_room_and_nothing_else(
    acme: Organisation, crisis: Crisis, alice: User
) -> None:
    now = acme.clock.now()
    secret = sharing.invite(crisis, "Lea@law.example", "Léa", "legal", now + timedelta(days=2), by=alice, at=now)
    lea = Client()
    form = {"name": "Léa", "password": "correct horse battery"}
    assert lea.post(f"/invitation/{secret}", form).headers["Location"] == "/o/acme/crises/"
    assert lea.get("/o/acme/crises/1/").status_code == 200
    assert lea.get("/o/acme/").status_code == 403
    assert lea.get("/o/acme/plan/").status_code == 403
    assert lea.post("/o/acme/crises/1/level", {"level": "red", "reason": "x", "seen": "orange"}).status_code == 403
    Membership.objects.of(acme).filter(role=Role.GUEST).update(until=now - timedelta(seconds=1))
    assert lea.get("/o/acme/crises/1/").status_code == 404


def test_a_member_is_not_made_a_guest(acme: Organisation, crisis: Crisis, alice: User, bob: User) -> None:
    with pytest.raises(Refused, match=r"(?i)member already"):
        sharing.invite(crisis, bob.email, "Bob", "legal", NOON + timedelta(days=1), by=alice, at=NOON)


def test_a_card_shows_what_was_ticked_until_it_is_closed(acme: Organisation, crisis: Crisis, alice: User) -> None:
    now = acme.clock.now()
    fact = facts.add(crisis, "fact", "one batch is blocked", by=alice, at=now)
    facts.settle(fact, "confirmed", by=alice, at=now, proof="quality report")
    facts.add(crisis, "unknown", "where it comes from", by=alice, at=now)
    secret = sharing.share(crisis, ["facts"], now + timedelta(hours=1), by=alice, at=now)
    answer = Client().get(f"/situation/{secret}")
    page = answer.content.decode()
    assert "one batch is blocked" in page
    assert "where it comes from" not in page
    assert "quality report" not in page
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    sharing.withdraw(SituationShare.objects.of(acme).get(), by=alice, at=now)
    assert Client().get(f"/situation/{secret}").status_code == 410
