"""The words of the messages about alerts, and their picture, which is drawn once whoever it goes to."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from vigie.lib import charts
from vigie.lib.times import millis
from vigie.outbox.letters import Gone, Letter
from vigie.outbox.models import Message

from . import words
from .models import Alert, Level


def mark(organisation: Any) -> str:
    """What every message of a drill begins with."""
    return _("EXERCISE ") if organisation.kind == "drill" else ""


def link(alert: Alert) -> str:
    path = reverse("alert", args=[alert.organisation.slug, alert.number])
    return f"{settings.ADDRESS}{path}" if settings.ADDRESS else path


def alert(message: Message) -> Letter:
    """An alert that rang, grew, or waits for the next on duty."""
    rows = Alert.objects.of(message.organisation).select_related("watch__entity", "organisation")
    found = rows.filter(pk=message.payload["alert"]).first()
    if found is None:
        raise Gone("this alert is there no more")
    title, body = said(found, message.reason)
    return Letter(title, body, lambda: picture(found))


def said(alert: Alert, reason: str) -> tuple[str, str]:
    """Title and body, in the reader's language."""
    if alert.test:
        return _("[TEST] Vigie can reach you"), _(
            "This is a test of the alerts of %(organisation)s. Nothing happened."
        ) % {"organisation": alert.organisation.name}
    level = _(Level(alert.level).name.lower())
    title = f"{mark(alert.organisation)}[{level}] {alert.name}: {words.sentence(alert.evidence)}"
    lines = [f"- {line}" for line in words.reasons(alert.evidence)]
    if reason == "escalated":
        lines.insert(0, _("Nobody has acknowledged this alert yet; you are next on duty."))
    first = alert.evidence["first_post"]
    if first:
        lines += ["", _("First post, by %(author)s:") % {"author": first["author"]}, first["text"]]
    return title, "\n".join([*lines, "", link(alert)])


def picture(alert: Alert) -> bytes | None:
    """The curve of an alert as PNG; None when it holds none."""
    return _drawn(alert.pk, millis(alert.last_at), get_language() or "fr") if alert.evidence["chart"] else None


@lru_cache(maxsize=16)
def _drawn(pk: int, last_ms: int, language: str) -> bytes:
    """Drawn once for all who are told at the same moment in the same language."""
    alert = Alert.objects.across().select_related("watch", "organisation").get(pk=pk)
    spec = charts.band(
        alert.evidence["chart"],
        title=alert.name,
        labels=words.chart_labels(),
        bells=[millis(alert.raised_at)],
        offset_ms=alert.organisation.offset_ms(alert.raised_at),
    )
    return charts.png(spec)
