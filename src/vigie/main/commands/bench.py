"""`vigie bench [ingest|alert|pages|live|room]`: speed on this machine, as ratios in one run."""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from vigie.main import start

NAIVE_POSTS = 20_000
STREAMED = 200_000
"""Posts of the file that are said once more as a stream."""


def add(options: argparse.ArgumentParser) -> None:
    options.add_argument("what", nargs="?", choices=["ingest", "alert", "pages", "live", "room"], default="ingest")
    options.add_argument("file", nargs="?", type=Path, metavar="FILE", help="Mastodon JSON lines, for ingest")
    options.add_argument("--posts", type=int, default=1_000_000, help="how many to make when no FILE is given")
    options.add_argument("--watches", type=int, default=1_000)
    options.add_argument("--keep", action="store_true", help="keep what was stored in the data directory")
    options.add_argument("--json", action="store_true", help="one JSON object")


def run(options: argparse.Namespace) -> int:
    if options.file is not None and not options.file.is_file():
        start.say(f"{options.file}: there is no such file")
        return 2
    if not options.keep:
        start.scratch()
    # The visitor of the measured web server is this machine itself.
    start.django(enforce=False)
    found = KINDS[options.what](options)
    if options.json:
        print(json.dumps({"bench": options.what, **found}))
    else:
        for name, value in found.items():
            print(f"{name}: {value}")
    return 0


def ingest(options: argparse.Namespace) -> dict[str, Any]:
    from vigie.main.bench import ingest as bench
    from vigie.main.bench import naive, posts, tsquery

    path = options.file
    if path is None:
        path = Path(tempfile.gettempdir()) / f"vigie-bench-{options.posts}.jsonl"
        if not path.exists():
            start.say(f"making {options.posts} posts")
            posts.write(path, options.posts)
    start.say("reading which words to watch")
    queries = posts.queries(path, options.watches)
    start.say(f"taking a file in, with {len(queries)} watches and five pages a second")
    found = bench.upload(path, queries)
    count = min(found["posts"], STREAMED)
    start.say(f"{found['posts_per_s']} posts/s; now {count} of them as a stream")
    streamed = bench.stream(path, queries, count)
    found |= {"stream": streamed, "stream_posts_per_s": streamed["posts_per_s"]}
    matched = tsquery.measure(path, queries, NAIVE_POSTS)
    found |= {"tsquery": matched, "tsquery_posts_per_s": matched["posts_per_s"] if matched else None}
    if missing := naive.available():
        start.say(f"the naive stack is not measured: {missing} is not installed")
        return {**found, "naive_posts_per_s": None, "ratio_to_naive": None}
    start.say(f"the naive stack, on the first {NAIVE_POSTS}")
    slow = naive.measure(path, bench.organisation(queries), NAIVE_POSTS)
    return {
        **found,
        "naive": slow,
        "naive_posts_per_s": slow["posts_per_s"],
        "ratio_to_naive": round(found["posts_per_s"] / slow["posts_per_s"], 2),
        "stream_ratio_to_naive": round(streamed["posts_per_s"] / slow["posts_per_s"], 2),
    }


def alert(options: argparse.Namespace) -> dict[str, Any]:
    from vigie.main.bench import alert as bench

    return bench.measure()


def pages(options: argparse.Namespace) -> dict[str, Any]:
    from vigie.main.bench import pages as bench

    return bench.measure(50_000, max(options.posts, 50_001))


def live(options: argparse.Namespace) -> dict[str, Any]:
    from vigie.main.bench import live as bench

    return bench.measure()


def room(options: argparse.Namespace) -> dict[str, Any]:
    from vigie.main.bench import room as bench

    return bench.measure(options.posts)


KINDS = {"ingest": ingest, "alert": alert, "pages": pages, "live": live, "room": room}
