"""What the ledger of facts keeps of a person."""

from __future__ import annotations

from vigie.people.traces import ERASED, written_by

from .models import Fact

TRACES = [written_by(Fact, "by", text=ERASED, proof="")]
