"""What the settings of a source say: its server, what is read there, and with which rights."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from django.utils.translation import gettext_lazy as _

from vigie.networks.record import Misconfigured


def base(settings: dict[str, Any]) -> str:
    server = settings.get("server", "").strip().rstrip("/")
    if not server:
        raise Misconfigured(str(_("Name a server, such as mastodon.social.")))
    url = server if server.startswith(("http://", "https://")) else f"https://{server}"
    if not urlsplit(url).hostname:
        raise Misconfigured(str(_("This is not the name of a server.")))
    return url


def host(settings: dict[str, Any]) -> str:
    """The server as it stands in handles."""
    return urlsplit(base(settings)).netloc


def headers(settings: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {settings['token']}"} if settings.get("token") else {}


def value(settings: dict[str, Any]) -> str:
    said = str(settings.get("value", "")).strip().lstrip("#")
    if settings.get("what", "tag") in ("tag", "search") and not said:
        raise Misconfigured(str(_("Say which hashtag or which words.")))
    return said


def timeline(settings: dict[str, Any]) -> str:
    """Address of the timeline or search to ask."""
    what, said = settings.get("what", "tag"), value(settings)
    match what:
        case "tag":
            return f"{base(settings)}/api/v1/timelines/tag/{quote(said, safe='')}?limit=40"
        case "search":
            return f"{base(settings)}/api/v2/search?{urlencode({'q': said, 'type': 'statuses', 'limit': 40})}"
        case _:
            return f"{base(settings)}/api/v1/timelines/public?limit=40{'&local=true' if what == 'local' else ''}"
