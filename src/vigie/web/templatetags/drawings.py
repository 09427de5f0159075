"""What pages draw: icons, levels, tones, charts, small lines."""

from __future__ import annotations

import json
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from vigie.alerts import words
from vigie.alerts.models import Level
from vigie.alerts.vigilance import GREY
from vigie.lib import drawing
from vigie.lib.charts import DARK, LIGHT

register = template.Library()

ICONS = {
    "tower": '<path d="M9 3h6l1 5H8zM9 8l-2 13h10L15 8M4 21h16M12 12v3"/>',
    "veille": '<circle cx="11" cy="11" r="7"/><path d="m16.5 16.5 5 5"/>',
    "alerts": '<path d="M6 16V11a6 6 0 1 1 12 0v5l2 2H4zM10 21h4"/>',
    "watches": '<path d="M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12z"/><circle cx="12" cy="12" r="3"/>',
    "sources": '<path d="M5 19a1 1 0 1 0 0-.1M4 12a8 8 0 0 1 8 8M4 5a15 15 0 0 1 15 15"/>',
    "settings": '<path d="M4 7h10M18 7h2M4 17h2M10 17h10"/><circle cx="16" cy="7" r="2"/><circle cx="8" cy="17" r="2"/>',  # noqa: E501  (a drawing)
    "people": '<circle cx="9" cy="8" r="3.5"/><path d="M2.5 20a6.5 6.5 0 0 1 13 0M16 5a3.5 3.5 0 0 1 0 6.5M18 14a6 6 0 0 1 3.5 6"/>',  # noqa: E501  (a drawing)
    "crises": '<path d="M12 3c1 4-4 5-4 10a5 5 0 0 0 10 0c0-2-1-3-2-5-1 2-2 2-2 4 0-4-1-7-2-9z"/>',
    "plan": '<path d="M6 3h9l4 4v14H6zM14 3v5h5M9 13h7M9 17h5"/>',
    "pin": '<path d="M9 3h6l-1 6 4 4H6l4-4zM12 13v8"/>',
    "lock": '<rect x="5" y="11" width="14" height="9" rx="1"/><path d="M8 11V8a4 4 0 0 1 8 0v3"/>',
    "pause": '<path d="M9 5v14M15 5v14"/>',
    "theme": '<circle cx="12" cy="12" r="8"/><path d="M12 4v16a8 8 0 0 0 0-16z" fill="currentColor"/>',
}

DRAWN = (
    '<svg width="20" height="20" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.8" '
    'stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">%s</svg>'
)


@register.simple_tag
def icon(name: str) -> SafeString:
    return mark_safe(DRAWN % ICONS[name])  # noqa: S308  (the drawings stand above)


SHAPES = {"grey": "○", "green": "●", "yellow": "▲", "orange": "◆", "red": "■"}


@register.simple_tag
def level(name: str) -> SafeString:
    """Vigilance as colour, shape and word."""
    said = _("unknown") if name == GREY else Level(name).label
    return format_html(
        '<span class="level {}"><span aria-hidden="true">{}</span> {} · {}</span>',
        name,
        SHAPES[name],
        words.colour(name),
        said,
    )


@register.simple_tag
def tone(sentiment: int, unsure: bool = False) -> SafeString:
    name, mark, word = {
        -1: ("negative", "▼", _("negative")),
        0: ("neutral", "–", _("neutral")),
        1: ("positive", "▲", _("positive")),
    }[int(sentiment)]
    doubt = format_html(' <span title="{}">?</span>', _("The machine is not sure.")) if unsure else ""
    return format_html('<span class="tone {}"><span aria-hidden="true">{}</span> {}</span>{}', name, mark, word, doubt)


@register.simple_tag
def chart(name: str, spec: dict[str, Any], brush: bool = False) -> SafeString:
    """A place for a chart, its specification as data, and what it says for those who do not see it."""
    safe = json.dumps(spec, ensure_ascii=False).translate(
        {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}
    )
    return format_html(
        '<div class="chart" data-chart="{}"{}></div><script type="application/json" id="{}">{}</script>',
        name,
        mark_safe(' data-brush="1"') if brush else "",
        name,
        mark_safe(safe),  # noqa: S308  (escaped above)
    )


@register.simple_tag
def dark_colours() -> SafeString:
    return mark_safe(json.dumps({LIGHT[name]: DARK[name] for name in LIGHT}))  # noqa: S308  (our own colours)


@register.simple_tag
def trend(values: list[int] | None) -> SafeString | str:
    """A theme over the period, as a small line; in words for those who do not see it."""
    if not values:
        return ""
    words_ = _("from %(first)s to %(last)s posts a step") % {"first": values[0], "last": values[-1]}
    return format_html(
        '<svg class="trend" width="60" height="18" viewBox="-1 -1 62 18" role="img" aria-label="{}">'
        '<polyline points="{}"></polyline></svg>',
        words_,
        drawing.line(values),
    )


@register.inclusion_tag("vigie/parts/strip.html")
def strip(points: list[list[float]]) -> dict[str, Any]:
    """Columns on one line of text; [start, whole, part] each, the last one not over yet."""
    return {"columns": drawing.strip([row[1:] for row in points])}


@register.inclusion_tag("vigie/ring.html")
def ring(group: Any) -> dict[str, Any]:
    """The accounts of a group, two dozen at most, and what ties them."""
    dots, ties = drawing.ring(group.accounts[:24], group.ties)
    return {"dots": dots, "ties": ties, "group": group}
