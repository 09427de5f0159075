"""What is established has a proof; what is unknown has somebody who finds out; what is promised has a date."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.conftest import NOON
from vigie.crises.models import Crisis
from vigie.facts import actions
from vigie.facts.models import Fact
from vigie.lib.refusals import Conflict, Refused
from vigie.people.models import User


def test_a_fact_is_confirmed_with_a_proof_and_by_somebody(crisis: Crisis, alice: User, bob: User) -> None:
    fact = actions.add(crisis, "fact", "batch 4471", by=bob, at=NOON)
    with pytest.raises(Refused, match=r"(?i)what proves it"):
        actions.settle(fact, "confirmed", by=alice, at=NOON)
    actions.settle(fact, "confirmed", by=alice, at=NOON, proof="the factory's register")
    fact.refresh_from_db()
    assert (fact.state, fact.proof, fact.confirmed_by) == ("confirmed", "the factory's register", alice)


def test_a_confirmed_fact_may_be_withdrawn_but_not_confirmed_twice(crisis: Crisis, alice: User) -> None:
    fact = actions.add(crisis, "fact", "batch 4471", by=alice, at=NOON)
    actions.settle(fact, "confirmed", by=alice, at=NOON, proof="register")
    with pytest.raises(Conflict):
        actions.settle(fact, "confirmed", by=alice, at=NOON, proof="register again")
    actions.settle(fact, "withdrawn", by=alice, at=NOON)
    fact.refresh_from_db()
    assert fact.state == "withdrawn"


def test_a_promise_has_a_date_and_is_kept_or_missed(crisis: Crisis, alice: User) -> None:
    with pytest.raises(Refused, match=r"(?i)has a date"):
        actions.add(crisis, "commitment", "refund all", by=alice, at=NOON)
    promise = actions.add(crisis, "commitment", "refund all", by=alice, at=NOON, due_at=NOON + timedelta(days=1))
    actions.settle(promise, "missed", by=alice, at=NOON)
    with pytest.raises(Conflict):
        actions.settle(promise, "kept", by=alice, at=NOON)


@pytest.mark.parametrize(("kind", "state"), [("fact", "kept"), ("unknown", "confirmed"), ("commitment", "answered")])
def test_each_kind_has_its_own_ways_to_end(crisis: Crisis, alice: User, kind: str, state: str) -> None:
    fact = actions.add(crisis, kind, "x", by=alice, at=NOON, due_at=NOON)
    with pytest.raises(Refused, match=r"(?i)cannot become"):
        actions.settle(fact, state, by=alice, at=NOON, proof="p")
    assert Fact.objects.across().get().state == "open"
