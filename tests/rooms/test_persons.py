"""Somebody asks what is kept of them: it is shown, given, and forgotten for good."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from tests.conftest import NOON, post
from vigie.alerts.models import Alert
from vigie.crises.actions import departed, note
from vigie.crises.models import Crisis
from vigie.facts import actions as facts
from vigie.facts.models import Fact
from vigie.intake.models import Job
from vigie.intake.pipeline import IngestPipeline
from vigie.journal.actions import verify
from vigie.journal.models import Payload
from vigie.lib.times import ToldClock
from vigie.people.actions import leave
from vigie.people.models import Membership, Organisation, User
from vigie.people.traces import ERASED
from vigie.plans.actions import save_contact
from vigie.plans.models import Contact
from vigie.posts import search
from vigie.posts.models import ForgottenAuthor, Post, SetAside
from vigie.rooms import persons
from vigie.tasks.actions import add
from vigie.tasks.models import Task
from vigie.watches.models import Mention, Watch

WORDS = "Ma grand-mère habite au 12 rue des Lilas"


def everything(organisation: Organisation) -> str:
    """All that the rows of a person might still hold, as one text."""
    held: list[Any] = [
        *Fact.objects.of(organisation).values(),
        *Task.objects.of(organisation).values(),
        *Contact.objects.of(organisation).values(),
        *Post.objects.of(organisation).values(),
        *SetAside.objects.of(organisation).values(),
        *Job.objects.of(organisation).values(),
        *Alert.objects.of(organisation).values(),
        *Payload.objects.filter(organisation_id=organisation.pk).values("body"),
    ]
    return str(held)


def test_the_words_of_a_member_go_everywhere_and_the_journal_still_holds(
    acme: Organisation, bob: User, alice: User, crisis: Crisis
) -> None:
    note(crisis, WORDS, by=bob, at=NOON)
    facts.add(crisis, "fact", WORDS, by=bob, at=NOON)
    add(crisis, WORDS, by=bob, at=NOON)
    note(crisis, "Alice stays", by=alice, at=NOON)
    who = persons.found("bob@example.org")
    assert {"fact", "task", "journal"} <= {row["kind"] for row in persons.kept(acme, who)}
    persons.forget(acme, who, at=NOON)
    left = everything(acme)
    assert WORDS not in left
    assert ERASED in left
    assert "Alice stays" in left
    assert verify(acme.pk) is None
    assert not [row for row in persons.kept(acme, who) if WORDS in str(row)]


def test_an_account_is_closed_only_when_it_belongs_to_nobody_any_more(
    acme: Organisation, bob: User, alice: User
) -> None:
    who = persons.found("bob@example.org")
    assert not persons.close_account(who)
    leave(Membership.objects.of(acme).get(user=bob), at=NOON, by=alice)
    departed(acme, bob, at=NOON)
    assert persons.close_account(who)
    bob.refresh_from_db()
    assert (bob.name, bob.is_active, "bob" in bob.email) == (ERASED, False, False)


def test_a_contact_of_the_directory_is_forgotten_by_address(acme: Organisation, alice: User) -> None:
    save_contact(acme, Contact(organisation=acme, name="Jeanne", email="jeanne@press.example"), by=alice, at=NOON)
    persons.forget(acme, persons.found("Jeanne@press.example"), at=NOON)
    assert not Contact.objects.of(acme).exists()


@pytest.fixture
def spoken(acme: Organisation, watch: Watch) -> IngestPipeline:
    pipeline = IngestPipeline(acme, ToldClock(NOON))
    mine = [post(n, f"acme {WORDS} {n}", author_handle="jeanne", author_id="77") for n in range(3)]
    pipeline.take([*mine, post(9, "acme est en panne", author_handle="paul", author_id="78")])
    return pipeline


def test_an_author_is_forgotten_and_what_was_counted_stays_counted(acme: Organisation, spoken: IngestPipeline) -> None:
    network = Post.objects.of(acme).values_list("network", flat=True)[0]
    gone = persons.forget(acme, persons.found(f"{network}:@Jeanne"), at=NOON)
    assert gone["post"] == 3
    assert WORDS not in everything(acme)
    assert "jeanne" not in everything(acme)
    assert Mention.objects.of(acme).count() == 4
    assert list(search.holding(Mention.objects.of(acme), "Lilas")) == []
    assert len(search.holding(Mention.objects.of(acme), "panne")) == 1


def test_what_an_erased_author_wrote_is_not_taken_in_again(acme: Organisation, spoken: IngestPipeline) -> None:
    network = Post.objects.of(acme).values_list("network", flat=True)[0]
    persons.forget(acme, persons.found(f"{network}:jeanne"), at=NOON)
    assert ForgottenAuthor.objects.of(acme).count() == 2
    later = IngestPipeline(acme, ToldClock(NOON + timedelta(hours=1)))
    again = [
        post(1, f"acme {WORDS} 1", author_handle="jeanne"),
        post(30, "acme encore", author_handle="", author_id="77"),
    ]
    kept = later.take([*again, post(31, "acme est là", author_handle="luc")])
    assert (kept.stored, kept.ignored) == (1, 2)
    assert WORDS not in everything(acme)


def test_what_a_webhook_brought_is_not_kept_twice_and_what_failed_is_found(
    acme: Organisation, spoken: IngestPipeline
) -> None:
    body = json.dumps({"text": "x", "author": "jeanne"})
    Job.objects.create(organisation=acme, kind="hook", what={"source": 1, "body": body}, state="failed", asked_at=NOON)
    SetAside.objects.create(organisation=acme, origin="x", position="1", reason="date", raw=body, at=NOON)
    network = Post.objects.of(acme).values_list("network", flat=True)[0]
    gone = persons.forget(acme, persons.found(f"{network}:jeanne"), at=NOON)
    assert (gone["webhook"], gone["set aside"]) == (1, 1)


def test_another_organisation_keeps_its_own(
    acme: Organisation, elsewhere: Organisation, spoken: IngestPipeline
) -> None:
    network = Post.objects.of(acme).values_list("network", flat=True)[0]
    assert not persons.forget(elsewhere, persons.found(f"{network}:jeanne"), at=NOON)
    assert WORDS in everything(acme)


@pytest.mark.parametrize("who", ["", "jeanne", "@jeanne", "mastodon:"])
def test_somebody_who_is_not_named_is_asked_about(who: str) -> None:
    with pytest.raises(persons.UnknownPerson):
        persons.found(who)


def test_an_administrator_sees_gives_and_erases_on_a_page(
    acme: Organisation, alice: User, signed_in: Callable[[User], Client], spoken: IngestPipeline
) -> None:
    client, network = signed_in(alice), Post.objects.of(acme).values_list("network", flat=True)[0]
    at = f"/o/{acme.slug}/settings/personal/"
    assert "network:handle" in client.get(at, {"who": "jeanne"}).content.decode()
    assert ">3<" in client.get(at, {"who": f"{network}:jeanne"}).content.decode().replace(" ", "").replace("\n", "")
    given = client.get(f"{at}export", {"who": f"{network}:jeanne"})
    assert [json.loads(line)["author_handle"] for line in given.content.decode().splitlines()] == ["jeanne"] * 3
    done = client.post(f"{at}erase", {"who": f"{network}:jeanne"}, follow=True)
    assert "rows were erased" in done.content.decode()
    assert WORDS not in everything(acme)


def test_an_account_of_elsewhere_is_not_closed_by_who_keeps_nothing_of_it(
    acme: Organisation, alice: User, signed_in: Callable[[User], Client]
) -> None:
    stray = User.objects.create_user("stray@example.org", name="Stray")
    at = f"/o/{acme.slug}/settings/personal/"
    assert "Nothing is kept" in signed_in(alice).post(f"{at}erase", {"who": stray.email}, follow=True).content.decode()
    stray.refresh_from_db()
    assert (stray.name, stray.is_active) == ("Stray", True)


@pytest.mark.parametrize("who", ["a\0@b.example", "x:\0", "\ud800@b", "é" * 5_000, "x:'; DROP TABLE posts_post"])
def test_rubbish_is_answered_calmly(
    acme: Organisation, alice: User, signed_in: Callable[[User], Client], who: str
) -> None:
    client, at = signed_in(alice), f"/o/{acme.slug}/settings/"
    given = urlencode({"who": who.encode("utf-8", "surrogatepass"), "why": b"\0"})
    for page in ("personal/", "personal/export"):
        assert client.get(f"{at}{page}?{given}").status_code == 200
    for act in ("personal/erase", "access/note"):
        assert client.post(at + act, given, content_type="application/x-www-form-urlencoded").status_code == 302
