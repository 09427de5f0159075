"""Hands to the outbox what only a room can write: the message of a call, and of a report."""

from __future__ import annotations

from django.apps import AppConfig


class CrisesConfig(AppConfig):
    name = "vigie.crises"

    def ready(self) -> None:
        from vigie.outbox.letters import KINDS, Kind

        from . import mobilising, reports

        KINDS["call"] = Kind(mobilising.letter, urgency=1)
        KINDS["report"] = Kind(reports.letter, urgency=3)
