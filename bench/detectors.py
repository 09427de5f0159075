"""Seconds to look at, and to close a bucket of, ten thousand watches, on one core.

taskset -c 0 .venv/3.11/bin/python bench/detectors.py
"""

from __future__ import annotations

import time
from zoneinfo import ZoneInfo

import numpy as np

from vigie.lib.calendar import Calendar
from vigie.trends.episodes import FLOOR
from vigie.trends.sensor import MS, Sensor

WATCHES, PAST = 10_000, 300


def main() -> None:
    calendar = Calendar(ZoneInfo("Europe/Paris"), "FR")
    dice = np.random.default_rng(1)
    start = 1_770_000_000_000 // MS * MS
    sensors = [Sensor(calendar) for _ in range(WATCHES)]
    for at in range(0, PAST, 10):
        for sensor in sensors:
            sensor.add(start + at * MS, start + at * MS, bool(dice.random() < 0.2))
            sensor.close_until(start + at * MS)
    now = start + PAST * MS
    for sensor in sensors:
        sensor.close_until(now)
        sensor.add(now, now)
    begun = time.perf_counter()
    for sensor in sensors:
        sensor.look(now, FLOOR)
    looked = time.perf_counter() - begun
    begun = time.perf_counter()
    for sensor in sensors:
        sensor.close_until(now + 3 * MS)
    print(f"{WATCHES} watches: look {looked:.2f} s, close {time.perf_counter() - begun:.2f} s")


if __name__ == "__main__":
    main()
