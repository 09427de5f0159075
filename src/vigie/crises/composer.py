"""One line of typing, understood: a note, or what a word after a slash says.

`/tâche @marie appeler le service client 14:30`, `/décision`, `/fait`, `/inconnu`, `/promesse`, `/appel`, or their
English words. `!legal` or `!rh` at the beginning keeps the line to a role.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from vigie.lib.text import fold
from vigie.plans.roles import meant

WORDS = {
    "task": "tache task todo",
    "decision": "decision decide",
    "fact": "fait fact",
    "unknown": "inconnu unknown question",
    "commitment": "promesse promise engagement commitment",
    "call": "appel call tel",
    "note": "note",
}
KINDS = {word: kind for kind, words in WORDS.items() for word in words.split()}
ROLES = {"juridique": "legal", "avocat": "legal", "rh": "hr", "presse": "press", "direction": "director"}
_AT = re.compile(r"\s(?:(demain|tomorrow) )?(?:à |at )?(\d{1,2})\s?(?:[:hH]\s?(\d{2})|[hH])$", re.IGNORECASE)
_IN = re.compile(r"\s(?:dans|in) (\d{1,3}) ?(min|minutes|h|heures?|hours?)$", re.IGNORECASE)


class NotUnderstood(ValueError):
    """A slash word that means nothing here; its text is the word."""


@dataclass(frozen=True)
class Typed:
    """What a line asks for. `who` is the word after @, `due` a moment to come."""

    kind: str
    text: str
    who: str = ""
    due: datetime | None = None
    confidential: list[str] = field(default_factory=list)


def understood(line: str, now: datetime, zone: ZoneInfo) -> Typed:
    """The line as an act. Raises NotUnderstood, or ValueError when nothing is left to write."""
    line = " ".join(line.split())
    kind = "note"
    if line.startswith("/"):
        word, _sep, line = line[1:].partition(" ")
        kind = KINDS.get(fold(word), "")
        if not kind:
            raise NotUnderstood(f"/{word}")
    confidential, who = [], ""
    while match := re.match(r"([!@])(\S+)(?:\s+|$)", line):
        mark, word = match.groups()
        role = ROLES.get(fold(word)) or meant(word)
        if mark == "!" and not role:
            raise NotUnderstood(f"!{word}")
        if mark == "!":
            confidential.append(role)
        else:
            who = word
        line = line[match.end() :]
    line, due = _due(line, now, zone) if kind in ("task", "unknown", "commitment") else (line, None)
    if not line.strip():
        raise ValueError("nothing is left to write")
    return Typed(kind, line.strip(), who, due, confidential)


def _due(line: str, now: datetime, zone: ZoneInfo) -> tuple[str, datetime | None]:
    """A time at the end is the next such time; "in 20 min" counts from now."""
    if match := _IN.search(line):
        n, unit = int(match.group(1)), match.group(2)[0].lower()
        return line[: match.start()], now + (timedelta(hours=n) if unit == "h" else timedelta(minutes=n))
    match = _AT.search(line)
    if match and int(match.group(2)) < 24 and int(match.group(3) or 0) < 60:
        local = now.astimezone(zone)
        at = local.replace(hour=int(match.group(2)), minute=int(match.group(3) or 0), second=0, microsecond=0)
        return line[: match.start()], at if at > local and not match.group(1) else at + timedelta(days=1)
    return line, None
