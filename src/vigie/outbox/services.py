"""The services that carry messages, through apprise; its result's truth tells success. Retry and order are ours."""

from __future__ import annotations

import re
import socket
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote

import apprise
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from vigie.lib import egress
from vigie.lib.secrets import Vault


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


def checked_mail(text: str) -> str:
    """The address of a person's mail. Raises BadAddress."""
    text = text.strip()
    try:
        validate_email(text)
    except ValidationError as error:
        raise BadAddress(_("This is not a mail address.")) from error
    if not can_mail():
        raise BadAddress(_("No mail server is set (VIGIE_MAIL_URL): choose another way, or ask the operator."))
    return "mail:" + text


def checked_phone(text: str) -> str:
    """A telephone number as it is written in France or abroad, for messages by SMS. Raises BadAddress.

    >>> checked_phone("06 12 34 56 78")
    'sms:+33612345678'
    >>> checked_phone("+44 (0) 20 7946 0018")
    'sms:+442079460018'
    """
    digits = re.sub(r"[\s.\-/()]|\(0\)", "", text.replace("(0)", "").strip())
    digits = re.sub(r"^00", "+", digits)
    if re.fullmatch(r"0[1-9]\d{8}", digits):
        digits = "+33" + digits[1:]
    if not re.fullmatch(r"\+[1-9]\d{6,14}", digits):
        raise BadAddress(_("This is not a telephone number. Write it like 06 12 34 56 78, or +33 6 12 34 56 78."))
    return "sms:" + digits


def checked_hook(text: str) -> str:
    """The address that Teams, Slack or another chat shows for incoming messages. Raises BadAddress."""
    text = text.strip()
    plugin = apprise.Apprise.instantiate(text) if text.startswith("https://") else None
    if plugin is None or plugin.__class__.__name__ in ("NotifyJSON", "NotifyXML", "NotifyForm"):
        say = _("This is not the incoming address of a Teams or Slack channel. It begins with https:// and is shown")
        raise BadAddress(say + " " + _("by Teams under “Workflows”, by Slack under “Incoming webhooks”."))
    return checked_service(str(plugin.url(privacy=False)))  # type: ignore[no-untyped-call]


def checked_service(text: str) -> str:
    """One address as apprise writes it, for experts. Raises BadAddress."""
    text = text.strip()
    if "@" in text and "://" not in text:
        return checked_mail(text)
    scheme, _sep, rest = text.partition("://")
    asked = {name.lstrip("+-:").lower() for name in parse_qs(rest.partition("?")[2], keep_blank_values=True)}
    if re.search(r"[;,\s]", text.partition("?")[0]) or text.count("://") > 1:
        raise BadAddress(_("One address at a time, please: add each one by itself."))
    plugin = apprise.Apprise.instantiate(text) if scheme.lower() in SERVICES and not asked & set(FILES) else None
    if plugin is None:
        raise BadAddress(
            _("This address is not understood. Examples: ntfy://topic, matrixs://token@server/#room, workflows://…")
        )
    _refuse_private(getattr(plugin, "host", None))
    return text


def _refuse_private(host: Any) -> None:
    """An address inside this network is refused when it is entered, not when the first alert rings."""
    if not isinstance(host, str) or not host:
        return
    try:
        found = {str(place[4][0]) for place in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return
    allowed = egress.Rule(egress.parse_allowlist(settings.ALLOW_HOSTS))
    if any(not egress.is_public(place) and not allowed.allowed(place, 0) for place in found):
        say = _("%(host)s is not a public address. If it is yours, the operator adds it to VIGIE_ALLOW_HOSTS.")
        raise BadAddress(say % {"host": host})


def shown(address: str) -> str:
    """What may be shown of an address: a person's own, or the service without its secrets."""
    if address.startswith(("mail:", "sms:")):
        return address.partition(":")[2]
    return address.split("://", 1)[0] + "://…"


def reaches(address: str) -> bool:
    """Whether something can be sent there now: a number needs a service that sends SMS."""
    return bool(settings.SMS_URL) if address.startswith("sms:") else True


def lane_of(address: str) -> str:
    """The service behind an address: its scheme, and its server where it names one."""
    if address.startswith(("mail:", "sms:")):
        return address.partition(":")[0]
    scheme, _sep, rest = address.partition("://")
    host = rest.partition("/")[0].rpartition("@")[2]
    return f"{scheme}:{host}"[:120].lower()


def _target(address: str) -> str:
    if address.startswith("mail:"):
        joint = "&" if "?" in settings.MAIL_URL else "?"
        return f"{settings.MAIL_URL}{joint}to={quote(address.removeprefix('mail:'), safe='@')}"
    if address.startswith("sms:"):
        base, mark, options = settings.SMS_URL.partition("?")
        return f"{base.rstrip('/')}/{address.removeprefix('sms:')}{mark}{options}"
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


def can_mail() -> bool:
    """Whether a mail server is set."""
    return bool(settings.MAIL_URL)
