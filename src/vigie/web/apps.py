"""Listens to what the sign-in library tells: a password of one's own ends what somebody else may have opened."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "vigie.web"

    def ready(self) -> None:
        from allauth.account import signals

        signals.password_set.connect(chosen)
        signals.password_changed.connect(chosen)
        signals.password_reset.connect(chosen)


def chosen(request: Any, user: Any, **_more: Any) -> None:
    """A password of one's own: whoever had the link shown can no longer sign in as this person."""
    from vigie.people.models import User

    User.objects.filter(pk=user.pk).update(opened_by=None)
