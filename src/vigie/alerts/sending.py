"""Messages leave here, through apprise; whether each arrived is told to the caller."""

from __future__ import annotations


def mail(address: str, subject: str, body: str) -> bool:
    return False
