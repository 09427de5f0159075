"""Deadlines that the law starts, each with its source. Whether one applies is for counsel to say.

>>> from datetime import UTC, datetime
>>> due("rgpd", datetime(2026, 3, 10, 12, 0, tzinfo=UTC)).isoformat()
'2026-03-13T12:00:00+00:00'
>>> due("reply_online", datetime(2026, 11, 30, 12, 0, tzinfo=UTC)).isoformat()
'2027-02-28T12:00:00+00:00'
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Law:
    """A deadline: hours or months from a moment, what must be done, and where it is written."""

    what: Any
    from_what: Any
    source: str
    hours: int = 0
    months: int = 0


LAWS = {
    "rgpd": Law(
        _("Notify the data protection authority of the breach (CNIL)"),
        _("you became aware of the breach"),
        "Règlement (UE) 2016/679, art. 33",
        hours=72,
    ),
    "reply_online": Law(
        _("Ask for a right of reply online"),
        _("the message was published"),
        "Loi n° 2004-575 (LCEN), art. 1-1",
        months=3,
    ),
    "reply_press": Law(
        _("Ask for a right of reply in the press"),
        _("the article was published"),
        "Loi du 29 juillet 1881, art. 13",
        months=3,
    ),
    "defamation": Law(
        _("Sue for defamation or insult"), _("the message was published"), "Loi du 29 juillet 1881, art. 65", months=3
    ),
    "product": Law(
        _("Tell the authorities of a dangerous product, at once (Rappel Conso)"),
        _("you knew of the danger"),
        "Code de la consommation, art. L. 423-3 ; règlement (UE) 2023/988, art. 9",
        hours=24,
    ),
}


def due(kind: str, since: datetime) -> datetime:
    law = LAWS[kind]
    if law.hours:
        return since + timedelta(hours=law.hours)
    month = since.month - 1 + law.months
    year, month = since.year + month // 12, month % 12 + 1
    return since.replace(year=year, month=month, day=min(since.day, calendar.monthrange(year, month)[1]))
