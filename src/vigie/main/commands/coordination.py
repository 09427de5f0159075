"""`vigie coordination FILE`: groups of accounts that act as one, a line each."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from vigie.main import start

from . import exports


def add(options: argparse.ArgumentParser) -> None:
    exports.add(options)
    options.add_argument("--json", action="store_true", help="one JSON object a line")


def run(options: argparse.Namespace) -> int:
    start.scratch()
    start.django(tables=False)
    from vigie.analysis.coordination import Act, groups, moment
    from vigie.networks.record import Record

    def acts(rows: Iterator[Any]) -> Iterator[Act]:
        for record in rows:
            if isinstance(record, Record) and (
                account := record.author_handle or record.author_id or record.author_name
            ):
                yield Act(account, record.published_at.timestamp(), f"{record.title}\n{record.text}".strip())

    opened = exports.opened(options, as_written=True)
    if opened is None:
        return 2
    for group in groups(acts(opened.rows)):
        found = {
            "accounts": group.accounts,
            "posts": group.posts,
            "first_at": moment(group.first_at),
            "evidence": [{**asdict(t), "first_at": moment(t.first_at)} for t in group.evidence],
            "odds": group.odds,
        }
        print(json.dumps(found, ensure_ascii=False) if options.json else told(found), flush=True)
    return 0


def told(found: dict[str, Any]) -> str:
    accounts = found["accounts"]
    more = f" and {len(accounts) - 12} more" if len(accounts) > 12 else ""
    lines = [f"{len(accounts)} accounts, {found['posts']} posts, since {found['first_at']}; odds {found['odds']:.0e}"]
    lines.append(f"  {', '.join(accounts[:12])}{more}")
    for trace in found["evidence"]:
        people = len(trace["accounts"])
        lines.append(f"  same {trace['kind']} by {people} within {trace['within_seconds']} s: {trace['what'][:100]}")
    return "\n".join(lines)
