"""The morning bulletin, which states absence too, and what is told mention by mention.

Silence from a tool says nothing by itself: each morning the bulletin says for each watch what was seen, what is usual,
and what could not be seen.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vigie.lib.text import clip
from vigie.lib.times import millis
from vigie.outbox.letters import Gone, Letter
from vigie.outbox.models import Message
from vigie.people.models import Organisation
from vigie.posts import coverage
from vigie.posts.models import Post
from vigie.trends import counts, slow, usual
from vigie.watches.models import Mention, Watch

from . import vigilance, words
from .channels import ask, listening
from .models import Bulletin, Level

HOUR = 8
"""Of the organisation's own clock."""
DAY = timedelta(days=1)
TOP = 5
AN_HOUR = 10
"""Mentions of one watch told one by one within an hour; the rest waits for the morning."""
LONGEST = 60


# -- mention by mention ----------------------------------------------------------------------------------


def tell_mention(watch: Watch, post: int, published: datetime, now: datetime) -> None:
    """Tell a press article at once where the watch asks for it. Call in the transaction that keeps the mention."""
    if watch.notify_on != Watch.NotifyOn.PRESS or now - published > DAY:
        return
    organisation, subject = watch.organisation, f"watch:{watch.pk}"
    told = Message.objects.of(organisation).filter(
        kind="mention", subject=subject, asked_at__gt=now - timedelta(hours=1)
    )
    if told.values("payload__post").distinct().count() < AN_HOUR:
        payload = {"watch": watch.pk, "post": post}
        ask(organisation, listening(organisation), "mention", now, payload=payload, subject=subject)


def mention_letter(message: Message) -> Letter:
    organisation = message.organisation
    post = Post.objects.of(organisation).filter(pk=message.payload["post"]).first()
    watch = Watch.objects.of(organisation).filter(pk=message.payload["watch"]).first()
    if post is None or watch is None:
        raise Gone("this mention is there no more")
    title = f"{watch.name}: {clip(post.title or post.text, 90)}"
    by = post.author_name or post.author_handle
    return Letter(title, "\n".join(line for line in [by, "", clip(post.text, 600), "", post.url] if line or by))


# -- each morning ----------------------------------------------------------------------------------------


def morning(organisation: Organisation, now: datetime) -> Bulletin | None:
    """The bulletin of today if its hour has come, it is not made yet, and there is something to watch."""
    local = now.astimezone(organisation.tz)
    if local.hour < HOUR or Bulletin.objects.of(organisation).filter(day=local.date()).exists():
        return None
    lines = _lines(organisation, now)
    if not lines:
        return None
    with transaction.atomic():
        made, fresh = Bulletin.objects.across().get_or_create(
            organisation=organisation, day=local.date(), defaults={"at": now, "lines": lines}
        )
        if fresh:
            ask(organisation, listening(organisation), "bulletin", now, payload={"bulletin": made.pk})
    return made if fresh else None


def _lines(organisation: Organisation, now: datetime) -> list[dict[str, Any]]:
    """One line a watch, what is not calm first."""
    since = now - DAY
    standings = vigilance.ranked(organisation, now, LONGEST)
    known = usual.sensors(organisation, [s.watch.pk for s in standings])
    return [
        {
            "watch": s.watch.pk,
            "name": s.watch.name,
            "level": s.level,
            "mentions": s.sums["mentions"],
            "negative": s.sums["negative"],
            "usual": usual.expected(known.get(s.watch.pk), since, now),
            "slow": _slow(s.watch, now),
            "top": _top(s.watch, since) if s.watch.notify_on != Watch.NotifyOn.ABNORMAL else [],
        }
        for s in standings
    ]


def _slow(watch: Watch, now: datetime) -> dict[str, Any] | None:
    """What of a watch has been rising for a month, negative mentions before all: no single hour shows it."""
    today = millis(now) // (24 * counts.HOUR)
    seen = counts.series(watch.pk, now - (slow.DAYS + 1) * DAY, now, minutes=1440)
    if min(seen, default=today) > today - slow.DAYS:
        return None
    for what, column in (("negative", 2), ("mentions", 0)):
        found = slow.slow_burn([seen.get(day, [0, 0, 0])[column] for day in range(today - slow.DAYS, today)])
        if found:
            return {"what": what, "times": found.times}
    return None


def _top(watch: Watch, since: datetime) -> list[int]:
    held = Mention.objects.of(watch.organisation_id).filter(watch=watch, published_at__gte=since)
    held = held.filter(own=False, not_ours=False)
    return list(held.order_by("-audience", "-published_at").values_list("post_id", flat=True)[:TOP])


def sentence(lines: list[dict[str, Any]]) -> str:
    """What the bulletin says in one sentence."""
    calm = (Level.GREEN, vigilance.GREY)
    loud = [line["name"] for line in lines if line["level"] not in calm or line.get("slow")]
    unseen = sum(line["level"] == vigilance.GREY for line in lines)
    if not loud and unseen == len(lines):
        return _("Nothing can be said: Vigie has not seen enough of any watch.")
    if not loud:
        return ngettext(
            "Nothing abnormal in 24 h on %(n)s watch.", "Nothing abnormal in 24 h on %(n)s watches.", len(lines)
        ) % {"n": len(lines)}
    return _("To look at this morning: %(names)s.") % {"names": ", ".join(loud)}


def told(line: dict[str, Any]) -> str:
    """A line of a bulletin in words."""
    seen, expected = words.number(line["mentions"]), line["usual"]
    said = ngettext("%(n)s mention", "%(n)s mentions", line["mentions"]) % {"n": seen}
    if expected is not None and expected >= 1:
        said += " " + _("(usually about %(usual)s)") % {"usual": words.number(expected)}
    if line["mentions"]:
        said += ", " + _("%(share)s negative") % {"share": words.percent(line["negative"] / line["mentions"])}
    if burn := line.get("slow"):
        rising = _("negative mentions") if burn["what"] == "negative" else _("mentions")
        said += "; " + _("%(what)s have been rising slowly for 30 days (× %(times)s)") % {
            "what": rising,
            "times": words.number(burn["times"], 1),
        }
    return said


def seen(bulletin: Bulletin) -> str:
    """What could be seen in the day before it."""
    gaps = coverage.gaps(bulletin.organisation, bulletin.at - DAY, bulletin.at)
    return coverage.line(bulletin.organisation, gaps, bulletin.at)


def letter(message: Message) -> Letter:
    organisation = message.organisation
    found = (
        Bulletin.objects.of(organisation).select_related("organisation").filter(pk=message.payload["bulletin"]).first()
    )
    if found is None:
        raise Gone("this bulletin is there no more")
    with timezone.override(organisation.tz):
        day = date_format(timezone.localtime(found.at), "j F")
        rows = [_("Bulletin of %(day)s") % {"day": day}, "", sentence(found.lines), seen(found), ""]
    for line in found.lines:
        rows.append(f"- {line['name']} · {words.colour(line['level'])} · {told(line)}")
        for post in Post.objects.of(organisation).filter(pk__in=line["top"]):
            rows.append(f"    · {clip(post.title or post.text, 120)} {post.url}")
    return Letter(f"{organisation.name}: {sentence(found.lines)}", "\n".join(rows))
