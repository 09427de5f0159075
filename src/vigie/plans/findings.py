"""What is wrong with the plan today, since when, and where it is mended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from vigie.alerts.models import Duty
from vigie.people.models import Membership, Organisation

from .models import Contact, PlanVersion, Scenario
from .roles import CrisisRole, label

STALE = timedelta(days=180)
OLD = timedelta(days=365)
NEEDED = [CrisisRole.DIRECTOR, CrisisRole.LEAD, CrisisRole.SPOKESPERSON, CrisisRole.COMMUNITY]


@dataclass(frozen=True)
class Finding:
    """One thing to mend: `page` names the screen that does it."""

    what: str
    page: str
    since: datetime | None = None
    grave: bool = False


def findings(organisation: Organisation, now: datetime) -> list[Finding]:
    """Grave ones first."""
    found = [*_roles(organisation), *_chain(organisation), *_messages(organisation, now), *_contacts(organisation, now)]
    found += _versions(organisation, now)
    return sorted(found, key=lambda f: not f.grave)


def _roles(organisation: Organisation) -> Iterator[Finding]:
    held = set(Duty.objects.of(organisation).values_list("role", flat=True))
    for role in NEEDED:
        if role not in held:
            yield Finding(_("Nobody holds the role: %(role)s") % {"role": label(role)}, "chain", grave=True)


def _chain(organisation: Organisation) -> Iterator[Finding]:
    members = set(Membership.objects.of(organisation).values_list("user_id", flat=True))
    seats = Duty.objects.of(organisation).select_related("user", "channel", "deputy", "deputy_user")
    for seat in seats:
        name = str(seat.user or seat.channel or "")
        name = f"{name} ({label(seat.role)})" if seat.role else name
        if seat.user_id and seat.user_id not in members:
            yield Finding(_("%(name)s is no longer a member") % {"name": name}, "chain", grave=True)
        if not seat.channel:
            yield Finding(_("%(name)s has no channel: nothing reaches them at night") % {"name": name}, "chain")
        elif seat.channel.last_error:
            yield Finding(_("The last message to %(name)s failed") % {"name": name}, "chain", grave=True)
        if seat.role and not (seat.deputy or seat.deputy_user):
            yield Finding(_("%(name)s has no substitute") % {"name": name}, "chain")


def _messages(organisation: Organisation, now: datetime) -> Iterator[Finding]:
    for scenario in Scenario.objects.of(organisation).exclude(expires_on=None):
        if scenario.expires_on and scenario.expires_on < now.date():
            say = _("The messages of “%(title)s” were to be reviewed by %(day)s")
            told = {"title": scenario.title, "day": scenario.expires_on.isoformat()}
            yield Finding(say % told, "scenarios", scenario.changed_at)


def _contacts(organisation: Organisation, now: datetime) -> Iterator[Finding]:
    for contact in Contact.objects.of(organisation):
        if contact.checked_at < now - STALE:
            yield Finding(
                _("%(name)s was not checked for six months") % {"name": contact.name}, "contacts", contact.checked_at
            )
        elif not (contact.phone or contact.emergency or contact.email):
            yield Finding(
                _("%(name)s can be reached in no way") % {"name": contact.name}, "contacts", contact.checked_at
            )


def _versions(organisation: Organisation, now: datetime) -> Iterator[Finding]:
    last = PlanVersion.objects.of(organisation).first()
    if last is None:
        yield Finding(_("No version of the plan was published: nobody can read it offline"), "plan")
    elif last.at < now - OLD:
        yield Finding(_("The plan was last published more than a year ago"), "plan", last.at)
