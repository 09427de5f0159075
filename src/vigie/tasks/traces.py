"""What the list of tasks keeps of a person."""

from __future__ import annotations

from vigie.people.traces import ERASED, written_by

from .models import Task

TRACES = [written_by(Task, "by", text=ERASED)]
