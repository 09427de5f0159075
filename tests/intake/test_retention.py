"""What nobody needs any more is not kept."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

from tests.conftest import NOON
from vigie.intake.models import Job
from vigie.intake.retention import AFTER, sweep_uploads
from vigie.people.models import Organisation


def test_a_file_that_was_given_and_never_taken_in_goes_after_three_days(acme: Organisation, tmp_path: Path) -> None:
    for name in ("left", "wanted", "fresh"):
        (tmp_path / name).write_text("date,text")
        age = timedelta(0) if name == "fresh" else AFTER + timedelta(hours=1)
        os.utime(tmp_path / name, ((NOON - age).timestamp(),) * 2)
    Job.objects.create(organisation=acme, kind="import", what={"path": str(tmp_path / "wanted")}, asked_at=NOON)
    assert sweep_uploads(tmp_path, NOON) == 1
    assert sorted(f.name for f in tmp_path.iterdir()) == ["fresh", "wanted"]
