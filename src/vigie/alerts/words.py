"""Sentences with numbers, made from what an alert kept, in the reader's language."""

from __future__ import annotations

from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from vigie.trends.judgement import BUDGET
from vigie.watches.models import Watch

LONG = 12 * 60
"""Minutes from which on a window has no hour of its own."""


def number(value: float, decimals: int = 0) -> str:
    return str(number_format(round(value, decimals), decimals, use_l10n=True, force_grouping=True))


def percent(share: float) -> str:
    return _("%(number)s%%") % {"number": number(100 * share)}


def span(minutes: float) -> str:
    """A duration in words."""
    whole = round(minutes)
    if whole < 90:
        return ngettext("%(n)s minute", "%(n)s minutes", whole) % {"n": whole}
    hours = round(minutes / 60)
    return ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours}


def times(ratio: float) -> str:
    return number(ratio, 1) if ratio < 10 else number(ratio)


def days() -> list[str]:
    return [_("Sunday"), _("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday")]


def _when(local_time: str) -> str:
    day, clock = local_time.split()
    return _("%(day)s %(hour)s h") % {"day": days()[int(day)].lower(), "hour": int(clock[:2])}


def _volume(evidence: dict[str, Any]) -> str:
    signal = evidence["signals"]["mentions"]
    seen, usual = number(signal["seen"]), signal["usual"]
    if usual < 0.5:
        return _("%(seen)s mentions in %(span)s, when there is usually hardly any on %(when)s.") % {
            "seen": seen,
            "span": span(signal["minutes"]),
            "when": _when(evidence["local_time"]),
        }
    if signal["minutes"] >= LONG:
        return _("For %(span)s, %(times)s × the usual: %(seen)s mentions, usually %(usual)s.") % {
            "times": times(signal["seen"] / usual),
            "seen": seen,
            "span": span(signal["minutes"]),
            "usual": number(usual, 1),
        }
    return _("%(times)s × the usual of %(when)s: %(seen)s mentions in %(span)s, usually %(usual)s.") % {
        "times": times(signal["seen"] / usual),
        "when": _when(evidence["local_time"]),
        "seen": seen,
        "span": span(signal["minutes"]),
        "usual": number(usual, 1),
    }


def _negative(evidence: dict[str, Any]) -> str:
    sums = evidence["numbers"]
    share = percent(sums["negative"] / max(sums["mentions"], 1))
    if sums["usual_share"] is None:
        return _("%(share)s negative (%(count)s mentions).") % {"share": share, "count": number(sums["negative"])}
    return _("%(share)s negative (%(count)s mentions), usually %(usual)s.") % {
        "share": share,
        "usual": percent(sums["usual_share"]),
        "count": number(sums["negative"]),
    }


def _sensitive(evidence: dict[str, Any]) -> str:
    signal = evidence["signals"]["sensitive"]
    return ngettext(
        "%(n)s mention with sensitive vocabulary in %(span)s.",
        "%(n)s mentions with sensitive vocabulary in %(span)s.",
        int(signal["seen"]),
    ) % {"n": number(signal["seen"]), "span": span(signal["minutes"])}


def _audience(evidence: dict[str, Any]) -> str:
    loudest = evidence["amplifiers"][0]
    return _("%(author)s, followed by %(audience)s accounts, speaks of it.") % {
        "author": loudest["author"],
        "audience": number(loudest["audience"]),
    }


def _subject(about: dict[str, Any]) -> str:
    return _(
        "%(voices)s of the last %(posts)s mentions speak of “%(phrase)s”, which was hardly ever spoken of here."
    ) % {
        "voices": number(about["voices"]),
        "posts": number(about["posts"]),
        "phrase": about["phrase"],
    }


def _tone(shown: dict[str, Any]) -> str:
    return _("%(bad)s of the last %(of)s mentions are negative, usually %(usual)s.") % {
        "bad": number(shown["seen"]),
        "of": number(shown["of"]),
        "usual": number(shown["usual"], 1),
    }


def _voices(shown: dict[str, Any]) -> str:
    told = {
        "weighty": _("%(seen)s of the last %(of)s mentions are by the press or by people of reach, usually %(usual)s."),
        "asks": _("%(seen)s of the last %(of)s mentions ask something, usually %(usual)s."),
        "newcomer": _("%(seen)s of the last %(of)s mentions are by people never heard here, usually %(usual)s."),
        "elsewhere": _("%(seen)s of the last %(of)s mentions come from networks where hardly anybody spoke of it."),
    }
    return told[shown["channel"]] % {
        "seen": number(shown["seen"]),
        "of": number(shown["of"]),
        "usual": number(shown["usual"], 1),
    }


KINDS = {
    "mentions": "volume",
    "negative": "sentiment",
    "sensitive": "vocabulary",
    "audience": "audience",
    "subject": "subject",
    "tone": "tone",
    "weighty": "voices",
    "asks": "questions",
    "newcomer": "newcomers",
    "elsewhere": "spread",
}
"""Channels by the name they have outside."""


def reason_name(channel: str) -> str:
    """A reason in two or three words."""
    named = {
        "mentions": _("more mentions than usual"),
        "negative": _("more negative mentions than usual"),
        "sensitive": _("sensitive words"),
        "subject": _("a new subject"),
        "tone": _("a change of tone"),
        "weighty": _("the press or people of reach"),
        "asks": _("questions"),
        "newcomer": _("people never heard here"),
        "elsewhere": _("other networks"),
    }
    return named.get(channel, channel)


def reasons(evidence: dict[str, Any]) -> list[str]:
    """Why it rang, the strongest first."""
    kinds = evidence["kinds"]
    heard = {shown["kind"]: shown for shown in evidence.get("shown", [])}
    found = [_subject(evidence["subject"])] if evidence.get("subject") else []
    if "tone" in kinds:
        found.append(_tone(heard["tone"]))
    if "voices" in heard:
        found.append(_voices(heard["voices"]))
    if "mentions" in kinds or not kinds:
        found.append(_volume(evidence))
    sums = evidence["numbers"]
    if "mentions" not in kinds and evidence["signals"]["mentions"]["surprise"] > 2:
        found.append(_volume(evidence))
    if "negative" in kinds or (sums["mentions"] >= 5 and sums["negative"] / sums["mentions"] > 0.4):
        found.append(_negative(evidence))
    if evidence["signals"]["sensitive"]["seen"] >= 1 and ("sensitive" in kinds or sums["sensitive"] >= 2):
        found.append(_sensitive(evidence))
    if evidence["amplifiers"] and ("audience" in kinds or sums["influential"]):
        found.append(_audience(evidence))
    authors = evidence["authors"]
    found.append(
        _("At least %(n)s different authors.") % {"n": authors}
        if authors >= 50
        else ngettext("%(n)s author.", "%(n)s different authors.", authors) % {"n": authors}
    )
    if evidence["history_hours"] < 13.5 * 24:
        found.append(
            _("Only %(span)s of history: the usual is still a rough guess, and limits are wider.")
            % {"span": history(evidence["history_hours"])}
        )
    return found


def colour(level: str) -> str:
    """A level of vigilance by its colour."""
    return {"green": _("green"), "yellow": _("yellow"), "orange": _("orange"), "red": _("red"), "grey": _("grey")}[
        level
    ]


def chart_labels() -> dict[str, str]:
    """The words of every chart of mentions."""
    return {"mentions": _("Mentions"), "negative": _("Negative"), "usual": _("Usual"), "time": _("Time")}


def history(hours: float) -> str:
    if hours < 48:
        return ngettext("%(n)s hour", "%(n)s hours", round(hours)) % {"n": round(hours)}
    whole = round(hours / 24)
    return ngettext("%(n)s day", "%(n)s days", whole) % {"n": whole}


def rhythm(days: float) -> str:
    """How often something comes: one in so many days, or so many a day."""
    if days < 1:
        many = round(1 / days)
        return ngettext("%(n)s a day", "%(n)s a day", many) % {"n": many}
    whole = round(days, 1) if days < 10 else round(days)
    return ngettext("one a day", "one in %(n)s days", 1 if whole == 1 else 2) % {
        "n": number(whole, int(whole % 1 != 0))
    }


def by_chance(watch: Watch) -> str:
    """How often a watch rings by chance at most, as it is set and as people judged it."""
    n = max(round(7 / (BUDGET[watch.sensitivity] * watch.tilt)), 1)
    return ngettext(
        "While nothing happens this watch aims at one alert a day at most.",
        "While nothing happens this watch aims at one alert in %(n)s days at most.",
        n,
    ) % {"n": n}


def component_name(name: str) -> str:
    return {
        "abnormality": pgettext("part of a score", "How abnormal"),
        "size": pgettext("part of a score", "Size"),
        "tone": pgettext("part of a score", "Negative tone"),
        "reach": pgettext("part of a score", "Reach"),
        "sensitive": pgettext("part of a score", "Sensitive words"),
    }[name]


def sentence(evidence: dict[str, Any]) -> str:
    """The one sentence at the top."""
    signal = evidence["signals"]["mentions"]
    themes = evidence["themes"]
    about = _(" about “%(theme)s”") % {"theme": themes[0]["phrase"]} if themes else ""
    if "mentions" in evidence["kinds"] and signal["usual"] >= 0.5:
        return _("%(times)s × the usual%(about)s") % {"times": times(signal["seen"] / signal["usual"]), "about": about}
    if evidence.get("subject") and evidence["kinds"][0] == "subject":
        return _("A new subject: “%(phrase)s”") % {"phrase": evidence["subject"]["phrase"]}
    sums = evidence["numbers"]
    return ngettext("%(n)s mention%(about)s", "%(n)s mentions%(about)s", sums["mentions"]) % {
        "n": number(sums["mentions"]),
        "about": about,
    }


def as_json(alert: Any) -> dict[str, Any]:
    """An alert for other programs: the fields that `vigie replay` and `vigie alerts` promise."""
    from vigie.lib.times import iso

    evidence = alert.evidence
    return {
        "raised_at": iso(alert.last_at),
        "level": alert.level,
        "score": alert.score,
        "kinds": [KINDS[kind] for kind in evidence["kinds"]],
        "reasons": reasons(evidence),
        "themes": [theme["phrase"] for theme in evidence["themes"]],
        "first_post": {k: v for k, v in (evidence["first_post"] or {}).items() if k != "id"},
        "mentions": evidence["numbers"]["mentions"],
        "expected": evidence["numbers"]["usual_mentions"],
        "began_at": iso(alert.began_at),
        "number": alert.number,
        "watch": alert.watch.name,
        "watches": [alert.watch.name, *(other["name"] for other in alert.also)],
    }
