"""The board of decisions: assessments side by side, postures and their approval, legal deadlines."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from vigie.crises.boards import Asked, Board, Command, Dial, Section
from vigie.crises.models import Crisis
from vigie.crises.rules import Viewer
from vigie.plans.queries import handbook
from vigie.plans.roles import label

from . import actions, answers, clocks, posture
from .models import Assessment, Decision, LegalDeadline


def context(crisis: Crisis, viewer: Viewer, now: datetime) -> dict[str, Any]:
    rows = Decision.objects.of(crisis.organisation_id).filter(crisis=crisis).select_related("proposed_by", "decided_by")
    rule, wait = actions.ruling(crisis), actions.wait(handbook(crisis.organisation), crisis.level)
    return {
        "decisions": [(d, _posture(d.posture), posture.RISKS.get(d.posture, ""), d.proposed_at + wait) for d in rows],
        "approvers": [label(role) for role in rule.approve],
        "may_approve": viewer.can(APPROVE),
        "assessments": compared(crisis),
        "needed": _needed(crisis),
        "clocks": [(deadline, clocks.LAWS[deadline.kind]) for deadline in _deadlines(crisis)],
    }


APPROVE = "decisions.approve"


def abilities(crisis: Crisis, viewer: Viewer) -> list[str]:
    return [APPROVE] if viewer.roles & set(actions.ruling(crisis).approve) else []


def _posture(chosen: str) -> str:
    return str(posture.Posture(chosen).label) if chosen else ""


def _needed(crisis: Crisis) -> int:
    return 2 if crisis.level in actions.TWO_FROM else 1


def _deadlines(crisis: Crisis) -> Any:
    return LegalDeadline.objects.of(crisis.organisation_id).filter(crisis=crisis)


def compared(crisis: Crisis) -> dict[str, Any]:
    """The last assessment of each person, side by side; nothing of the first is shown before the second is there."""
    rows = Assessment.objects.of(crisis.organisation_id).filter(crisis=crisis).select_related("user")
    last = {row.user_id: row for row in rows}
    made = list(last.values())
    if len(made) < _needed(crisis) and not actions.confirmed_alone(crisis):
        wait = actions.wait(handbook(crisis.organisation), crisis.level)
        alone_at = made[0].at + wait if made else None
        return {"made": len(made), "hidden": bool(made), "rows": [], "people": [], "alone_at": alone_at}
    table = [(name, [answers.shown(name, row.answers.get(name, "")) for row in made]) for name in answers.ANSWERED]
    return {
        "made": len(made),
        "hidden": False,
        "people": [str(row.user or "–") for row in made],
        "rows": [(answers.ANSWERED[name], cells, len(set(cells)) > 1) for name, cells in table],
    }


def dials(crisis: Crisis, viewer: Viewer, now: datetime) -> list[Dial]:
    """The posture, and how many decisions wait for somebody."""
    found = [Dial(_("Posture"), _posture(crisis.posture) or _("to be chosen"))]
    waiting = Decision.objects.of(crisis.organisation_id).filter(crisis=crisis, state=Decision.State.PROPOSED).count()
    return found + ([Dial(_("Decisions to approve"), str(waiting), late=True)] if waiting else [])


def report(crisis: Crisis, since: datetime) -> list[Section]:
    rows = Decision.objects.of(crisis.organisation_id).filter(crisis=crisis, state="decided", decided_at__gte=since)
    return [Section(_("Decided"), [d.text for d in rows])]


def handover(crisis: Crisis) -> list[Section]:
    left = [
        f"{clocks.LAWS[deadline.kind].what} ({date_format(localtime(deadline.due_at), 'j N H:i')})"
        for deadline in _deadlines(crisis).filter(done_at=None)
    ]
    return report(crisis, crisis.opened_at) + ([Section(_("Legal clocks"), left)] if left else [])


def left_open(crisis: Crisis) -> list[str]:
    rows = Decision.objects.of(crisis.organisation_id).filter(crisis=crisis, state=Decision.State.PROPOSED)
    return [_("Not decided yet: %(text)s") % {"text": d.text} for d in rows]


def propose(crisis: Crisis, asked: Asked) -> None:
    actions.propose(crisis, asked.typed.text, by=asked.by, at=asked.at)


BOARD = Board(
    key="decisions",
    label=gettext_noop("Decisions"),
    order=30,
    context=context,
    verbs=("assessment.*", "decision.*", "clock.*", "crisis.level", "crisis.closed", "crisis.reopened", "team.*"),
    dials=dials,
    abilities=abilities,
    report=report,
    handover=handover,
    left_open=left_open,
    commands=(Command("decision", ("décision", "decision", "decide"), "…", propose),),
    flags={"decision.decided": gettext_noop("decision"), "decision.alone": gettext_noop("decision")},
    sentences={
        "assessment.first": ("decision", gettext_noop("Assessment made; a second person assesses apart")),
        "assessment.alone": (
            "decision",
            gettext_noop("Assessment confirmed by the same person after the wait: %(cause)s, cluster %(cluster)s"),
        ),
        "assessment.made": ("decision", gettext_noop("Assessment: %(cause)s, cluster %(cluster)s")),
        "decision.proposed": ("decision", gettext_noop("Proposed (%(number)s): %(text)s")),
        "decision.decided": ("decision", gettext_noop("Decided (%(number)s): %(text)s")),
        "decision.refused": ("decision", gettext_noop("Refused (%(number)s): %(text)s")),
        "decision.alone": (
            "decision",
            gettext_noop("Decided (%(number)s), confirmed by the same person after the wait: %(text)s"),
        ),
        "decision.dissent": ("decision", gettext_noop("Dissent on decision %(number)s: %(dissent)s")),
        "clock.started": (
            "decision",
            gettext_noop("Legal clock started: %(what)s, before %(due)s; to be checked with counsel"),
        ),
        "clock.done": ("decision", gettext_noop("Legal clock met: %(what)s")),
    },
)
