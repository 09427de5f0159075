"""Who may decide, what fits, and what the law's clocks say."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.conftest import NOON, person
from vigie.crises import actions as crises
from vigie.crises.lines import lines
from vigie.crises.models import Crisis, Participant
from vigie.crises.rules import EVERYTHING
from vigie.decisions import actions, posture
from vigie.decisions.actions import NotAllowed
from vigie.decisions.board import compared
from vigie.decisions.clocks import LAWS
from vigie.decisions.models import Decision
from vigie.lib.refusals import Refused
from vigie.people.models import Organisation, Role, User
from vigie.plans import delegation
from vigie.plans.actions import change_rules

ANSWERS = {"cause": "product", "origin": "outside", "speaker": "customer", "scale": "local", "threatened": ["trust"]}


def proposed(crisis: Crisis, by: User, level: str = "", **values: str) -> Decision:
    if level:
        Crisis.objects.across().filter(pk=crisis.pk).update(level=level)
    words = {"chosen": "full", "why": "people first", **values}
    return actions.propose(crisis, "we say it all", by=by, at=NOON, **words)  # type: ignore[arg-type]


@pytest.mark.parametrize("act", delegation.Act.values)
@pytest.mark.parametrize("level", delegation.LEVELS)
def test_the_table_leaves_every_act_at_every_level_to_somebody(act: str, level: str) -> None:
    rule = delegation.ruling(delegation.DEFAULT, act, level)
    assert rule.alone or rule.approve


@pytest.mark.parametrize(
    ("level", "role", "alone", "approves"),
    [
        ("yellow", "community", False, False),
        ("yellow", "lead", True, True),
        ("yellow", "director", True, True),
        ("orange", "lead", False, True),
        ("orange", "director", True, True),
        ("orange", "legal", False, False),
        ("red", "lead", False, False),
        ("red", "director", False, True),
        ("red", "spokesperson", False, False),
    ],
)
def test_the_posture_by_role_and_level(
    crisis: Crisis, acme: Organisation, alice: User, level: str, role: str, alone: bool, approves: bool
) -> None:
    zoe = person("Zoe", acme, Role.RESPONDER)
    crises.give_role(crisis, role, zoe, by=alice, at=NOON)
    assert (proposed(crisis, zoe, level).state == Decision.State.DECIDED) is alone
    other = person("Yann", acme, Role.RESPONDER)
    waiting = proposed(crisis, other, level)
    if approves:
        actions.approve(waiting, by=zoe, at=NOON)
        waiting.refresh_from_db()
        assert (waiting.state, waiting.decided_by) == (Decision.State.DECIDED, zoe)
    else:
        with pytest.raises(NotAllowed):
            actions.approve(waiting, by=zoe, at=NOON)


def test_the_organisation_s_own_table_holds(acme: Organisation, crisis: Crisis, alice: User, bob: User) -> None:
    table = {**delegation.DEFAULT}
    table["posture"] = {level: {"alone": ["community"], "approve": [], "told": []} for level in delegation.LEVELS}
    change_rules(acme, by=alice, at=NOON, delegation=table)
    assert proposed(crisis, bob).state == Decision.State.DECIDED


def test_a_team_of_one_confirms_after_the_wait_and_the_journal_says_so(crisis: Crisis, bob: User) -> None:
    Participant.objects.across().exclude(user=bob).update(state="silent")
    waiting = proposed(crisis, bob)
    with pytest.raises(NotAllowed) as refused:
        actions.approve(waiting, by=bob, at=NOON + timedelta(minutes=14))
    assert refused.value.until == NOON + timedelta(minutes=15)
    actions.approve(waiting, by=bob, at=NOON + timedelta(minutes=15))
    waiting.refresh_from_db()
    assert waiting.alone
    assert "confirmed by the same person after the wait" in lines(crisis, EVERYTHING)[-1].text


def test_of_two_who_decide_at_once_one_wins(crisis: Crisis, alice: User, bob: User, nadia: User) -> None:
    waiting = proposed(crisis, bob)
    actions.approve(waiting, by=nadia, at=NOON)
    with pytest.raises(crises.Conflict):
        actions.refuse(waiting, "too early", by=alice, at=NOON)
    crisis.refresh_from_db()
    assert crisis.posture == "full"


def test_a_new_posture_replaces_the_one_before_and_both_stay_on_record(crisis: Crisis, alice: User) -> None:
    proposed(crisis, alice)
    proposed(crisis, alice, chosen="partial", why="new facts")
    states = [(d.posture, d.state) for d in Decision.objects.across().filter(crisis=crisis).order_by("number")]
    assert states == [("full", "replaced"), ("partial", "decided")]


def test_a_posture_without_a_reason_is_not_written(crisis: Crisis, alice: User) -> None:
    with pytest.raises(Refused, match=r"(?i)and why"):
        proposed(crisis, alice, why=" ")
    with pytest.raises(Refused, match=r"(?i)choose a posture"):
        proposed(crisis, alice, chosen="shouting")


def test_silence_has_a_date_to_be_looked_at_again(crisis: Crisis, alice: User) -> None:
    with pytest.raises(Refused, match=r"(?i)looked at again"):
        proposed(crisis, alice, chosen="silence")
    assert actions.propose(
        crisis, "x", by=alice, at=NOON, chosen="silence", why="a troll", look_again_at=NOON + timedelta(hours=1)
    ).look_again_at


def test_dissent_is_kept_beside_the_decision_with_its_author(crisis: Crisis, alice: User, bob: User) -> None:
    made = proposed(crisis, alice)
    actions.dissent(made, "we do not know the cause", by=bob, at=NOON)
    made.refresh_from_db()
    assert made.dissent == "Bob: we do not know the cause"


def test_above_orange_two_assess_apart_and_their_differences_are_shown(crisis: Crisis, alice: User, bob: User) -> None:
    at = crisis.organisation.clock.now()
    actions.assess(crisis, ANSWERS, {}, by=alice, at=at)
    assert compared(crisis)["hidden"]
    assert "product" not in lines(crisis, EVERYTHING)[-1].text
    actions.assess(crisis, {**ANSWERS, "scale": "national"}, {}, by=bob, at=at)
    shown = compared(crisis)
    assert shown["people"] == ["Alice", "Bob"]
    assert [str(name) for name, _cells, differ in shown["rows"] if differ] == ["Scale"]


def test_alone_the_same_person_assesses_again_after_the_wait_and_the_journal_says_so(
    crisis: Crisis, alice: User
) -> None:
    actions.assess(crisis, ANSWERS, {}, by=alice, at=NOON)
    actions.assess(crisis, ANSWERS, {}, by=alice, at=NOON + timedelta(minutes=14))
    assert compared(crisis)["hidden"]
    actions.assess(crisis, ANSWERS, {}, by=alice, at=NOON + timedelta(minutes=15))
    assert not compared(crisis)["hidden"]
    assert lines(crisis, EVERYTHING)[-1].text.startswith("Assessment confirmed by the same person after the wait")


def test_history_and_a_bad_reputation_make_a_crisis_heavier(acme: Organisation, crisis: Crisis, alice: User) -> None:
    light = actions.assess(crisis, ANSWERS, {}, by=alice, at=NOON)
    assert (light.answers["cluster"], light.answers["advised"]) == ("accident", "partial")
    change_rules(acme, by=alice, at=NOON, history=[{"year": "2023", "cause": "product", "what": "recall"}])
    heavy = actions.assess(crisis, ANSWERS, {}, by=alice, at=NOON)
    assert (heavy.answers["cluster"], heavy.answers["advised"]) == ("preventable", "full")


@pytest.mark.parametrize("cause", posture.Cause.values)
def test_every_cause_has_a_cluster_and_an_advised_posture_with_its_risk(cause: str) -> None:
    advised = posture.advised(posture.cluster(cause), cause)
    assert str(posture.RISKS[advised])


def test_silence_and_counter_attack_are_warned_about_strongly() -> None:
    assert all(str(posture.RISKS[p]).startswith("Strong warning") for p in posture.STRONG)


def test_a_legal_clock_runs_once_and_names_its_source(crisis: Crisis, alice: User) -> None:
    clock = actions.start_deadline(crisis, "rgpd", NOON, by=alice, at=NOON)
    assert clock.due_at == NOON + timedelta(hours=72)
    with pytest.raises(crises.Conflict):
        actions.start_deadline(crisis, "rgpd", NOON, by=alice, at=NOON)
    actions.meet_deadline(clock, by=alice, at=NOON)
    assert all(law.source for law in LAWS.values())
    with pytest.raises(Refused, match=r"(?i)has happened"):
        actions.start_deadline(crisis, "defamation", NOON + timedelta(days=1), by=alice, at=NOON)
