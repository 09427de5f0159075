"""Sign-up is by invitation only."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter

from vigie.outbox.actions import mail
from vigie.people.models import Membership


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: Any) -> bool:
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Mail leaves through the outbox of an organisation that the person belongs to."""
        found = Membership.objects.across().filter(user__email=email).select_related("organisation", "user").first()
        if found is not None:
            message = self.render_mail(template_prefix, email, context)
            at, language = found.organisation.clock.now(), found.user.language
            mail(found.organisation, email, message.subject, message.body, language=language, at=at)
