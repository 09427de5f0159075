"""A process that dies is started again and counted; one that finds another at work ends them all."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from vigie.main import restarts
from vigie.main.supervising import ALREADY, Supervisor

STAYS = "import time; time.sleep(60)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"


class Cast:
    """Real processes by name: what each of them does, and how often it was started."""

    def __init__(self, **programs: str) -> None:
        self.programs = programs
        self.started: list[str] = []
        self.living: list[subprocess.Popen[bytes]] = []

    def spawn(self, name: str) -> subprocess.Popen[bytes]:
        self.started.append(name)
        program = self.programs[name]
        said = subprocess.PIPE if "print" in program else None
        process = subprocess.Popen([sys.executable, "-c", program], stdout=said)
        self.living.append(process)
        return process


@pytest.fixture
def cast(settings: Any, tmp_path: Path) -> Iterator[Cast]:
    settings.DATA_DIR = tmp_path
    restarts.begin()
    made = Cast()
    yield made
    for process in made.living:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def test_what_dies_is_started_again_and_counted_and_the_other_is_left_alone(cast: Cast) -> None:
    cast.programs = {"web": STAYS, "ingester": "raise SystemExit(3)"}
    supervisor = Supervisor(cast.spawn)
    supervisor.processes["ingester"].wait()
    assert supervisor.look()
    assert cast.started == ["web", "ingester", "ingester"]
    assert restarts.counted() == {"web": 0, "ingester": 1}
    cast.programs["ingester"] = STAYS
    supervisor.processes["ingester"].wait()
    supervisor.look()
    assert not supervisor.look(), "all is well"
    assert supervisor.stop() == 0


def test_an_ingester_that_finds_another_at_work_ends_them_all(cast: Cast) -> None:
    cast.programs = {"web": STAYS, "ingester": f"raise SystemExit({ALREADY})"}
    supervisor = Supervisor(cast.spawn)
    supervisor.processes["ingester"].wait()
    assert not supervisor.look()
    assert supervisor.stopping
    assert supervisor.stop() == 2
    assert cast.started == ["web", "ingester"]
    assert all(process.poll() is not None for process in cast.living)


def test_a_process_that_does_not_listen_is_ended_by_force(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vigie.main.supervising.PATIENCE", 0.2)
    cast.programs = {"web": DEAF, "ingester": STAYS}
    supervisor = Supervisor(cast.spawn)
    web = supervisor.processes["web"].stdout
    assert web
    assert web.readline() == b"deaf\n"
    supervisor.stop()
    assert all(process.poll() is not None for process in cast.living)
