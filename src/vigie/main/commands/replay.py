"""`vigie replay FILE --query Q`."""

from __future__ import annotations

import argparse
import json
import sys
import time
from datetime import datetime
from zoneinfo import ZoneInfo

from vigie.main import start

from . import exports


def moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text}: write a time like 2024-07-19T17:00Z") from None
    return found


def placed(found: datetime | None, zone: ZoneInfo) -> datetime | None:
    """A naive time of the command line is one of --tz, like those of the file."""
    return found if found is None or found.tzinfo else found.replace(tzinfo=zone)


def add(options: argparse.ArgumentParser) -> None:
    exports.add(options)
    options.add_argument("--query", required=True, metavar="Q", help="what to watch; * for everything")
    options.add_argument("--own", action="append", default=[], metavar="HANDLE", help="an own account; may be repeated")
    options.add_argument("--sensitivity", choices=["fewer", "balanced", "more"], default="balanced")
    options.add_argument("--from", dest="since", type=moment, metavar="T")
    options.add_argument("--to", dest="until", type=moment, metavar="T")
    options.add_argument("--keep", action="store_true", help="keep the posts and alerts in the data directory")
    options.add_argument("--json", action="store_true", help="one JSON object a line")


def run(options: argparse.Namespace) -> int:
    if not options.keep:
        start.scratch()
    start.django()
    from vigie.alerts import words
    from vigie.intake.replay import Replay, zone_of
    from vigie.networks.files.export import BadFile
    from vigie.watches.query import QueryError, parse

    try:
        parse(options.query)
    except QueryError as error:
        start.say(f"query: {error.reason}\n  {options.query}\n  {' ' * error.at}^")
        return 2
    export = exports.opened(options)
    if export is None:
        return 2
    zone = zone_of(options.tz)
    begun = time.monotonic()
    replay = Replay(options.query, options.own, options.sensitivity, options.tz, f"Replay of {options.file.name}")
    try:
        records = replay.ready(export.rows, placed(options.since, zone), placed(options.until, zone))
    except BadFile as error:
        start.say(str(error))
        return 2
    start.say(f"{options.file.name}: {export.format}, {len(records)} posts, {len(replay.rejected)} set aside")
    for note in export.notes:
        start.say(note)
    for rejected in replay.rejected[:5]:
        start.say(f"set aside, {rejected.position}: {rejected.reason}")
    rung = 0
    for alert in replay.play(records):
        rung += 1
        found = words.as_json(alert)
        print(json.dumps(found, ensure_ascii=False) if options.json else _told(found), flush=True)
    start.say(f"{rung} alerts, {replay.posts} posts in {time.monotonic() - begun:.1f} s")
    return 0


def _told(found: dict[str, object]) -> str:
    lines = [f"{found['raised_at']}  {found['level']}  {found['score']}/100"]
    lines += [f"  {reason}" for reason in found["reasons"]]  # type: ignore[attr-defined]
    if found["themes"]:
        lines.append(f"  themes: {', '.join(found['themes'])}")  # type: ignore[arg-type]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit("run it as: vigie replay")
