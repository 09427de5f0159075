"""Sends waiting messages and calls the next on duty, in a thread of the web process: never in the way of listening."""

from __future__ import annotations

import logging
import threading

from django.db import close_old_connections, connection, transaction

from vigie.alerts import duty, sending
from vigie.crises import mobilising
from vigie.lib.times import LIVE

log = logging.getLogger(__name__)
EVERY = 0.5


class Messenger:
    def __init__(self) -> None:
        self.stopped = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self.run, name="messenger", daemon=True).start()

    def stop(self) -> None:
        self.stopped.set()

    def run(self) -> None:
        while not self.stopped.wait(EVERY):
            try:
                close_old_connections()
                self.turn()
            except Exception:
                log.exception("messenger")
                connection.close()

    def turn(self) -> None:
        """Everything that is due now."""
        now = LIVE.now()
        for escalation in duty.due(now):
            with transaction.atomic():
                duty.escalate(escalation.alert, now)
        try:
            mobilising.turn()
        except Exception:  # messages leave whatever happens to a call
            log.exception("mobilising")
        while (notice := sending.claim(LIVE.now())) and not self.stopped.is_set():
            sending.deliver(notice, LIVE.now())
