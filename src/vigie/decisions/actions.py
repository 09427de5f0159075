"""Assessing, proposing, approving: of two who decide at once, one wins, and the journal says who and why."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from vigie.alerts.models import RANK
from vigie.crises.actions import HEADER, Conflict, act, following, locked
from vigie.crises.models import Crisis, Participant
from vigie.crises.rules import held
from vigie.people.models import User
from vigie.plans import delegation
from vigie.plans.models import Handbook
from vigie.plans.queries import handbook

from . import clocks, posture
from .models import Assessment, Decision, LegalDeadline

BOARD = "decisions"
TWO_FROM = ("orange", "red")
"""Levels at which two people assess, apart."""


class NotAllowed(PermissionError):
    """The delegation table does not let this person; `approvers` says who may."""

    def __init__(self, approvers: list[str], until: datetime | None = None) -> None:
        super().__init__("not allowed")
        self.approvers = approvers
        self.until = until


@transaction.atomic
def assess(crisis: Crisis, answers: dict[str, Any], counts: dict[str, Any], *, by: User, at: datetime) -> Assessment:
    """One person's assessment. Its cluster follows from the cause and from the organisation's history."""
    if answers.get("cause") not in posture.Cause.values:
        raise ValueError("say what caused it")
    book = handbook(crisis.organisation)
    past = any(row.get("cause") == answers["cause"] for row in book.history) or bool(answers.get("past"))
    found = posture.weighed(posture.cluster(answers["cause"]), past=past, reputation=book.reputation)
    made = Assessment.objects.create(
        organisation=crisis.organisation,
        crisis=crisis,
        user=by,
        answers={**answers, "cluster": found, "advised": posture.advised(found, answers["cause"])},
        counts=counts,
        at=at,
    )
    told = {"cause": str(posture.Cause(answers["cause"]).label), "cluster": found}
    verb = "assessment.made"
    if crisis.level in TWO_FROM and assessors(crisis) < 2:
        # While two assess apart, the second must not read what the first found.
        verb = "assessment.alone" if confirmed_alone(crisis) else "assessment.first"
        told = told if verb == "assessment.alone" else {}
    act(crisis, verb, at=at, by=by, boards=[BOARD], **told)
    return made


def confirmed_alone(crisis: Crisis) -> bool:
    """Whether one person has assessed twice, the plan's wait apart: a team of one is not locked out."""
    rows = list(Assessment.objects.of(crisis.organisation_id).filter(crisis=crisis).order_by("at"))
    return len(rows) > 1 and rows[-1].at - rows[0].at >= wait(handbook(crisis.organisation), crisis.level)


def assessors(crisis: Crisis) -> int:
    rows = Assessment.objects.of(crisis.organisation_id).filter(crisis=crisis)
    return rows.order_by().values("user").distinct().count()


def ruling(crisis: Crisis, level: str = "") -> delegation.Ruling:
    return delegation.ruling(handbook(crisis.organisation).delegation, "posture", level or crisis.level)


@transaction.atomic
def propose(
    crisis: Crisis,
    text: str,
    *,
    by: User,
    at: datetime,
    chosen: str = "",
    why: str = "",
    risk: str = "",
    rejected: str = "",
    dissent: str = "",
    what_if: list[dict[str, str]] | None = None,
    look_again_at: datetime | None = None,
) -> Decision:
    """Write a decision. A posture waits for whom the delegation table names, unless it lets this person alone."""
    if chosen and chosen not in posture.Posture.values:
        raise ValueError(f"{chosen} is no posture")
    if not text.strip() or (chosen and not why.strip()):
        raise ValueError("say what is decided, and why")
    if chosen in posture.STRONG and look_again_at is None:
        raise ValueError("this posture has a date to be looked at again")
    here = locked(crisis)
    roles = held(here).get(by.pk, [])
    guests = Participant.objects.of(here.organisation_id).filter(crisis=here, user=by, guest=True, left_at=None)
    needs = guests.exists() or (bool(chosen) and not (set(roles) & set(ruling(here).alone)))
    made = Decision.objects.create(
        organisation=here.organisation,
        crisis=here,
        number=following(Decision.objects.of(here.organisation_id).filter(crisis=here)),
        kind="posture" if chosen else "other",
        posture=chosen,
        text=text.strip(),
        why=why.strip(),
        risk=risk.strip(),
        rejected=rejected.strip(),
        dissent=dissent.strip(),
        what_if=what_if or [],
        proposed_by=by,
        proposed_at=at,
        look_again_at=look_again_at,
        level=here.level,
    )
    if needs:
        told = ", ".join(ruling(here).approve)
        act(
            here, "decision.proposed", at=at, by=by, boards=[BOARD, HEADER], number=made.number, text=made.text, to=told
        )
    else:
        _decide(here, made, by, at, "decision.decided")
    return made


def _decide(crisis: Crisis, decision: Decision, by: User, at: datetime, verb: str) -> None:
    rows = Decision.objects.of(crisis.organisation_id).filter(pk=decision.pk, state=Decision.State.PROPOSED)
    alone = verb == "decision.alone"
    if not rows.update(state=Decision.State.DECIDED, decided_by=by, decided_at=at, alone=alone):
        raise Conflict("decided")
    if decision.posture:
        older = Decision.objects.of(crisis.organisation_id).filter(crisis=crisis, kind="posture", state="decided")
        older.exclude(pk=decision.pk).update(state=Decision.State.REPLACED)
        Crisis.objects.of(crisis.organisation_id).filter(pk=crisis.pk).update(posture=decision.posture)
    decision.refresh_from_db()
    told: dict[str, Any] = {"number": decision.number, "text": decision.text, "why": decision.why}
    told["posture"] = decision.posture
    act(crisis, verb, at=at, by=by, boards=[BOARD, HEADER, "situation"], **told)


def wait(book: Handbook, level: str) -> timedelta:
    """How long somebody waits for an approval before confirming alone."""
    return timedelta(minutes=int(book.settings["alone_minutes"].get(level, 15)))


def alone_from(decision: Decision) -> datetime:
    """When the proposer may confirm by themselves: a team of one is never locked out."""
    proposed: datetime = decision.proposed_at
    return proposed + wait(handbook(decision.organisation), decision.level)


def binding(crisis: Crisis, decision: Decision) -> str:
    """The level whose rules hold: the graver of the one at which it was proposed and the present one."""
    return max(crisis.level, decision.level, key=lambda level: RANK[level])


def somebody_else(crisis: Crisis, roles: list[str], by: User) -> bool:
    """Whether another person who may approve is in the room, or on the way: then nobody confirms alone."""
    there = [Participant.State.IN, Participant.State.COMING]
    rows = Participant.objects.of(crisis.organisation_id).filter(crisis=crisis, left_at=None, role__in=roles)
    return rows.filter(state__in=there).exclude(user=by).exists()


@transaction.atomic
def approve(decision: Decision, *, by: User, at: datetime) -> None:
    """Approve what somebody else proposed; or, after the wait that the plan sets, one's own.

    Raises NotAllowed, or Conflict when somebody decided before.
    """
    crisis = locked(decision.crisis)
    roles = set(held(crisis).get(by.pk, []))
    approvers = ruling(crisis, binding(crisis, decision)).approve
    own = decision.proposed_by_id == by.pk
    if not own and not roles & set(approvers):
        raise NotAllowed(approvers)
    if own and (not roles or somebody_else(crisis, approvers, by)):
        raise NotAllowed(approvers)
    if own and at < alone_from(decision):
        raise NotAllowed(approvers, alone_from(decision))
    _decide(crisis, decision, by, at, "decision.alone" if own else "decision.decided")


@transaction.atomic
def refuse(decision: Decision, reason: str, *, by: User, at: datetime) -> None:
    """Say no, and why. Whoever proposed may take it back so."""
    crisis = locked(decision.crisis)
    approvers = ruling(crisis, binding(crisis, decision)).approve
    if decision.proposed_by_id != by.pk and not set(held(crisis).get(by.pk, [])) & set(approvers):
        raise NotAllowed(approvers)
    if not reason.strip():
        raise ValueError("say why not")
    rows = Decision.objects.of(crisis.organisation_id).filter(pk=decision.pk, state=Decision.State.PROPOSED)
    if not rows.update(state=Decision.State.REFUSED, decided_by=by, decided_at=at):
        raise Conflict("decided")
    act(crisis, "decision.refused", at=at, by=by, boards=[BOARD, HEADER], number=decision.number, text=reason.strip())


@transaction.atomic
def dissent(decision: Decision, text: str, *, by: User, at: datetime) -> None:
    """An opinion against a decision, kept beside it."""
    if not text.strip():
        raise ValueError("say what you think")
    crisis = locked(decision.crisis)
    now_held = Decision.objects.of(crisis.organisation_id).get(pk=decision.pk)
    words = f"{now_held.dissent}\n{by}: {text.strip()}".strip()
    Decision.objects.of(crisis.organisation_id).filter(pk=decision.pk).update(dissent=words)
    act(crisis, "decision.dissent", at=at, by=by, boards=[BOARD], number=decision.number, dissent=text.strip())


@transaction.atomic
def start_deadline(crisis: Crisis, kind: str, since: datetime, *, by: User, at: datetime) -> LegalDeadline:
    if kind not in clocks.LAWS or since > at:
        raise ValueError("a legal clock starts from something that has happened")
    made, new = LegalDeadline.objects.of(crisis.organisation_id).get_or_create(
        organisation=crisis.organisation,
        crisis=crisis,
        kind=kind,
        defaults={"from_at": since, "due_at": clocks.due(kind, since)},
    )
    if not new:
        raise Conflict("clock")
    what = str(clocks.LAWS[kind].what)
    act(crisis, "clock.started", at=at, by=by, boards=[BOARD], what=what, due=made.due_at.isoformat())
    return made


@transaction.atomic
def meet_deadline(clock: LegalDeadline, *, by: User, at: datetime) -> None:
    if not LegalDeadline.objects.of(clock.organisation_id).filter(pk=clock.pk, done_at=None).update(done_at=at):
        raise Conflict("clock")
    act(clock.crisis, "clock.done", at=at, by=by, boards=[BOARD], what=str(clocks.LAWS[clock.kind].what))
