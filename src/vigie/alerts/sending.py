"""Messages leave here, through apprise; its result's truth tells success. Retry and order are ours."""

from __future__ import annotations

import logging
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote

import apprise
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from vigie.lib import charts
from vigie.lib.secrets import Vault
from vigie.lib.times import millis

from . import bulletins, words
from .models import Alert, Channel, Level, Notice

log = logging.getLogger(__name__)
TRIES = [1, 5, 15, 60, 240]
"""Minutes between attempts; after the last the message is said not to have been delivered."""


def vault() -> Vault:
    return Vault(settings.VAULT_KEY)


class BadAddress(ValueError):
    """An address that no service understands."""


SERVICES = frozenset(
    """
    discord fcm form forms googlechat gchat json jsons mailgun matrix matrixs mattermost mmost mmosts
    msteams ncloud nclouds ntfy ntfys ovh pagerduty pover pushover rocket rockets ryver sendgrid sns
    signal signals signl4 slack smseagle smseagles sinch spush teams telegram tgram threema twilio
    vonage nexmo whatsapp workflow workflows xml xmls zulip freemobile clicksend smsmanager smtp2go
    d7sms bulksms burstsms kavenegar messagebird plivo voipms octopush seven httpsms
    """.split()
)
"""Schemes that leave this machine for a service of people; those that write here or read a file are left out."""
FILES = ("template", "keyfile", "subfile", "pgpkey", "file", "attach", "cert", "key", "store")


def checked_address(text: str) -> str:
    """A mail address or the address of a service. Raises BadAddress."""
    text = text.strip()
    if "@" in text and "://" not in text:
        try:
            validate_email(text)
        except ValidationError as error:
            raise BadAddress(_("This is not a mail address.")) from error
        if not settings.MAIL_URL:
            raise BadAddress(_("No mail server is set (VIGIE_MAIL_URL): choose another way, or ask the operator."))
        return "mail:" + text
    scheme, _sep, rest = text.partition("://")
    asked = {name.lstrip("+-:").lower() for name in parse_qs(rest.partition("?")[2], keep_blank_values=True)}
    if scheme.lower() not in SERVICES or asked & set(FILES) or not apprise.Apprise().add(text):
        raise BadAddress(
            _("This address is not understood. Examples: ntfy://topic, matrixs://token@server/#room, workflows://…")
        )
    return text


def shown_address(channel: Channel) -> str:
    """What may be shown of an address: its service, not its secrets."""
    address = str(vault().open(channel.address))
    return address.removeprefix("mail:") if address.startswith("mail:") else address.split("://", 1)[0] + "://…"


def _target(address: str) -> str:
    if address.startswith("mail:"):
        joint = "&" if "?" in settings.MAIL_URL else "?"
        return f"{settings.MAIL_URL}{joint}to={quote(address.removeprefix('mail:'), safe='@')}"
    return address


def send(address: str, title: str, body: str, picture: bytes | None = None) -> bool:
    """Send one message now. False when the service did not take it."""
    asset = apprise.AppriseAsset(
        app_id="Vigie", app_desc="Vigie", image_url_mask="", image_url_logo="", async_mode=False
    )
    messenger = apprise.Apprise(asset=asset)
    if not messenger.add(_target(address)):
        return False
    if picture is None or not address.startswith("mail"):
        return bool(messenger.notify(body=body, title=title))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vigie.png"
        path.write_bytes(picture)
        return bool(messenger.notify(body=body, title=title, attach=str(path)))


def mail(address: str, subject: str, body: str) -> bool:
    """One plain mail, if a mail server is set."""
    return bool(settings.MAIL_URL) and send("mail:" + address, subject, body)


def link(alert: Alert) -> str:
    path = reverse("alert", args=[alert.organisation.slug, alert.number])
    return f"{settings.ADDRESS}{path}" if settings.ADDRESS else path


def message(alert: Alert, reason: str) -> tuple[str, str]:
    """Title and body, in the reader's language."""
    if alert.test:
        return _("[TEST] Vigie can reach you"), _(
            "This is a test of the alerts of %(organisation)s. Nothing happened."
        ) % {"organisation": alert.organisation.name}
    mark = _("EXERCISE ") if alert.organisation.kind == "drill" else ""
    title = f"{mark}[{_(Level(alert.level).name.lower())}] {alert.name}: {words.sentence(alert.evidence)}"
    lines = [f"- {line}" for line in words.reasons(alert.evidence)]
    if reason == "escalated":
        lines.insert(0, _("Nobody has acknowledged this alert yet; you are next on duty."))
    first = alert.evidence["first_post"]
    if first:
        lines += ["", _("First post, by %(author)s:") % {"author": first["author"]}, first["text"]]
    return title, "\n".join([*lines, "", link(alert)])


def picture(alert: Alert) -> bytes | None:
    points: list[Any] = alert.evidence["chart"]
    if not points:
        return None
    spec = charts.band(
        points,
        title=alert.watch.name,
        labels=words.chart_labels(),
        bells=[millis(alert.raised_at)],
        offset_ms=alert.organisation.offset_ms(alert.raised_at),
    )
    return charts.png(spec)


def deliver(notice: Notice, now: datetime) -> bool:
    """Send one waiting message, and write down how it went."""
    channel, alert = notice.channel, notice.alert
    address = str(vault().open(channel.address))
    language = channel.user.language if channel.user else "fr"
    try:
        with translation.override(language):
            title, body = (
                message(alert, notice.reason) if alert else bulletins.message(channel.organisation, notice.letter)
            )
            sent = send(address, title, body, picture(alert) if alert and address.startswith("mail") else None)
        error = "" if sent else _("The service did not take the message. Check the address.")
    except Exception as failure:  # one broken channel must not stop the others
        log.exception("notice %s", notice.pk)
        sent, error = False, str(failure)
    if sent:
        Notice.objects.across().filter(pk=notice.pk).update(state=Notice.State.SENT, sent_at=now, error="")
        Channel.objects.across().filter(pk=channel.pk).update(last_ok_at=now, last_error="")
    else:
        _failed(notice, error, now)
    return sent


def _failed(notice: Notice, error: str, now: datetime) -> None:
    tries = notice.attempts
    last = tries >= len(TRIES) or bool(notice.alert and notice.alert.test)
    Notice.objects.across().filter(pk=notice.pk).update(
        state=Notice.State.FAILED if last else Notice.State.WAITING,
        error=error,
        due_at=now + timedelta(minutes=TRIES[min(tries, len(TRIES) - 1)]),
    )
    Channel.objects.across().filter(pk=notice.channel_id).update(last_error=error)


LEASE = timedelta(minutes=2)


def claim(now: datetime) -> Notice | None:
    """One message whose time has come. It is ours for two minutes: if we are killed, another sends it then."""
    while True:
        found = Notice.objects.across().filter(state=Notice.State.WAITING, due_at__lte=now).order_by("due_at").first()
        if found is None:
            return None
        taken = Notice.objects.across().filter(pk=found.pk, due_at=found.due_at, state=Notice.State.WAITING)
        if taken.update(due_at=now + LEASE, attempts=found.attempts + 1):
            return (
                Notice.objects.across()
                .select_related("channel__user", "channel__organisation", "alert__watch__entity", "alert__organisation")
                .get(pk=found.pk)
            )
