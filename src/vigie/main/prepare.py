"""Done once after the libraries are installed: translations compiled, the text engine warmed, the charts bundled."""

from __future__ import annotations

import os
from pathlib import Path
from zoneinfo import ZoneInfo

PACKAGE = Path(__file__).resolve().parents[1]


def translations() -> None:
    """Compile .po files, without needing gettext on the machine."""
    import polib

    for source in PACKAGE.glob("*/locale/*/LC_MESSAGES/*.po"):
        compiled = source.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime:
            polib.pofile(str(source)).save_as_mofile(str(compiled))


def engine() -> None:
    """Compile the inner loops once; their machine code is cached beside them."""
    from vigie.analysis import duplicates, model
    from vigie.lib.calendar import Calendar
    from vigie.trends.hearing import Said, packed
    from vigie.trends.sensor import Sensor

    model.understand(["La panne dure depuis ce matin, quelle honte", "Great service, thank you"])
    duplicates.Index(16).place_all([1], duplicates.signatures(["une panne de réseau depuis ce matin".split()]))
    sensor = Sensor(Calendar(ZoneInfo("UTC"), ""))
    for minute in range(0, 60, 5):
        sensor.add(minute * 60_000, minute * 60_000, said=Said(packed("une panne de reseau"), minute))
        sensor.close_until(minute * 60_000)
        sensor.look(minute * 60_000)


def charts() -> Path:
    """The chart library for browsers, as one file that needs nothing from outside."""
    from vigie.lib import charts as drawn

    return drawn.bundle()


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vigie.main.settings")
    translations()
    engine()
    charts()


if __name__ == "__main__":
    main()
