"""Alice opens the room; everything that is done in it is on record, and of two who act at once one wins."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import translation

from tests.conftest import NOON, make_watch, person, post
from vigie.alerts.actions import EMPTY
from vigie.alerts.raising import raise_alert
from vigie.crises import actions, boards, freeze, lines, queries
from vigie.crises.models import Crisis, Handling, Participant
from vigie.crises.rules import EVERYTHING, NOBODY, Viewer, viewers
from vigie.intake.pipeline import IngestPipeline
from vigie.journal.actions import erase, verify
from vigie.lib.refusals import Conflict, Refused
from vigie.lib.times import ToldClock
from vigie.people.actions import leave
from vigie.people.models import Membership, Organisation, Role, User
from vigie.plans import library
from vigie.plans.actions import change_rules
from vigie.rooms.opening import open_room
from vigie.tasks.models import Task
from vigie.watches.models import Mention, Watch
from vigie.web.screens.crisis import rendering


def said(crisis: Crisis, viewer: Viewer = EVERYTHING) -> list[str]:
    return [line.text for line in lines.lines(crisis, viewer)]


def test_a_crisis_opened_from_an_alert_begins_when_the_rise_began_and_follows_its_watch(
    acme: Organisation, watch: Watch, alice: User
) -> None:
    alert = raise_alert(watch, "orange", 60, {**EMPTY, "kinds": ["mentions"]}, NOON, NOON + timedelta(minutes=8))
    crisis = open_room(acme, "Fire", "red", "it burns", by=alice, at=NOON + timedelta(minutes=10), alert=alert)
    assert crisis.began_at == NOON
    assert queries.watches(crisis) == [watch]
    assert crisis.next_update_at == NOON + timedelta(minutes=40)


def test_the_scenario_gives_its_tasks_to_those_who_hold_the_roles_and_leaves_the_others_to_nobody(
    acme: Organisation, crisis: Crisis, alice: User
) -> None:
    scenario = library.scenario(acme, "contamination", "en")
    made = open_room(acme, "Glass", "orange", "two photos", by=alice, at=NOON, scenario=scenario)
    tasks = {t.role: t.owner.name if t.owner else None for t in Task.objects.of(acme).filter(crisis=made)}
    assert tasks["community"] == "Bob"
    assert tasks["lead"] == "Nadia"
    assert tasks["legal"] is None


@pytest.mark.parametrize(("name", "level", "reason"), [("", "red", "x"), ("x", "green", "x"), ("x", "red", " ")])
def test_a_crisis_without_name_reason_or_colour_is_not_opened(
    acme: Organisation, alice: User, name: str, level: str, reason: str
) -> None:
    with pytest.raises(Refused, match=r"(?i)name, a reason, and a level"):
        open_room(acme, name, level, reason, by=alice, at=NOON)
    assert not Crisis.objects.of(acme).exists()


def test_whoever_opens_is_in_the_room_and_the_others_are_called(crisis: Crisis) -> None:
    states = {p.name: p.state for p in queries.team(crisis)}
    assert states == {"Alice": "in", "Nadia": "unreachable", "Bob": "unreachable"}
    assert said(crisis)[0] == "Crisis opened, level orange: photos everywhere"
    assert "Nadia has no way to be reached: telephone them (Crisis team leader)" in said(crisis)


def test_with_no_chain_of_command_whoever_opens_leads(acme: Organisation, alice: User) -> None:
    crisis = open_room(acme, "Alone", "yellow", "small team", by=alice, at=NOON)
    held = actions.leader(crisis)
    assert held is not None
    assert (held.name, held.role) == ("Alice", "lead")


def test_of_two_who_change_the_level_at_once_one_wins(crisis: Crisis, alice: User, nadia: User) -> None:
    actions.change_level(crisis, "red", "on television", by=alice, at=NOON, seen="orange")
    with pytest.raises(Conflict):
        actions.change_level(crisis, "yellow", "calmer", by=nadia, at=NOON, seen="orange")
    crisis.refresh_from_db()
    assert crisis.level == "red"
    assert crisis.next_update_at == NOON + timedelta(minutes=30)


def test_a_crisis_may_be_called_otherwise_and_its_first_name_stays_on_record(crisis: Crisis, alice: User) -> None:
    actions.rename(crisis, "  Blue   plastic ", by=alice, at=NOON)
    crisis.refresh_from_db()
    assert crisis.name == "Blue plastic"
    assert said(crisis)[-1] == "The crisis is now called “Blue plastic”, no longer “Plastic in yoghurt”"
    with pytest.raises(Refused, match=r"(?i)what it is called"):
        actions.rename(crisis, " ", by=alice, at=NOON)


def test_a_crisis_is_closed_once_with_a_reason_and_can_be_opened_again(crisis: Crisis, alice: User) -> None:
    with pytest.raises(Refused, match=r"(?i)why it is over"):
        actions.close(crisis, "  ", by=alice, at=NOON)
    actions.close(crisis, "solved", by=alice, at=NOON)
    with pytest.raises(Conflict):
        actions.close(crisis, "solved too", by=alice, at=NOON)
    actions.reopen(crisis, "a second photo", by=alice, at=NOON + timedelta(hours=5))
    crisis.refresh_from_db()
    assert crisis.open
    assert said(crisis)[-2:] == ["Crisis closed: solved", "Crisis opened again: a second photo"]


def test_a_line_is_corrected_by_a_new_line_and_read_in_french_too(crisis: Crisis, bob: User) -> None:
    seq = actions.note(crisis, "the shop is in Lyon", by=bob, at=NOON)
    actions.correct(crisis, seq, "the shop is in Bordeaux", by=bob, at=NOON)
    assert said(crisis)[-2:] == ["the shop is in Lyon", f"Correction of line {seq}: the shop is in Bordeaux"]
    with translation.override("fr"):
        assert said(crisis)[-1] == f"Correction de la ligne {seq}\xa0: the shop is in Bordeaux"


def test_a_reserved_line_is_read_by_its_roles_alone_also_in_a_search(crisis: Crisis, bob: User) -> None:
    actions.note(crisis, "the employee was called", by=bob, at=NOON, confidential=["hr"])
    hr = Viewer(False, True, False, frozenset({"hr"}))
    legal = Viewer(True, True, False, frozenset({"legal"}))
    assert "the employee was called" in said(crisis, hr)
    assert "the employee was called" not in said(crisis, legal)
    assert [line.text for line in lines.search(crisis, hr, "EMPLOYEE")] == ["the employee was called"]
    assert lines.search(crisis, legal, "employee") == []


def test_erased_words_leave_a_line_and_a_chain_that_holds(acme: Organisation, crisis: Crisis, bob: User) -> None:
    seq = actions.note(crisis, "Mr Martin's number is 06", by=bob, at=NOON)
    erase(acme.pk, [seq], at=NOON, why="asked for")
    assert said(crisis)[-1] == "The words of this line were erased."
    assert verify(acme.pk) is None


def test_older_lines_come_page_by_page_and_a_kind_at_a_time(crisis: Crisis, bob: User) -> None:
    for n in range(150):
        actions.note(crisis, f"note {n}", by=bob, at=NOON)
    last = lines.lines(crisis, EVERYTHING)
    assert [last[0].text, last[-1].text] == ["note 50", "note 149"]
    before = lines.lines(crisis, EVERYTHING, before=last[0].seq)
    assert before[-1].text == "note 49"
    assert {line.kind for line in lines.lines(crisis, EVERYTHING, kind="team")} == {"team"}


def test_somebody_who_leaves_the_organisation_leaves_the_room_and_their_tasks_show_nobody(
    acme: Organisation, crisis: Crisis, alice: User, bob: User
) -> None:
    leave(Membership.objects.of(acme).get(user=bob), at=NOON, by=alice)
    assert "Bob" not in {p.name for p in queries.team(crisis)}
    actions.departed(acme, bob, at=NOON)
    assert said(crisis)[-1] == "Bob leaves the role: Community manager"
    assert viewers(crisis, [bob.pk]) == {}


def test_a_guest_of_another_crisis_is_no_reader_here(acme: Organisation, crisis: Crisis) -> None:
    lawyer = person("Lea", acme, Role.GUEST)
    assert viewers(crisis, [lawyer.pk]) == {}
    Participant.objects.create(
        organisation=acme, crisis=crisis, role="legal", name="Lea", user=lawyer, guest=True,
        until=acme.clock.now() + timedelta(hours=1),
    )  # fmt: skip
    assert viewers(crisis, [lawyer.pk])[lawyer.pk] == Viewer(False, True, True, frozenset({"legal"}))
    Participant.objects.of(acme).filter(user=lawyer).update(until=acme.clock.now() - timedelta(seconds=1))
    assert viewers(crisis, [lawyer.pk]) == {}


# -- critical mentions, crisis mode -----------------------------------------------------------------------


def test_critical_mentions_wait_until_somebody_deals_with_them_and_only_one_takes_each(
    acme: Organisation, crisis: Crisis, watch: Watch, alice: User, bob: User
) -> None:
    watch.influential_from = 1_000
    watch.save()
    posts = [
        post(1, "acme est une honte, mon enfant est malade", minutes=5, audience=50_000),
        post(2, "acme est une honte", minutes=6),
        post(3, "j'adore acme, merci", minutes=7, audience=90_000),
    ]
    IngestPipeline(acme, ToldClock(NOON + timedelta(hours=1))).take(posts)
    followed = queries.watches(crisis)
    [critical] = queries.critical(crisis, followed)
    assert queries.waiting(crisis, followed) == queries.Waiting(1, 0)
    actions.handle(critical, "taken", by=bob, at=NOON, crises=[crisis])
    assert queries.waiting(crisis, followed) == queries.Waiting(0, 1)
    with pytest.raises(Conflict, match="Bob"):
        actions.handle(critical, "taken", by=alice, at=NOON, crises=[crisis])
    actions.handle(critical, "handled", by=bob, at=NOON, crises=[crisis])
    assert queries.waiting(crisis, followed) == queries.Waiting(0, 0)
    assert Handling.objects.of(acme).get().mention == Mention.objects.of(acme).get(pk=critical.pk)


def test_the_clock_of_the_first_meeting_runs_until_the_team_has_met(crisis: Crisis, bob: User) -> None:
    assert boards.board("header").context(crisis, EVERYTHING, NOON)["gather_by"] == NOON + timedelta(hours=2)
    Participant.objects.across().filter(user=bob).update(state="in")
    assert boards.board("header").context(crisis, EVERYTHING, NOON)["gather_by"] is None


def test_a_crisis_may_follow_another_watch_later(acme: Organisation, crisis: Crisis, watch: Watch, alice: User) -> None:
    other = make_watch(acme, "yoghurt", name="Yoghurts")
    actions.follow(crisis, other, by=alice, at=NOON)
    actions.follow(crisis, other, by=alice, at=NOON)
    assert queries.watches(crisis) == [watch, other]
    assert said(crisis)[-1] == "The watch Yoghurts is followed here too"


def test_a_role_sheet_is_shown_to_whoever_holds_the_role(acme: Organisation, crisis: Crisis, alice: User) -> None:
    change_rules(acme, by=alice, at=NOON, sheets={"community": "Screenshot first.", "press": "Never off the record."})
    bob_s = Viewer(False, True, False, frozenset({"community"}))
    board = rendering.drawn(boards.board("framework"), crisis, bob_s, NOON)
    assert "Screenshot first." in board
    assert "off the record" not in board


def test_copies_of_one_text_are_dealt_with_together(
    acme: Organisation, crisis: Crisis, watch: Watch, bob: User, signed_in: Callable[[User], Client]
) -> None:
    text = "acme est une honte, mon enfant est malade à cause de leur yaourt au plastique bleu"
    now = acme.clock.now()
    Crisis.objects.of(acme).update(began_at=NOON)
    IngestPipeline(acme, ToldClock(now)).take(
        [post(n, text, minutes=n, author_handle=f"p{n}", audience=10**6) for n in range(4)]
    )
    followed = queries.watches(crisis)
    assert queries.waiting(crisis, followed).untaken == 4
    first = queries.critical(crisis, followed)[0]
    client = signed_in(bob)
    assert "4 times the same text" in client.get("/o/acme/crises/1/critical/").content.decode()
    client.post(f"/o/acme/mentions/{first.pk}/handle", {"state": "handled", "same": "1"})
    assert queries.waiting(crisis, followed).untaken == 0
    assert said(crisis)[-1].startswith("Mention by p")


def test_it_is_not_over_in_the_hour_in_which_it_burns(acme: Organisation, crisis: Crisis, watch: Watch) -> None:
    later = NOON + timedelta(hours=30)
    burning = [post(n, f"acme brûle {n}", minutes=30 * 60 - n / 10) for n in range(300)]
    IngestPipeline(acme, ToldClock(later)).take(burning)
    inside, looked = queries.calm(crisis, queries.watches(crisis), later, 24)
    assert (inside, looked) == (23, 24)
    assert queries.calm(crisis, queries.watches(crisis), NOON + timedelta(minutes=50), 24)[1] == 1


def test_in_crisis_mode_only_the_named_publish_until_it_ends_by_itself(
    acme: Organisation, crisis: Crisis, alice: User, bob: User
) -> None:
    assert freeze.may_publish(acme, bob, NOON)
    ends = NOON + timedelta(hours=4)
    freeze.switch_on(acme, "one voice", [alice], ends, by=alice, at=NOON)
    assert freeze.may_publish(acme, alice, NOON)
    assert not freeze.may_publish(acme, bob, NOON + timedelta(hours=1))
    with pytest.raises(Conflict):
        freeze.switch_on(acme, "again", [bob], ends, by=bob, at=NOON)
    assert freeze.may_publish(acme, bob, ends)


def test_crisis_mode_says_why_and_does_not_last_for_ever(acme: Organisation, alice: User) -> None:
    with pytest.raises(Refused, match=r"(?i)say why"):
        freeze.switch_on(acme, " ", [], NOON + timedelta(hours=1), by=alice, at=NOON)
    with pytest.raises(Refused, match=r"(?i)seven days"):
        freeze.switch_on(acme, "x", [], NOON + timedelta(days=8), by=alice, at=NOON)


def test_nobody_sees_what_is_reserved_when_they_hold_no_role() -> None:
    assert NOBODY.sees([])
    assert not NOBODY.sees(["hr"])
