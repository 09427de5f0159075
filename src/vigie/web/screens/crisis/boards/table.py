"""The addresses of the boards in a room: one line each."""

from __future__ import annotations

from typing import Any

from . import decisions, facts, tasks

ROUTES: list[tuple[str, Any, str]] = [
    *tasks.ROUTES,
    *facts.ROUTES,
    *decisions.ROUTES,
]
