"""`vigie compare FILE --query Q`: our alerts beside those of known rules, on one export."""

from __future__ import annotations

import argparse
import json
from typing import Any

from vigie.main import start

from . import exports
from .replay import moment, placed


def add(options: argparse.ArgumentParser) -> None:
    exports.add(options)
    options.add_argument("--query", required=True, metavar="Q", help="what to watch; * for everything")
    options.add_argument("--own", action="append", default=[], metavar="HANDLE", help="an own account; may be repeated")
    options.add_argument("--event", action="append", type=moment, default=[], metavar="T", help="when trouble began")
    options.add_argument("--sensitivity", choices=["fewer", "balanced", "more"], default="balanced")
    options.add_argument(
        "--curve", action="store_true", help="each sensitivity, and each rule with its factor from calm to nervous"
    )
    options.add_argument("--json", action="store_true", help="one JSON object a line")


def run(options: argparse.Namespace) -> int:
    start.scratch()
    start.django()
    from vigie.alerts.models import Alert
    from vigie.intake.replay import Replay, zone_of
    from vigie.trends import rules
    from vigie.watches.matching import Text, matches
    from vigie.watches.query import QueryError, parse

    try:
        tree = parse(options.query)
    except QueryError as error:
        start.say(f"query: {error.reason}\n  {options.query}\n  {' ' * error.at}^")
        return 2
    opened = exports.opened(options)
    if opened is None:
        return 2
    zone = zone_of(options.tz)
    replay = Replay(options.query, options.own, options.sensitivity, options.tz, "Comparison")
    records = replay.ready(opened.rows, None, None)
    moments = [r.published_at for r in records if not r.own and matches(tree, Text(r, r.lang))]
    if not moments:
        start.say("no post answers this query")
        return 2
    # Days without a post are no collection rather than calm: they would make every rule look quieter than it is.
    weeks = len({m.date() for m in moments}) / 7
    events = sorted(at for e in options.event if (at := placed(e, zone)))
    loud, ours = [], []
    for alert in replay.play(records):
        told: Alert = alert
        ours.append(told.last_at)
        if told.level != "yellow":
            loud.append(told.last_at)
    found = [rules.judged("Vigie, orange and red", loud, events, weeks)]
    found.append(rules.judged("Vigie, all levels", ours, events, weeks))
    beside = curve() if options.curve else rules.RULES
    if options.curve:
        for name in ("fewer", "balanced", "more"):
            again = Replay(options.query, options.own, name, options.tz, f"Comparison, {name}")
            found.append(rules.judged(f"Vigie, {name}", [a.last_at for a in again.play(records)], events, weeks))
    found += [rules.judged(rule.name, rules.alerts(rule, sorted(moments)), events, weeks) for rule in beside]
    start.say(f"{len(moments)} posts over {weeks:.1f} weeks; {len(events)} events named with --event")
    for row in found:
        show(options, row, weeks)
    return 0


FACTORS = (1, 1.5, 2, 3, 4, 6, 8, 12)


def curve() -> list[Any]:
    """Every rule with its factor free."""
    from vigie.trends import rules

    return [family.at(factor) for family in rules.FAMILIES for factor in FACTORS]


def show(options: argparse.Namespace, row: Any, weeks: float) -> None:
    from vigie.lib.times import iso

    told = {
        "rule": row.name,
        "alerts": len(row.alerts),
        "alerts_a_week": round(len(row.alerts) / max(weeks, 1 / 7), 2),
        "delays_minutes": row.delays,
        "false_a_week": row.false_a_week,
        "first_alerts": [iso(at) for at in row.alerts[:20]],
    }
    if options.json:
        print(json.dumps(told, ensure_ascii=False), flush=True)
        return
    delays = ", ".join("none" if d is None else f"{d:g} min" for d in row.delays)
    beside = f"  delay {delays}; false a week {row.false_a_week}" if row.delays else ""
    print(f"{row.name:<68} {told['alerts_a_week']:>7} alerts a week{beside}", flush=True)
