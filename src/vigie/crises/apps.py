"""Hands to `alerts` what only a room can write: the message of a call."""

from __future__ import annotations

from django.apps import AppConfig


class CrisesConfig(AppConfig):
    name = "vigie.crises"

    def ready(self) -> None:
        from vigie.alerts import bulletins

        from . import mobilising, reports

        bulletins.LETTERS["call"] = mobilising.letter
        bulletins.LETTERS["report"] = reports.letter
