"""The board of the situation: numbers since it began, their curve with our acts, and the heart of the other boards."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from vigie.alerts.words import chart_labels
from vigie.crises import boards, lines, queries
from vigie.crises.boards import Board
from vigie.crises.models import Crisis, Report
from vigie.crises.rules import Viewer
from vigie.facts.queries import standing
from vigie.lib import charts
from vigie.lib.times import millis
from vigie.stories.models import Rising
from vigie.tasks.queries import doing
from vigie.trends import counts
from vigie.trends.sensor import MS
from vigie.trends.usual import sensors
from vigie.watches.models import Watch


def context(crisis: Crisis, viewer: Viewer, now: datetime) -> dict[str, Any]:
    followed = queries.watches(crisis)
    rising = Rising.objects.of(crisis.organisation_id).filter(watch__in=followed)
    return {
        "numbers": queries.numbers(crisis, followed, now),
        "followed": followed,
        "chart": chart(crisis, followed, now),
        "others": [] if not viewer.steers else _others(crisis, followed),
        "themes": [(r.watch_id, theme) for r in rising for theme in r.themes[:5]],
        "networks": queries.where(crisis, followed, now),
        **standing(crisis),
        "doing": doing(crisis, viewer),
        "pinned": lines.pinned(crisis, viewer),
        "reports": Report.objects.of(crisis.organisation_id).filter(crisis=crisis)[:5],
        "first": (crisis.alert.evidence or {}).get("first_post") if crisis.alert else None,
    }


def _others(crisis: Crisis, followed: list[Watch]) -> list[Watch]:
    """Watches that may be followed here too."""
    rows = Watch.objects.of(crisis.organisation_id).filter(active=True).exclude(pk__in=[w.pk for w in followed])
    return list(rows.order_by("name")[:200])


def chart(crisis: Crisis, followed: list[Watch], now: datetime) -> dict[str, Any] | None:
    """Mentions since shortly before it began, inside the usual, with the moments of our acts."""
    if not followed:
        return None
    end = crisis.closed_at or now
    since = max(crisis.began_at - timedelta(hours=6), end - timedelta(days=7))
    points = _points(crisis, followed, since, end)
    if not points:
        return None
    words = boards.flags()
    acts = lines.entries(crisis).filter(verb__in=words, at__gte=since).order_by("seq")[:40]
    alert = crisis.alert
    return charts.band(
        points,
        title=_("Mentions since the crisis began, with our acts"),
        labels=chart_labels(),
        bells=[millis(alert.raised_at)] if alert and alert.raised_at >= since else [],
        flags=[(millis(act.at), _(words[act.verb])) for act in acts],
        height=200,
        offset_ms=crisis.organisation.offset_ms(now),
    )


def _points(crisis: Crisis, followed: list[Watch], since: datetime, end: datetime) -> list[list[float]]:
    """[start in ms, mentions, negative, usual, low, high] a step, some 150 steps at most."""
    hours = (end - since).total_seconds() / 3600
    minutes = next(step for step in (5, 10, 30, 60, 180) if hours * 60 / step <= 150 or step == 180)
    unit = minutes * counts.MINUTE
    seen, shared = queries.series(crisis, followed, since, end + timedelta(minutes=1), minutes)
    known = [s for s in sensors(crisis.organisation, [w.pk for w in followed]).values() if s.closed >= 0]
    points: list[list[float]] = []
    for at in range(millis(since) // unit + 1, millis(end) // unit + 1):
        usual = shared * sum(s.usual_rate(at * unit) for s in known) * unit / MS
        spread = 2 * (usual + 0.25) ** 0.5 if usual else 0.0
        row = seen.get(at, [0, 0, 0])
        points.append(
            [at * unit, row[0], row[2], round(usual, 2), round(max(usual - spread, 0), 2), round(usual + spread, 2)]
        )
    # The step that is not over yet would look like a fall, unless it is a rise already.
    if len(points) > 1 and points[-1][1] < points[-2][1]:
        points.pop()
    return points


BOARD = Board(
    key="situation",
    label=gettext_noop("Situation"),
    order=10,
    context=context,
    verbs=(
        "crisis.*",
        "line.*",
        "report.*",
        "fact.*",
        "unknown.*",
        "commitment.*",
        "task.*",
        "tasks.*",
        "decision.*",
        "team.*",
    ),
    flags={"report.sent": gettext_noop("report")},
    sentences={
        "report.sent": ("report", gettext_noop("Situation report %(number)s, sent to channels: %(told)s")),
        "handover.written": ("report", gettext_noop("Handover: %(text)s")),
        "card.shared": ("report", gettext_noop("Situation card shared until %(until)s")),
        "card.closed": ("report", gettext_noop("Situation card closed")),
    },
)
