"""Hands down what only a package above all boards can know: their table, and the letters that rooms write."""

from __future__ import annotations

from django.apps import AppConfig


class RoomsConfig(AppConfig):
    name = "vigie.rooms"

    def ready(self) -> None:
        from vigie.crises import boards

        from .registry import BOARDS

        boards.use(BOARDS)
