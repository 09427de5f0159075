"""Channels as places of the outbox: where each is now, and how it went last."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from vigie.lib.secrets import LostKey
from vigie.lib.text import whole
from vigie.outbox import actions as outbox
from vigie.outbox import services
from vigie.outbox.letters import Gone, Recipient
from vigie.outbox.services import vault
from vigie.people.models import Organisation

from .models import Channel


class Channels:
    """The book of channels; `ref` is their key."""

    def find(self, organisation: Organisation, ref: str) -> Recipient:
        channel = self._rows(organisation, ref).select_related("user").first()
        if channel is None:
            raise Gone("this channel was removed")
        return Recipient(str(vault().open(channel.address)), channel.user.language if channel.user else "fr")

    def reached(self, organisation: Organisation, ref: str, at: datetime) -> None:
        self._rows(organisation, ref).update(last_ok_at=at, last_error="")

    def failed(self, organisation: Organisation, ref: str, error: str) -> None:
        self._rows(organisation, ref).update(last_error=error)

    @staticmethod
    def _rows(organisation: Organisation, ref: str) -> Any:
        return Channel.objects.of(organisation).filter(pk=whole(ref, 18))


def ask(organisation: Organisation, channels: Iterable[int], kind: str, at: datetime, **message: Any) -> int:
    """Ask for a message by each of these channels that is still there; by how many that was."""
    found = there(organisation, channels)
    for channel in found:
        outbox.post(organisation, kind, f"channel:{channel.pk}", at=at, name=channel.name, **message)
    return len(found)


def there(organisation: Organisation, channels: Iterable[int]) -> list[Channel]:
    """Those of these channels that nobody removed and that can carry a message, each once, in their order."""
    asked = list(dict.fromkeys(channels))
    known = Channel.objects.of(organisation).in_bulk(asked)
    return [known[pk] for pk in asked if pk in known and reaches(known[pk])]


def address(channel: Channel) -> str:
    return str(vault().open(channel.address))


def reaches(channel: Channel) -> bool:
    """Whether it can carry a message now; one whose secret cannot be opened is tried, and says why it fails."""
    try:
        return services.reaches(address(channel))
    except LostKey:
        return True


def listening(organisation: Organisation) -> list[int]:
    """The channels that hear bulletins."""
    return list(Channel.objects.of(organisation).filter(news=True).values_list("pk", flat=True))
