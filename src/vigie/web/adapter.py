"""Sign-up is by invitation only."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: Any) -> bool:
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Mail leaves by the operator's own address; without one, links are copied by hand."""
        from vigie.alerts.sending import mail

        message = self.render_mail(template_prefix, email, context)
        mail(email, message.subject, message.body)
