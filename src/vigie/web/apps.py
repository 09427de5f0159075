"""Listens to what the sign-in library tells: a password of one's own, who came in, who was turned away."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "vigie.web"

    def ready(self) -> None:
        from allauth.account import signals
        from django.contrib.auth.signals import user_login_failed

        signals.password_set.connect(chosen)
        signals.password_changed.connect(chosen)
        signals.password_reset.connect(chosen)
        signals.user_logged_in.connect(came_in)
        user_login_failed.connect(turned_away)


def chosen(request: Any, user: Any, **_more: Any) -> None:
    """A password of one's own: whoever had the link shown can no longer sign in as this person."""
    from vigie.people.models import User

    User.objects.filter(pk=user.pk).update(opened_by=None)


def came_in(request: Any, user: Any, **_more: Any) -> None:
    from vigie.lib.times import LIVE
    from vigie.people import audit
    from vigie.people.models import User

    audit.signed_in(User.objects.get(pk=user.pk), request.META.get("REMOTE_ADDR", ""), at=LIVE.now())


def turned_away(credentials: dict[str, Any], request: Any = None, **_more: Any) -> None:
    from vigie.lib.times import LIVE
    from vigie.people import audit

    mail = str(credentials.get("email") or credentials.get("username") or "")
    audit.refused(mail, request.META.get("REMOTE_ADDR", "") if request else "", at=LIVE.now())
