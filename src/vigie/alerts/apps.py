"""Hands to the outbox what only alerts know: their channels, and the words of their messages."""

from __future__ import annotations

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "vigie.alerts"

    def ready(self) -> None:
        from vigie.outbox.letters import BOOKS, KINDS, Kind

        from . import bulletin_words, letters, mention_notices
        from .channels import Channels

        BOOKS["channel"] = Channels()
        KINDS["alert"] = Kind(letters.alert, urgency=1)
        KINDS["mention"] = Kind(mention_notices.letter, urgency=4)
        KINDS["bulletin"] = Kind(bulletin_words.letter, urgency=6)
