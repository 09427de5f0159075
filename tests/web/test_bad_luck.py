"""Bad input and bad luck in a crisis: a clear answer, nothing lost, and everybody else goes on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.alerts.test_duty import channel
from tests.conftest import NOON, person
from vigie.alerts.models import Channel, Duty
from vigie.crises import actions, mobilising, queries, sharing
from vigie.crises.models import Crisis, Participant
from vigie.crises.rules import held
from vigie.decisions import actions as decisions
from vigie.decisions.actions import NotAllowed
from vigie.facts import actions as facts
from vigie.facts.models import Fact
from vigie.journal.actions import verify
from vigie.lib.refusals import Conflict, Refused
from vigie.main.messenger import Messenger
from vigie.outbox import letters
from vigie.outbox.actions import post as post_message
from vigie.outbox.pool import Pool
from vigie.people.actions import join, leave
from vigie.people.models import Membership, Organisation, Role, User
from vigie.plans import contacts
from vigie.plans.actions import copy_scenario, take_contacts
from vigie.plans.models import Contact, Scenario
from vigie.rooms.opening import open_room
from vigie.tasks import actions as tasks
from vigie.tasks.models import Task

Sign = Callable[[User], Client]
ROOM = "/o/acme/crises/1/"
LIVE_PAGE = {"hx-request": "true"}


def asked(client: Client, path: str, **values: Any) -> Any:
    return client.post(ROOM + path, values, headers=LIVE_PAGE)


@pytest.mark.parametrize(
    "due", ["9999-12-31T23:30Z", "0001-01-01T00:00", "2026-13-45T10:00", "9999-12-31T23:59-10:00", "tomorrow"]
)
def test_a_date_that_cannot_be_is_refused_and_the_room_stays_open_to_all(
    crisis: Crisis, bob: User, signed_in: Sign, due: str
) -> None:
    client = signed_in(bob)
    for path, values in (
        ("tasks", {"text": "t", "due": due}),
        ("facts", {"kind": "commitment", "text": "f", "due": due}),
        ("decisions", {"text": "d", "look_again": due}),
        ("clocks", {"kind": "rgpd", "since": due}),
    ):
        assert asked(client, path, **values).status_code == 409, path
    assert not Task.objects.across().exists()
    assert not Fact.objects.across().exists()
    assert client.get(ROOM).status_code == 200


@pytest.mark.parametrize("number", ["²", "9" * 5_000, "-1", "9" * 30, "x"])
def test_what_is_no_number_is_never_an_error(crisis: Crisis, alice: User, signed_in: Sign, number: str) -> None:
    client = signed_in(alice)
    assert client.get(ROOM + "lines/", {"before": number}).status_code == 200
    assert client.get("/o/acme/crises/new", {"alert": number}).status_code == 200
    assert asked(client, "tasks", text="t", owner=number, after=number).status_code == 204
    assert asked(client, "guests", name="x", email="x@example.org", role="legal", days=number).status_code == 409
    assert asked(client, "cards", shows="level", hours=number).status_code == 409
    assert client.post("/o/acme/mode/", {"reason": "x", "hours": number}).status_code == 302
    assert asked(client, "report", text="t", seen=number).status_code in (204, 409)


def test_characters_that_no_text_needs_are_left_out(
    acme: Organisation, crisis: Crisis, bob: User, signed_in: Sign
) -> None:
    client = signed_in(bob)
    assert asked(client, "say", line="\x00two\x1b[2J photos\u202e").status_code == 204
    page = client.get(ROOM + "lines/").content.decode()
    assert "two[2J photos" in page
    assert verify(acme.pk) is None


def test_a_guest_is_invited_by_a_mail_address_and_never_to_lead(crisis: Crisis, alice: User, signed_in: Sign) -> None:
    client = signed_in(alice)
    form = {"name": "Léa", "email": "lea@example.org", "role": "legal", "days": "3"}
    for wrong in ({"email": ""}, {"email": "not a mail"}, {"name": "x" * 121}, {"role": "director"}, {"days": "99"}):
        assert asked(client, "guests", **{**form, **wrong}).status_code == 409
    assert asked(client, "guests", **form).status_code == 200


def test_a_closed_room_takes_no_act_however_it_comes(crisis: Crisis, alice: User, bob: User, signed_in: Sign) -> None:
    waiting = decisions.propose(crisis, "x", by=bob, at=NOON, chosen="full", why="y")
    actions.close(crisis, "over", by=alice, at=NOON)
    for late in (
        lambda: tasks.add(crisis, "t", by=bob, at=NOON),
        lambda: facts.add(crisis, "fact", "f", by=bob, at=NOON),
        lambda: decisions.approve(waiting, by=alice, at=NOON),
        lambda: actions.note(crisis, "n", by=bob, at=NOON),
    ):
        with pytest.raises(Conflict):
            late()
    assert not Task.objects.across().exists()
    assert asked(signed_in(bob), "here", say="no").status_code == 409


def test_whoever_was_called_when_it_closed_is_called_on_when_it_opens_again(
    acme: Organisation, crisis: Crisis, alice: User
) -> None:
    phone = channel(acme, "Bob, mobile")
    Participant.objects.of(acme).filter(role="community").update(state="called", channels=[phone.pk])
    actions.close(crisis, "over", by=alice, at=NOON)
    actions.reopen(crisis, "again", by=alice, at=NOON + timedelta(hours=1))
    mobilising.turn(NOON + timedelta(hours=1, minutes=10))
    assert {p.role: p.state for p in queries.team(crisis)}["community"] == "silent"


def test_a_channel_removed_in_the_middle_stops_neither_the_call_nor_anybody_s_messages(
    acme: Organisation, alice: User, bob: User, elsewhere: Organisation
) -> None:
    phone = channel(acme, "Deputy, mobile")
    Duty.objects.create(organisation=acme, position=0, role="lead", user=bob, deputy=phone, wait_minutes=1)
    crisis = open_room(acme, "Fire", "red", "smoke", by=alice, at=acme.clock.now() - timedelta(hours=1))
    other = channel(elsewhere, "Theirs")
    waiting = post_message(
        elsewhere, "text", f"channel:{other.pk}", at=NOON, name="Theirs", payload=letters.text("Hello", "all is well")
    )
    Channel.objects.of(acme).filter(pk=phone.pk).delete()
    Messenger(Pool(workers=0)).turn()
    assert {p.name: p.state for p in queries.team(crisis) if p.role == "lead"} == {
        "Bob": "unreachable",
        "Deputy, mobile": "unreachable",
    }
    waiting.refresh_from_db()
    assert waiting.attempts == 1


# -- who may decide ----------------------------------------------------------------------------------------


def test_nobody_confirms_alone_while_somebody_who_may_approve_is_there(crisis: Crisis, bob: User, alice: User) -> None:
    later = NOON + timedelta(hours=1)
    waiting = decisions.propose(crisis, "we wait", by=bob, at=NOON, chosen="partial", why="a first answer")
    with pytest.raises(NotAllowed):
        decisions.approve(waiting, by=bob, at=later)
    Participant.objects.across().filter(user=alice).update(state="silent")
    decisions.approve(waiting, by=bob, at=later)


def test_somebody_without_a_role_in_the_crisis_never_confirms_alone(crisis: Crisis, acme: Organisation) -> None:
    zoe = person("Zoe", acme, Role.RESPONDER)
    Participant.objects.across().update(state="silent")
    waiting = decisions.propose(crisis, "we wait", by=zoe, at=NOON, chosen="partial", why="a first answer")
    with pytest.raises(NotAllowed):
        decisions.approve(waiting, by=zoe, at=NOON + timedelta(hours=5))


def test_a_posture_proposed_at_yellow_is_approved_by_the_rules_of_red_once_it_is_red(
    crisis: Crisis, alice: User, bob: User, nadia: User
) -> None:
    actions.change_level(crisis, "yellow", "calm", by=alice, at=NOON, seen="orange")
    waiting = decisions.propose(crisis, "we say it", by=bob, at=NOON, chosen="full", why="true")
    actions.change_level(crisis, "red", "television", by=alice, at=NOON, seen="yellow")
    with pytest.raises(NotAllowed):
        decisions.approve(waiting, by=nadia, at=NOON)
    decisions.approve(waiting, by=alice, at=NOON)


def test_nobody_makes_themselves_director(crisis: Crisis, acme: Organisation, alice: User, bob: User) -> None:
    actions.give_role(crisis, "lead", bob, by=alice, at=NOON)
    with pytest.raises(Refused, match=r"(?i)to themselves"):
        actions.give_role(crisis, "director", bob, by=bob, at=NOON)


def test_what_is_decided_names_the_posture_that_was_chosen(crisis: Crisis, alice: User, signed_in: Sign) -> None:
    asked(signed_in(alice), "decisions", posture="full", text="Posture: Silence", why="x")
    page = signed_in(alice).get(ROOM + "boards/decisions/").content.decode()
    assert "Posture: Full recognition — Posture: Silence" in page


def test_somebody_who_was_removed_does_not_come_back_as_director(
    acme: Organisation, crisis: Crisis, alice: User, nadia: User
) -> None:
    actions.close(crisis, "over", by=alice, at=NOON)
    leave(Membership.objects.of(acme).get(user=nadia), at=NOON, by=alice)
    actions.departed(acme, nadia, at=NOON)
    join(acme, nadia, Role.READER, at=NOON)
    actions.reopen(crisis, "again", by=alice, at=NOON)
    assert nadia.pk not in held(crisis)


# -- guests ------------------------------------------------------------------------------------------------


def test_an_invitation_used_too_late_opens_no_door(acme: Organisation, crisis: Crisis, alice: User) -> None:
    now = acme.clock.now()
    secret = sharing.invite(crisis, "lea@example.org", "Léa", "legal", now + timedelta(days=1), by=alice, at=now)
    Participant.objects.of(acme).filter(guest=True).update(left_at=now)
    lea = Client()
    lea.post(f"/invitation/{secret}", {"name": "Léa", "password": "correct horse battery"})
    assert lea.get("/o/acme/crises/").status_code == 404


def test_a_guest_who_becomes_a_member_stays(acme: Organisation, crisis: Crisis) -> None:
    lea = person("Lea", acme, Role.GUEST)
    Membership.objects.of(acme).filter(user=lea).update(until=NOON)
    join(acme, lea, Role.RESPONDER, at=NOON)
    assert Membership.objects.of(acme).get(user=lea).until is None


def test_a_guest_s_decision_waits_and_a_guest_of_one_room_is_not_taken_into_another(
    acme: Organisation, crisis: Crisis, alice: User
) -> None:
    lea = person("Lea", acme, Role.GUEST)
    now = acme.clock.now()
    Participant.objects.create(
        organisation=acme, crisis=crisis, role="legal", name="Lea", user=lea, guest=True, until=now + timedelta(days=1)
    )
    made = decisions.propose(crisis, "sue them", by=lea, at=now)
    assert made.state == "proposed"
    with pytest.raises(Refused, match=r"(?i)only members"):
        actions.give_role(crisis, "press", lea, by=alice, at=now)


# -- files -------------------------------------------------------------------------------------------------


def test_a_file_changes_only_what_it_says(acme: Organisation, alice: User) -> None:
    Contact.objects.create(
        organisation=acme, name="Préfecture", email="p@example.org", phone="01", influence=5, group="authorities",
        checked_at=NOON,
    )  # fmt: skip
    found, _wrong = contacts.from_csv("name,email,function\nPréfecture,p@example.org,Cabinet\n")
    assert take_contacts(acme, found, by=alice, at=NOON) == (0, 1)
    kept = Contact.objects.of(acme).get()
    assert (kept.phone, kept.influence, kept.group, kept.function) == ("01", 5, "authorities", "Cabinet")


def test_an_old_file_with_other_line_ends_is_read() -> None:
    found, wrong = contacts.from_csv("name,phone\rZoé,06\rYann,07\r")
    assert ([c.name for c in found], wrong) == (["Zoé", "Yann"], [])


def test_a_formula_in_a_name_is_written_harmless_and_a_number_keeps_its_plus() -> None:
    text = contacts.to_csv([Contact(name='+HYPERLINK("http://x","y")', phone="+33 1 02")])
    assert "'+HYPERLINK" in text
    assert ",+33 1 02," in text


def test_a_reserved_step_stays_reserved_when_its_words_change(acme: Organisation, alice: User, signed_in: Sign) -> None:
    made = copy_scenario(acme, "misconduct", "en", by=alice, at=NOON)
    client = signed_in(alice)
    page = client.get(f"/o/acme/plan/own/{made.pk}/")
    values = {**page.context["form"].initial, "expires_on": ""}
    values["checklist"] = values["checklist"].replace("Convene the body", "Convene tonight the body")
    assert client.post(f"/o/acme/plan/own/{made.pk}/", values).status_code == 302
    steps = Scenario.objects.of(acme).get().content["checklist"]
    changed = next(s for s in steps if "tonight" in s["task"])
    assert changed["confidential"] == ["director", "legal", "hr"]


def test_a_step_of_a_thousand_years_is_brought_back_to_a_month(
    acme: Organisation, alice: User, signed_in: Sign
) -> None:
    made = copy_scenario(acme, "leak", "en", by=alice, at=NOON)
    client = signed_in(alice)
    values = {**client.get(f"/o/acme/plan/own/{made.pk}/").context["form"].initial, "expires_on": ""}
    values["checklist"] = "99999 lead: one day"
    assert client.post(f"/o/acme/plan/own/{made.pk}/", values).status_code == 302
    form = {"name": "x", "level": "red", "reason": "y", "scenario": f"own-{made.pk}"}
    assert client.post("/o/acme/crises/new", form).status_code == 302


def test_a_room_asks_the_store_no_more_for_many_rows_than_for_one(
    acme: Organisation, crisis: Crisis, alice: User, bob: User, signed_in: Sign
) -> None:
    client = signed_in(alice)
    pages = [
        "",
        "boards/tasks/",
        "boards/decisions/",
        "boards/facts/",
        "boards/team/",
        "handover",
        "report",
        "critical/",
    ]

    def one_more() -> None:
        due = NOON + timedelta(hours=1)
        owner = queries.team(crisis)[0]
        tasks.add(crisis, "t", by=alice, at=NOON, owner=owner, due_at=due)
        facts.add(crisis, "commitment", "f", by=alice, at=NOON, owner=owner, due_at=due)
        decisions.propose(crisis, "d", by=bob, at=NOON, chosen="full", why="w")

    def asked_for(page: str) -> int:
        client.get(ROOM + page)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(ROOM + page).status_code == 200
        return len(seen)

    one_more()
    few = {page: asked_for(page) for page in pages}
    for _ in range(4):
        one_more()
    assert {page: asked_for(page) for page in pages} == few


def test_many_open_crises_ask_no_more_for_the_frame_of_a_page(
    acme: Organisation, crisis: Crisis, alice: User, signed_in: Sign
) -> None:
    client = signed_in(alice)

    def asked_for() -> int:
        client.get("/o/acme/crises/")
        with CaptureQueriesContext(connection) as seen:
            client.get("/o/acme/crises/")
        return len(seen)

    few = asked_for()
    for n in range(3):
        open_room(acme, f"More {n}", "yellow", "x", by=alice, at=NOON)
    assert asked_for() == few


def test_what_is_said_in_a_room_or_taken_out_stays_in_no_cache(crisis: Crisis, bob: User, signed_in: Sign) -> None:
    client = signed_in(bob)
    for path in (ROOM, ROOM + "lines.jsonl", "/o/acme/veille/mentions.csv"):
        answer = client.get(path)
        assert (path, answer.status_code, answer.headers["Cache-Control"]) == (path, 200, "no-store")


def test_a_line_that_is_too_long_is_refused_and_not_cut(crisis: Crisis, bob: User, signed_in: Sign) -> None:
    client = signed_in(bob)
    answer = asked(client, "say", line="a" * 4_001)
    assert (answer.status_code, "4001" in answer.content.decode()) == (409, True)
    assert asked(client, "say", line="b" * 4_000).status_code == 204
    told = client.get(ROOM + "lines.jsonl").content.decode()
    # Whole: four letters alone may stand in a fingerprint by chance.
    assert ("a" * 4_000 in told, "b" * 4_000 in told) == (False, True)
