"""When an event is named by its own words: three real streams, read post by post from its start.

    .venv/3.11/bin/python bench/events.py FOLDER

After each post the two weeks before are told apart from what came since the start; the event is named once one of
the first three themes holds one of its words (listed below, chosen by reading about the event, not the stream).
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from vigie.lib.text import fold
from vigie.networks.files.export import open_export
from vigie.networks.record import Record
from vigie.stories.signals import Said, rising

OUTAGE = "tv chaine chaines panne diffusion interrompue rétabli"
EVENTS = [
    ("fr_free_telecom", "outage", datetime(2024, 7, 19, 17, 14, tzinfo=UTC), OUTAGE, "free"),
    ("pheme_tweets_text", "Ottawa", datetime(2014, 10, 22, 13, 54, tzinfo=UTC), "shot shooting soldier memorial", ""),
    ("pheme_tweets_text", "Ferguson", datetime(2014, 8, 9, 17, 0, tzinfo=UTC), "brown shot police officer teen", ""),
]
MOST = 400


def posts(path: Path) -> list[Said]:
    rows = open_export(path, zone=ZoneInfo("UTC")).rows
    said = [
        Said(r.published_at, r.author_handle or r.author_id, r.text)
        for r in rows
        if isinstance(r, Record) and not r.own
    ]
    return sorted(said, key=lambda p: p.at)


def main(folder: Path) -> None:
    for name, event, begun, words, own in EVENTS:
        stream = posts(folder / f"{name}.csv.gz")
        early = [p for p in stream if begun - timedelta(days=14) <= p.at < begun]
        late = [p for p in stream if begun <= p.at < begun + timedelta(days=2)][:MOST]
        wanted = {fold(word) for word in words.split()}
        for n in range(1, len(late) + 1):
            named = [s.phrase for s in rising(early + late[:n], begun, leave_out=own.split())[:3]]
            if any(wanted & set(fold(phrase).split()) for phrase in named):
                print(f"{name} {event}: named after {n} posts ({late[n - 1].at - late[0].at} after the first): {named}")
                break
        else:
            print(f"{name} {event}: not named within {len(late)} posts; last: {named if late else '-'}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
