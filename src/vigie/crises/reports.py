"""The situation report: drafted from the room, edited by a person, sent to its list, kept; the next is promised."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from vigie.alerts import words
from vigie.alerts.channels import ask, listening, there
from vigie.alerts.letters import mark
from vigie.alerts.models import Level
from vigie.lib.refusals import Conflict, Refused
from vigie.outbox.letters import Gone, Letter
from vigie.outbox.models import Message
from vigie.people.models import User

from . import queries
from .actions import following
from .acts import Act, acting
from .boards import Section
from .models import Crisis, Participant, Report


def latest(crisis: Crisis) -> Report | None:
    return Report.objects.of(crisis.organisation_id).filter(crisis=crisis).first()


def drafted(crisis: Crisis, sections: list[Section], now: datetime) -> str:
    """The text of the next report: numbers and what they were in the last one, then a heading and its lines each."""
    followed = queries.watches(crisis)
    seen = queries.numbers(crisis, followed, now)
    last = latest(crisis)
    level = _(Level(crisis.level).name.lower())
    moment = date_format(timezone.localtime(now), "j F Y H:i")
    rows = [f"{crisis.name} — {level} — {moment}", "", _("Figures"), *_numbers(seen, last)]
    untaken = queries.waiting(crisis, followed).untaken
    rows.append("- " + _("Critical mentions that nobody has handled: %(n)s") % {"n": words.number(untaken)})
    for section in sections:
        rows += ["", section.title, *(f"- {line}" for line in section.lines or [_("nothing new")])]
    return "\n".join(rows)


def _numbers(seen: dict[str, Any], last: Report | None) -> list[str]:
    rows = [
        _("Mentions since the beginning: %(n)s%(change)s")
        % {"n": words.number(seen["mentions"]), "change": _since(seen, last, "mentions")},
        _("Negative: %(n)s%(change)s")
        % {"n": words.number(seen["negative"]), "change": _since(seen, last, "negative")},
        _("In the last hour: %(n)s") % {"n": words.number(seen["hour"])},
    ]
    return [f"- {row}" for row in rows]


def _since(seen: dict[str, Any], last: Report | None, name: str) -> str:
    if last is None or name not in last.numbers:
        return ""
    return _(" (%(n)s more than in report %(number)s)") % {
        "n": words.number(seen[name] - last.numbers[name]),
        "number": last.number,
    }


def send(crisis: Crisis, text: str, *, by: User, at: datetime, seen: int) -> Report:
    """Keep the report and send it to everybody in the team and to the channels that hear bulletins.

    `seen` is the number of the last report that its writer saw: of two who send at once, one wins.
    """
    if not text.strip():
        raise Refused("unclear", gettext_noop("An empty report tells nothing."))
    with acting(crisis, by=by, at=at) as act:
        return _sent(act, text, seen)


def _sent(act: Act, text: str, seen: int) -> Report:
    held, at = act.crisis, act.at
    last = latest(held)
    if (last.number if last else 0) != seen:
        raise Conflict("report", gettext_noop("Somebody sent a report while you wrote: read it, then send yours."))
    numbers = queries.numbers(held, queries.watches(held), at)
    number = following(Report.objects.of(held.organisation_id).filter(crisis=held))
    channels = listeners(held)
    made = Report.objects.create(
        organisation=held.organisation,
        crisis=held,
        number=number,
        text=text.strip(),
        numbers={"mentions": numbers["mentions"], "negative": numbers["negative"]},
        by=act.by,
        at=at,
        recipients=len(channels),
    )
    told = {"payload": {"report": made.pk}, "subject": held.subject}
    ask(held.organisation, channels, "report", at, **told)
    Crisis.objects.of(held.organisation_id).filter(pk=held.pk).update(
        next_update_at=at + timedelta(minutes=held.report_minutes)
    )
    act.line("report.sent", number=number, told=len(channels))
    return made


def listeners(crisis: Crisis) -> list[int]:
    """The channels that a report goes to: those of the team, and those that hear bulletins."""
    people = Participant.objects.of(crisis.organisation_id).filter(crisis=crisis, left_at=None)
    found = [pk for channels in people.values_list("channels", flat=True) for pk in channels]
    return [channel.pk for channel in there(crisis.organisation, found + listening(crisis.organisation))]


def letter(message: Message) -> Letter:
    """The message that carries a report."""
    report = (
        Report.objects.of(message.organisation).select_related("crisis").filter(pk=message.payload["report"]).first()
    )
    if report is None:
        raise Gone("this report is there no more")
    organisation, crisis = message.organisation, report.crisis
    title = _("Situation report %(number)s: %(name)s") % {"number": report.number, "name": crisis.name}
    room = f"{settings.ADDRESS}{reverse('room', args=[organisation.slug, crisis.number])}"
    return Letter(mark(organisation) + title, f"{report.text}\n\n{room}")
