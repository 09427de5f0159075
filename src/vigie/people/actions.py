"""What changes people and organisations."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext_noop

from vigie.journal.actions import record
from vigie.lib import ids
from vigie.lib.refusals import Refused

from .models import Link, Membership, Organisation, Role, User
from .traces import ERASED


class LinkRefused(Refused):
    """A link that was used, has expired or never was."""

    def __init__(self) -> None:
        super().__init__("link", gettext_noop("This link was used, or is too old."))


def tell(organisation_id: UUID, verb: str, about: User, *, by: User | None, at: datetime, **body: Any) -> None:
    """An entry about a person; `by` nobody when a stranger did it."""
    record(
        organisation_id,
        verb,
        at=at,
        actor_id=by.pk if by else None,
        actor_name=str(by or ""),
        subject=f"user:{about.pk}",
        name=str(about),
        **body,
    )


def tell_everywhere(verb: str, about: User, *, by: User | None, at: datetime, **body: Any) -> None:
    """The same entry in each organisation that this person belongs to."""
    for membership in Membership.objects.across().filter(user_id=about.pk).order_by("organisation"):
        tell(membership.organisation_id, verb, about, by=by, at=at, **body)


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
    tell(organisation.pk, "member.joined", user, by=by or user, at=at, role=role, email=user.email)
    return found


class LastAdministrator(Refused):
    """Somebody must be able to open the door."""

    def __init__(self) -> None:
        super().__init__("last", gettext_noop("Somebody must remain administrator."))


def _locked(organisation_id: Any, user: User) -> Membership | None:
    """A membership as it stands; two who take administrators away wait for each other."""
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation_id)
    return Membership.objects.of(organisation_id).filter(user=user).first()


def _keep_one(membership: Membership) -> None:
    admins = Membership.objects.of(membership.organisation_id).filter(role=Role.ADMINISTRATOR)
    if membership.role == Role.ADMINISTRATOR and not admins.exclude(pk=membership.pk).exists():
        raise LastAdministrator


@transaction.atomic
def change_role(organisation: Organisation, user: User, role: str, *, at: datetime, by: User) -> None:
    """Give a member another role. Raises LastAdministrator."""
    held = _locked(organisation.pk, user)
    if held is None or held.role == role:
        return
    if role != Role.ADMINISTRATOR:
        _keep_one(held)
    Membership.objects.of(organisation).filter(pk=held.pk).update(role=role)
    tell(organisation.pk, "member.role", user, by=by, at=at, email=user.email, before=held.role, role=role)


@transaction.atomic
def renamed(user: User, before: str, *, at: datetime) -> None:
    """Somebody goes by another name: lines that were written keep the one of their day."""
    tell_everywhere("member.renamed", user, by=user, at=at, before=before)


@transaction.atomic
def leave(membership: Membership, *, at: datetime, by: User) -> None:
    held = _locked(membership.organisation_id, membership.user)
    if held is None:
        return
    _keep_one(held)
    organisation_id, user = membership.organisation_id, membership.user
    membership.delete()
    tell(organisation_id, "member.left", user, by=by, at=at)


def sign_in_link(user: User, *, at: datetime, lasting: timedelta = timedelta(hours=12)) -> str:
    """The secret of a link that signs this person in, once."""
    return _link(Link.Kind.SIGN_IN, at=at, lasting=lasting, user=user)


def _link(kind: str, *, at: datetime, lasting: timedelta, **whom: Any) -> str:
    """Make a link; its secret, which nothing else keeps."""
    secret = ids.token()
    Link.objects.create(kind=kind, fingerprint=ids.fingerprint(secret), created_at=at, expires_at=at + lasting, **whom)
    return secret


@transaction.atomic
def invite(organisation: Organisation, email: str, role: str, *, at: datetime, by: User) -> str:
    """The secret of an invitation, good for a week; who it is for and as what is in the journal."""
    whom = {"organisation": organisation, "email": email.lower(), "role": role}
    secret = _link(Link.Kind.INVITATION, at=at, lasting=timedelta(days=7), **whom)
    record(organisation.pk, "member.invited", at=at, actor_id=by.pk, actor_name=str(by), email=email.lower(), role=role)
    return secret


@transaction.atomic
def reveal(link: Link, organisation: Organisation, *, at: datetime, by: User) -> str:
    """Show a link to somebody who hands it over by hand, for a person without mail: the secret, a new one.

    It is an entry of the journal, and the person whom it is for is told at first use.
    """
    secret = ids.token()
    open_ = Link.objects.filter(pk=link.pk, used_at=None)
    if not open_.update(fingerprint=ids.fingerprint(secret), shown_to=by, shown_at=at):
        raise LinkRefused
    told = {"email": link.whom, "kind": link.kind}
    record(organisation.pk, "link.copied", at=at, actor_id=by.pk, actor_name=str(by), **told)
    return secret


@transaction.atomic
def reset(organisation: Organisation, user: User, *, at: datetime, by: User) -> str:
    """Let somebody in who lost the password: a link for twelve hours, and every session that is open ends."""
    Link.objects.filter(kind=Link.Kind.SIGN_IN, user=user, used_at=None).delete()
    secret = sign_in_link(user, at=at)
    end_sessions(user)
    tell(organisation.pk, "member.reset", user, by=by, at=at, email=user.email)
    return secret


def end_sessions(user: User) -> None:
    """Sign a person out everywhere."""
    from allauth.usersessions.models import UserSession

    for session in UserSession.objects.filter(user=user):
        session.end()


def close_account(user: User) -> None:
    """An account that nobody signs in to any more: its name and address go, so that the address is free again."""
    from allauth.account.models import EmailAddress

    end_sessions(user)
    EmailAddress.objects.filter(user=user).delete()
    Link.objects.filter(user=user).delete()
    user.email, user.name, user.is_active = f"{user.pk}@erased.invalid", ERASED, False
    user.set_unusable_password()
    user.save()


@transaction.atomic
def enter(link: Link, organisation: Organisation | None, user: User, *, at: datetime) -> None:
    """A link is used: whoever had it shown may have opened it too, until this person chooses a password."""
    use(link, at=at)
    User.objects.filter(pk=user.pk).update(opened_by=link.shown_to if link.shown_to_id != user.pk else None)
    if organisation:
        copied_by = str(link.shown_to) if link.shown_to else ""
        tell(organisation.pk, "link.used", user, by=user, at=at, email=user.email, copied_by=copied_by)


class AddressTaken(Refused):
    """Two people cannot sign in with one address."""

    def __init__(self) -> None:
        super().__init__("address", gettext_noop("This address cannot be used here."))


def address_link(user: User, email: str, *, at: datetime) -> str:
    """The secret of a link that, opened from a new address, makes it this person's."""
    Link.objects.filter(kind=Link.Kind.ADDRESS, user=user, used_at=None).delete()
    return _link(Link.Kind.ADDRESS, at=at, lasting=timedelta(hours=12), user=user, email=email.lower())


@transaction.atomic
def change_address(user: User, email: str, *, at: datetime, verified: bool) -> None:
    """From now on this person signs in with another address. Raises AddressTaken."""
    from allauth.account.models import EmailAddress

    if User.objects.filter(email=email.lower()).exclude(pk=user.pk).exists():
        raise AddressTaken
    before, user.email = user.email, email.lower()
    user.save(update_fields=["email"])
    EmailAddress.objects.filter(user=user).delete()
    # What was sent to the old address opens nothing any more.
    Link.objects.filter(kind=Link.Kind.SIGN_IN, user=user, used_at=None).delete()
    tell_everywhere("member.readdressed", user, by=user, at=at, before=before, email=user.email, verified=verified)


def find_link(kind: str, secret: str, *, at: datetime) -> Link:
    link = Link.objects.filter(kind=kind, fingerprint=ids.fingerprint(secret)).first()
    if link is None or link.used_at or link.expires_at < at:
        raise LinkRefused
    return link


def use(link: Link, *, at: datetime) -> None:
    """Close the link behind the one who came first."""
    if not Link.objects.filter(pk=link.pk, used_at=None).update(used_at=at):
        raise LinkRefused
