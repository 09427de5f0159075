"""Moments and delays, as people say them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vigie.alerts import words
from vigie.lib.times import LIVE
from vigie.lib.times import millis as in_millis

register = template.Library()


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
def millis(moment: datetime) -> str:
    """A moment as pages count it."""
    return str(in_millis(moment))
