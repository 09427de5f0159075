"""Share of known coordinated accounts that is found, and of ordinary people that is flagged, alone and all mixed.

.venv/3.11/bin/python bench/coordination.py FOLDER      (holds `coordination/` and `crises/`)
"""

from __future__ import annotations

import csv
import gzip
import sys
import time
from collections import Counter
from datetime import datetime
from pathlib import Path

from vigie.analysis.coordination import Act, groups

KNOWN = {"ira_2016_10": "coordination", "ira_2017_08": "coordination"}
ORDINARY = {
    "us_airlines_2015_02": ("tweet_created", "name", "text"),
    "pheme_tweets_text": ("created", "user_handle", "text"),
    "boycott_india_2020_2021": ("created", "author", "text"),
    "fr_free_telecom": ("created", "author", "text"),
}
ACTIVE = 20
"""Posts that make a known account active."""


def acts(path: Path, when: str, who: str, what: str, mark: str = "") -> list[Act]:
    found = []
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            try:
                at = datetime.fromisoformat(row[when].replace("Z", "").strip()[:19]).timestamp()
            except ValueError:
                continue
            found.append(Act(mark + row[who], at, row[what] or ""))
    return found


def flagged(found: list[Act]) -> set[str]:
    return {account for group in groups(found) for account in group.accounts}


def main(folder: Path) -> None:
    known = {
        name: acts(folder / place / f"{name}.csv.gz", "publish_date", "author_id", "content")
        for name, place in KNOWN.items()
    }
    people = {
        name: acts(folder / "crises" / f"{name}.csv.gz", *columns, mark=f"{name}:")
        for name, columns in ORDINARY.items()
    }
    everybody = [act for found in people.values() for act in found]
    crowd = {act.account for act in everybody}
    print(f"ordinary people alone: {len(flagged(everybody))} of {len(crowd)} flagged")
    for name, found in known.items():
        posts = Counter(act.account for act in found)
        active = {account for account, n in posts.items() if n >= ACTIVE}
        alone = flagged(found) & active
        mixed = flagged(found + everybody)
        print(
            f"{name}: alone {len(alone)} of {len(active)} ({len(alone) / len(active):.1%}); mixed with ordinary people "
            f"{len(mixed & active)} ({len(mixed & active) / len(active):.1%}), and {len(mixed & crowd)} of them flagged"
        )
    both = [act for found in known.values() for act in found] + everybody
    begun = time.perf_counter()
    mixed = flagged(both)
    took = time.perf_counter() - begun
    print(f"all in one file: {len(mixed & crowd)} of {len(crowd)} ordinary people flagged")
    print(f"{len(both)} posts in {took:.1f} s")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
