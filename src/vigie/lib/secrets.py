"""Secrets at rest: encrypted with a key that lies outside the database, readable by its owner only."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


class LostKey(RuntimeError):
    """The key that encrypted a secret is not the one in the data directory."""


def kept(path: Path, make: bytes) -> bytes:
    """The content of a key file, created with `make` when it is not there yet."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(handle, "wb") as file:
        file.write(make)
    return make


class Vault:
    """Encrypts small JSON values."""

    def __init__(self, path: Path) -> None:
        self._fernet = Fernet(kept(path, Fernet.generate_key()))

    def seal(self, value: Any) -> str:
        return self._fernet.encrypt(json.dumps(value).encode()).decode()

    def open(self, sealed: str) -> Any:
        try:
            return json.loads(self._fernet.decrypt(sealed.encode()))
        except InvalidToken as error:
            raise LostKey(
                "the key file does not open this secret: restore the key, or enter the secret again"
            ) from error


def signing_key(path: Path) -> Ed25519PrivateKey:
    """The key that signs heads of the journal; it lives outside the database."""
    fresh = Ed25519PrivateKey.generate().private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    return Ed25519PrivateKey.from_private_bytes(kept(path, fresh))
