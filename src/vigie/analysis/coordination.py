"""Accounts that act as one: the same text, beginning, link or choice of tags within the hour, again and again.

Each post leaves traces: its words without links and mentions, its first six words, its links, its tags by twos and by
one. A trace left by more than twenty accounts in a week is a fashion and says nothing. Two accounts that left at least
twelve same traces within an hour of each other, at three moments at least, are a **seed**, unless chance explains it
(see `odds`). Seeds that touch make a group; who left two same traces within a day of a group of four or more joins it,
in three rounds.

The traces and the weight of repetition follow the literature on coordinated sharing (Pacheco et al., 2021; Giglietto et
al., 2020); the limits were chosen on accounts of a known operation against ordinary people (`bench/RESULTS.md`).
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
import numpy as np
from numba import njit

from vigie.lib.text import LINK
from vigie.lib.times import iso

FASHION = 20
"""Accounts that may leave a trace in a week before it is a fashion."""
HOUR, DAY, WEEK = 3_600, 86_400, 7 * 86_400
SEED, TIMES, JOIN, ROUNDS, CORE = 12, 3, 2, 3, 4
"""Traces of a seed and how many times they met, traces to join a group, rounds of joining, accounts of a group that
others may join."""
UNLIKELY = 1e-6
AHEAD = 60
"""Posts with the same trace that each is compared with."""
_MENTION = re.compile(r"@[\w.-]+")
_SHARED = re.compile(r"^rt\s+@\w+:?\s*")
_WORD = re.compile(r"\w+")
_TAG = re.compile(r"#(\w+)")


class Act(msgspec.Struct, frozen=True):
    """One post as it is looked at here: who, when (UTC seconds), what."""

    account: str
    at: float
    text: str


@dataclass(frozen=True)
class Trace:
    """Something that several accounts of a group did alike."""

    what: str
    kind: str
    accounts: list[str]
    first_at: float
    within_seconds: int


@dataclass(frozen=True)
class Group:
    """Accounts that act as one, strongest ties first; `odds` is the chance of the group's ties by coincidence."""

    accounts: list[str]
    posts: int
    first_at: float
    evidence: list[Trace]
    odds: float
    ties: list[tuple[str, str, int]]


def traces(text: str) -> Iterator[tuple[str, str]]:
    """(kind, trace) of a text."""
    lower = text.lower()
    words = _WORD.findall(_MENTION.sub(" ", _SHARED.sub(" ", LINK.sub(" ", lower))))
    said = " ".join(words)
    if len(said) >= 20:
        yield "text", said
    if len(words) >= 8:
        yield "beginning", " ".join(words[:6])
    for link in LINK.findall(lower)[:3]:
        yield "link", link.rstrip(".,;:!?)»")
    tags = sorted(set(_TAG.findall(lower)))[:6]
    yield from (("tag", tag) for tag in tags)
    yield from (("tags", f"{a} {b}") for a, b in itertools.combinations(tags, 2))


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _meetings(starts: Any, who: Any, at: Any, fashion: int, ahead: int, within: float, found: Any) -> int:
    """Pairs of different accounts that left a trace within so many seconds: rows (one, other, trace, when)."""
    n = 0
    for t in range(starts.shape[0] - 1):
        a, b = starts[t], starts[t + 1]
        if b - a < 2:
            continue
        different = 0
        for i in range(a, b):
            new = True
            for k in range(a, i):
                if who[k] == who[i]:
                    new = False
                    break
            different += new
            if different > fashion or i - a > 4000:
                different = fashion + 1
                break
        if different < 2 or different > fashion:
            continue
        for i in range(a, b):
            for k in range(i + 1, min(i + ahead, b)):
                gap = at[k] - at[i]
                if gap > within:
                    break
                if who[i] != who[k]:
                    if n < found.shape[0]:
                        found[n, 0], found[n, 1] = min(who[i], who[k]), max(who[i], who[k])
                        found[n, 2], found[n, 3] = t, np.int64(at[i])
                    n += 1
    return n


@dataclass
class _Sheet:
    """All traces of all posts, sorted by trace, then time."""

    accounts: list[str]
    posts: Any
    names: list[tuple[str, str, int]]
    starts: Any
    who: Any
    at: Any

    def meetings(self, within: float) -> Any:
        room = np.empty((1 << 16, 4), np.int64)
        n = _meetings(self.starts, self.who, self.at, FASHION, AHEAD, within, room)
        if n > len(room):
            room = np.empty((n, 4), np.int64)
            _meetings(self.starts, self.who, self.at, FASHION, AHEAD, within, room)
        return room[:n]


def _sheet(acts: Iterable[Act]) -> _Sheet:
    numbers: dict[str, int] = {}
    known: dict[tuple[str, str, int], int] = {}
    posts: Counter[int] = Counter()
    what: list[int] = []
    who: list[int] = []
    at: list[float] = []
    for act in acts:
        one = numbers.setdefault(act.account, len(numbers))
        posts[one] += 1
        week = int(act.at // WEEK)
        for kind, trace in traces(act.text):
            what.append(known.setdefault((kind, trace, week), len(known)))
            who.append(one)
            at.append(act.at)
    kinds, people, times = np.array(what, np.int64), np.array(who, np.int64), np.array(at, np.float64)
    order = np.lexsort((times, kinds))
    starts = np.searchsorted(kinds[order], np.arange(len(known) + 1))
    counted = np.array([posts[i] for i in range(len(numbers))], np.float64)
    return _Sheet(list(numbers), counted, list(known), starts, people[order], times[order])


def _together(meetings: Any) -> dict[tuple[int, int], set[int]]:
    """Which different traces each pair left."""
    found: dict[tuple[int, int], set[int]] = defaultdict(set)
    for one, other, trace in np.unique(meetings[:, :3], axis=0).tolist():
        found[one, other].add(trace)
    return found


def _moments(meetings: Any) -> Counter[tuple[int, int]]:
    """How many times each pair met: one post may leave many traces."""
    return Counter((one, other) for one, other, _ in np.unique(meetings[:, [0, 1, 3]], axis=0).tolist())


def odds(shared: int, one: float, other: float, pairs: float, weight: float) -> float:
    """The chance that two accounts that posted so much share so many traces, were meetings shared out by activity.

    Poisson tail: `pairs` meetings in all, each falling on a pair in proportion to the product of its accounts' posts
    (`weight` is the sum of these products).

    >>> odds(12, 20, 20, 100, 1e6) < 1e-20
    True
    >>> round(odds(1, 1000, 1000, 100, 1e6), 2)
    1.0
    """
    expected = max(pairs * one * other / max(weight, 1.0), 1e-12)
    if shared <= expected:
        return 1.0
    # The first term of the tail bounds it within a factor that does not matter here.
    log = shared * math.log(expected) - expected - math.lgamma(shared + 1) - math.log(1 - expected / (shared + 1))
    return min(math.exp(max(log, -690.0)), 1.0)


def groups(acts: Iterable[Act]) -> list[Group]:
    """The groups of accounts that act as one, the largest first."""
    sheet = _sheet(acts)
    if not sheet.names:
        return []
    meetings = sheet.meetings(HOUR)
    near, times = _together(meetings), _moments(meetings)
    total = float(sheet.posts.sum())
    weight = (total**2 - float((sheet.posts**2).sum())) / 2
    pairs = float(sum(map(len, near.values())))
    ties: dict[tuple[int, int], float] = {}
    for (one, other), shared in near.items():
        if len(shared) >= SEED and times[one, other] >= TIMES:
            # The pair's own meetings are what is asked about: chance is judged by the others'.
            chance = odds(len(shared), sheet.posts[one], sheet.posts[other], pairs - len(shared), weight)
            if chance <= UNLIKELY:
                ties[one, other] = chance
    parts = _parts(ties)
    member = {account: i for i, part in enumerate(parts) for account in part}
    wide = _together(sheet.meetings(DAY))
    _join(parts, member, wide)
    found = [_group(sheet, sorted(part), wide, ties) for part in parts]
    return sorted(found, key=lambda g: (-len(g.accounts), g.first_at))


def _parts(ties: Iterable[tuple[int, int]]) -> list[set[int]]:
    """Connected parts."""
    beside: dict[int, set[int]] = defaultdict(set)
    for one, other in ties:
        beside[one].add(other)
        beside[other].add(one)
    left, parts = set(beside), []
    while left:
        part, edge = set(), [left.pop()]
        while edge:
            one = edge.pop()
            part.add(one)
            edge += beside[one] - part
        left -= part
        parts.append(part)
    return parts


def _join(parts: list[set[int]], member: dict[int, int], wide: dict[tuple[int, int], set[int]]) -> None:
    beside: dict[int, list[tuple[int, set[int]]]] = defaultdict(list)
    for (one, other), shared in wide.items():
        beside[one].append((other, shared))
        beside[other].append((one, shared))
    for _round in range(ROUNDS):
        joining = {}
        for account in beside.keys() - member.keys():
            by_part: dict[int, set[int]] = defaultdict(set)
            for other, shared in beside[account]:
                if other in member and len(parts[member[other]]) >= CORE:
                    by_part[member[other]] |= shared
            best = max(by_part, key=lambda p: (len(by_part[p]), -p), default=None)
            if best is not None and len(by_part[best]) >= JOIN:
                joining[account] = best
        for account, part in joining.items():
            parts[part].add(account)
            member[account] = part
        if not joining:
            return


def _group(
    sheet: _Sheet, part: list[int], wide: dict[tuple[int, int], set[int]], chances: dict[tuple[int, int], float]
) -> Group:
    inside = set(part)
    pairs = {pair: shared for pair, shared in wide.items() if pair[0] in inside and pair[1] in inside}
    by_trace: Counter[int] = Counter(trace for shared in pairs.values() for trace in shared)
    strongest = sorted(pairs, key=lambda pair: (-len(pairs[pair]), pair))
    degree: Counter[int] = Counter()
    for pair in strongest:
        for one in pair:
            degree[one] += len(pairs[pair])
    named = [_trace(sheet, trace, inside) for trace, _ in sorted(by_trace.items(), key=lambda t: (-t[1], t[0]))[:60]]
    telling = sorted(
        named, key=lambda t: (["text", "link", "beginning", "tags", "tag"].index(t.kind), -len(t.accounts))
    )
    names = sheet.accounts
    return Group(
        [names[i] for i in sorted(part, key=lambda i: (-degree[i], names[i]))],
        int(sheet.posts[part].sum()),
        min(t.first_at for t in named),
        telling[:5],
        max((chance for pair, chance in chances.items() if pair[0] in inside), default=1.0),
        [(names[a], names[b], len(pairs[a, b])) for a, b in strongest[:200]],
    )


def _trace(sheet: _Sheet, trace: int, inside: set[int]) -> Trace:
    kind, what, _week = sheet.names[trace]
    span = range(sheet.starts[trace], sheet.starts[trace + 1])
    at = [i for i in span if int(sheet.who[i]) in inside]
    people = list(dict.fromkeys(sheet.accounts[int(sheet.who[i])] for i in at))
    gaps = [sheet.at[b] - sheet.at[a] for a, b in itertools.pairwise(at) if sheet.who[a] != sheet.who[b]]
    return Trace(what, kind, people, float(sheet.at[at[0]]), int(min(gaps, default=0)))


def moment(seconds: float) -> str:
    """UTC, as other commands write it."""
    return iso(datetime.fromtimestamp(seconds, UTC))
