"""Filters and tags that every page may use: numbers, names, rights."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.formats import number_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from vigie.alerts import words
from vigie.networks.names import network_name
from vigie.people.rules import may
from vigie.plans.roles import label

register = template.Library()


@register.simple_tag
def options(choices: list[tuple[int, str]], chosen: int | None) -> SafeString:
    """The choices of a list, which may be a thousand."""
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((pk, mark_safe(" selected") if pk == chosen else "", name) for pk, name in choices),
    )


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
def item(table: Mapping[str, Any], key: str) -> Any:
    """What a table holds under a key."""
    return table.get(key)


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


@register.filter
def network(name: str) -> str:
    return network_name(name)


STRENGTHS = {"noise": gettext_noop("noise"), "weak": gettext_noop("weak signal"), "strong": gettext_noop("strong")}


@register.filter
def strength(name: str) -> str:
    return _(STRENGTHS.get(name, name))


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
