"""What is due in the web process, in a thread of its own: never in the way of listening.

The next on duty is called, substitutes take their turn, and waiting messages leave; each by its organisation's clock.
"""

from __future__ import annotations

import logging
import threading

from django.db import close_old_connections, connection

from vigie.alerts import duty
from vigie.crises import mobilising
from vigie.outbox.pool import Pool

log = logging.getLogger(__name__)
EVERY = 0.5


class Messenger:
    def __init__(self, pool: Pool | None = None) -> None:
        self.stopped = threading.Event()
        self.pool = pool or Pool()

    def start(self) -> None:
        threading.Thread(target=self.run, name="messenger", daemon=True).start()

    def stop(self) -> None:
        self.stopped.set()
        self.pool.close()

    def run(self) -> None:
        while not self.stopped.wait(EVERY):
            close_old_connections()
            self.turn()

    def turn(self) -> None:
        """Everything that is due now; what goes wrong with one part keeps no other from its turn."""
        for part in (escalate, mobilising.turn, self.pool.turn):
            try:
                part()
            except Exception:
                log.exception("messenger")
                connection.close()


def escalate() -> None:
    """Call the next on duty of each alert that nobody has acknowledged in time."""
    for escalation in duty.due():
        try:
            duty.escalate(escalation.alert, escalation.alert.organisation.clock.now())
        except Exception:  # one alert's trouble must not keep the others from being told
            log.exception("escalating alert %s", escalation.alert_id)
