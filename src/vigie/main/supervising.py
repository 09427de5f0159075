"""Two processes under one eye: whichever dies is started again, until somebody says stop."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

from . import restarts, start

ALREADY = 75
"""How an ingester ends that finds another one at work (see `intake.ingester`)."""
PATIENCE = 10
"""Seconds that a process has to end by itself once it is told to."""

Process = subprocess.Popen[bytes]


class Supervisor:
    """Looks after processes by name. `spawn` starts the one that is named."""

    def __init__(self, spawn: Callable[[str], Process], names: tuple[str, ...] = ("web", "ingester")) -> None:
        self.spawn = spawn
        self.processes = {name: spawn(name) for name in names}
        self.stopping = False
        self.status = 0

    def look(self) -> bool:
        """Start again what has died since the last look; whether something was."""
        started = False
        for name, process in self.processes.items():
            ended = process.poll()
            if ended == ALREADY:
                start.say("another process listens with this data already; stopping")
                self.stopping, self.status = True, 2
            if ended is None or self.stopping:
                continue
            start.say(f"{name} stopped ({ended}); starting it again")
            restarts.again(name)
            self.processes[name] = self.spawn(name)
            started = True
        return started

    def stop(self) -> int:
        """End them all, those that do not listen by force; the status that the command ends with."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        return self.status
