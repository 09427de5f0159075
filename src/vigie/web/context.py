"""What the frame of every page needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vigie.alerts.models import Alert
from vigie.crises import freeze, queries
from vigie.crises.models import Crisis
from vigie.crises.rules import seen
from vigie.journal.actions import flaw
from vigie.journal.place import present
from vigie.lib.times import millis
from vigie.people.models import Membership, Organisation
from vigie.people.rules import may
from vigie.posts.models import Source

ITEMS: list[tuple[str, str, Callable[[], str], str, bool]] = [
    ("tower", "tower", lambda: _("Watchtower"), "read", False),
    ("veille", "veille", lambda: _("Listening"), "read", False),
    ("alerts", "alerts", lambda: _("Alerts"), "read", False),
    ("crises", "crises", lambda: _("Crises"), "room", False),
    ("plan", "plan", lambda: _("Prepare"), "read", False),
    ("watches", "watches", lambda: _("Watches"), "read", False),
    ("sources", "sources", lambda: _("Sources"), "read", False),
    ("settings", "settings", lambda: _("Settings"), "read", True),
]


def menu(organisation: Organisation, membership: Any, path: str) -> list[dict[str, Any]]:
    found = []
    for name, drawing, label, permission, low in ITEMS:
        if may(membership, permission):
            url = reverse(name, args=[organisation.slug])
            here = path == url if name == "tower" else path.startswith(url)
            found.append(
                {
                    "name": name,
                    "icon": drawing,
                    "label": label(),
                    "url": url,
                    "here": here,
                    "low": low,
                    "keep": name in ("tower", "veille", "alerts", "crises", "settings"),
                }
            )
    return found


def health(organisation: Organisation) -> str:
    """The state of the sources in a few words."""
    states = list(Source.objects.of(organisation).exclude(state=Source.State.PAUSED).values_list("state", flat=True))
    down, up = states.count(Source.State.DOWN), states.count(Source.State.UP)
    if not states:
        return _("No source yet")
    if down:
        return ngettext("%(down)s source down of %(n)s", "%(down)s sources down of %(n)s", down) % {
            "down": down,
            "n": len(states),
        }
    return ngettext("%(n)s source up", "%(n)s sources up", up) % {"n": up}


def rooms(organisation: Organisation, membership: Any) -> list[Crisis]:
    """Open crises that this member may see: a ribbon each."""
    if membership is None:
        return []
    return seen(queries.open_crises(organisation), membership)


def frame(request: HttpRequest) -> dict[str, Any]:
    organisation = getattr(request, "organisation", None)
    if organisation is None:
        return {}
    membership: Any = getattr(request, "membership", None)
    return {
        "organisation": organisation,
        "membership": membership,
        "organisations": [
            m.organisation
            for m in Membership.objects.across().filter(user_id=str(request.user.pk)).select_related("organisation")
        ],
        "menu": menu(organisation, membership, request.path),
        "open_alerts": Alert.objects.of(organisation).filter(state=Alert.State.OPEN, test=False).count(),
        "health": health(organisation),
        "rooms": [c for c in rooms(organisation, membership) if c != getattr(request, "crisis", None)],
        "crisis_mode": freeze.held(organisation, organisation.clock.now()),
        "server_now": millis(organisation.clock.now()),
        "flaw": flaw(organisation.pk) if getattr(membership, "role", "") != "guest" else 0,
        "speed": 1.0 if organisation.clock_speed is None else organisation.clock_speed,
        "live": True,
        "place": getattr(request, "place", None) or present(),
    }
