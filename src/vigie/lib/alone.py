"""One process of a kind on one store, with a proof of life that its own death takes away.

On SQLite an advisory lock on a file of the data directory, on PostgreSQL one of the server's: the kernel or the server
lets go of it when the process ends, however it ends. A file that only named a process would outlive a kill.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import connection

from . import sql

KEY = 0x5669676965
"""The advisory lock of PostgreSQL: the letters of Vigie."""


class Taken(RuntimeError):
    """Another process holds it; the text says which, as far as it is known."""


class Alone:
    """Held from `take` until `leave`, or until the process ends."""

    def __init__(self) -> None:
        self._file: IO[str] | None = None
        self._server: Any = None

    def take(self) -> None:
        """Raises Taken when another process holds it."""
        if sql.is_postgres():
            self._server = connection.copy()
            if not self._asked("SELECT pg_try_advisory_lock(%s)"):
                self.leave()
                raise Taken("another process listens with this database")
            return
        path: Path = settings.DATA_DIR / "ingester.lock"
        file = path.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            said = file.read(20).strip()
            file.close()
            raise Taken(f"process {said or '?'} listens with {settings.DATA_DIR}") from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        self._file = file

    def check(self) -> None:
        """Make sure that it still is ours: a server that was started again has forgotten. Raises Taken."""
        if self._server is None:
            return
        try:
            self._asked("SELECT %s IS NOT NULL")
        except sql.TROUBLE:
            self.leave()
            self.take()

    def leave(self) -> None:
        if self._file:
            self._file.close()
        if self._server is not None:
            self._server.close()
        self._file = self._server = None

    def _asked(self, question: str) -> bool:
        with self._server.cursor() as cursor:
            cursor.execute(question, [KEY])
            return bool(cursor.fetchone()[0])
