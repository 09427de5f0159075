"""The morning bulletin in words."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vigie.lib.text import clip
from vigie.outbox.letters import Gone, Letter
from vigie.outbox.models import Message
from vigie.posts import coverage
from vigie.posts.models import Post

from . import vigilance, words
from .bulletins import DAY
from .models import Bulletin, Level


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


def line_words(line: dict[str, Any]) -> str:
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


def coverage_words(bulletin: Bulletin) -> str:
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
        rows = [_("Bulletin of %(day)s") % {"day": day}, "", sentence(found.lines), coverage_words(found), ""]
    for line in found.lines:
        rows.append(f"- {line['name']} · {words.colour(line['level'])} · {line_words(line)}")
        for post in Post.objects.of(organisation).filter(pk__in=line["top"]):
            rows.append(f"    · {clip(post.title or post.text, 120)} {post.url}")
    return Letter(f"{organisation.name}: {sentence(found.lines)}", "\n".join(rows))
