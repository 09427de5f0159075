"""Tour de vigie: one card an entity, what is not calm first."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vigie.alerts import bulletin_words, vigilance, words
from vigie.alerts.models import Alert, Bulletin, Level
from vigie.lib import charts
from vigie.lib.times import millis
from vigie.people.access import MemberRequest, member
from vigie.people.models import Organisation
from vigie.posts import coverage
from vigie.posts.models import Source
from vigie.stories.models import Rising
from vigie.trends import counts, usual
from vigie.trends.sensor import MS, Sensor
from vigie.watches.models import Watch

STEP = 30
"""Minutes in a point of a card's chart."""
LINES = 60
CARDS = 12
"""Cards drawn with their chart; calm ones beyond are lines."""


@dataclass
class Card:
    """A watch as its card shows it."""

    watch: Watch
    level: str
    alert: Alert | None
    mentions: int
    negative: int
    usual: float | None = None
    usual_share: float | None = None
    chart: dict[str, Any] | None = None
    themes: list[dict[str, Any]] = field(default_factory=list)
    say: str = ""
    blind: str = ""
    """Why nothing can be said of it, as its standing says."""

    @property
    def share(self) -> float | None:
        return self.negative / self.mentions if self.mentions else None


def points(watch: Watch, sensor: Sensor | None, now: datetime) -> list[list[float]]:
    since = now - timedelta(hours=24)
    seen = counts.series(watch.pk, since, now + timedelta(minutes=1), minutes=STEP)
    unit = STEP * counts.MINUTE
    found = []
    for at in range(millis(since) // unit + 1, millis(now) // unit + 1):
        row = seen.get(at, [0, 0, 0])
        rate = sensor.usual_rate(at * unit) * unit / MS if sensor and sensor.closed >= 0 else 0.0
        spread = 2 * (rate + 0.25) ** 0.5 if rate else 0.0
        found.append(
            [at * unit, row[0], row[2], round(rate, 2), round(max(rate - spread, 0), 2), round(rate + spread, 2)]
        )
    return found


def sentence(card: Card) -> str:
    """The sentence of the day."""
    if card.alert:
        return words.sentence(card.alert.evidence)
    if card.blind:
        return str(vigilance.Blind(card.blind).label)
    if card.usual is None or card.usual < 1:
        return ngettext(
            "Nothing abnormal: %(n)s mention in 24 h.", "Nothing abnormal: %(n)s mentions in 24 h.", card.mentions
        ) % {"n": words.number(card.mentions)}
    return _("Nothing abnormal: %(n)s mentions in 24 h, usually about %(usual)s.") % {
        "n": words.number(card.mentions),
        "usual": words.number(card.usual),
    }


def cards(organisation: Organisation, now: datetime) -> list[Card]:
    """A card a watch, what is not calm first, then the busiest; only the first ones in full."""
    since = now - timedelta(hours=24)
    standings = vigilance.ranked(organisation, now, LINES)
    found = [
        Card(s.watch, s.level, s.alert, s.sums["mentions"], s.sums["negative"], blind=s.blind or "") for s in standings
    ]
    _complete(organisation, found[:CARDS], since, now)
    for card in found:
        card.say = sentence(card)
    return found


def _complete(organisation: Organisation, found: list[Card], since: datetime, now: datetime) -> None:
    """What a whole card shows more than a line: the usual, the chart, what rises."""
    known = usual.sensors(organisation, [card.watch.pk for card in found])
    themes = {r.watch_id: r.themes for r in Rising.objects.of(organisation).filter(watch__in=[c.watch for c in found])}
    gaps = [(millis(g.began_at), millis(g.ended_at or now)) for g in coverage.gaps(organisation, since, now)]
    for card in found:
        sensor = known.get(card.watch.pk)
        card.usual = usual.expected(sensor, since, now)
        card.usual_share = sensor.usual_share(millis(now)) if sensor else None
        card.themes = themes.get(card.watch.pk, [])[:3]
        bells = [millis(card.alert.raised_at)] if card.alert and card.alert.raised_at >= since else []
        card.chart = charts.band(
            points(card.watch, sensor, now),
            title=sentence(card),
            labels=words.chart_labels(),
            bells=bells,
            gaps=gaps,
            height=210,
            offset_ms=organisation.offset_ms(now),
        )


def context(organisation: Organisation) -> dict[str, Any]:
    now = organisation.clock.now()
    found = cards(organisation, now)
    loud = [c for c in found if c.level not in (Level.GREEN, vigilance.GREY)]
    return {
        "organisation": organisation,
        "cards": found,
        "loud": loud,
        "seen": any(c.level != vigilance.GREY for c in found),
        "now": now,
        "beyond": max(Watch.objects.of(organisation).filter(active=True).count() - LINES, 0),
        "bulletin": _bulletin(organisation),
        "sources": list(Source.objects.of(organisation)[:12]),
        "coverage": coverage.line(organisation, coverage.gaps(organisation, now - timedelta(hours=24), now), now),
    }


def _bulletin(organisation: Organisation) -> dict[str, Any] | None:
    """The last bulletin as its panel shows it."""
    found = Bulletin.objects.of(organisation).select_related("organisation").order_by("-day").first()
    if found is None:
        return None
    lines = [(line["level"], line["name"], bulletin_words.line_words(line), line["watch"]) for line in found.lines]
    return {
        "at": found.at,
        "say": bulletin_words.sentence(found.lines),
        "seen": bulletin_words.coverage_words(found),
        "lines": lines,
    }


def fragment(organisation: Organisation) -> str:
    """The cards alone, as pushed to open pages."""
    return render_to_string("vigie/tower_cards.html", context(organisation))


@member()
def tower(request: MemberRequest) -> HttpResponse:
    organisation = request.organisation
    if not Watch.objects.of(organisation).exists():
        steps = {"sources": Source.objects.of(organisation).exists()}
        return render(request, "vigie/first_steps.html", steps)
    return render(request, "vigie/tower.html", context(organisation))
