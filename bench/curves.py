"""Crises answered against false alerts, for Vigie and for the rules of known tools, each over its whole range.

    .venv/3.11/bin/python bench/curves.py STREAMS [--sensitivities fewer,balanced] [--picture bench/curves.png]

STREAMS holds exports with dated beginnings (`events.json`) and spans known calm (`calm.json`). Vigie's points are
replays at each sensitivity, the path that users run; the rules have their factor set.
A beginning is answered by an alert from an hour before to a day after it (three days for slow ones and for those dated
to the day).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

FACTORS = [0.5, 1, 1.5, 2, 3, 4, 6, 8, 12, 20]


@dataclass(frozen=True)
class Event:
    stream: str
    begin: datetime
    within: timedelta


@dataclass(frozen=True)
class Point:
    """One setting: what it answered, how soon, and at what price."""

    name: str
    setting: float
    """The factor of a rule; of Vigie, the budget of the sensitivity."""
    answered: int
    of: int
    soon: tuple[int, int]
    """Within half an hour, within two hours."""
    median: float | None
    false: float
    """Alerts a calm week."""


def moment(text: str) -> datetime:
    found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def events(folder: Path) -> list[Event]:
    found = []
    for stream, rows in json.loads((folder / "events.json").read_text()).items():
        for row in rows:
            begin = moment(row["begin"])
            slow = row["kind"] in ("slow", "ramp", "negative-share") or begin.hour == begin.minute == 0
            if row["certainty"] != "low":
                found.append(Event(stream, begin, timedelta(hours=72 if slow else 24)))
    return found


def calm(folder: Path) -> dict[str, list[tuple[datetime, datetime]]]:
    told = json.loads((folder / "calm.json").read_text())
    spans = {
        name: [(moment(since), moment(until) + timedelta(days=1)) for since, until, *_ in row.get("calm", [])]
        for name, row in told.items()
    }
    return {name: rows for name, rows in spans.items() if rows}


def judged(name: str, setting: float, rung: dict[str, Sequence[datetime]], folder: Path) -> Point:
    delays: list[float | None] = []
    for event in events(folder):
        near = [at for at in rung[event.stream] if event.begin - timedelta(hours=1) <= at <= event.begin + event.within]
        delays.append((near[0] - event.begin).total_seconds() / 60 if near else None)
    weeks = false = 0.0
    for stream, spans in calm(folder).items():
        for since, until in spans:
            weeks += (until - since) / timedelta(weeks=1)
            false += sum(since <= at < until for at in rung[stream])
    known = sorted(d for d in delays if d is not None)
    soon = (sum(d <= 30 for d in known), sum(d <= 120 for d in known))
    middle = known[len(known) // 2] if known else None
    return Point(name, setting, len(known), len(delays), soon, middle, false / weeks)


def _replayed(given: tuple[str, str]) -> list[datetime]:
    from vigie.main import start

    start.scratch()
    start.django()
    from zoneinfo import ZoneInfo

    from vigie.intake.replay import Replay
    from vigie.networks.files.export import open_export

    path, sensitivity = given
    replay = Replay("*", sensitivity=sensitivity, name=Path(path).stem)
    records = replay.ready(open_export(Path(path), zone=ZoneInfo("UTC")).rows, None, None)
    return [alert.last_at for alert in replay.play(records)]


def _ruled(path: Path) -> list[datetime]:
    from zoneinfo import ZoneInfo

    from vigie.networks.files.export import open_export
    from vigie.networks.record import Record

    rows = open_export(path, zone=ZoneInfo("UTC")).rows
    return sorted(row.published_at for row in rows if isinstance(row, Record))


def points(folder: Path, sensitivities: list[str]) -> Iterator[Point]:
    from vigie.trends import rules
    from vigie.trends.judgement import BUDGET

    paths = sorted(folder.glob("*.csv.gz"), key=lambda path: -path.stat().st_size)
    names = [path.name.removesuffix(".csv.gz") for path in paths]
    with ProcessPoolExecutor(2, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        for sensitivity in sensitivities:
            rung = pool.map(_replayed, [(str(path), sensitivity) for path in paths])
            yield judged("Vigie", BUDGET[sensitivity], dict(zip(names, rung, strict=True)), folder)
    moments = {name: _ruled(path) for name, path in zip(names, paths, strict=True)}
    for family in rules.FAMILIES:
        for factor in FACTORS:
            found = {stream: rules.alerts(family.at(factor), at) for stream, at in moments.items()}
            yield judged(family.name, factor, found, folder)


def draw(found: list[Point], path: Path) -> None:
    """Both curves of every rule, side by side, alerts on a logarithmic scale."""
    import vl_convert

    rows = [{**asdict(point), "hours2": point.soon[1]} for point in found if 0.02 < point.false < 20]
    sides = [
        {
            "title": title,
            "width": 420,
            "height": 300,
            "mark": {"type": "line", "point": True},
            "encoding": {
                "x": {
                    "field": "false",
                    "type": "quantitative",
                    "scale": {"type": "log"},
                    "title": "alerts a calm week",
                },
                "y": {"field": field, "type": "quantitative", "title": "of the beginnings"},
                "color": {"field": "name", "type": "nominal", "title": None, "legend": {"labelLimit": 300}},
                "order": {"field": "false"},
                "size": {"condition": {"test": "datum.name == 'Vigie'", "value": 4}, "value": 1},
            },
        }
        for field, title in (("answered", "answered within a day (three where slow)"), ("hours2", "within two hours"))
    ]
    path.write_bytes(vl_convert.vegalite_to_png({"data": {"values": rows}, "hconcat": sides}, scale=1.5))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path)
    options.add_argument("--sensitivities", default="fewer,balanced,more")
    options.add_argument("--picture", type=Path)
    given = options.parse_args()
    from vigie.main import start

    start.scratch()
    start.django()
    found = []
    for point in points(given.folder, given.sensitivities.split(",")):
        found.append(point)
        middle = "–" if point.median is None else f"{point.median:.0f}"
        said = f"answered {point.answered:2} of {point.of}, within 30 min {point.soon[0]:2}, 2 h {point.soon[1]:2}"
        print(
            f"{point.name:50} {point.setting:5} {said}, median {middle} min; {point.false:.2f} alerts a calm week",
            flush=True,
        )
    if given.picture:
        draw(found, given.picture)


if __name__ == "__main__":
    main()
