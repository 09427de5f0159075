"""What a change looks like to those who listen: each rendered once an organisation, language and kind of reader."""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from vigie.alerts.models import Alert
from vigie.crises import boards
from vigie.crises.models import Crisis
from vigie.crises.rules import Viewer, viewers
from vigie.journal.models import Pulse
from vigie.people.models import Organisation
from vigie.web.screens import tower
from vigie.web.screens.crisis import rendering

from .admission import Listener

log = logging.getLogger(__name__)
Wanted = dict[UUID, dict[str, set[UUID]]]
"""Who listens: organisation to language to people."""


@dataclass(frozen=True)
class Parcel:
    """What is sent to some listeners of an organisation: those of a language, and of these people if it names any."""

    organisation: UUID
    language: str
    numbers: frozenset[int]
    kind: str
    content: Any
    users: frozenset[UUID] | None = None

    def for_(self, listener: Listener) -> bool:
        if self.users is None:
            return listener.language == self.language and not listener.guest
        return listener.language == self.language and listener.user in self.users

    def event(self, place: str) -> bytes:
        """As a stream carries it; `place` is where whoever has heard it stands (see `journal.place`)."""
        head = f"id: {place}\n" if self.numbers else ""
        return f"{head}event: {self.kind}\ndata: {json.dumps(self.content, ensure_ascii=False)}\n\n".encode()


def of_pulse(pulse: Pulse, language: str) -> Parcel | None:
    """A change as readers of a language see it; None for what no page shows by itself."""
    organisation, numbers = pulse.organisation_id, frozenset([pulse.pk])
    if pulse.channel == "mentions":
        return Parcel(organisation, language, numbers, "mentions", {"count": pulse.body.get("count", 0)})
    if pulse.channel == "alerts":
        with translation.override(language):
            still = Alert.objects.of(organisation).filter(state=Alert.State.OPEN, test=False).count()
            say = _("Alert %(number)s changed.") % {"number": pulse.body.get("number")}
        return Parcel(organisation, language, numbers, "alerts", {"open": still, "say": say, **pulse.body})
    return None


def of_tower(organisation_id: UUID, language: str) -> Parcel:
    organisation = Organisation.objects.get(pk=organisation_id)
    with translation.override(language), timezone.override(organisation.tz):
        return Parcel(organisation_id, language, frozenset(), "tower", {"html": tower.fragment(organisation)})


@dataclass
class Touched:
    """What happened in a room: the verbs of its lines, the first of them, and the pulses that told it."""

    verbs: set[str] = field(default_factory=set)
    first: int = 0
    numbers: set[int] = field(default_factory=set)

    def add(self, pulse: Pulse) -> None:
        seq = int(pulse.body["seq"])
        self.verbs.update(pulse.body.get("verbs", ["crisis.reopened"]))
        self.first = min(self.first or seq, seq)
        self.numbers.add(pulse.pk)


def touched(pulses: Iterable[Pulse]) -> dict[tuple[UUID, int], Touched]:
    """(organisation, crisis) to what happened there."""
    found: dict[tuple[UUID, int], Touched] = defaultdict(Touched)
    for pulse in pulses:
        if pulse.channel == "crisis":
            found[pulse.organisation_id, int(pulse.body["crisis"])].add(pulse)
    return found


Drawing = Callable[[Crisis, Viewer], dict[str, Any]]


def of_room(crisis: Crisis, draw: Drawing, numbers: frozenset[int], listening: dict[str, set[UUID]]) -> list[Parcel]:
    """A room, drawn once for each kind of reader and language among those who listen."""
    found = []
    people = viewers(crisis, set().union(*listening.values()))
    kinds = {user: boards.kind_of(crisis, viewer) for user, viewer in people.items()}
    for language, users in listening.items():
        by_kind: dict[Viewer, set[UUID]] = defaultdict(set)
        for user in users & kinds.keys():
            by_kind[kinds[user]].add(user)
        for kind, group in by_kind.items():
            with translation.override(language), timezone.override(crisis.organisation.tz):
                content = draw(crisis, kind)
            found.append(Parcel(crisis.organisation_id, language, numbers, "room", content, frozenset(group)))
    return found


def of_rooms(pulses: list[Pulse], wanted: Wanted) -> list[Parcel]:
    found = []
    for (organisation, number), what in touched(pulses).items():
        rows = Crisis.objects.of(organisation).select_related("organisation", "alert")
        crisis = rows.filter(number=number).first() if wanted.get(organisation) else None
        if crisis is None:
            continue
        try:
            found += of_room(crisis, _changes(what), frozenset(what.numbers), wanted[organisation])
        except Exception:  # one room's trouble must not silence the others
            log.exception("room %s", number)
    return found


def _changes(what: Touched) -> Drawing:
    return lambda crisis, viewer: rendering.changed(crisis, viewer, what.verbs, what.first - 1)


def by_clock(keys: list[str]) -> Drawing:
    """Boards that are drawn anew though nobody did anything: their counts go on."""
    wanted = [board for board in boards.boards() if board.key in keys]
    return lambda crisis, viewer: rendering.told(crisis, viewer, wanted)
