"""Links open an account once, to the person whom they are for; what the one who copied them could do is remembered."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.conftest import NOON
from tests.decisions.test_decisions import proposed
from vigie.crises.models import Crisis
from vigie.decisions import actions as decisions
from vigie.decisions.models import Decision
from vigie.journal.models import Entry
from vigie.lib.refusals import Refused
from vigie.lib.times import LIVE
from vigie.outbox.letters import written
from vigie.outbox.models import Message
from vigie.people import actions
from vigie.people.models import Link, Organisation, User

PASSWORD = "correct horse battery"


def shown(user: User, acme: Organisation, by: User) -> str:
    """The sign-in link of somebody, shown to whoever asked for it."""
    actions.reset(acme, user, at=LIVE.now(), by=by)
    return actions.reveal(Link.objects.get(user=user, used_at=None), acme, at=LIVE.now(), by=by)


def test_whoever_had_the_link_of_another_shown_is_not_a_second_person_with_them(
    acme: Organisation, crisis: Crisis, alice: User, bob: User, nadia: User
) -> None:
    Client().post(f"/start/{shown(bob, acme, alice)}")
    bob.refresh_from_db()
    assert bob.opened_by == alice
    waiting = proposed(crisis, bob)
    with pytest.raises(Refused) as refused:
        decisions.approve(waiting, by=alice, at=NOON)
    assert refused.value.code == "one_person"
    decisions.approve(waiting, by=nadia, at=NOON)
    waiting.refresh_from_db()
    assert waiting.state == Decision.State.DECIDED


def test_a_password_of_their_own_makes_them_two_again(
    acme: Organisation, crisis: Crisis, alice: User, bob: User
) -> None:
    theirs = Client()
    theirs.post(f"/start/{shown(bob, acme, alice)}")
    theirs.post("/accounts/password/set/", {"password1": PASSWORD, "password2": PASSWORD})
    bob.refresh_from_db()
    assert bob.has_usable_password()
    assert bob.opened_by is None
    waiting = proposed(crisis, bob)
    decisions.approve(waiting, by=alice, at=NOON)
    waiting.refresh_from_db()
    assert waiting.state == Decision.State.DECIDED


def test_a_link_that_was_shown_is_on_record_twice_and_opens_once(acme: Organisation, alice: User, bob: User) -> None:
    before, secret = shown(bob, acme, alice), shown(bob, acme, alice)
    assert Client().post(f"/start/{before}").status_code == 410, "a newer one takes its place"
    assert Client().post(f"/start/{secret}").status_code == 302
    assert Client().post(f"/start/{secret}").status_code == 410
    entries = Entry.objects.filter(organisation_id=acme.pk).order_by("seq")
    verbs = list(entries.values_list("verb", flat=True))
    assert verbs[-4:] == ["member.reset", "link.copied", "link.used", "member.signed_in"]


def test_a_reset_signs_the_person_out_wherever_they_were(
    acme: Organisation, alice: User, bob: User, signed_in: Callable[[User], Client]
) -> None:
    bob.set_password(PASSWORD)
    bob.save()
    phone = Client()
    phone.post("/accounts/login/", {"login": bob.email, "password": PASSWORD})
    assert phone.get("/o/acme/").status_code == 200
    actions.reset(acme, bob, at=LIVE.now(), by=alice)
    assert phone.get("/o/acme/").status_code == 302


def test_a_change_of_role_is_an_entry_with_what_it_was(acme: Organisation, alice: User, bob: User) -> None:
    actions.change_role(acme, bob, "reader", at=NOON, by=alice)
    entry = Entry.objects.filter(organisation_id=acme.pk).latest("seq")
    assert (entry.verb, entry.actor_id, entry.subject) == ("member.role", alice.pk, f"user:{bob.pk}")


def test_two_administrators_cannot_both_leave(acme: Organisation, alice: User, bob: User) -> None:
    actions.join(acme, bob, "administrator", at=NOON)
    actions.change_role(acme, bob, "reader", at=NOON, by=alice)
    with pytest.raises(actions.LastAdministrator):
        actions.change_role(acme, alice, "reader", at=NOON, by=bob)


def test_a_new_name_is_an_entry_and_the_export_of_a_room_says_who_it_is(
    acme: Organisation, crisis: Crisis, bob: User, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(bob)
    client.post("/o/acme/crises/1/say", {"line": "the mayor called"})
    client.post("/me", {"name": "Robert", "language": "en", "theme": "auto"})
    entry = Entry.objects.filter(organisation_id=acme.pk).latest("seq")
    assert (entry.verb, entry.actor_id) == ("member.renamed", bob.pk)
    rows = [json.loads(row) for row in client.get("/o/acme/crises/1/lines.jsonl").content.decode().splitlines()]
    said = next(row for row in rows if row.get("text") == "the mayor called")
    assert (said["who"], said["actor"], said["mail"]) == ("Bob", str(bob.pk), bob.email)


def test_an_administrator_reads_who_came_in_and_who_was_turned_away_and_nobody_else_does(
    acme: Organisation, elsewhere: Organisation, alice: User, bob: User, signed_in: Callable[[User], Client]
) -> None:
    bob.set_password(PASSWORD)
    bob.save()
    Client().post("/accounts/login/", {"login": bob.email, "password": "wrong"}, REMOTE_ADDR="192.0.2.7")
    Client().post("/accounts/login/", {"login": "nobody@example.org", "password": "wrong"}, REMOTE_ADDR="192.0.2.8")
    Client().post("/accounts/login/", {"login": bob.email, "password": PASSWORD}, REMOTE_ADDR="192.0.2.9")
    page = signed_in(alice).get("/o/acme/settings/access/").content.decode()
    assert "A sign-in as Bob was refused, from 192.0.2.7" in page
    assert "Bob signed in, from 192.0.2.9" in page
    assert "192.0.2.8" not in page
    assert signed_in(bob).get("/o/acme/settings/access/").status_code == 403
    assert not Entry.objects.filter(organisation_id=elsewhere.pk, verb__startswith="member.signed").exists()


def with_password(user: User, signed_in: Callable[[User], Client]) -> Client:
    user.set_password(PASSWORD)
    user.save()
    return signed_in(user)


def test_a_new_address_must_say_yes_before_it_is_anybodys(
    acme: Organisation, bob: User, signed_in: Callable[[User], Client], settings: Any
) -> None:
    settings.MAIL_URL = "mailto://user:pass@mail.example"
    client = with_password(bob, signed_in)
    wrong = client.post("/me/address", {"email": "new@example.org", "password": "no"})
    assert "not your password" in wrong.content.decode()
    client.post("/me/address", {"email": "New@example.org", "password": PASSWORD})
    bob.refresh_from_db()
    assert bob.email == "bob@example.org", "nothing changes yet"
    told = {m.name: written(m).body for m in Message.objects.of(acme)}
    assert set(told) == {"new@example.org", "bob@example.org"}
    link = re.search(r"/address/\S+", told["new@example.org"])
    assert link
    assert Client().get(link[0]).status_code == 200
    bob.refresh_from_db()
    assert bob.email == "bob@example.org", "a preview by a mail reader changes nothing"
    assert Client().post(link[0]).status_code == 302
    assert Client().post(link[0]).status_code == 410
    bob.refresh_from_db()
    assert bob.email == "new@example.org"
    assert Entry.objects.filter(organisation_id=acme.pk, verb="member.readdressed").count() == 1


def test_without_a_mail_server_an_address_changes_with_the_password_and_is_told(
    acme: Organisation, alice: User, bob: User, signed_in: Callable[[User], Client]
) -> None:
    client = with_password(bob, signed_in)
    client.post("/me/address", {"email": alice.email, "password": PASSWORD})
    bob.refresh_from_db()
    assert bob.email == "bob@example.org", "somebody else's address is not to be had"
    client.post("/me/address", {"email": "robert@example.org", "password": PASSWORD})
    bob.refresh_from_db()
    assert bob.email == "robert@example.org"
