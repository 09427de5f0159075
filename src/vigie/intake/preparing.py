"""Everything about a batch that needs no table: may run in a thread or a process of its own."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import msgspec
import numpy as np

from vigie.analysis import duplicates, lessons, model
from vigie.networks.record import Record, Rejected
from vigie.posts.store import Understood
from vigie.trends.hearing import asks, packed
from vigie.watches.matching import Matcher, Text
from vigie.watches.query import Everything, Not, parsed_or_none
from vigie.watches.sensitive import is_sensitive

from . import checking

NOTHING = Not(Everything())


class Setup(msgspec.Struct, frozen=True):
    """What a batch is prepared with: the queries of an organisation, and what its people corrected.

    `key` is "<organisation>:<edition>": a batch that was prepared with another one is prepared again.
    """

    key: str = ""
    queries: list[str] = []
    taught: list[tuple[str, int]] = []


class Prepared(msgspec.Struct):
    """A batch ready to be kept. `watches` gives, for each record, the places of the queries that it answers."""

    records: list[Record] = []
    understood: list[Understood] = []
    watches: list[list[int]] = []
    sensitive: list[bool] = []
    signatures: list[bytes] = []
    words: list[bytes] = []
    """What posts that some query answers say, packed for the detectors (see `trends.hearing`)."""
    asks: list[bool] = []
    """Whether they ask something."""
    rejected: list[Rejected] = []
    key: str = ""
    """Which setup it was prepared with."""

    def part(self, first: int, last: int) -> Prepared:
        """Records `first` to `last`, the last left out."""
        return Prepared(
            self.records[first:last],
            self.understood[first:last],
            self.watches[first:last],
            self.sensitive[first:last],
            self.signatures[first:last],
            self.words[first:last],
            self.asks[first:last],
            key=self.key,
        )


class Attention:
    """How many doubtful texts may be read twice: a second reading must not hold up what arrives.

    It may take a share of the time that passes; what was not taken is saved up to a bound, so that quiet streams and
    files of some tens of thousands of posts are read twice wherever it is worth it, and a flood is not.
    """

    SHARE, MOST = 0.25, 30.0
    """Seconds of second reading for each second that passes, and the most that is saved up."""
    COST = 0.0015
    """Seconds for one text, until it is known how long they take here."""

    def __init__(self, *, hurried: bool = True) -> None:
        """Who is not `hurried` reads all that is doubtful twice, so that the same posts give the same everywhere."""
        self.hurried = hurried
        self.left, self.at, self.cost = self.MOST, time.monotonic(), self.COST

    def texts(self) -> int | None:
        """How many may be read twice now; None for all."""
        if not self.hurried:
            return None
        now = time.monotonic()
        self.left = min(self.MOST, self.left + self.SHARE * (now - self.at))
        self.at = now
        return int(max(self.left, 0.0) / self.cost)

    def spend(self, texts: int, seconds: float) -> None:
        """So many texts were read twice, and it took so long."""
        self.left -= seconds
        if texts:
            self.cost = max(seconds / texts, 1e-4)


class Preparer:
    """check → match → understand → group, on some queries. `seconds` says how long each step took in all."""

    def __init__(
        self, queries: Sequence[str], taught: lessons.Lessons = lessons.NONE, attention: Attention | None = None
    ) -> None:
        self.taught = taught
        self.attention = attention or Attention()
        # A query that no longer parses (a newer version wrote it) matches nothing rather than stopping the rest.
        self.matcher = Matcher([parsed_or_none(query) or NOTHING for query in queries])
        self.seconds: dict[str, float] = defaultdict(float)

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        begun = time.perf_counter()
        yield
        self.seconds[step] += time.perf_counter() - begun

    def prepare(self, records: list[Record], today: datetime) -> Prepared:
        """A batch checked, matched and understood. Dates after `today` are refused."""
        prepared = Prepared()
        with self.timed("check"):
            for record in records:
                found = checking.check(record, today)
                if isinstance(found, Rejected):
                    prepared.rejected.append(found)
                else:
                    prepared.records.append(found)
        with self.timed("understand"):
            prepared.understood = understood(prepared.records, self.taught, self.attention)
        with self.timed("match"):
            texts = [Text(r, u.lang) for r, u in zip(prepared.records, prepared.understood, strict=True)]
            prepared.watches = [self.matcher.of(text) for text in texts]
            held = zip(texts, prepared.watches, strict=True)
            prepared.words = [packed(text.folded) if watches else b"" for text, watches in held]
            prepared.asks = [asks(text.folded) for text in texts]
            prepared.sensitive = [is_sensitive(text.spaced) for text in texts]
        with self.timed("group"):
            prepared.signatures = duplicates.signatures([text.words for text in texts])
        return prepared


def understood(records: list[Record], taught: lessons.Lessons, attention: Attention) -> list[Understood]:
    """What the analysis says of each record, as the organisation's corrections move it."""
    texts = [f"{r.title}\n{r.text}" if r.title else r.text for r in records]
    found = model.understand(texts, hints=[r.lang for r in records], twice=attention.texts())
    attention.spend(found.twice, found.seconds)
    sentiments, likely = found.sentiments, found.scores
    if taught:
        likely = taught.applied(texts, likely)
        sentiments = likely.argmax(axis=1).astype(np.int8) - 1
    packed = np.round(found.emotions * 255).astype(np.uint8).tobytes()
    size = len(model.EMOTIONS)
    rows = zip(found.langs, sentiments.tolist(), likely.tolist(), found.unsure.tolist(), strict=True)
    made = [
        Understood(lang, sentiment, scores[0], scores[2], unsure, packed[i * size : (i + 1) * size])
        for i, (lang, sentiment, scores, unsure) in enumerate(rows)
    ]
    for record, one in zip(records, made, strict=True):
        if record.rating is not None:
            _as_rated(one, record.rating)
    return made


BAD, GOOD = 0.35, 0.65
"""One and two stars of five are bad, four and five good."""


def _as_rated(one: Understood, rating: float) -> None:
    """Whoever gives stars says what they think: no model knows better."""
    one.sentiment = -1 if rating <= BAD else 1 if rating >= GOOD else 0
    one.negative, one.positive, one.unsure = float(rating <= BAD), float(rating >= GOOD), False
