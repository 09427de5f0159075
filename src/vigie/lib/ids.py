"""Names for things that came without one."""

from __future__ import annotations

import hashlib
import secrets


def derived(*parts: str) -> str:
    """A stable id made from what a row says, for rows that bring none."""
    return "made-" + hashlib.blake2b("\x1f".join(parts).encode("utf-8", "replace"), digest_size=12).hexdigest()


def token() -> str:
    """An unguessable word for a link."""
    return secrets.token_urlsafe(24)


def fingerprint(secret: str) -> str:
    """What is kept of a token, so that the database alone opens nothing."""
    return hashlib.sha256(secret.encode()).hexdigest()
