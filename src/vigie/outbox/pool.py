"""A few threads that send. A slow service only holds up its own lane: the others leave meanwhile."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from django.db import connection
from django.utils import translation
from django.utils.translation import gettext as _

from vigie.journal import anchors

from . import actions, letters, services
from .models import Message

log = logging.getLogger(__name__)
WORKERS, EACH_LANE = 8, 2


class Pool:
    """Sends what is due. Without workers it sends in the caller's thread, one after the other."""

    def __init__(self, workers: int = WORKERS) -> None:
        self._threads = ThreadPoolExecutor(workers, "outbox") if workers else None
        self._lanes: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._workers = workers

    def turn(self) -> int:
        """Send everything that is due and finds a free thread: how many messages that was."""
        taken = 0
        while (message := self._claim()) is not None:
            taken += 1
            if self._threads is None:
                self._send(message)
            else:
                self._threads.submit(self._send, message)
        return taken

    def close(self, *, wait: bool = False) -> None:
        """Begin nothing more; what is on its way goes on."""
        if self._threads is not None:
            self._threads.shutdown(wait=wait, cancel_futures=not wait)

    def _claim(self) -> Message | None:
        with self._lock:
            if self._threads is not None and self._lanes.total() >= self._workers:
                return None
            busy = [lane for lane, n in self._lanes.items() if n >= EACH_LANE]
        message = actions.claim(busy)
        if message is not None:
            with self._lock:
                self._lanes[message.lane] += 1
        return message

    def _send(self, message: Message) -> None:
        try:
            deliver(message)
        except Exception:  # what could not even be written down is tried again when the lease ends
            log.exception("message %s", message.pk)
            connection.close()
        finally:
            with self._lock:
                self._lanes[message.lane] -= 1
            if self._threads is not None:
                connection.close()


def _anchored(message: Message, body: str) -> str:
    """A mail carries the end of the journal out of the house: whoever rewrites the chain cannot rewrite mailboxes."""
    end = anchors.footer(message.organisation_id)
    return f"{body}\n\n{end}" if end else body


def deliver(message: Message, at: datetime | None = None) -> bool:
    """Write and send one message, and write down how it went: whether the service took it.

    `at` is the moment that is written down (what the organisation's clock shows, if not given).
    """
    clock = message.organisation.clock
    try:
        place = letters.recipient(message)
        with translation.override(place.language):
            letter = letters.written(message)
    except Exception as error:  # a poison message is set aside; the others leave
        log.info("message %s: %s", message.pk, error)
        actions.set_aside(message, error)
        return False
    begun = time.perf_counter()
    try:
        with translation.override(place.language):
            picture = letter.picture() if letter.picture and place.address.startswith("mail") else None
        body = _anchored(message, letter.body) if place.address.startswith("mail") else letter.body
        taken = services.send(place.address, letter.title, body, picture)
        error_said = "" if taken else _("The service did not take the message. Check the address.")
    except Exception as error:
        log.info("message %s: %s", message.pk, error)
        taken, error_said = False, str(error) or type(error).__name__
    if taken:
        actions.sent(message, at or clock.now(), round(1000 * (time.perf_counter() - begun)))
    else:
        actions.not_sent(message, error_said, at or clock.now())
    return taken
