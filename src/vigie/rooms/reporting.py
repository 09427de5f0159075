"""What all boards tell together: in a report, in a handover, and on the page that closes a crisis."""

from __future__ import annotations

from datetime import datetime

from vigie.crises import boards
from vigie.crises.boards import Section
from vigie.crises.models import Crisis


def report(crisis: Crisis, since: datetime) -> list[Section]:
    """The sections of a situation report since a moment."""
    return [section for board in boards.boards() if board.report for section in board.report(crisis, since)]


def handover(crisis: Crisis) -> list[Section]:
    """What the next shift must know."""
    return [section for board in boards.boards() if board.handover for section in board.handover(crisis)]


def left_open(crisis: Crisis) -> list[str]:
    """What is not settled, a sentence each."""
    return [say for board in boards.boards() if board.left_open for say in board.left_open(crisis)]
