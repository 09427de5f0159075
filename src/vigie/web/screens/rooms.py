"""The boards of a room, each rendered alone: in the page, then once for each kind of viewer whenever it changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from vigie.crises import actions, freeze, lines, queries
from vigie.crises.models import Crisis, Participant, Report, SituationShare
from vigie.crises.rules import Viewer
from vigie.decisions import actions as deciding
from vigie.decisions import clocks, posture
from vigie.decisions.models import Assessment, Decision, LegalDeadline
from vigie.facts.models import Fact
from vigie.facts.queries import standing
from vigie.journal.models import Entry
from vigie.lib import charts
from vigie.lib.times import millis
from vigie.plans.models import Contact
from vigie.plans.queries import handbook
from vigie.plans.roles import STEERING, label
from vigie.stories.models import Rising
from vigie.tasks.models import Task
from vigie.trends import counts
from vigie.trends.sensor import MS
from vigie.trends.usual import sensors
from vigie.watches.models import Watch

from .assessing import ANSWERED, ANSWERS
from .tower import labels

GATHERED_WITHIN = timedelta(hours=2)
"""The team has met two hours after the first sign (Centre national de la fonction publique territoriale)."""
MISSED = 400
"""Lines that are sent to a page at once; one that missed more is loaded again."""
FLAGS = ("decision.decided", "decision.alone", "report.sent", "crisis.opened", "crisis.level")


def header(crisis: Crisis, viewer: Viewer, now: datetime) -> dict[str, Any]:
    """What is always visible: level, posture, clock, next update, leader, critical mentions, what waits."""
    followed = queries.watches(crisis)
    chosen = posture.Posture(crisis.posture).label if crisis.posture else ""
    team = queries.team(crisis)
    return {
        "leader": actions.leader(crisis),
        "posture": chosen,
        "waiting": queries.waiting(crisis, followed),
        "proposed": Decision.objects.of(crisis.organisation_id).filter(crisis=crisis, state="proposed").count(),
        "late": crisis.next_update_at is not None and crisis.next_update_at <= now,
        "here": len({p.name for p in team if p.state == Participant.State.IN}),
        "team": len({p.name for p in team}),
        "gather_by": None if _gathered(team) else crisis.began_at + GATHERED_WITHIN,
        "mode": freeze.held(crisis.organisation, now),
        "tasks_late": _tasks(crisis, viewer).filter(state=Task.State.TODO, due_at__lte=now).count(),
    }


def _gathered(team: list[Participant]) -> bool:
    """Whether somebody who leads is in the room, with one more."""
    there = [p for p in team if p.state == Participant.State.IN]
    return any(p.role in STEERING for p in there) and len({p.name for p in there}) > 1


def _tasks(crisis: Crisis, viewer: Viewer) -> Any:
    found = Task.objects.of(crisis.organisation_id).filter(crisis=crisis)
    hidden = [t.pk for t in found.exclude(confidential=[]) if not viewer.sees(t.confidential)]
    return found.exclude(pk__in=hidden)


def situation(crisis: Crisis, viewer: Viewer, now: datetime) -> dict[str, Any]:
    followed = queries.watches(crisis)
    rising = Rising.objects.of(crisis.organisation_id).filter(watch__in=followed)
    return {
        "numbers": queries.numbers(crisis, followed, now),
        "followed": followed,
        "chart": _chart(crisis, followed, now),
        "others": [] if not viewer.steers else _others(crisis, followed),
        "themes": [(r.watch_id, theme) for r in rising for theme in r.themes[:5]],
        "networks": _networks(crisis, followed, now),
        **standing(crisis),
        "doing": _tasks(crisis, viewer)
        .filter(state=Task.State.TODO)
        .exclude(owner=None)
        .select_related("owner")
        .order_by("due_at", "number")[:4],
        "pinned": lines.pinned(crisis, viewer),
        "reports": Report.objects.of(crisis.organisation_id).filter(crisis=crisis)[:5],
        "first": (crisis.alert.evidence or {}).get("first_post") if crisis.alert else None,
    }


def _others(crisis: Crisis, followed: list[Any]) -> list[Any]:
    """Watches that may be followed here too."""
    rows = Watch.objects.of(crisis.organisation_id).filter(active=True).exclude(pk__in=[w.pk for w in followed])
    return list(rows.order_by("name")[:200])


def _networks(crisis: Crisis, followed: list[Any], now: datetime) -> list[tuple[str, int]]:
    sums: dict[str, int] = {}
    for watch in followed:
        for name, n in counts.by_network(watch.pk, crisis.began_at, now + timedelta(milliseconds=1)):
            sums[name] = sums.get(name, 0) + n
    return sorted(sums.items(), key=lambda pair: -pair[1])


def _chart(crisis: Crisis, followed: list[Any], now: datetime) -> dict[str, Any] | None:
    """Mentions since shortly before it began, inside the usual, with the moments of our acts."""
    if not followed:
        return None
    end = crisis.closed_at or now
    since = max(crisis.began_at - timedelta(hours=6), end - timedelta(days=7))
    hours = (end - since).total_seconds() / 3600
    minutes = next(step for step in (5, 10, 30, 60, 180) if hours * 60 / step <= 150 or step == 180)
    unit = minutes * counts.MINUTE
    seen = queries.series(followed, since, end + timedelta(minutes=1), minutes)
    known = [s for s in sensors(crisis.organisation, [w.pk for w in followed]).values() if s.closed >= 0]
    points: list[list[float]] = []
    for at in range(millis(since) // unit + 1, millis(end) // unit + 1):
        usual = sum(s.usual_rate(at * unit) for s in known) * unit / MS
        spread = 2 * (usual + 0.25) ** 0.5 if usual else 0.0
        row = seen.get(at, [0, 0, 0])
        points.append(
            [at * unit, row[0], row[2], round(usual, 2), round(max(usual - spread, 0), 2), round(usual + spread, 2)]
        )
    # The step that is not over yet would look like a fall, unless it is a rise already.
    if len(points) > 1 and points[-1][1] < points[-2][1]:
        points.pop()
    if not points:
        return None
    acts = lines.entries(crisis).filter(verb__in=FLAGS, at__gte=since).order_by("seq")[:40]
    return charts.band(
        points,
        title=_("Mentions since the crisis began, with our acts"),
        labels=labels(),
        bells=[millis(crisis.alert.raised_at)] if crisis.alert and crisis.alert.raised_at >= since else [],
        flags=[(millis(a.at), flag_word(a)) for a in acts],
        height=200,
        offset_ms=crisis.organisation.offset_ms(now),
    )


def flag_word(entry: Entry) -> str:
    return {
        "crisis.opened": _("opened"),
        "crisis.level": _("level"),
        "report.sent": _("report"),
    }.get(entry.verb, _("decision"))


def tasks(crisis: Crisis, viewer: Viewer, now: datetime) -> dict[str, Any]:
    """Overdue first, then by deadline; what is done goes down."""
    rows = list(_tasks(crisis, viewer).exclude(state="dropped").select_related("owner", "blocked_by"))
    present = {p.pk for p in queries.team(crisis)}
    for task in rows:
        task.nobody = task.owner_id not in present  # type: ignore[attr-defined]
        task.late = task.state == "todo" and task.due_at is not None and task.due_at <= now  # type: ignore[attr-defined]
        task.stuck = bool(task.blocked_by and task.blocked_by.state == "todo")  # type: ignore[attr-defined]
        task.role_label = label(task.role) if task.role else ""  # type: ignore[attr-defined]
        task.beside = [label(r) for r in task.consulted], [label(r) for r in task.informed]  # type: ignore[attr-defined]
    far = datetime.max.replace(tzinfo=now.tzinfo)
    rows.sort(key=lambda t: (t.state != "todo", t.due_at or far, t.number))
    return {"tasks": rows}


def decisions(crisis: Crisis, viewer: Viewer, now: datetime) -> dict[str, Any]:
    rows = Decision.objects.of(crisis.organisation_id).filter(crisis=crisis).select_related("proposed_by", "decided_by")
    shown = [(d, posture.Posture(d.posture).label if d.posture else "", posture.RISKS.get(d.posture, "")) for d in rows]
    rule = deciding.ruling(crisis)
    wait = deciding.wait(handbook(crisis.organisation), crisis.level)
    return {
        "decisions": [(d, name, risk, d.proposed_at + wait) for d, name, risk in shown],
        "approvers": [label(role) for role in rule.approve],
        "may_approve": bool(viewer.roles & set(rule.approve)),
        "assessments": compared(crisis),
        "needed": 2 if crisis.level in deciding.TWO_FROM else 1,
        "clocks": [
            (c, clocks.LAWS[c.kind]) for c in LegalDeadline.objects.of(crisis.organisation_id).filter(crisis=crisis)
        ],
    }


def compared(crisis: Crisis) -> dict[str, Any]:
    """The last assessment of each person, side by side; nothing of the first is shown before the second is there."""
    rows = Assessment.objects.of(crisis.organisation_id).filter(crisis=crisis).select_related("user")
    last = {row.user_id: row for row in rows}
    made = list(last.values())
    needed = 2 if crisis.level in deciding.TWO_FROM else 1
    if len(made) < needed and not deciding.confirmed_alone(crisis):
        wait = deciding.wait(handbook(crisis.organisation), crisis.level)
        alone_at = made[0].at + wait if made else None
        return {"made": len(made), "hidden": bool(made), "rows": [], "people": [], "alone_at": alone_at}
    names = ["cause", "origin", "speaker", "scale", "threatened", "cluster", "advised"]
    table = [(name, [_answer(name, row.answers.get(name, "")) for row in made]) for name in names]
    return {
        "made": len(made),
        "hidden": False,
        "people": [str(row.user or "–") for row in made],
        "rows": [(ANSWERED[name], cells, len(set(cells)) > 1) for name, cells in table],
    }


def _answer(name: str, value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(_(ANSWERS.get(str(v), str(v)))) for v in value)
    if name == "cause":
        return str(posture.Cause(value).label) if value in posture.Cause.values else str(value)
    if name == "advised":
        return str(posture.Posture(value).label) if value in posture.Posture.values else str(value)
    if name == "cluster":
        return str(posture.CLUSTERS.get(value, value))
    return str(_(ANSWERS.get(str(value)) or str(value)))


def facts(crisis: Crisis, viewer: Viewer, now: datetime) -> dict[str, Any]:
    rows = list(Fact.objects.of(crisis.organisation_id).filter(crisis=crisis).select_related("owner", "confirmed_by"))
    for fact in rows:
        fact.late = fact.state == "open" and fact.due_at is not None and fact.due_at <= now  # type: ignore[attr-defined]
    kinds = [
        ("fact", _("Established or to be confirmed"), _("No fact yet: write the first with /fait and what proves it.")),
        ("unknown", _("Not known yet"), _("What would change your answer, and who finds out?")),
        ("commitment", _("Promised"), _("A promise has an owner and a date; it is kept or missed.")),
    ]
    return {"kinds": [(kind, name, empty, [f for f in rows if f.kind == kind]) for kind, name, empty in kinds]}


def team(crisis: Crisis, viewer: Viewer, now: datetime) -> dict[str, Any]:
    cards = SituationShare.objects.of(crisis.organisation_id).filter(crisis=crisis, closed_at=None, expires_at__gt=now)
    people: dict[str, list[Participant]] = {}
    for participant in queries.team(crisis):
        people.setdefault(str(participant.user_id or participant.name), []).append(participant)
    return {"people": list(people.values()), "cards": cards}


def framework(crisis: Crisis, viewer: Viewer, now: datetime) -> dict[str, Any]:
    """What the scenario brought, beside what is known now: a spokesperson's brief."""
    groups = dict(Contact.Group.choices)
    scenario, book = crisis.scenario, handbook(crisis.organisation)
    return {
        "scenario": scenario,
        # A role sheet is private: it is shown to whoever holds the role.
        "sheets": [(label(role), book.sheets[role]) for role in sorted(viewer.roles) if book.sheets.get(role)],
        "voice": book.voice,
        "tell": [{**row, "label": groups.get(row["group"], row["group"])} for row in scenario.get("stakeholders", [])],
        "said": [(groups.get(who, who), told) for who, told in scenario.get("audiences", {}).items()],
        **standing(crisis),
    }


BOARDS: dict[str, Callable[[Crisis, Viewer, datetime], dict[str, Any]]] = {
    "header": header,
    "situation": situation,
    "tasks": tasks,
    "decisions": decisions,
    "facts": facts,
    "team": team,
    "framework": framework,
}


def board(name: str, crisis: Crisis, viewer: Viewer, now: datetime) -> str:
    """One board as HTML for a kind of viewer."""
    found = BOARDS[name](crisis, viewer, now)
    context = {**found, "crisis": crisis, "viewer": viewer, "organisation": crisis.organisation, "now": now}
    return render_to_string(f"vigie/room/{name}.html", context)


def courante(crisis: Crisis, viewer: Viewer, found: list[lines.Line]) -> str:
    context = {"lines": found, "crisis": crisis, "viewer": viewer, "organisation": crisis.organisation}
    return render_to_string("vigie/room/lines.html", context)


def changed(crisis: Crisis, viewer: Viewer, names: Iterable[str], after: int | None) -> dict[str, Any]:
    """What an open page of this kind of viewer must show anew: boards, and lines after one (none: no lines)."""
    now = crisis.organisation.clock.now()
    wanted = set(BOARDS) if "all" in names else set(names) & set(BOARDS)
    found = lines.lines(crisis, viewer, after=after, most=MISSED + 1) if after is not None else []
    return {
        "crisis": crisis.number,
        "boards": {name: board(name, crisis, viewer, now) for name in BOARDS if name in wanted},
        "lines": courante(crisis, viewer, found) if found else "",
        "reload": len(found) > MISSED or "reload" in names,
        "who": found[-1].who if found else "",
        "ribbon": render_to_string("vigie/room/ribbon.html", ribbon(crisis)),
    }


def ribbon(crisis: Crisis) -> dict[str, Any]:
    return {"crisis": crisis, "organisation": crisis.organisation}
