"""Filters and tags that every page may use."""

from __future__ import annotations

import json
import math
import re
from datetime import datetime, timedelta
from typing import Any

from django import template
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from vigie.alerts import words
from vigie.alerts.models import Level
from vigie.alerts.vigilance import GREY
from vigie.lib import drawing
from vigie.lib.charts import DARK, LIGHT
from vigie.lib.text import fold
from vigie.lib.times import LIVE
from vigie.lib.times import millis as in_millis
from vigie.people.rules import may
from vigie.plans.roles import label

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
def options(choices: list[tuple[int, str]], chosen: int | None) -> SafeString:
    """The choices of a list, which may be a thousand."""
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((pk, mark_safe(" selected") if pk == chosen else "", name) for pk, name in choices),
    )


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


@register.filter
def count(value: Any) -> str:
    return words.number(float(value or 0))


@register.filter
def odds(chance: float) -> str:
    """A chance as people say it: one in so many."""
    if chance >= 0.001:
        return _("%s%%") % number_format(100 * chance, 1)
    power = min(int(-math.log10(max(chance, 1e-300))), 99)
    return _("less than one in 10^%s") % power


@register.filter
def share(value: float | None) -> str:
    return "–" if value is None else words.percent(value)


@register.filter
def short(value: Any) -> str:
    """An audience as people say it: 950, 12 k, 3,4 M."""
    n = int(value or 0)
    if n < 10_000:
        return words.number(n)
    if n < 1_000_000:
        return _("%s k") % words.number(n / 1000)
    return _("%s M") % number_format(n / 1e6, 1)


@register.filter
def unsecret(value: Any) -> str:
    """A setting without the name, password and query that an address may carry."""
    return re.sub(r"(://)[^/@\s]*@", r"\1…@", re.sub(r"(https?://[^\s?]*)\?\S*", r"\1?…", str(value)))


@register.filter
def told(sentence: str) -> str:
    """A sentence that was kept in English, in the reader's language; the detail in parentheses stays as it is."""
    found = re.fullmatch(r"(.*?)(?: \(([^()]*)\))?", sentence, re.S)
    if not sentence or found is None:
        return sentence
    return _(found.group(1)) + (f" ({found.group(2)})" if found.group(2) else "")


@register.simple_tag
def ago(moment: datetime | None) -> SafeString | str:
    """Relative up to a day, exact on hover and for machines."""
    if moment is None:
        return _("never")
    local = timezone.localtime(moment)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.isoformat(),
        date_format(local, "DATETIME_FORMAT"),
        _relative(moment, local),
    )


def _relative(moment: datetime, local: datetime) -> str:
    passed = LIVE.now() - moment
    if passed < timedelta(minutes=1):
        return _("just now")
    if passed < timedelta(hours=1):
        n = int(passed.total_seconds() // 60)
        return ngettext("%(n)s min ago", "%(n)s min ago", n) % {"n": n}
    if passed < timedelta(days=1):
        n = int(passed.total_seconds() // 3600)
        return ngettext("%(n)s h ago", "%(n)s h ago", n) % {"n": n}
    return date_format(local, "j N Y H:i")


@register.filter
def exact(moment: datetime | None) -> str:
    return date_format(timezone.localtime(moment), "j N Y H:i:s") if moment else ""


@register.filter
def clock(moment: datetime | None) -> str:
    return date_format(timezone.localtime(moment), "H:i") if moment else ""


@register.filter
def lag(seconds: float | None) -> str:
    """A delay in words."""
    if seconds is None:
        return "–"
    if seconds < 90:
        return _("%s s") % words.number(max(seconds, 0))
    return words.span(seconds / 60)


@register.filter
def bold(text: str, wanted: list[str]) -> SafeString:
    """The text with the words of the query marked, whatever their accents and capitals. Everything is escaped."""
    if not wanted:
        return conditional_escape(text)
    folded = {fold(word) for word in wanted}
    parts = []
    for piece in re.split(r"(\w+)", text):
        safe = conditional_escape(piece)
        hit = piece and any(fold(piece).startswith(word) and len(word) > 1 for word in folded)
        parts.append(format_html("<mark>{}</mark>", safe) if hit else safe)
    return SafeString("".join(parts))


@register.filter
def underlined(text: str, weighed: list[tuple[str, float]]) -> SafeString:
    """The text with the words that weighed underlined."""
    heavy = {word for word, _weight in weighed}
    parts = [
        format_html('<u class="weighed">{}</u>', piece) if piece in heavy else conditional_escape(piece)
        for piece in re.split(r"(\s+)", text)
    ]
    return SafeString("".join(parts))


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


@register.filter
def can(membership: Any, permission: str) -> bool:
    return may(membership, permission)


@register.simple_tag(takes_context=True)
def with_query(context: Any, **changes: Any) -> str:
    """The present address with some parts of its query changed or (with an empty value) left out."""
    query = context["request"].GET.copy()
    for key, value in changes.items():
        query.pop(key, None)
        if value not in ("", None):
            query[key] = value
    return f"?{query.urlencode()}"


@register.filter
def component(name: str) -> str:
    return words.component_name(name)


NETWORKS = {
    "x": "X",
    "rss": "RSS",
    "web": "Web",
    "press": "Presse",
    "bluesky": "Bluesky",
    "mastodon": "Mastodon",
    "simulated": "Simulé",
    "webhook": "Webhook",
}


@register.filter
def network(name: str) -> str:
    return NETWORKS.get(name, name.capitalize())


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


STRENGTHS = {"noise": gettext_noop("noise"), "weak": gettext_noop("weak signal"), "strong": gettext_noop("strong")}


@register.filter
def strength(name: str) -> str:
    return _(STRENGTHS.get(name, name))


@register.inclusion_tag("vigie/ring.html")
def ring(group: Any) -> dict[str, Any]:
    """The accounts of a group, two dozen at most, and what ties them."""
    dots, ties = drawing.ring(group.accounts[:24], group.ties)
    return {"dots": dots, "ties": ties, "group": group}


@register.filter
def millis(moment: datetime) -> str:
    """A moment as pages count it."""
    return str(in_millis(moment))


LINES = {
    "crisis": gettext_noop("crisis"),
    "team": gettext_noop("team"),
    "note": gettext_noop("notes"),
    "call": gettext_noop("calls"),
    "task": gettext_noop("tasks"),
    "fact": gettext_noop("facts"),
    "decision": gettext_noop("decisions"),
    "report": gettext_noop("reports"),
    "mention": gettext_noop("mentions"),
}


@register.simple_tag
def kindname(kind: str) -> str:
    return _(LINES.get(kind, kind))


@register.filter
def rolename(role: str) -> str:
    return label(role)
