"""A webhook: other tools bring posts, signed with a shared secret."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from django.utils.translation import gettext_lazy as _

from vigie.networks import plain, values
from vigie.networks.record import About, Batch, Rejected

about = About(
    key="webhook",
    label=_("Webhook"),
    mark="⇥",
    help=_("Another tool sends posts to an address of yours, signed with a secret that is made here."),
    fields=(),
)
LIMIT = 5 * 1024 * 1024
WINDOW = 300
"""Seconds in which a signed message is good: an old one played again is refused."""


def read(settings: dict[str, Any], cursor: dict[str, Any]) -> Iterator[Batch]:
    """Nothing to fetch: posts are brought."""
    return iter(())


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """HMAC-SHA256 over the time, a dot and the body, in hexadecimal."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def genuine(secret: str, timestamp: str, given: str, body: bytes, now: float) -> bool:
    """Whether a message was signed with the secret, a short while ago."""
    if not re.fullmatch("[0-9]{1,12}", timestamp) or abs(now - int(timestamp)) > WINDOW:
        return False
    good = signature(secret, timestamp, body).encode()
    return hmac.compare_digest(good, given.removeprefix("sha256=").encode("utf-8", "replace"))


def parse(body: bytes) -> Batch:
    """Posts of a message: a JSON object, a list of them, or JSON lines."""
    batch = Batch()
    for place, item in enumerate(_items(body, batch), 1):
        try:
            found = plain.record(item, ZoneInfo("UTC"))
            found.network = "webhook" if found.network == "web" else found.network
            batch.records.append(found)
        except (values.Unreadable, AttributeError, TypeError) as error:
            raw = msgspec.json.encode(item).decode("utf-8", "replace")[:20_000]
            batch.rejected.append(Rejected(f"item {place}", str(error), raw))
    return batch


def _items(body: bytes, batch: Batch) -> list[Any]:
    try:
        found = msgspec.json.decode(body)
        return found if isinstance(found, list) else [found]
    except (msgspec.DecodeError, RecursionError):
        pass
    items = []
    for number, line in enumerate(body.splitlines(), 1):
        try:
            if line.strip():
                items.append(msgspec.json.decode(line))
        except (msgspec.DecodeError, RecursionError) as error:
            batch.rejected.append(
                Rejected(f"line {number}", f"this is not JSON: {error}", line.decode("utf-8", "replace")[:20_000])
            )
    return items
