"""`vigie import FILE`: take an export in."""

from __future__ import annotations

import argparse
import json

from vigie.main import start

from . import exports


def add(options: argparse.ArgumentParser) -> None:
    exports.add(options)
    options.add_argument("--organisation", default="", metavar="SLUG", help="for whom; the first one if not given")
    options.add_argument("--json", action="store_true")


def run(options: argparse.Namespace) -> int:
    start.django()
    from vigie.intake import imports
    from vigie.intake.pipeline import IngestPipeline
    from vigie.intake.replay import zone_of
    from vigie.main import first
    from vigie.networks.files.export import BadFile, Unrecognised
    from vigie.people.models import Organisation

    first.user()
    chosen = (
        Organisation.objects.filter(slug=options.organisation).first()
        if options.organisation
        else Organisation.objects.filter(demo=False).order_by("created_at").first()
    )
    if chosen is None:
        start.say(f"there is no organisation {options.organisation!r}")
        return 2
    pipeline, failed, name = IngestPipeline(chosen), False, ""
    taken = imports.Import(options.file, options.file.name, dict(options.map), options.tz, options.format or "")
    totals = {"stored": 0, "mentions": 0, "already_known": 0, "set_aside": 0}
    try:
        zone_of(options.tz)
        for kept in taken.steps(pipeline):
            for one in kept.aside[:5]:
                start.say(f"set aside, {one.position}: {one.reason}")
            totals["stored"] += kept.stored
            totals["mentions"] += kept.mentions
            totals["already_known"] += kept.ignored + kept.updated
            totals["set_aside"] += kept.rejected
    except (BadFile, Unrecognised, ValueError, OSError) as error:
        start.say(str(error))
        failed = True
    name = taken.format
    for note in [] if failed else [f"{options.file.name}: {name}", *taken.notes]:
        start.say(note)
    # What was imported is the past: detectors learn it, and nobody is rung for it.
    pipeline.forget_all()
    if failed and not totals["stored"]:
        return 2
    if options.json:
        print(json.dumps({"file": str(options.file), "format": name, **totals}))
    else:
        told = [f"{totals['stored']} posts stored", f"{totals['mentions']} mentions"]
        told += [f"{totals['already_known']} known already", f"{totals['set_aside']} set aside"]
        print(", ".join(told))
    return 2 if failed else 0
