"""Two hundred posts reworded in five ways, hidden among real posts: how many are found, and how many are wrong.

.venv/3.11/bin/python bench/copies.py CRISES SENTIMENT       (streams of real crises, folders of labelled posts)
"""

from __future__ import annotations

import csv
import gzip
import json
import random
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from vigie.analysis import duplicates
from vigie.watches.query import split

STREAMS = {
    "pheme_tweets_text": "text",
    "crisislex_t26_labeled": "text",
    "boycott_india_2020_2021": "text",
    "us_airlines_2015_02": "text",
}
LABELLED = "*.jsonl.gz"
MOST = 100_000
OTHER_WORDS = dict(
    pair.split("=")
    for pair in (
        "people=folks police=cops killed=shot says=said flight=plane help=assist please=pls today=now very=really "
        "news=info is=was the=this and=& you=u are=r fire=blaze flood=flooding earthquake=quake"
    ).split()
)


def reworded(text: str, way: int, dice: random.Random) -> str:
    words = text.split()
    match way:
        case 0:
            return " ".join(words[: max(int(len(words) * 0.75), 6)]) + "…"
        case 1:
            return f"so sad. {text} #news pray for them"
        case 2:
            return " ".join(OTHER_WORDS.get(word.lower(), word) for word in words)
        case 3:
            for _ in range(max(len(words) // 8, 1)):
                words.pop(dice.randrange(len(words)))
            at = dice.randrange(len(words) - 1)
            words[at], words[at + 1] = words[at + 1], words[at]
            return " ".join(words)
        case _:
            return "RT @someone: " + re.sub(r"https?://\S+|[!.]", "", text).upper() + " via @x"


def texts(crises: Path, sentiment: Path) -> Iterator[str]:
    for name, column in STREAMS.items():
        with gzip.open(crises / f"{name}.csv.gz", "rt", encoding="utf-8") as file:
            yield from (row[column] or "" for row in csv.DictReader(file))
    for path in sorted(sentiment.glob(LABELLED)):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            yield from (json.loads(line).get("text") or "" for line in file)


def posts(crises: Path, sentiment: Path) -> list[str]:
    """Different posts of nine words at least."""
    seen, found = set(), []
    for text in texts(crises, sentiment):
        key = tuple(split(re.sub(r"https?://\S+|@\w+", "", text)))
        if len(key) >= 9 and key not in seen:
            seen.add(key)
            found.append(text)
        if len(found) == MOST:
            break
    return found


def main(crises: Path, sentiment: Path) -> None:
    dice = random.Random(3)
    background = posts(crises, sentiment)
    dice.shuffle(background)
    hidden = [reworded(text, n % 5, dice) for n, text in enumerate(background[:200])]
    begun = time.perf_counter()
    index = duplicates.Index(room=200_000)
    signatures = duplicates.signatures([split(text) for text in background + hidden])
    placed = index.place_all(list(range(len(signatures))), signatures)
    took = time.perf_counter() - begun
    base = len(background)
    found = [placed[base + n] == placed[n] for n in range(200)]
    wrong = sum(placed[base + n] not in (placed[n], base + n) for n in range(200))
    ways = ", ".join(f"{sum(found[way::5])}/40" for way in range(5))
    print(f"{base + 200} posts in {took:.1f} s: {sum(found)} of 200 found")
    print(f"by way (cut, padded, other words, shaken, passed on): {ways}")
    print(f"placed with another story: {wrong}; precision {sum(found) / max(sum(found) + wrong, 1):.1%}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
