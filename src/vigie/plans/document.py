"""A published plan to carry: the blocks of its PDF. Its HTML page is a template of the same tree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from vigie.lib.pdf import Block, pdf

from .library import AUDIENCES, PHASES


def as_pdf(tree: dict[str, Any], number: int) -> bytes:
    with translation.override(tree["language"]):
        title = _("Crisis plan of %(name)s, version %(n)s") % {"name": tree["organisation"], "n": number}
        return pdf(title, [Block("h1", title), *_blocks(tree)], language=tree["language"])


def _blocks(tree: dict[str, Any]) -> Iterator[Block]:
    yield Block("h2", _("Chain of command"))
    head = [_("Role"), _("Who"), _("Numbers"), _("Substitute"), _("Minutes")]
    rows = [[s["role"], s["name"], s["numbers"], s["deputy"], str(s["minutes"])] for s in tree["chain"]]
    yield Block("table", rows=[head, *rows])
    yield Block("h2", _("Who may do what"))
    yield Block("table", rows=[["", _("yellow"), _("orange"), _("red")], *map(_ruling, tree["delegation"])])
    if tree["sheets"]:
        yield Block("h2", _("Role sheets"))
        for role, text in tree["sheets"].items():
            yield Block("h3", role)
            yield Block("p", text)
    yield Block("h2", _("Directory"))
    for person in tree["contacts"]:
        told = [person[name] for name in ("function", "company", "emergency", "phone", "email") if person[name]]
        yield Block("li", f"{person['name']} ({person['group']}) — " + " · ".join(told))
    for scenario in tree["scenarios"]:
        yield from scenario_blocks(scenario)


def _ruling(row: dict[str, Any]) -> list[str]:
    cells = []
    for level in row["levels"]:
        parts = [(_("alone:"), level["alone"]), (_("approved by:"), level["approve"]), (_("told:"), level["told"])]
        cells.append("\n".join(f"{name} {', '.join(roles)}" for name, roles in parts if roles))
    return [row["act"], *cells]


def scenario_blocks(scenario: dict[str, Any]) -> Iterator[Block]:
    """One scenario, first hour first."""
    yield Block("h2", scenario["title"])
    yield Block("p", scenario["summary"])
    yield Block("h3", _("First hour"))
    steps = scenario["checklist"]
    yield Block("table", rows=[[f"{s['minutes']} min", s["role"], s["task"]] for s in steps])
    yield Block("h3", _("Holding statement"))
    yield from (Block("li", scenario["holding"][part]) for part in ("fact", "scope", "action", "commitment", "contact"))
    yield Block("h3", _("Three messages"))
    yield from (Block("li", f"{m['say']} — {' · '.join(m['facts'])}") for m in scenario["messages"])
    yield Block("h3", _("What an answer must touch"))
    yield from (Block("li", point) for point in scenario["points"])
    yield Block("h3", _("We do not say"))
    yield from (Block("li", never) for never in scenario["never"])
    yield Block("h3", _("Messages by audience"))
    said = scenario["audiences"]
    yield Block("table", rows=[[who, *[said[who][phase] for phase in PHASES]] for who in AUDIENCES if who in said])
