"""The boards of a room as HTML: in the page, then once for each kind of reader whenever one changes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string

from vigie.crises import boards, lines
from vigie.crises.boards import Board
from vigie.crises.models import Crisis
from vigie.crises.rules import Viewer

MISSED = 400
"""Lines that are sent to a page at once; one that missed more is loaded again."""
RELOAD = ("crisis.closed", "crisis.reopened")
"""Verbs after which the page itself is another one."""


def drawn(board: Board, crisis: Crisis, viewer: Viewer, now: datetime) -> str:
    """One board as HTML for a kind of reader."""
    viewer = boards.kind_of(crisis, viewer)
    context = {**board.context(crisis, viewer, now), **frame(crisis, viewer), "now": now}
    return render_to_string(f"vigie/room/{board.key}/board.html", context)


def frame(crisis: Crisis, viewer: Viewer) -> dict[str, Any]:
    return {"crisis": crisis, "viewer": viewer, "organisation": crisis.organisation}


def courante(crisis: Crisis, viewer: Viewer, found: list[lines.Line]) -> str:
    return render_to_string("vigie/room/lines.html", {"lines": found, **frame(crisis, viewer)})


def changed(crisis: Crisis, viewer: Viewer, verbs: Iterable[str], after: int) -> dict[str, Any]:
    """What an open page of this kind of reader must show anew: what lines with these verbs changed, and those lines."""
    said = list(verbs)
    return told(crisis, viewer, boards.changed(said), after, reload=any(verb in RELOAD for verb in said))


def told(
    crisis: Crisis, viewer: Viewer, wanted: Iterable[Board], after: int | None = None, *, reload: bool = False
) -> dict[str, Any]:
    """Boards, and lines after one (none: no lines), as a page takes them."""
    now = crisis.organisation.clock.now()
    found = lines.lines(crisis, viewer, after=after, most=MISSED + 1) if after is not None else []
    return {
        "crisis": crisis.number,
        "boards": {board.key: drawn(board, crisis, viewer, now) for board in wanted},
        "lines": courante(crisis, viewer, found) if found else "",
        "reload": reload or len(found) > MISSED,
        "who": found[-1].who if found else "",
        "ribbon": render_to_string("vigie/room/ribbon.html", frame(crisis, viewer)),
    }
