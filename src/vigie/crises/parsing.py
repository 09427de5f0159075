"""One line of typing, understood: a note, or what a word after a slash says.

`/tâche @marie appeler le service client 14:30`, `/décision`, `/fait`, `/inconnu`, `/promesse`, `/appel`, or their
English words: each board brings its own. `!legal` or `!rh` at the beginning keeps the line to a role.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_noop

from vigie.lib.refusals import Refused
from vigie.lib.text import fold
from vigie.plans.roles import meant

from . import boards
from .boards import Command, Typed

ROLES = {"juridique": "legal", "avocat": "legal", "rh": "hr", "presse": "press", "direction": "director"}
_AT = re.compile(r"\s(?:(demain|tomorrow) )?(?:à |at )?(\d{1,2})\s?(?:[:hH]\s?(\d{2})|[hH])$", re.IGNORECASE)
_IN = re.compile(r"\s(?:dans|in) (\d{1,3}) ?(min|minutes|h|heures?|hours?)$", re.IGNORECASE)
NOTE = "note"


class NotUnderstood(Refused):
    """A slash word that means nothing here."""

    def __init__(self, word: str, known: Mapping[str, Command]) -> None:
        tried = ", ".join(dict.fromkeys(f"/{command.words[0]}" for command in known.values()))
        say = gettext_noop("“%(word)s” is not understood. Try %(tried)s.")
        super().__init__("not_understood", say, word=word, tried=tried)


def understood(line: str, now: datetime, zone: ZoneInfo) -> Typed:
    """The line as an act. Raises NotUnderstood, or Refused when nothing is left to write."""
    known = {fold(word): command for word, command in boards.commands().items()}
    line = " ".join(line.split())
    command: Command | None = None
    if line.startswith("/"):
        word, _sep, line = line[1:].partition(" ")
        command = known.get(fold(word))
        if command is None:
            raise NotUnderstood(f"/{word}", known)
    confidential, who = [], ""
    while match := re.match(r"([!@])(\S+)(?:\s+|$)", line):
        mark, word = match.groups()
        role = ROLES.get(fold(word)) or meant(word)
        if mark == "!" and not role:
            raise NotUnderstood(f"!{word}", known)
        if mark == "!":
            confidential.append(role)
        else:
            who = word
        line = line[match.end() :]
    line, due = _due(line, now, zone) if command and command.dated else (line, None)
    if not line.strip():
        raise Refused("empty", gettext_noop("Nothing is left to write."))
    return Typed(command.key if command else NOTE, line.strip(), who, due, confidential)


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
