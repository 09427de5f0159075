"""One watcher of the pulse a process, which fans each change out to those who listen."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from uuid import UUID

from django.db import close_old_connections

from vigie.crises.queries import open_crises
from vigie.journal import place
from vigie.journal.models import Pulse
from vigie.people.models import Organisation

from . import parcels
from .admission import Event, Listener, departed
from .parcels import Parcel, Wanted

log = logging.getLogger(__name__)
BEAT = 0.1
"""Seconds between two looks at the pulse."""
TOWER_EVERY = 4.0
RECHECK = 1.0
"""Seconds between two looks at whether listeners still may: who is removed hears nothing a second later."""
ROOM_EVERY = 30.0
"""Seconds between two drawings of a room's situation when only mentions came; its header goes with the watchtower."""
AT_ONCE = 1_000


class Hub:
    """Fans the pulse out to listeners."""

    def __init__(self) -> None:
        self.listeners: dict[UUID, set[Listener]] = defaultdict(set)
        self.place = place.Place()
        self.drawn: dict[UUID, float] = defaultdict(float)
        self.rooms_drawn: dict[UUID, float] = defaultdict(float)
        self.stale: set[UUID] = set()
        self.task: asyncio.Task[None] | None = None
        self.porter: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self.place = await asyncio.to_thread(place.present)
        self.task = asyncio.create_task(self.run())
        self.porter = asyncio.create_task(self.watch_the_door())

    async def watch_the_door(self) -> None:
        while True:
            await asyncio.sleep(RECHECK)
            try:
                await self.let_go()
            except Exception:  # a store that is away tells nothing new either
                log.exception("live")

    async def let_go(self) -> None:
        """Let go of those who may no longer listen."""
        held = [listener for group in self.listeners.values() for listener in group]
        for listener in await asyncio.to_thread(departed, held) if held else []:
            self.listeners[listener.organisation].discard(listener)

    async def run(self) -> None:
        while True:
            try:
                await self.beat()
            except Exception:
                log.exception("live")
            await asyncio.sleep(BEAT)

    async def beat(self) -> None:
        if not any(self.listeners.values()):
            # Nobody listens: remember only where we are, so that the next one misses nothing.
            self.place = await asyncio.to_thread(place.present)
            return
        wanted: Wanted = {}
        for organisation, group in self.listeners.items():
            for listener in group:
                wanted.setdefault(organisation, {}).setdefault(listener.language, set()).add(listener.user)
        for parcel in await asyncio.to_thread(self.collect, wanted):
            self.send(parcel)
        # The watchtower takes longer to draw: what is small has left before.
        if self.stale:
            for parcel in await asyncio.to_thread(self.redraw, wanted, time.monotonic()):
                self.send(parcel)

    def collect(self, wanted: Wanted) -> list[Parcel]:
        """What is new, rendered once for each organisation and language (and kind of reader) that somebody reads."""
        close_old_connections()
        pulses = list(place.since(self.place)[:AT_ONCE])
        found: list[Parcel] = []
        for pulse in pulses:
            languages = wanted.get(pulse.organisation_id, {})
            if languages:
                self.stale.add(pulse.organisation_id)
            found += [parcel for lang in languages if (parcel := parcels.of_pulse(pulse, lang))]
        self.place = self.place.after(pulse.pk for pulse in pulses)
        return found + parcels.of_rooms(pulses, wanted)

    def redraw(self, wanted: Wanted, now: float) -> list[Parcel]:
        """The watchtowers and rooms whose counts have changed, each at most every few seconds."""
        found = []
        for organisation in [o for o in self.stale if now - self.drawn[o] >= TOWER_EVERY]:
            self.stale.discard(organisation)
            self.drawn[organisation] = now
            listening = wanted.get(organisation, {})
            found += [parcels.of_tower(organisation, lang) for lang in listening]
            keys = ["header"]
            if now - self.rooms_drawn[organisation] >= ROOM_EVERY:
                self.rooms_drawn[organisation] = now
                keys.append("situation")
            if listening:
                for crisis in open_crises(Organisation.objects.get(pk=organisation)):
                    found += parcels.of_room(crisis, parcels.by_clock(keys), frozenset(), listening)
        return found

    def send(self, parcel: Parcel) -> None:
        data = parcel.event(str(self.place))
        for listener in list(self.listeners[parcel.organisation]):
            if not parcel.for_(listener):
                continue
            try:
                listener.events.put_nowait(Event(parcel.numbers, data))
            except asyncio.QueueFull:
                self.listeners[parcel.organisation].discard(listener)

    def missed(self, listener: Listener, held: place.Place, most: int) -> list[Event]:
        """What happened since the place where a client stands, and the watchtower as it is now if anything did."""
        close_old_connections()
        rows = place.since(held).filter(organisation_id=listener.organisation)
        pulses: list[Pulse] = list(rows[:most])
        listening = {listener.organisation: {listener.language: {listener.user}}}
        found = parcels.of_rooms(pulses, listening)
        if not listener.guest:
            seen = [parcel for pulse in pulses if (parcel := parcels.of_pulse(pulse, listener.language))]
            found = seen + found
            if pulses:
                found.append(parcels.of_tower(listener.organisation, listener.language))
        stands = str(held.after(pulse.pk for pulse in pulses))
        return [Event(parcel.numbers, parcel.event(stands)) for parcel in found]

    def held(self, listener: Listener) -> int:
        """Streams that this person has open."""
        return sum(other.user == listener.user for other in self.listeners[listener.organisation])
