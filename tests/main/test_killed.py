"""The process is killed at any moment: what was answered is there, and the chain holds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from tests.main.test_cli import ORGANISATION, vigie

WRITING = """
from vigie.main import start
start.django()
from vigie.crises.models import Crisis
from vigie.lib.times import LIVE
from vigie.people.models import User
from vigie.rooms.commands import enter
crisis = Crisis.objects.across().select_related("organisation").get()
alice = User.objects.get()
n = 0
while True:
    n += 1
    enter(crisis, f"note {n}", by=alice, at=LIVE.now())
    print(n, flush=True)
"""


@pytest.mark.skipif("sqlite" not in settings.DATABASES["default"]["ENGINE"], reason="the embedded store")
def test_what_was_answered_before_the_kill_is_in_the_log_and_the_chain_verifies(tmp_path: Path) -> None:
    env = {**os.environ, "VIGIE_DATA_DIR": str(tmp_path)}
    env.pop("VIGIE_DATABASE_URL", None)
    vigie("doctor", data=tmp_path)
    subprocess.run([sys.executable, "-c", ORGANISATION], check=True, env=env, capture_output=True)
    assert vigie("crisis", "open", "Fire", "--reason", "smoke", data=tmp_path).returncode == 0
    for lines in (5, 40):
        process = subprocess.Popen([sys.executable, "-c", WRITING], stdout=subprocess.PIPE, text=True, env=env)
        assert process.stdout is not None
        answered = [process.stdout.readline().strip() for _ in range(lines)]
        process.send_signal(signal.SIGKILL)
        process.wait(20)
        process.stdout.close()
        log = vigie("crisis", "log", "1", data=tmp_path).stdout
        assert all(f"note {n}\n" in log for n in answered)
        assert vigie("journal", "verify", data=tmp_path).returncode == 0
