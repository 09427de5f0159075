"""What every network gives, in one shape. A connector yields batches of it and knows no table and no neighbour."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import msgspec


class Record(msgspec.Struct, kw_only=True):
    """One reading of one post. Counters are None where the network does not tell them."""

    network: str
    external_id: str
    text: str
    published_at: datetime
    seen_at: datetime | None = None
    observed_at: datetime | None = None
    title: str = ""
    url: str = ""
    kind: str = "post"
    """post, reply, share, article, comment, review."""
    parent_id: str = ""
    author_id: str = ""
    author_handle: str = ""
    author_name: str = ""
    audience: int = 0
    verified: bool = False
    lang: str = ""
    replies: int | None = None
    shares: int | None = None
    likes: int | None = None
    rating: float | None = None
    """Stars that the author gave, from 0 (the worst) to 1; None where there are none."""
    deleted: bool = False
    own: bool = False
    """True when the export itself says that this is an account of the watched organisation."""
    position: str = ""
    """Where it stood in its file, for messages."""


class Rejected(msgspec.Struct):
    """What could not be read: where it stood, why, and itself."""

    position: str
    reason: str
    raw: str


@dataclass
class Batch:
    """What one reading brought, and where to go on from once it is safely stored."""

    records: list[Record] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    cursor: dict[str, Any] = field(default_factory=dict)
    gap: tuple[datetime, datetime, str] | None = None


@dataclass(frozen=True)
class Field:
    """One thing that a connector needs to be told."""

    name: str
    label: Any
    help: Any = ""
    required: bool = True
    secret: bool = False
    choices: tuple[tuple[str, Any], ...] = ()
    default: str = ""


@dataclass(frozen=True)
class About:
    """How a connector describes itself: forms and manual pages are drawn from it."""

    key: str
    label: Any
    mark: str
    help: Any
    fields: tuple[Field, ...]
    every_seconds: int = 300
    streams: bool = False
    """True when `read` goes on for ever; otherwise it returns and is called again after `every_seconds`."""
    addable: bool = True
    reads_back: bool = False
    """True when `search` can fill a new watch from the network's own history."""


class Misconfigured(ValueError):
    """The settings of a source cannot work; the sentence says which and why."""


class Connector(Protocol):
    about: About

    def read(self, settings: dict[str, Any], cursor: dict[str, Any]) -> Iterator[Batch]:
        """Batches since `cursor`. Raises Misconfigured, httpx errors, OSError."""
        ...
