"""One line of typing becomes the act that it asks for."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import NOON, person
from vigie.crises.actions import give_role
from vigie.crises.boards import Typed, commands
from vigie.crises.lines import lines
from vigie.crises.models import Crisis
from vigie.crises.parsing import NotUnderstood, understood
from vigie.crises.rules import EVERYTHING
from vigie.facts.models import Fact
from vigie.lib.refusals import Refused
from vigie.people.models import Organisation, User
from vigie.rooms.commands import NobodyCalled, enter
from vigie.tasks.models import Task

PARIS = ZoneInfo("Europe/Paris")  # noon UTC is 13:00 there


@pytest.mark.parametrize(
    ("line", "typed"),
    [
        ("  two   journalists called ", Typed("note", "two journalists called")),
        ("/tâche @marie appeler le 14:30", Typed("task", "appeler le", "marie", NOON + timedelta(minutes=90))),
        ("/task call the mayor in 20 min", Typed("task", "call the mayor", "", NOON + timedelta(minutes=20))),
        ("/tache relire 12h05", Typed("task", "relire", "", NOON + timedelta(hours=23, minutes=5))),
        ("/décision on parle à 20 h", Typed("decision", "on parle à 20 h")),
        ("/tâche rappeler 19h", Typed("task", "rappeler", "", NOON + timedelta(hours=6))),
        ("/tâche relire demain 14h", Typed("task", "relire", "", NOON + timedelta(hours=25))),
        ("/tâche commander 4 lots", Typed("task", "commander 4 lots")),
        ("/FAIT trois lots", Typed("fact", "trois lots")),
        ("/inconnu @bob la cause dans 2 h", Typed("unknown", "la cause", "bob", NOON + timedelta(hours=2))),
        ("!rh !juridique entretien", Typed("note", "entretien", confidential=["hr", "legal"])),
        ("/tâche vérifier le lot 25:70", Typed("task", "vérifier le lot 25:70")),
        ("a mail to x@y.fr at 14:30", Typed("note", "a mail to x@y.fr at 14:30")),
    ],
)
def test_what_is_typed_is_understood(line: str, typed: Typed) -> None:
    assert understood(line, NOON, PARIS) == typed


@pytest.mark.parametrize("line", ["/zut hello", "!chef secret"])
def test_a_word_that_means_nothing_is_said_and_nothing_is_written(line: str) -> None:
    with pytest.raises(NotUnderstood):
        understood(line, NOON, PARIS)


@given(st.text(max_size=200))
def test_any_typing_is_understood_or_refused_with_its_reason(line: str) -> None:
    try:
        typed = understood(line, NOON, PARIS)
    except Refused as error:
        assert str(error)
    else:
        assert typed.text.strip()
        assert typed.kind in {c.key for c in commands().values()}
        assert typed.due is None or typed.due > NOON


@given(st.from_regex(r"[a-zé][a-zé ]{0,40}[a-zé]", fullmatch=True), st.integers(1, 900))
def test_a_delay_is_taken_off_the_end_and_nothing_else(text: str, minutes: int) -> None:
    typed = understood(f"/task {text} in {minutes} min", NOON, PARIS)
    assert (typed.text, typed.due) == (" ".join(text.split()), NOON + timedelta(minutes=minutes))


def test_lines_of_the_room_do_what_they_say(crisis: Crisis, bob: User) -> None:
    enter(crisis, "/tâche @nadia appeler la préfecture dans 15 min", by=bob, at=NOON)
    enter(crisis, "/promesse @crisis rembourser chaque client 20:00", by=bob, at=NOON)
    enter(crisis, "/appel @bob la mairie rappelle", by=bob, at=NOON)
    task, promise = Task.objects.across().get(), Fact.objects.across().get()
    assert task.owner is not None
    assert (task.owner.name, task.due_at) == ("Nadia", NOON + timedelta(minutes=15))
    assert promise.due_at == NOON + timedelta(hours=7)
    assert lines(crisis, EVERYTHING)[-1].text == "Call: @Bob la mairie rappelle"


def test_a_full_name_is_taken_whole(acme: Organisation, crisis: Crisis, alice: User) -> None:
    give_role(crisis, "press", person("Zoé Le Gall", acme, "responder"), by=alice, at=NOON)
    enter(crisis, "/tâche @Zoé Gall relire 19:00", by=alice, at=NOON)
    assert Task.objects.across().get().text == "relire"


def test_a_name_that_is_nobody_s_writes_nothing(crisis: Crisis, bob: User) -> None:
    with pytest.raises(NobodyCalled):
        enter(crisis, "/tâche @zorro sauver le monde", by=bob, at=NOON)
    assert not Task.objects.across().exists()


def test_a_reserved_line_is_kept_to_the_roles_that_were_named_and_facts_cannot_be(crisis: Crisis, bob: User) -> None:
    enter(crisis, "!rh entretien avec le délégué", by=bob, at=NOON)
    assert lines(crisis, EVERYTHING)[-1].confidential == ["hr"]
    for line in ("/fait !rh secret", "/inconnu !rh secret", "/promesse !rh secret", "/décision !rh secret"):
        with pytest.raises(Refused, match=r"(?i)only notes, calls and tasks"):
            enter(crisis, line, by=bob, at=NOON)
    assert "secret" not in "".join(line.text for line in lines(crisis, EVERYTHING))
