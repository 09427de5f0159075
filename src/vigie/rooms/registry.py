"""The boards of a room: one line each. Adding one is a package with its `board.py`, and its line here."""

from __future__ import annotations

from vigie.crises.board import HEADER, TEAM
from vigie.crises.boards import Board
from vigie.decisions.board import BOARD as DECISIONS
from vigie.facts.board import BOARD as FACTS
from vigie.tasks.board import BOARD as TASKS

from .framework import BOARD as FRAMEWORK
from .situation import BOARD as SITUATION

BOARDS: list[Board] = [
    HEADER,
    SITUATION,
    TASKS,
    DECISIONS,
    FACTS,
    FRAMEWORK,
    TEAM,
]
