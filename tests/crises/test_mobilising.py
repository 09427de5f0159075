"""The team is called by every channel, answers from the message itself, and substitutes take over."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from tests.alerts.test_duty import channel
from tests.conftest import NOON
from vigie.alerts.models import Channel, Duty
from vigie.crises import actions, boards, lines, mobilising, queries
from vigie.crises.models import Crisis, Participant
from vigie.crises.rules import EVERYTHING
from vigie.outbox.letters import written
from vigie.outbox.models import Message
from vigie.outbox.pool import deliver
from vigie.people.models import Organisation, User
from vigie.rooms.opening import open_room

SOON = NOON + timedelta(minutes=3)


@pytest.fixture
def called(acme: Organisation, alice: User, bob: User, nadia: User) -> Crisis:
    """Bob has two channels and Nadia for substitute, after ten minutes."""
    phone = channel(acme, "Bob, mobile", user=bob)
    channel(acme, "Bob, chat", user=bob)
    Duty.objects.create(
        organisation=acme, position=0, role="community", channel=phone, deputy_user=nadia, wait_minutes=10
    )
    return open_room(acme, "Fire", "orange", "smoke", by=alice, at=NOON)


def states(crisis: Crisis) -> dict[str, str]:
    return {p.name: p.state for p in queries.team(crisis)}


def bob_s(crisis: Crisis) -> Participant:
    return Participant.objects.across().select_related("crisis__organisation", "user").get(crisis=crisis, name="Bob")


def test_one_person_is_called_by_every_channel_with_a_link_for_yes_and_one_for_no(
    acme: Organisation, called: Crisis
) -> None:
    notices = Message.objects.of(acme).filter(kind="call")
    assert {n.name for n in notices} == {"Bob, mobile", "Bob, chat"}
    letter = written(notices[0])
    title, body = letter.title, letter.body
    assert "Fire" in title
    assert "You are called as: Community manager." in body
    assert body.count(f"/answer/{mobilising.token(bob_s(called))}") == 2


def test_the_link_answers_without_signing_in_and_says_so_to_the_room(called: Crisis) -> None:
    path = f"/answer/{mobilising.token(bob_s(called))}"
    stranger = Client()
    # A viewer of mails that opens links by itself says nothing in anybody's name.
    assert stranger.get(path + "?say=coming").status_code == 200
    assert states(called)["Bob"] == "called"
    assert stranger.post(path, {"say": "coming"}).status_code == 200
    assert states(called)["Bob"] == "coming"


def test_a_link_that_we_did_not_sign_or_of_an_earlier_call_opens_nothing(called: Crisis) -> None:
    held = mobilising.token(bob_s(called))
    assert Client().get(f"/answer/{held[:-2]}xx").status_code == 410
    mobilising.call(bob_s(called), SOON)
    assert Client().get(f"/answer/{held}").status_code == 410
    assert Client().get(f"/answer/{mobilising.token(bob_s(called))}").status_code == 200


def test_a_link_opens_nothing_once_the_crisis_is_closed(called: Crisis, alice: User) -> None:
    path = f"/answer/{mobilising.token(bob_s(called))}"
    actions.close(called, "over", by=alice, at=SOON)
    assert Client().post(path, {"say": "in"}).status_code == 410


def test_who_stays_silent_gives_way_to_the_substitute(called: Crisis) -> None:
    mobilising.turn(NOON + timedelta(minutes=9))
    assert states(called)["Bob"] == "called"
    mobilising.turn(NOON + timedelta(minutes=10))
    assert (states(called)["Bob"], states(called)["Nadia"]) == ("silent", "unreachable")
    # Late is better than never: the link still answers.
    mobilising.answer(bob_s(called), "coming", at=NOON + timedelta(minutes=30))
    assert states(called)["Bob"] == "coming"


def test_who_cannot_come_is_replaced_at_once_and_only_once(called: Crisis) -> None:
    mobilising.answer(bob_s(called), "no", at=SOON)
    mobilising.answer(bob_s(called), "no", at=SOON)
    mobilising.turn(NOON + timedelta(hours=1))
    names = [p.name for p in queries.team(called) if p.role == "community"]
    assert names == ["Bob", "Nadia"]


def test_when_every_channel_fails_the_person_shows_as_not_reached_and_the_substitute_is_called(
    acme: Organisation, called: Crisis
) -> None:
    first, second = Message.objects.of(acme).filter(kind="call").select_related("organisation")
    # Nobody listens at that address: the service refuses.
    assert not deliver(first, SOON)
    mobilising.turn(SOON)
    assert states(called)["Bob"] == "called"
    assert not deliver(second, SOON)
    mobilising.turn(SOON)
    assert (states(called)["Bob"], states(called)["Nadia"]) == ("unreached", "unreachable")


def test_somebody_without_any_channel_is_never_shown_as_called_and_the_room_says_to_telephone(
    acme: Organisation, alice: User, bob: User, nadia: User
) -> None:
    Duty.objects.create(organisation=acme, position=0, role="community", user=bob, deputy_user=nadia, wait_minutes=10)
    crisis = open_room(acme, "Fire", "orange", "smoke", by=alice, at=NOON)
    assert states(crisis)["Bob"] == "unreachable"
    said = [line.text for line in lines.lines(crisis, EVERYTHING)]
    assert "Bob has no way to be reached: telephone them (Community manager)" in said
    dials = boards.board("header").context(crisis, EVERYTHING, NOON)["dials"]  # type: ignore[union-attr]
    assert [(dial.value, dial.late) for _key, dial in dials if dial.label == "Not reached: telephone"] == [
        ("Bob", True)
    ]
    # A member may see the room all the same; without an answer the substitute is called in turn.
    mobilising.answer(bob_s(crisis), "in", at=SOON)
    assert states(crisis)["Bob"] == "in"


def test_who_could_not_be_called_gives_way_to_the_substitute_when_the_wait_is_over(
    acme: Organisation, alice: User, bob: User, nadia: User
) -> None:
    channel(acme, "Nadia, mobile", user=nadia)
    Duty.objects.create(organisation=acme, position=0, role="community", user=bob, deputy_user=nadia, wait_minutes=10)
    crisis = open_room(acme, "Fire", "orange", "smoke", by=alice, at=NOON)
    mobilising.turn(NOON + timedelta(minutes=9))
    assert "Nadia" not in states(crisis)
    mobilising.turn(NOON + timedelta(minutes=10))
    assert states(crisis)["Nadia"] == "called"


def test_a_channel_that_was_removed_is_not_tried(acme: Organisation, called: Crisis) -> None:
    Channel.objects.of(acme).filter(name="Bob, chat").delete()
    mobilising.call(bob_s(called), SOON)
    notices = Message.objects.of(acme).filter(kind="call", asked_at=SOON)
    assert [n.name for n in notices] == ["Bob, mobile"]


def test_alerts_still_reach_those_of_the_chain_who_have_a_channel(acme: Organisation, called: Crisis) -> None:
    from vigie.alerts import duty

    Duty.objects.create(organisation=acme, position=1, role="lead", user=None, channel=None)
    assert [d.channel.name for d in duty.reachable(acme) if d.channel] == ["Bob, mobile"]
