"""What changes people and organisations."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.text import slugify

from vigie.journal.actions import record
from vigie.lib import ids

from .models import Link, Membership, Organisation, Role, User


class LinkRefused(ValueError):
    """A link that was used, has expired or never was."""


@transaction.atomic
def create_organisation(
    name: str,
    *,
    at: datetime,
    kind: str = Organisation.Kind.REAL,
    parent: Organisation | None = None,
    zone: str = "Europe/Paris",
    country: str = "FR",
    demo: bool = False,
) -> Organisation:
    slug = base = slugify(name)[:40] or "organisation"
    n = 1
    while Organisation.objects.filter(slug=slug).exists():
        n += 1
        slug = f"{base}-{n}"
    made = Organisation.objects.create(
        name=name, slug=slug, kind=kind, parent=parent, zone=zone, country=country, demo=demo, created_at=at
    )
    record(made.pk, "organisation.created", at=at, subject=f"organisation:{made.pk}", name=name)
    return made


@transaction.atomic
def join(organisation: Organisation, user: User, role: str, *, at: datetime, by: User | None = None) -> Membership:
    """Make a person a member, or change the role of one who is."""
    found, _ = Membership.objects.across().update_or_create(
        organisation=organisation, user=user, defaults={"role": role, "until": None}
    )
    record(
        organisation.pk,
        "member.joined",
        at=at,
        actor_id=(by or user).pk,
        actor_name=str(by or user),
        subject=f"user:{user.pk}",
        role=role,
        name=str(user),
    )
    return found


class LastAdministrator(ValueError):
    """Somebody must be able to open the door."""


@transaction.atomic
def leave(membership: Membership, *, at: datetime, by: User) -> None:
    admins = Membership.objects.of(membership.organisation_id).filter(role=Role.ADMINISTRATOR)
    if membership.role == Role.ADMINISTRATOR and admins.count() == 1:
        raise LastAdministrator
    organisation_id, user = membership.organisation_id, membership.user
    membership.delete()
    record(
        organisation_id,
        "member.left",
        at=at,
        actor_id=by.pk,
        actor_name=str(by),
        subject=f"user:{user.pk}",
        name=str(user),
    )


def sign_in_link(user: User, *, at: datetime, lasting: timedelta = timedelta(hours=12)) -> str:
    """The secret of a link that signs this person in, once."""
    secret = ids.token()
    Link.objects.create(
        kind=Link.Kind.SIGN_IN, fingerprint=ids.fingerprint(secret), user=user, created_at=at, expires_at=at + lasting
    )
    return secret


@transaction.atomic
def invite(organisation: Organisation, email: str, role: str, *, at: datetime, by: User) -> str:
    """The secret of an invitation, good for a week; who it is for and as what is in the journal."""
    secret = ids.token()
    Link.objects.create(
        kind=Link.Kind.INVITATION,
        fingerprint=ids.fingerprint(secret),
        organisation=organisation,
        email=email.lower(),
        role=role,
        created_at=at,
        expires_at=at + timedelta(days=7),
    )
    record(organisation.pk, "member.invited", at=at, actor_id=by.pk, actor_name=str(by), email=email.lower(), role=role)
    return secret


def find_link(kind: str, secret: str, *, at: datetime) -> Link:
    link = Link.objects.filter(kind=kind, fingerprint=ids.fingerprint(secret)).first()
    if link is None or link.used_at or link.expires_at < at:
        raise LinkRefused
    return link


def use(link: Link, *, at: datetime) -> None:
    """Close the link behind the one who came first."""
    if not Link.objects.filter(pk=link.pk, used_at=None).update(used_at=at):
        raise LinkRefused
