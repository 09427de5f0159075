"""What an alert saw: gathered once, when it rings, and kept with it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max

from vigie.lib.text import clip, fold
from vigie.lib.times import from_millis, iso, millis
from vigie.stories.actions import mentions_between, themes
from vigie.trends import counts, hearing
from vigie.trends.judgement import Component, Numbers, components
from vigie.trends.sensor import MS, Reading, Sensor, Shown
from vigie.watches.models import Watch

CHART_STEP = 10
"""Minutes in a point of the alert's chart."""


def onset(watch: Watch, sensor: Sensor, shown: Shown, now: datetime) -> datetime:
    """When the rise began: where the excess over the usual last stood at its lowest.

    Twice the window that shows it is looked back over; a subject or a tone began with the posts that show it.

    This is the change point of a cumulative sum (Page, 1954).
    """
    if shown.kind in ("subject", "tone", "voices"):
        return _first_of(watch, int(shown.of), now)
    start = now - timedelta(minutes=max(2 * shown.minutes, 20))
    seen = counts.series(watch.pk, start, now + timedelta(minutes=1), minutes=1)
    rate = sensor.usual_rate(millis(now)) / 5
    total = lowest = 0.0
    began = first = millis(start) // counts.MINUTE
    for minute in range(first, millis(now) // counts.MINUTE + 1):
        if total <= lowest:
            lowest, began = total, minute
        total += seen.get(minute, [0])[0] - max(rate, 0.02)
    return from_millis(began * counts.MINUTE)


def _first_of(watch: Watch, posts: int, now: datetime) -> datetime:
    """When the first of the last so many mentions was published."""
    last = mentions_between(watch, now - timedelta(days=10), now).order_by("-published_at")
    found = list(last.values_list("published_at", flat=True)[: max(posts, 1)])
    return min([*found, now])


def numbers(watch: Watch, sensor: Sensor, began: datetime, now: datetime) -> Numbers:
    """Sums since the beginning of the rise, by what is stored up to `now`."""
    sums = counts.totals(watch.pk, began, now + timedelta(milliseconds=1))
    minutes = max((now - began).total_seconds() / 60, 1.0)
    return Numbers(
        mentions=sums["mentions"],
        negative=sums["negative"],
        usual_mentions=round(sensor.usual_rate(millis(now)) * minutes / 5, 2),
        usual_share=sensor.usual_share(millis(now)),
        audience=sums["audience"],
        sensitive=sums["sensitive"],
        influential=sums["influential"],
        minutes=round(minutes, 1),
        texts=_worded(watch, began, now),
    )


def _worded(watch: Watch, began: datetime, now: datetime) -> bool:
    """Whether any of the mentions says something."""
    told = mentions_between(watch, began, now).exclude(post__text="", post__title="")
    return told.exists() or not mentions_between(watch, began, now).exists()


COUNTED: dict[str, dict[str, Any]] = {"negative": {"sentiment__lt": 0}, "sensitive": {"sensitive": True}}
"""Which mentions a channel counts; the others count all."""


def voices(watch: Watch, began: datetime, now: datetime, channel: str = "") -> tuple[int, float]:
    """How many people speak (counted up to 50), and the share of the one who speaks most.

    `channel` leaves out what it does not count.
    """
    heard = mentions_between(watch, began, now).filter(**COUNTED.get(channel, {}))
    found = heard.values("post__network", "post__author_id", "post__author_handle")
    rows = found.annotate(posts=Count("pk")).order_by("-posts")[:50]
    # Where nothing says who spoke (some exports leave authors out), each post is taken for a voice of its own.
    posts = [n for r in rows for n in ([1] * min(r["posts"], 50) if not _who(r) else [r["posts"]])]
    return min(len(posts), 50), max(posts) / sum(posts) if posts else 1.0


def _who(row: Any) -> str:
    return str(row["post__author_id"] or row["post__author_handle"])


def post_summary(post: Any) -> dict[str, Any]:
    return {
        "id": post.pk,
        "network": post.network,
        "external_id": post.external_id,
        "url": post.url,
        "author": post.author_handle or post.author_name,
        "audience": post.audience,
        "published_at": iso(post.published_at),
        "text": clip(f"{post.title} {post.text}".strip(), 400),
    }


def first_post(watch: Watch, began: datetime, now: datetime, found: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The earliest post of the rise that speaks of its first theme, else the earliest."""
    mentions = mentions_between(watch, began - timedelta(minutes=10), now).select_related("post")
    early = [m.post for m in mentions.order_by("published_at", "pk")[:200]]
    for theme in found[:2]:
        holding = [post for post in early if theme["phrase"].lower() in f"{post.title} {post.text}".lower()]
        angry = [post for post in holding if post.sentiment < 0]
        # Praise that happens to hold the word did not begin a rise of complaints.
        if holding:
            return post_summary((angry if len(angry) >= len(holding) / 3 else holding)[0])
    inside = [post for post in early if post.published_at >= began]
    return post_summary((inside or early)[0]) if early else None


def amplifiers(watch: Watch, began: datetime, now: datetime) -> list[dict[str, Any]]:
    """Who gave the rise its reach: the largest audiences, then the most posts."""
    rows = mentions_between(watch, began, now).values("post__network", "post__author_handle", "post__author_name")
    rows = rows.annotate(posts=Count("pk"), audience=Max("audience")).order_by("-audience", "-posts")[:5]
    return [
        {
            "network": r["post__network"],
            "author": r["post__author_handle"] or r["post__author_name"],
            "posts": r["posts"],
            "audience": r["audience"],
        }
        for r in rows
    ]


def chart(watch: Watch, sensor: Sensor, now: datetime) -> list[list[float]]:
    """The day before: [start in ms, mentions, negative, usual, low, high] for each ten minutes."""
    since = now - timedelta(hours=24)
    seen = counts.series(watch.pk, since, now + timedelta(milliseconds=1), minutes=CHART_STEP)
    step = CHART_STEP * counts.MINUTE
    points = []
    for at in range(millis(since) // step + 1, millis(now) // step + 1):
        usual = sensor.usual_rate(at * step) * step / MS
        spread = 2 * (usual + 0.25) ** 0.5
        row = seen.get(at, [0, 0, 0])
        points.append(
            [at * step, row[0], row[2], round(usual, 2), round(max(usual - spread, 0), 2), round(usual + spread, 2)]
        )
    return points


def subject(watch: Watch, shown: list[Shown], found: list[dict[str, Any]], now: datetime) -> dict[str, Any] | None:
    """The new subject in people's own words: {phrase, voices, posts}; its theme comes first among those found."""
    told = next((one for one in shown if one.kind == "subject"), None)
    if told is None or told.word < 0:
        return None
    rows = mentions_between(watch, now - timedelta(days=1), now).order_by("-published_at")
    texts = [f"{title}\n{text}" for title, text in rows.values_list("post__title", "post__text")[: hearing.POSTS]]
    words = Counter(word for text in texts for word in set(hearing.words_of(fold(text))))
    named = [word for word, _n in words.most_common() if hearing.place(word) == told.word]
    if not named:
        return None
    theme = next((t for t in found if named[0] in fold(str(t["phrase"])).split()), None)
    if theme is None:
        theme = {"phrase": _as_written(named[0], texts), "texts": words[named[0]], "z": 0.0}
    else:
        found.remove(theme)
    found.insert(0, theme)
    return {"phrase": theme["phrase"], "voices": int(told.seen), "posts": told.of}


def _as_written(word: str, texts: list[str]) -> str:
    """A folded word as people write it."""
    forms = Counter(form for text in texts for form in re.findall(r"\w+", text) if fold(form) == word)
    return forms.most_common(1)[0][0].lower() if forms else word


def gather(
    watch: Watch,
    sensor: Sensor,
    reading: Reading,
    shown: list[Shown],
    began: datetime,
    now: datetime,
    sums: Numbers,
    kinds: list[str] | None = None,
) -> dict[str, Any]:
    """Everything an alert keeps. All of it is plain JSON; sentences are made from it in the reader's language.

    `shown` are the kinds of episode that are over their limit, most surprising first.
    """
    found = themes(watch, began, now)
    about = subject(watch, shown, found, now)
    parts: list[Component] = components(reading.signals, sums)
    return {
        "kinds": kinds if kinds is not None else list(dict.fromkeys(one.channel for one in shown)),
        "shown": [asdict(one) for one in shown],
        "subject": about,
        "signals": {name: asdict(signal) for name, signal in reading.signals.items()},
        "numbers": asdict(sums),
        "components": [asdict(part) for part in parts],
        "history_hours": round(reading.history_hours, 1),
        "authors": voices(watch, began, now)[0],
        "networks": counts.by_network(watch.pk, began, now + timedelta(milliseconds=1)),
        "themes": found,
        "first_post": first_post(watch, began, now, found),
        "amplifiers": amplifiers(watch, began, now),
        "chart": chart(watch, sensor, now),
        "local_time": now.astimezone(watch.organisation.tz).strftime("%w %H:%M"),
    }


def joined(before: dict[str, Any], gathered: dict[str, Any], channels: list[str]) -> dict[str, Any]:
    """What an alert saw, with what is seen now: its first reasons and what its score rests on stay, these channels are
    told after them."""
    kinds = {one["kind"] for one in gathered["shown"]}
    beside = {"beside": before["beside"]} if "beside" in before else {}
    return {
        **gathered,
        **beside,
        "numbers": before["numbers"],
        "components": before["components"],
        "kinds": [*before["kinds"], *channels],
        "shown": [*(one for one in before.get("shown", []) if one["kind"] not in kinds), *gathered["shown"]],
        "subject": gathered["subject"] or before.get("subject"),
    }
