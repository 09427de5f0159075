"""What kind of thing a post is: sentences of our own, none of which had a part in writing the rules.

.venv/3.11/bin/python bench/kinds.py [--failures]
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter
from pathlib import Path

from vigie.analysis.kind import kind
from vigie.analysis.model import understand

SENTENCES = Path(__file__).with_name("kinds.tsv")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--failures", action="store_true")
    given = options.parse_args()
    with SENTENCES.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    found = understand([row["text"] for row in rows], langs=[row["lang"] for row in rows])
    right: Counter[tuple[str, str]] = Counter()
    for row, tone, (negative, _neutral, positive) in zip(rows, found.sentiments, found.scores, strict=True):
        said = kind(row["text"], row["lang"], int(tone), float(negative), float(positive))
        right[row["lang"], row["kind"]] += said == row["kind"]
        if given.failures and said != row["kind"]:
            print(f"{row['lang']} {row['kind']}, read as {said}: {row['text']}")
    of = Counter((row["lang"], row["kind"]) for row in rows)
    for (lang, name), n in sorted(of.items()):
        print(f"{lang} {name:10} {right[lang, name]:2} of {n}")
    print(f"all: {sum(right.values())} of {len(rows)} ({100 * sum(right.values()) / len(rows):.0f} %)")


if __name__ == "__main__":
    main()
