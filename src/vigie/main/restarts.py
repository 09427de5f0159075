"""How often the supervisor started a process again since it began itself: a small file tells the processes."""

from __future__ import annotations

import json
from pathlib import Path

from django.conf import settings


def _path() -> Path:
    return Path(settings.DATA_DIR) / "restarts.json"


def begin() -> None:
    _path().write_text(json.dumps({"web": 0, "ingester": 0}))


def again(name: str) -> None:
    found = counted()
    _path().write_text(json.dumps(found | {name: found.get(name, 0) + 1}))


def counted() -> dict[str, int]:
    try:
        return {str(name): int(n) for name, n in json.loads(_path().read_text()).items()}
    except (OSError, ValueError, AttributeError):
        return {}
