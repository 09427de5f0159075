"""`vigie themes FILE`: what the rising part of an export is about, and the statements that are repeated in it."""

from __future__ import annotations

import argparse
import json
from datetime import timedelta
from typing import Any

from vigie.main import start

from . import exports
from .replay import moment, placed


def add(options: argparse.ArgumentParser) -> None:
    exports.add(options)
    options.add_argument("--from", dest="since", type=moment, metavar="T", help="where the rising part begins")
    options.add_argument("--to", dest="until", type=moment, metavar="T", help="where it ends")
    options.add_argument("--json", action="store_true", help="one JSON object a line")


def run(options: argparse.Namespace) -> int:
    start.scratch()
    start.django(tables=False)
    from vigie.analysis.claims import claims
    from vigie.intake.replay import zone_of
    from vigie.lib.times import iso
    from vigie.networks.record import Record
    from vigie.stories.signals import Said, rising

    opened = exports.opened(options)
    if opened is None:
        return 2
    zone = zone_of(options.tz)
    posts = [
        Said(r.published_at, r.author_handle or r.author_id or r.author_name, f"{r.title}\n{r.text}".strip())
        for r in opened.rows
        if isinstance(r, Record) and not r.own
    ]
    until = placed(options.until, zone)
    posts = sorted(posts, key=lambda p: p.at)
    if not posts:
        start.say("no post could be read")
        return 2
    since = placed(options.since, zone) or busiest(posts)
    end = until or since + timedelta(hours=24)
    posts = [p for p in posts if p.at < end]
    for signal in rising(posts, since):
        show(options, {"kind": "theme", **signal.__dict__, "first_at": iso(signal.first_at)})
    late = [p for p in posts if p.at >= since]
    for claim in claims((p.author, p.text) for p in late):
        first = late[claim.posts[0]]
        found = {"kind": "claim", "text": claim.text, "authors": claim.authors, "posts": len(claim.posts)}
        show(options, {**found, "first_at": iso(first.at), "first_author": first.author})
    return 0


def busiest(posts: list[Any]) -> Any:
    """The beginning of the day (24 h) that holds most beyond the average: the rising part, when none is named."""
    span = timedelta(hours=24)
    best, begin, j = 0, posts[0].at, 0
    for i, post in enumerate(posts):
        while posts[j].at < post.at - span:
            j += 1
        if i - j + 1 > best:
            best, begin = i - j + 1, posts[j].at
    return begin


def show(options: argparse.Namespace, found: dict[str, Any]) -> None:
    if options.json:
        print(json.dumps(found, ensure_ascii=False), flush=True)
    elif found["kind"] == "theme":
        weight = f"{found['texts']} posts, {found['authors']} authors, ×{found['growth']}"
        print(f"{found['strength']:<6} {found['phrase']} · {weight}", flush=True)
    else:
        print(f"claim  {found['text']} · {found['authors']} authors, first {found['first_at']}", flush=True)
