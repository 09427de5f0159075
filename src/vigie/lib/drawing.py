"""Small drawings made on the server: a line of a few values, accounts in a ring with the ties between them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

RADIUS = 100.0


@dataclass(frozen=True)
class Dot:
    """An account in the ring; `x` and `y` from -100 to 100, `side` where its name is written."""

    name: str
    x: float
    y: float
    side: str


@dataclass(frozen=True)
class Tie:
    """A line between two accounts; `weight` from 1 (few shared traces) to 4."""

    x1: float
    y1: float
    x2: float
    y2: float
    weight: int


@dataclass(frozen=True)
class Column:
    """A column of a strip, in percent of its width and height; `part` is the height of the darker part."""

    x: float
    width: float
    height: float
    part: float


def strip(points: Sequence[Sequence[float]]) -> list[Column]:
    """Columns of [whole, part] over equal steps.

    >>> strip([[4, 1], [2, 2]])
    [Column(x=0.0, width=45.0, height=100.0, part=25.0), Column(x=50.0, width=45.0, height=50.0, part=50.0)]
    """
    most = max([*(whole for whole, _ in points), 1])
    step = 100 / max(len(points), 1)
    return [
        Column(round(i * step, 2), round(step * 0.9, 2), round(100 * whole / most, 1), round(100 * part / most, 1))
        for i, (whole, part) in enumerate(points)
    ]


def line(values: Sequence[float], *, width: float = 60, height: float = 16) -> str:
    """The points of a line over equal steps, from zero.

    >>> line([0, 2, 1], width=20, height=10)
    '0.0,10.0 10.0,0.0 20.0,5.0'
    """
    most = max([*values, 1])
    step = width / max(len(values) - 1, 1)
    return " ".join(f"{i * step:.1f},{height - height * value / most:.1f}" for i, value in enumerate(values))


def ring(names: Sequence[str], ties: Iterable[tuple[str, str, int]]) -> tuple[list[Dot], list[Tie]]:
    """Accounts in a circle, the first on top, and the ties among them.

    >>> dots, drawn = ring(["ana", "bob"], [("ana", "bob", 6)])
    >>> [(d.name, d.x, d.y) for d in dots], [(t.x1, t.y1, t.x2, t.y2) for t in drawn]
    ([('ana', 0.0, -100.0), ('bob', 0.0, 100.0)], [(0.0, -100.0, 0.0, 100.0)])
    """
    dots = [_dot(name, 2 * math.pi * i / len(names)) for i, name in enumerate(names)]
    at = {dot.name: dot for dot in dots}
    drawn = [(at[a], at[b], n) for a, b, n in ties if a in at and b in at]
    most = max((n for _, _, n in drawn), default=1)
    return dots, [Tie(a.x, a.y, b.x, b.y, math.ceil(4 * n / most)) for a, b, n in drawn]


def _dot(name: str, turn: float) -> Dot:
    x, y = round(RADIUS * math.sin(turn), 1) + 0.0, round(-RADIUS * math.cos(turn), 1) + 0.0
    return Dot(name, x, y, "middle" if abs(x) < 1 else "start" if x > 0 else "end")
