"""What networks are called on screen, those that only exports bring too."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

NAMES = {
    "x": "X",
    "rss": "RSS",
    "web": "Web",
    "press": gettext_noop("Press"),
    "reviews": gettext_noop("Reviews"),
    "simulated": gettext_noop("Simulated network"),
}


def network_name(key: str) -> str:
    """A brand as it is written, a kind of place in the reader's language."""
    return _(NAMES[key]) if key in NAMES else key.capitalize()
