"""A board is one package, one screen file, one folder of templates, and a line in each of two tables: nothing else."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import clear_url_caches
from django.utils import timezone, translation

from tests.conftest import NOON
from vigie.crises import boards, lines
from vigie.crises.models import Crisis
from vigie.crises.rules import EVERYTHING
from vigie.journal.place import present
from vigie.main import urls
from vigie.main.live.hub import Hub
from vigie.people.models import User
from vigie.rooms import registry, reporting
from vigie.rooms.commands import enter, hints
from vigie.web.screens.crisis.boards import table

pytestmark = pytest.mark.django_db(transaction=True)

BOARD = """
from vigie.crises.acts import acting
from vigie.crises.boards import Board, Command, Dial, Section

SAID = []

def add(crisis, asked):
    with acting(crisis, by=asked.by, at=asked.at) as act:
        SAID.append(asked.typed.text)
        act.line("rumour.heard", text=asked.typed.text)

BOARD = Board(
    key="rumours",
    label="Rumours",
    order=35,
    context=lambda crisis, viewer, now: {"rumours": list(SAID)},
    verbs=("rumour.*",),
    sentences={"rumour.heard": ("rumour", "Rumour: %(text)s")},
    commands=(Command("rumour", ("rumeur", "rumour"), "who says what", add),),
    dials=lambda crisis, viewer, now: [Dial("Rumours", str(len(SAID)))],
    report=lambda crisis, since: [Section("Rumours", list(SAID))],
    handover=lambda crisis: [Section("Rumours", list(SAID))],
    left_open=lambda crisis: [f"Rumour not corrected: {said}" for said in SAID],
)
"""
SCREEN = """
from django.http import JsonResponse
from vigie.web.screens.crisis.access import room
from .board import SAID

@room()
def rumours(request):
    return JsonResponse({"rumours": SAID})

ROUTES = [("rumours/", rumours, "room-rumours")]
"""
TEMPLATE = "<ul>{% for rumour in rumours %}<li>{{ rumour }}</li>{% endfor %}</ul>"


@pytest.fixture
def rumours(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A package with a board, dropped in beside the others."""
    package = tmp_path / "gossip"
    (package / "templates/vigie/room/rumours").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "board.py").write_text(BOARD)
    (package / "screen.py").write_text(SCREEN)
    (package / "templates/vigie/room/rumours/board.html").write_text(TEMPLATE)
    monkeypatch.syspath_prepend(str(tmp_path))
    templates = dict(settings.TEMPLATES[0])
    settings.TEMPLATES = [{**templates, "DIRS": [*templates["DIRS"], package / "templates"]}]
    board, screen = importlib.import_module("gossip.board"), importlib.import_module("gossip.screen")
    # The two lines.
    boards.use([*registry.BOARDS, board.BOARD])
    monkeypatch.setattr(table, "ROUTES", [*table.ROUTES, *screen.ROUTES])
    importlib.reload(urls)
    clear_url_caches()
    yield board
    boards.use(registry.BOARDS)
    monkeypatch.undo()
    importlib.reload(urls)
    clear_url_caches()
    for name in [name for name in sys.modules if name.split(".")[0] == "gossip"]:
        del sys.modules[name]


def test_a_board_of_a_new_package_is_in_the_page_the_stream_the_composer_the_report_and_the_log(
    rumours: Any, crisis: Crisis, alice: User
) -> None:
    client = Client()
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    path = f"/o/acme/crises/{crisis.number}/"
    page = client.get(path).content.decode()
    assert 'id="tab-rumours"' in page
    assert "/rumeur who says what" in page
    assert "/rumeur" in [hint.typed for hint in hints()]

    hub = Hub()
    hub.place = present()
    enter(crisis, "/rumeur the mayor resigns", by=alice, at=NOON)
    [parcel] = hub.collect({crisis.organisation_id: {"en": {alice.pk}}})
    told = json.loads(parcel.event("1").decode().split("data: ")[1])
    assert told["boards"].keys() == {"header", "rumours"}, "the dial of the board stands in the head"
    assert "<li>the mayor resigns</li>" in told["boards"]["rumours"]
    assert "Rumour: the mayor resigns" in told["lines"]

    assert "<li>the mayor resigns</li>" in client.get(f"{path}boards/rumours/").content.decode()
    assert client.get(f"{path}rumours/").json() == {"rumours": ["the mayor resigns"]}
    assert lines.lines(crisis, EVERYTHING)[-1].kind == "rumour"
    with translation.override("en"), timezone.override(crisis.organisation.tz):
        assert ("Rumours", ["the mayor resigns"]) in [(s.title, s.lines) for s in reporting.report(crisis, NOON)]
        assert ("Rumours", ["the mayor resigns"]) in [(s.title, s.lines) for s in reporting.handover(crisis)]
        assert "Rumour not corrected: the mayor resigns" in reporting.left_open(crisis)
    assert "the mayor resigns" in client.get(f"{path}report").content.decode()
    assert "Rumour not corrected" in client.get(f"{path}close").content.decode()


def test_people_of_one_kind_share_one_drawing_and_a_reserved_line_tells_apart_only_who_holds_its_role(
    crisis: Crisis, alice: User, bob: User, nadia: User
) -> None:
    hub = Hub()
    hub.place = present()
    listening = {crisis.organisation_id: {"en": {alice.pk, bob.pk, nadia.pk}}}
    enter(crisis, "hello", by=alice, at=NOON)
    [steering, acting] = sorted(hub.collect(listening), key=lambda p: -len(p.users or ()))
    assert (steering.users, acting.users) == ({alice.pk, nadia.pk}, {bob.pk})
    enter(crisis, "!community answer nothing yet", by=bob, at=NOON)
    heard = {u: json.dumps(p.content) for p in hub.collect(listening) for u in p.users or ()}
    assert [u for u, text in heard.items() if "answer nothing yet" in text] == [bob.pk]
