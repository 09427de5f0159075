"""Who may sign in on a fresh installation: one organisation and its administrator."""

from __future__ import annotations

import os

from django.db import transaction

from vigie.lib.times import LIVE
from vigie.people.actions import create_organisation, join
from vigie.people.models import Membership, Organisation, Role, User


@transaction.atomic
def user() -> User:
    """The first administrator, made with an empty organisation when there is nobody yet."""
    held = (
        Membership.objects.across()
        .filter(role=Role.ADMINISTRATOR, organisation__demo=False)
        .select_related("user")
        .first()
    )
    if held:
        return held.user
    now = LIVE.now()
    language = "en" if os.environ.get("LANG", "").startswith("en") else "fr"
    organisation = Organisation.objects.filter(demo=False, kind="real").first() or create_organisation(
        "My organisation" if language == "en" else "Mon organisation", at=now
    )
    made = User.objects.filter(email="admin@vigie.localhost").first() or User.objects.create_user(
        "admin@vigie.localhost", name="Administrateur" if language == "fr" else "Administrator", language=language
    )
    join(organisation, made, Role.ADMINISTRATOR, at=now)
    return made
