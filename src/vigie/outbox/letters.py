"""Who writes which kind of message, and who knows where a place is: two tables that packages above fill at start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from vigie.people.models import Organisation

from .models import Message


@dataclass(frozen=True)
class Letter:
    """What is sent: a title, a text, and a picture for those who can show one."""

    title: str
    body: str
    picture: Callable[[], bytes | None] | None = None


class Gone(LookupError):
    """What a message is about, or whom it is for, is there no more: it is set aside with this reason."""


Render = Callable[[Message], Letter]


@dataclass(frozen=True)
class Kind:
    """A kind of message: who writes it (in the language that is active), and how urgent it is."""

    render: Render
    urgency: int = 5


@dataclass(frozen=True)
class Recipient:
    """A place as it is now: its address, and the language in which it is written to."""

    address: str
    language: str = "fr"


class Book(Protocol):
    """Knows one kind of place. `ref` is what follows the colon in `Message.where`."""

    def find(self, organisation: Organisation, ref: str) -> Recipient:
        """Raises Gone."""
        ...

    def reached(self, organisation: Organisation, ref: str, at: datetime) -> None: ...

    def failed(self, organisation: Organisation, ref: str, error: str) -> None: ...


class Mail:
    """Mail addresses are places by themselves."""

    def find(self, organisation: Organisation, ref: str) -> Recipient:
        address, _sep, language = ref.partition("|")
        return Recipient(f"mail:{address}", language or "fr")

    def reached(self, organisation: Organisation, ref: str, at: datetime) -> None:
        pass

    def failed(self, organisation: Organisation, ref: str, error: str) -> None:
        pass


KINDS: dict[str, Kind] = {}
BOOKS: dict[str, Book] = {"mail": Mail()}


def recipient(message: Message) -> Recipient:
    """Where a message goes now. Raises Gone."""
    book, _sep, ref = message.where.partition(":")
    return BOOKS[book].find(message.organisation, ref)


def book_of(where: str) -> tuple[Book, str]:
    name, _sep, ref = where.partition(":")
    return BOOKS[name], ref


def written(message: Message) -> Letter:
    """The words of a message, in the language that is active. Raises Gone, and whatever its writer raises."""
    return KINDS[message.kind].render(message)


def text(title: str, body: str) -> dict[str, Any]:
    """The payload of a message whose words are written when it is asked for, kept sealed until it has left."""
    from .services import vault

    return {"sealed": vault().seal([title, body])}


def _text(message: Message) -> Letter:
    from .services import vault

    if "sealed" not in message.payload:
        raise Gone("its words were forgotten when it was sent")
    title, body = vault().open(message.payload["sealed"])
    return Letter(title, body)


KINDS["text"] = Kind(_text, urgency=2)
