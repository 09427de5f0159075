"""What assessments and decisions keep of a person."""

from __future__ import annotations

from vigie.people.traces import ERASED, written_by

from .models import Decision

TRACES = [
    written_by(Decision, "proposed_by", text=ERASED, why="", risk="", rejected="", dissent="", what_if=[]),
]
