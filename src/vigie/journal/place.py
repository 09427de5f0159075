"""Where a reader of the pulse stands: what it has seen, when numbers may become visible out of order.

On PostgreSQL a pulse gets its number when it is written and is seen when its transaction commits, so that 12 may appear
after 13. A place is the highest number that was seen, and the lower ones that had not appeared yet; what comes after a
place is what is higher, and those.

>>> Place.parse("13-12")
Place(last=13, missing=frozenset({12}))
>>> str(Place(13, frozenset({12, 7})))
'13-7-12'
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from vigie.lib import sql

from .models import Pulse

WINDOW = 500
"""Numbers that may still be on their way: no act writes so many pulses while another one commits."""
MOST = 60
"""Missing numbers that an address carries; a rolled back act leaves one for good, until the window has passed."""


@dataclass(frozen=True)
class Place:
    last: int = 0
    missing: frozenset[int] = frozenset()

    def __str__(self) -> str:
        return "-".join(map(str, [self.last, *sorted(self.missing)[-MOST:]]))

    @classmethod
    def parse(cls, text: str) -> Place | None:
        """A place as an address or a header gives it; None when it is none."""
        parts = text.split("-")
        if len(parts) > MOST + 1 or not all(part.isascii() and part.isdigit() and len(part) < 18 for part in parts):
            return None
        last, *missing = map(int, parts)
        return cls(last, frozenset(missing))

    def after(self, numbers: Iterable[int]) -> Place:
        """The place of a reader that stood here and has seen these too."""
        seen = set(numbers)
        last = max([self.last, *seen])
        passed = range(max(self.last + 1, last - WINDOW), last)
        missing = (self.missing | set(passed)) - seen
        return Place(last, frozenset(number for number in missing if number > last - WINDOW))


def present() -> Place:
    """Where somebody stands who reads everything now."""
    numbers = list(Pulse.objects.order_by("-pk").values_list("pk", flat=True)[: WINDOW if sql.is_postgres() else 1])
    if not numbers:
        return Place()
    # On SQLite there is one writer at a time, and nothing is ever on its way.
    earlier = range(max(1, numbers[0] - WINDOW), numbers[0]) if sql.is_postgres() else ()
    return Place(numbers[0], frozenset(earlier) - frozenset(numbers))


def since(place: Place) -> QuerySet[Pulse]:
    """What has appeared after a place, in the order of numbers."""
    return Pulse.objects.filter(Q(pk__gt=place.last) | Q(pk__in=place.missing)).order_by("pk")
