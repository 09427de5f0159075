"""The plan that a crisis starts from: the library, the directory, what is missing, and versions that nothing changes."""

from __future__ import annotations

import io
from datetime import date, timedelta

import pytest
import pyzipper
from hypothesis import given
from hypothesis import strategies as st

from tests.alerts.test_duty import channel
from tests.conftest import NOON
from vigie.alerts.models import Duty
from vigie.decisions.posture import Cause, Posture
from vigie.people.models import Organisation, User
from vigie.plans import actions, contacts, document, library
from vigie.plans.findings import findings
from vigie.plans.models import Contact, PlanVersion, Scenario
from vigie.plans.roles import CrisisRole, meant

ALL = [(key, language) for key in library.KEYS for language in ("fr", "en")]


@pytest.mark.parametrize(("key", "language"), ALL)
def test_a_scenario_is_whole_and_its_three_messages_can_be_remembered(key: str, language: str) -> None:
    found = library.shipped(key, language)
    assert len(found["messages"]) == 3
    assert all(len(m["facts"]) == 3 for m in found["messages"])
    assert sum(len(m["say"].replace("’", " ").replace("'", " ").split()) for m in found["messages"]) <= 27
    assert set(found["holding"]) == {"fact", "scope", "action", "commitment", "contact"}
    assert all(found["holding"].values())
    assert found["cause"] in Cause.values
    assert found["posture"] in Posture.values
    assert all(step["role"] in CrisisRole.values and 0 < step["minutes"] <= 60 for step in found["checklist"])
    assert all(set(found["audiences"][who]) == set(library.PHASES) for who in library.AUDIENCES)
    assert [s["minutes"] for s in found["checklist"]] == sorted(s["minutes"] for s in found["checklist"])
    assert all(found[name] for name in ("signs", "points", "say", "never", "stakeholders"))


@pytest.mark.parametrize("key", library.KEYS)
def test_both_languages_give_the_same_steps_to_the_same_roles(key: str) -> None:
    french, english = library.shipped(key, "fr"), library.shipped(key, "en")
    assert [(s["role"], s["minutes"]) for s in french["checklist"]] == [
        (s["role"], s["minutes"]) for s in english["checklist"]
    ]
    assert (french["cause"], french["posture"]) == (english["cause"], english["posture"])


def test_staff_in_trouble_are_listened_to_in_confidence_before_anything_public() -> None:
    steps = library.shipped("employee", "en")["checklist"]
    first = next(s for s in steps if s["role"] == "hr")
    public = next(s for s in steps if s["role"] == "press")
    assert first["confidential"] == ["hr", "legal", "director"]
    assert first["minutes"] < public["minutes"]


def test_the_organisation_s_own_scenarios_come_first(acme: Organisation, alice: User) -> None:
    made = actions.copy_scenario(acme, "leak", "en", by=alice, at=NOON)
    found = library.scenarios(acme, "en")
    assert found[0]["key"] == f"own-{made.pk}"
    assert len(found) == 13
    assert library.scenario(acme, "nothing", "en") is None


def test_what_is_missing_is_said_with_where_to_mend_it(acme: Organisation, alice: User, bob: User) -> None:
    Duty.objects.create(organisation=acme, position=0, role="director", user=alice)
    phone = channel(acme, "Bob, mobile", last_error="refused")
    Duty.objects.create(organisation=acme, position=1, role="lead", user=bob, channel=phone, deputy_user=alice)
    actions.save_contact(acme, Contact(name="Prefecture", phone="01"), by=alice, at=NOON - timedelta(days=200))
    Scenario.objects.create(organisation=acme, title="Ours", content={}, expires_on=date(2026, 1, 1), changed_at=NOON)
    found = [(f.what, f.page, f.grave) for f in findings(acme, NOON)]
    assert found == [
        ("Nobody holds the role: Spokesperson", "chain", True),
        ("Nobody holds the role: Community manager", "chain", True),
        ("The last message to Bob (Crisis team leader) failed", "chain", True),
        ("Alice (Crisis director) has no channel: nothing reaches them at night", "chain", False),
        ("Alice (Crisis director) has no substitute", "chain", False),
        ("The messages of “Ours” were to be reviewed by 2026-01-01", "scenarios", False),
        ("Prefecture was not checked for six months", "contacts", False),
        ("No version of the plan was published: nobody can read it offline", "plan", False),
    ]


def test_a_published_version_stays_as_it_was_and_can_be_carried(acme: Organisation, alice: User) -> None:
    actions.save_contact(acme, Contact(name="Prefecture", emergency="+33 1 02"), by=alice, at=NOON)
    first = actions.publish(acme, "first", "fr", by=alice, at=NOON)
    Contact.objects.of(acme).update(emergency="+33 9 99")
    second = actions.publish(acme, "second", "fr", by=alice, at=NOON)
    assert (first.number, second.number) == (1, 2)
    kept = PlanVersion.objects.of(acme).get(number=1)
    assert kept.tree["contacts"][0]["emergency"] == "+33 1 02"
    assert document.as_pdf(kept.tree, 1).startswith(b"%PDF")


@pytest.mark.parametrize(
    ("word", "role"),
    [("director", "director"), ("JURIDIQUE", ""), ("legal", "legal"), ("spokes", "spokesperson"), ("x", "")],
)
def test_a_role_is_meant_by_its_key_or_the_beginning_of_its_name(word: str, role: str) -> None:
    assert meant(word) == role


# -- the directory ------------------------------------------------------------------------------------------


PLAIN = st.text(st.characters(categories=("L", "N", "Zs")), min_size=1, max_size=30).map(str.strip).filter(bool)
PHONE = st.from_regex(r"(\+[0-9]{2} )?[0-9]( [0-9]{2}){2,4}", fullmatch=True)
PEOPLE = st.builds(
    lambda name, function, phone: Contact(name=name, function=function, phone=phone), PLAIN, PLAIN, PHONE
)


def told(found: list[Contact]) -> list[tuple[str, str, str]]:
    return [(c.name, c.function, c.phone) for c in found]


@given(st.lists(PEOPLE, max_size=5))
def test_contacts_come_back_from_csv_as_they_left(people: list[Contact]) -> None:
    found, wrong = contacts.from_csv(contacts.to_csv(people))
    assert wrong == []
    assert told(found) == told(people)


@given(st.lists(PEOPLE, max_size=5))
def test_contacts_come_back_from_vcards_as_they_left(people: list[Contact]) -> None:
    found, wrong = contacts.from_vcards(contacts.to_vcards(people))
    assert wrong == []
    assert told(found) == told(people)


def test_a_french_file_is_read_and_bad_rows_are_named_while_the_rest_goes_on() -> None:
    text = "Nom;Téléphone;Courriel;Intérêt\nPréfecture;01 02;;5\n;03;;\nMairie;04;not a mail;2\nPresse;05;a@b.fr;9\n"
    found, wrong = contacts.from_csv(text)
    assert told(found) == [("Préfecture", "", "01 02")]
    assert [w.split(":")[0] for w in wrong] == ["row 3", "row 4", "row 5"]


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "\x00\x01"])
def test_a_file_without_names_is_refused_with_its_reason(text: str) -> None:
    with pytest.raises(contacts.BadFile, match="name"):
        contacts.from_csv(text)


def test_a_locked_copy_opens_with_its_password_only() -> None:
    box = contacts.locked({"contacts.csv": b"name\nZo\n"}, "correct horse")
    with pyzipper.AESZipFile(io.BytesIO(box)) as opened:
        with pytest.raises(RuntimeError):
            opened.read("contacts.csv")
        opened.setpassword(b"correct horse")
        assert opened.read("contacts.csv") == b"name\nZo\n"
