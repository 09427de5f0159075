"""What commands that read an export have in common: its options, and opening it with a sentence where that fails."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from vigie.main import start

if TYPE_CHECKING:
    from vigie.networks.files.export import Export


def mapping(text: str) -> tuple[str, str]:
    column, sep, field = text.rpartition("=")
    if not sep:
        raise argparse.ArgumentTypeError(f"{text}: write it as COLUMN=FIELD")
    return column, field


def add(options: argparse.ArgumentParser) -> None:
    options.add_argument("file", type=Path, metavar="FILE")
    options.add_argument("--format", default="", metavar="F", help="when it is not recognised by itself")
    options.add_argument("--map", action="append", type=mapping, default=[], metavar="COLUMN=FIELD")
    options.add_argument("--tz", default="UTC", metavar="ZONE", help="zone of naive times")


def opened(options: argparse.Namespace, *, as_written: bool = False) -> Export | None:
    """The export, or None once it was said why it can't be read."""
    from vigie.intake.replay import zone_of
    from vigie.networks.files.export import BadFile, Unrecognised, open_export

    try:
        return open_export(
            options.file,
            format=options.format,
            mapping=dict(options.map),
            zone=zone_of(options.tz),
            as_written=as_written,
        )
    except (BadFile, Unrecognised, ValueError) as error:
        start.say(str(error))
        return None
