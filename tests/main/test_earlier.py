"""People have data now: a directory made by an earlier version opens, migrates, verifies and goes on."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from tests.main.test_cli import vigie

EARLIER = sorted((Path(__file__).parents[1] / "data").glob("before_*.tar.xz"))


@pytest.fixture(params=EARLIER, ids=lambda path: path.name.split(".")[0])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    with tarfile.open(request.param) as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path


def test_the_journal_of_an_earlier_version_still_verifies(home: Path) -> None:
    done = vigie("journal", "verify", data=home)
    assert done.returncode == 0, done.stderr
    assert "every line holds" in done.stdout


def test_its_alerts_its_crises_and_their_logs_are_all_there(home: Path) -> None:
    alerts = vigie("alerts", "--json", data=home)
    assert len(alerts.stdout.splitlines()) == 2
    crises = [json.loads(line) for line in vigie("crisis", "list", "--all", "--json", data=home).stdout.splitlines()]
    assert {(c["number"], c["state"]) for c in crises} == {(1, "open"), (2, "closed")}
    log = vigie("crisis", "log", "1", "--json", data=home).stdout
    assert "Le magasin de Lyon confirme deux retours" in log


def test_its_counts_are_what_its_posts_say(home: Path) -> None:
    done = vigie("doctor", "--recount", "--json", data=home)
    found = {f["what"]: f["seen"] for f in map(json.loads, done.stdout.splitlines())}
    assert found["counts of fromagerie-belle-etoile"] == "no difference", done.stdout
