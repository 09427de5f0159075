"""Who came in, was let in, or tried to: entries of the journal, and how they read."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from vigie.journal.models import Entry, Payload

from .actions import tell_everywhere
from .models import Organisation, Role, User

PAGE = 100
SENTENCES = {
    "member.joined": gettext_noop("%(name)s is a member: %(role)s"),
    "member.role": gettext_noop("%(name)s is now %(role)s, and was %(before)s"),
    "member.renamed": gettext_noop("%(before)s goes by another name: %(name)s"),
    "member.readdressed": gettext_noop("%(name)s signs in with %(email)s, and did with %(before)s"),
    "member.left": gettext_noop("%(name)s is no longer a member"),
    "member.invited": gettext_noop("%(email)s is invited: %(role)s"),
    "member.reset": gettext_noop("A sign-in link was made for %(name)s, who was signed out everywhere"),
    "member.signed_in": gettext_noop("%(name)s signed in, from %(address)s"),
    "member.refused": gettext_noop("A sign-in as %(name)s was refused, from %(address)s"),
    "link.copied": gettext_noop("The link of %(email)s was shown, to be handed over"),
    "link.used": gettext_noop("%(name)s came in by a link"),
    "journal.segment": gettext_noop("The journal begins a new segment, for what is before does not hold"),
    "person.forgotten": gettext_noop("A person was forgotten at their own request (%(counted)s)"),
    "journal.noted": gettext_noop("The journal did not hold at line %(fault)s; taken note of: %(why)s"),
    "journal.erased": gettext_noop("Words of lines were erased: %(why)s"),
}


@dataclass(frozen=True)
class Event:
    seq: int
    at: datetime
    who: str
    text: str


@transaction.atomic
def signed_in(user: User, address: str, *, at: datetime) -> None:
    """Somebody came in with a password or a link: each of their organisations knows."""
    tell_everywhere("member.signed_in", user, by=user, at=at, address=address)


@transaction.atomic
def refused(mail: str, address: str, *, at: datetime) -> None:
    """Somebody tried to come in as this person. An address that nobody has is nobody's entry."""
    user = User.objects.filter(email=mail.strip().lower()).first()
    if user is not None:
        tell_everywhere("member.refused", user, by=None, at=at, address=address)


def page(organisation: Organisation, before: int = 0) -> list[Event]:
    """The newest events first, or those before one."""
    rows = Entry.objects.filter(organisation_id=organisation.pk, verb__in=SENTENCES).order_by("-seq")
    entries = list((rows.filter(seq__lt=before) if before else rows)[:PAGE])
    held = Payload.objects.filter(organisation_id=organisation.pk, seq__in=[entry.seq for entry in entries])
    bodies = dict(held.values_list("seq", "body"))
    return [_event(entry, bodies.get(entry.seq)) for entry in entries]


def _event(entry: Entry, body: dict[str, Any] | None) -> Event:
    if body is None:
        return Event(entry.seq, entry.at, "", _("The words of this line were erased."))
    roles = {key: Role(body[key]).label for key in ("role", "before") if body.get(key) in Role.values}
    text = _(SENTENCES[entry.verb]) % defaultdict(str, {**body, **roles})
    return Event(entry.seq, entry.at, body.get("actor", ""), text)
