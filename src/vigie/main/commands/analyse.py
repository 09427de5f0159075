"""`vigie analyse [FILE]`: JSON lines in, JSON lines out, same order."""

from __future__ import annotations

import argparse
import gzip
import itertools
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from vigie.main import start

STEP = 2_000


def add(options: argparse.ArgumentParser) -> None:
    options.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help="JSON lines (plain or .gz); standard input if not given"
    )
    options.add_argument("--explain", action="store_true", help="also the words that weighed for each label")
    options.add_argument("--json", action="store_true", help="the output is always JSON lines")


def lines(path: Path | None) -> Iterator[bytes]:
    if path is None:
        yield from sys.stdin.buffer
        return
    with path.open("rb") as probe:
        opener: Any = gzip.open if probe.read(2) == b"\x1f\x8b" else open
    with opener(path, "rb") as file:
        yield from file


def code(lang: object) -> str:
    """The language that a line states, taken as said; empty when it states none (`und`) or no code."""
    said = lang.lower().replace("_", "-").split("-")[0] if isinstance(lang, str) else ""
    return said if len(said) == 2 and said.isascii() and said.isalpha() else ""


def run(options: argparse.Namespace) -> int:
    if options.file is not None and not options.file.is_file():
        start.say(f"{options.file}: there is no such file")
        return 2
    start.analysis_settings()
    try:
        return analyse(options)
    except (OSError, EOFError, zlib.error) as error:
        start.say(f"{options.file}: {error}")
        return 2


def beside(item: dict[str, Any], text: str, told: dict[str, Any], explain: bool) -> dict[str, Any]:
    """What is worked out text by text: its kind, its stance where a claim is given, and why where that is asked."""
    from vigie.analysis import model
    from vigie.analysis.kind import kind
    from vigie.analysis.stance import stance

    scores, sentiment = told["sentiment_scores"], model.SENTIMENTS.index(told["sentiment"]) - 1
    found: dict[str, Any] = {"kind": kind(text, told["lang"], sentiment, scores["negative"], scores["positive"])}
    if isinstance(item.get("claim"), str):
        parent = item.get("parent") if isinstance(item.get("parent"), str) else ""
        taken = stance(text, item["claim"], str(parent), told["lang"])
        found |= {"stance": taken.name, "stance_scores": taken.scores}
    if explain:
        found["explanation"] = model.explained(text, told["lang"])
    return found


def analyse(options: argparse.Namespace) -> int:
    from vigie.analysis import model
    from vigie.analysis.language import detect
    from vigie.lib.text import clean

    encode, decode = msgspec.json.Encoder().encode, msgspec.json.Decoder().decode
    bad = number = 0
    source = lines(options.file)
    while chunk := list(itertools.islice(source, STEP)):
        items: list[dict[str, Any]] = []
        for line in chunk:
            number += 1
            if not line.strip():
                continue
            try:
                item = decode(line.removeprefix(b"\xef\xbb\xbf"))
                if not isinstance(item, dict) or not isinstance(item.get("text"), str):
                    raise msgspec.DecodeError("an object with a text was expected")
                items.append(item)
            except (msgspec.DecodeError, RecursionError) as error:
                bad += 1
                start.say(f"line {number}: {error}; left out")
        if not items:
            continue
        texts = [clean(item["text"]) for item in items]
        given = [code(item.get("lang")) for item in items]
        found = model.understand(texts, langs=[g or detect(t) for g, t in zip(given, texts, strict=True)])
        for item, text, told in zip(items, texts, found.as_dicts(), strict=True):
            sys.stdout.buffer.write(encode({**item, **told, **beside(item, text, told, options.explain)}) + b"\n")
    sys.stdout.flush()
    return 1 if bad else 0
