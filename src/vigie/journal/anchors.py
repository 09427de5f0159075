"""Heads kept outside the database: a file beside the key, to which a line is added now and then.

Whoever rewrites the whole chain, with the key, would have to rewrite these too, and the mails and reports that carry
them.
"""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from vigie.lib.times import iso

from .models import Head

EVERY = timedelta(hours=1)


def _path() -> Path:
    return Path(settings.DATA_DIR) / "journal.heads"


def _lines() -> list[dict[str, Any]]:
    try:
        text = _path().read_text()
    except OSError:
        return []
    found = []
    for line in text.splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found


def of(organisation_id: UUID) -> dict[int, str]:
    """The heads of an organisation that were kept outside: place to hash."""
    ours = [line for line in _lines() if line.get("organisation") == str(organisation_id)]
    return {int(line["seq"]): str(line["hash"]) for line in ours}


def drop(at: datetime) -> int:
    """Keep the heads that have moved since they were last kept, each at most once an hour; how many that were."""
    last = {line["organisation"]: (int(line["seq"]), str(line["at"])) for line in _lines() if "organisation" in line}
    before, moved = iso(at - EVERY), []
    for head in Head.objects.all():
        seq, kept_at = last.get(str(head.organisation_id), (0, ""))
        if head.seq > seq and kept_at <= before:
            moved.append(head)
    if moved:
        handle = os.open(_path(), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "a") as file:
            for head in moved:
                told = {"at": iso(at), "organisation": str(head.organisation_id), "seq": head.seq, "hash": head.hash}
                file.write(json.dumps(told | {"signature": head.signature}) + "\n")
            file.flush()
            os.fsync(file.fileno())
    return len(moved)


def footer(organisation_id: UUID) -> str:
    """The end of the chain as a mail or a report carries it; empty for an empty chain."""
    head = Head.objects.filter(organisation_id=organisation_id).first()
    return f"journal {head.seq} {head.hash}" if head and head.seq else ""
