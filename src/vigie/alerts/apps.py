"""Hands to the outbox what only alerts know: their channels, and the words of their messages."""

from __future__ import annotations

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "vigie.alerts"

    def ready(self) -> None:
        from vigie.outbox.letters import BOOKS, KINDS, Kind

        from . import bulletins, letters
        from .channels import Channels

        BOOKS["channel"] = Channels()
        KINDS["alert"] = Kind(letters.alert, urgency=1)
        KINDS["mention"] = Kind(bulletins.mention_letter, urgency=4)
        KINDS["bulletin"] = Kind(bulletins.letter, urgency=6)
