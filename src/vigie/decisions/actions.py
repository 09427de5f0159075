"""Assessing, proposing, approving: of two who decide at once, one wins, and the journal says who and why."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from vigie.alerts.models import RANK
from vigie.crises.actions import following, rows_of
from vigie.crises.acts import Act, acting
from vigie.crises.models import Crisis, Participant
from vigie.crises.rules import held
from vigie.lib.refusals import Conflict, Refused
from vigie.people.models import User
from vigie.plans import delegation
from vigie.plans.models import Handbook
from vigie.plans.queries import handbook
from vigie.plans.roles import label

from . import clocks, posture
from .models import Assessment, Decision, LegalDeadline

TWO_FROM = ("orange", "red")
"""Levels at which two people assess, apart."""


class NotAllowed(Refused):
    """The delegation table does not let this person; the sentence says whom it does, and until when one waits."""

    def __init__(self, approvers: list[str], until: datetime | None = None) -> None:
        super().__init__("not_allowed", "")
        self.approvers, self.until = approvers, until

    def __str__(self) -> str:
        roles = ", ".join(label(role) for role in self.approvers) or "–"
        say = _("The plan leaves this to: %(roles)s.") % {"roles": roles}
        if self.until:
            at = date_format(localtime(self.until), "H:i")
            say += " " + _("If nobody can, you may confirm by yourself from %(time)s.") % {"time": at}
        return say


def assess(crisis: Crisis, answers: dict[str, Any], counts: dict[str, Any], *, by: User, at: datetime) -> Assessment:
    """One person's assessment. Its cluster follows from the cause and from the organisation's history."""
    if answers.get("cause") not in posture.Cause.values:
        raise Refused("unclear", gettext_noop("Say what caused it."))
    with acting(crisis, by=by, at=at) as act:
        return _assessed(act, answers, counts)


def _assessed(act: Act, answers: dict[str, Any], counts: dict[str, Any]) -> Assessment:
    crisis = act.crisis
    book = handbook(crisis.organisation)
    past = any(row.get("cause") == answers["cause"] for row in book.history) or bool(answers.get("past"))
    found = posture.weighed(posture.cluster(answers["cause"]), past=past, reputation=book.reputation)
    made = Assessment.objects.create(
        organisation=crisis.organisation,
        crisis=crisis,
        user=act.by,
        answers={**answers, "cluster": found, "advised": posture.advised(found, answers["cause"])},
        counts=counts,
        at=act.at,
    )
    told: dict[str, Any] = {"cause": str(posture.Cause(answers["cause"]).label), "cluster": found}
    verb = "assessment.made"
    if crisis.level in TWO_FROM and assessors(crisis) < 2:
        # While two assess apart, the second must not read what the first found.
        verb = "assessment.alone" if confirmed_alone(crisis) else "assessment.first"
        told = told if verb == "assessment.alone" else {}
    act.line(verb, **told)
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
        raise Refused("unclear", gettext_noop("Choose a posture."))
    if not text.strip() or (chosen and not why.strip()):
        raise Refused("unclear", gettext_noop("Say what is decided, and why."))
    if chosen in posture.STRONG and look_again_at is None:
        raise Refused("unclear", gettext_noop("This posture has a date to be looked at again."))
    with acting(crisis, by=by, at=at) as act:
        here = act.crisis
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
        if _must_wait(here, made, by):
            to = ", ".join(ruling(here).approve)
            act.line("decision.proposed", number=made.number, text=made.text, to=to)
        else:
            _decide(act, made, "decision.decided")
    return made


def _must_wait(crisis: Crisis, decision: Decision, by: User) -> bool:
    """Whether somebody else approves: what a guest proposes always, a posture unless the table lets this person."""
    guests = Participant.objects.of(crisis.organisation_id).filter(crisis=crisis, user=by, guest=True, left_at=None)
    if guests.exists():
        return True
    roles = set(held(crisis).get(by.pk, []))
    return bool(decision.posture) and not roles & set(ruling(crisis).alone)


def _decide(act: Act, decision: Decision, verb: str) -> None:
    crisis, alone = act.crisis, verb == "decision.alone"
    rows = Decision.objects.of(crisis.organisation_id).filter(pk=decision.pk, state=Decision.State.PROPOSED)
    if not rows.update(state=Decision.State.DECIDED, decided_by=act.by, decided_at=act.at, alone=alone):
        raise Conflict("decided", DECIDED)
    if decision.posture:
        older = Decision.objects.of(crisis.organisation_id).filter(crisis=crisis, kind="posture", state="decided")
        older.exclude(pk=decision.pk).update(state=Decision.State.REPLACED)
        rows_of(crisis).update(posture=decision.posture)
    decision.refresh_from_db()
    act.line(verb, number=decision.number, text=decision.text, why=decision.why, posture=decision.posture)


DECIDED = gettext_noop("Somebody decided before you: the decision is no longer waiting.")


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


def approve(decision: Decision, *, by: User, at: datetime) -> None:
    """Approve what somebody else proposed; or, after the wait that the plan sets, one's own.

    Raises NotAllowed, or Conflict when somebody decided before.
    """
    with acting(decision.crisis, by=by, at=at) as act:
        crisis = act.crisis
        roles = set(held(crisis).get(by.pk, []))
        approvers = ruling(crisis, binding(crisis, decision)).approve
        own = decision.proposed_by_id == by.pk
        if not own and not roles & set(approvers):
            raise NotAllowed(approvers)
        if own and (not roles or somebody_else(crisis, approvers, by)):
            raise NotAllowed(approvers)
        if own and at < alone_from(decision):
            raise NotAllowed(approvers, alone_from(decision))
        if not own and _one_person(decision, by):
            raise Refused("one_person", ONE_PERSON)
        _decide(act, decision, "decision.alone" if own else "decision.decided")


ONE_PERSON = gettext_noop(
    "One of you had the sign-in link of the other shown: choose a password of your own first, so that two decide."
)


def _one_person(decision: Decision, by: User) -> bool:
    """Whether one of the two may have been signed in by the other: then they count as one."""
    other = decision.proposed_by
    held = {u.pk: u.opened_by_id for u in User.objects.filter(pk__in=[by.pk, other.pk if other else by.pk])}
    return other is not None and (held.get(by.pk) == other.pk or held.get(other.pk) == by.pk)


def refuse(decision: Decision, reason: str, *, by: User, at: datetime) -> None:
    """Say no, and why. Whoever proposed may take it back so."""
    with acting(decision.crisis, by=by, at=at) as act:
        crisis = act.crisis
        approvers = ruling(crisis, binding(crisis, decision)).approve
        if decision.proposed_by_id != by.pk and not set(held(crisis).get(by.pk, [])) & set(approvers):
            raise NotAllowed(approvers)
        if not reason.strip():
            raise Refused("unclear", gettext_noop("Say why not."))
        rows = Decision.objects.of(crisis.organisation_id).filter(pk=decision.pk, state=Decision.State.PROPOSED)
        if not rows.update(state=Decision.State.REFUSED, decided_by=by, decided_at=at):
            raise Conflict("decided", DECIDED)
        act.line("decision.refused", number=decision.number, text=reason.strip())


def dissent(decision: Decision, text: str, *, by: User, at: datetime) -> None:
    """An opinion against a decision, kept beside it."""
    if not text.strip():
        raise Refused("unclear", gettext_noop("Say what you think."))
    with acting(decision.crisis, by=by, at=at) as act:
        now_held = Decision.objects.of(act.organisation).get(pk=decision.pk)
        words = f"{now_held.dissent}\n{by}: {text.strip()}".strip()
        Decision.objects.of(act.organisation).filter(pk=decision.pk).update(dissent=words)
        act.line("decision.dissent", number=decision.number, dissent=text.strip())


def start_deadline(crisis: Crisis, kind: str, since: datetime, *, by: User, at: datetime) -> LegalDeadline:
    if kind not in clocks.LAWS or since > at:
        raise Refused("unclear", gettext_noop("A legal clock starts from something that has happened."))
    with acting(crisis, by=by, at=at) as act:
        made, new = LegalDeadline.objects.of(crisis.organisation_id).get_or_create(
            organisation=crisis.organisation,
            crisis=act.crisis,
            kind=kind,
            defaults={"from_at": since, "due_at": clocks.due(kind, since)},
        )
        if not new:
            raise Conflict("clock", RUNS)
        act.line("clock.started", what=str(clocks.LAWS[kind].what), due=made.due_at.isoformat())
    return made


def meet_deadline(deadline: LegalDeadline, *, by: User, at: datetime) -> None:
    with acting(deadline.crisis, by=by, at=at) as act:
        rows = LegalDeadline.objects.of(act.organisation).filter(pk=deadline.pk, done_at=None)
        if not rows.update(done_at=at):
            raise Conflict("clock", RUNS)
        act.line("clock.done", what=str(clocks.LAWS[deadline.kind].what))


RUNS = gettext_noop("This clock runs already, or was met.")
