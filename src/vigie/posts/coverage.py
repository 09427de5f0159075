"""What could not be seen, and when: the line under every chart."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vigie.people.models import Organisation
from vigie.posts.models import Gap, Source


def gaps(organisation: Organisation, since: datetime, until: datetime) -> list[Gap]:
    found = Gap.objects.of(organisation).filter(began_at__lt=until).exclude(ended_at__lt=since).select_related("source")
    return list(found.order_by("began_at")[:20])


def newcomers(organisation: Organisation, began: datetime, until: datetime) -> list[Source]:
    """Sources added in the day before a rise or during it, where others were read already: they bring posts."""
    day_before = began - timedelta(days=1)
    if not Source.objects.of(organisation).filter(created_at__lt=day_before).exists():
        return []
    return list(Source.objects.of(organisation).filter(created_at__gte=day_before, created_at__lte=until)[:3])


def line(organisation: Organisation, found: list[Gap], now: datetime) -> str:
    """One sentence: how many sources were seen, and every stretch that was not."""
    read = Source.objects.of(organisation).exclude(state=Source.State.PAUSED).exclude(last_success_at=None)
    sources = read.count()
    if not sources and not found:
        return _("Coverage: no source is read continuously; what is shown comes from files.")
    if not found:
        return ngettext(
            "Coverage: %(n)s source, seen without interruption.",
            "Coverage: %(n)s sources, seen without interruption.",
            sources,
        ) % {"n": sources}
    parts = [_stretch(gap) for gap in found[:3]]
    more = len(found) - 3
    if more > 0:
        parts.append(ngettext("%(n)s more gap", "%(n)s more gaps", more) % {"n": more})
    return _("Coverage: we could not see %(gaps)s.") % {"gaps": " ; ".join(parts)}


def _stretch(gap: Gap) -> str:
    began = date_format(timezone.localtime(gap.began_at), "j N H:i")
    if gap.ended_at is None:
        return _("%(source)s since %(began)s") % {"source": gap.source.name, "began": began}
    ended = date_format(timezone.localtime(gap.ended_at), "H:i")
    return _("%(source)s from %(began)s to %(ended)s") % {"source": gap.source.name, "began": began, "ended": ended}
