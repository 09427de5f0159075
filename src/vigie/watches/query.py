"""The query language: what a person writes, as a tree, or the exact place of the mistake.

    query   := either
    either  := both (OR both)*
    both    := unless ((AND)? unless)*
    unless  := NOT unless | near
    near    := atom (NEAR/n atom)?
    atom    := ( query ) | "a phrase" | word | prefix* | @handle | #tag | field:value | audience>n | *

Words are compared without accents and capitals. Operators are written in capitals, in English
or in French (ET OU SAUF).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from vigie.lib.text import fold

LONGEST = 4_000
DEEPEST = 40


class QueryError(ValueError):
    """A query that cannot be read: `at` is the character at fault, counted from 0."""

    def __init__(self, reason: str, at: int) -> None:
        super().__init__(reason)
        self.reason, self.at = reason, at


@dataclass(frozen=True)
class Everything:
    pass


@dataclass(frozen=True)
class Words:
    """One word or several in a row; `prefix` lets the last one go on."""

    words: tuple[str, ...]
    prefix: bool = False


@dataclass(frozen=True)
class Near:
    left: Words
    right: Words
    distance: int


@dataclass(frozen=True)
class Is:
    """A field with a value: from, lang, network, has, kind, handle, tag, site."""

    field: str
    value: str


@dataclass(frozen=True)
class Audience:
    above: int


@dataclass(frozen=True)
class Not:
    part: Node


@dataclass(frozen=True)
class And:
    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Or:
    parts: tuple[Node, ...]


Node = Everything | Words | Near | Is | Audience | Not | And | Or

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<open>\() | (?P<close>\))
    | "(?P<phrase>[^"]*)"
    | (?P<unclosed>")
    | (?P<operator>(?:AND|ET|OR|OU|NOT|SAUF)(?=[\s(")]|$))
    | NEAR/(?P<near>\d+)(?=\s|$)
    | (?P<badnear>NEAR(?:/\S*)?(?=[\s()]|$))
    | audience>(?P<audience>[^\s()"]*)
    | (?P<field>from|lang|network|has|kind|site):(?P<value>"[^"]*"|[^\s()"]*)
    | @(?P<handle>[^\s()"]+)
    | \#(?P<tag>[^\s()"]+)
    | (?P<minus>-)(?=\S)
    | (?P<word>[^\s()"]+)
    )""",
    re.X,
)
_OPERATORS = {"AND": "AND", "ET": "AND", "OR": "OR", "OU": "OR", "NOT": "NOT", "SAUF": "NOT"}
_SPLIT = re.compile(r"[^\w]+")
_WORD = re.compile(r"\w+")
_HAS = {"link", "question"}
_KINDS = {"post", "reply", "share", "article", "comment", "review"}


def words_of(folded: str) -> list[str]:
    """Words of a text that is folded already."""
    return _WORD.findall(folded)


def split(text: str) -> list[str]:
    """Folded words of a text, as the matcher sees them."""
    return words_of(fold(text))


@dataclass(frozen=True)
class _Token:
    kind: str
    value: str
    at: int
    extra: str = ""


def _tokens(text: str) -> list[_Token]:
    found, at = [], 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:  # cannot happen: `word` takes anything left
            raise QueryError(_("This cannot be read."), at)
        kind = match.lastgroup or ""
        groups = match.groupdict()
        start = match.end() - len(match.group().lstrip())
        if kind == "value":
            found.append(_Token("field", groups["field"], start, groups["value"].strip('"')))
        else:
            found.append(_Token(kind, groups[kind] or "", start))
        at = match.end()
    return found


class _Reader:
    """Recursive descent over the tokens."""

    def __init__(self, text: str) -> None:
        self.tokens, self.at, self.end, self.depth = _tokens(text), 0, len(text), 0

    def peek(self) -> _Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def operator(self) -> str:
        token = self.peek()
        return _OPERATORS[token.value] if token and token.kind == "operator" else ""

    def either(self) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise QueryError(_("Too many parentheses inside one another."), self.tokens[self.at - 1].at)
        parts = [self.both()]
        while self.operator() == "OR":
            self.at += 1
            parts.append(self.both())
        self.depth -= 1
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def both(self) -> Node:
        parts = [self.unless()]
        while (token := self.peek()) and token.kind != "close" and self.operator() != "OR":
            if self.operator() == "AND":
                self.at += 1
            parts.append(self.unless())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def unless(self) -> Node:
        turned = False
        while self.operator() == "NOT" or ((token := self.peek()) and token.kind == "minus"):
            self.at += 1
            turned = not turned
        part = self.near()
        return Not(part) if turned else part

    def near(self) -> Node:
        left = self.atom()
        token = self.peek()
        if token is None or token.kind != "near":
            return left
        self.at += 1
        right = self.atom()
        if not isinstance(left, Words) or not isinstance(right, Words):
            raise QueryError(_("NEAR stands between two words or phrases."), token.at)
        return Near(left, right, max(min(int(token.value[:4]), 100), 1))

    def atom(self) -> Node:
        token = self.peek()
        if token is None:
            raise QueryError(_("Something is missing at the end."), self.end)
        self.at += 1
        match token.kind:
            case "open":
                return self.inside(token)
            case "close":
                raise QueryError(_("This parenthesis closes nothing, or there is nothing in it."), token.at)
            case "operator":
                raise QueryError(_("%s needs something before and after it.") % token.value, token.at)
            case "near" | "badnear":
                raise QueryError(_("Write NEAR/5 between two words: at most 5 words apart."), token.at)
            case "unclosed":
                raise QueryError(_("This quotation mark is never closed."), token.at)
        return _leaf(token)

    def inside(self, opening: _Token) -> Node:
        node = self.either()
        token = self.peek()
        if token is None or token.kind != "close":
            raise QueryError(_("This parenthesis is never closed."), opening.at)
        self.at += 1
        return node


def _leaf(token: _Token) -> Node:
    match token.kind:
        case "phrase" | "word":
            return _words(token)
        case "handle":
            return _named("handle", fold(token.value.strip("@")), token)
        case "tag":
            return _named("tag", fold(token.value), token)
        case "audience":
            if not token.value.isdecimal() or not token.value.isascii() or len(token.value) > 15:
                raise QueryError(_("After audience> comes a whole number, as in audience>10000."), token.at)
            return Audience(int(token.value))
        case _:
            return _field(token)


def _named(field: str, value: str, token: _Token) -> Node:
    if not split(value):
        raise QueryError(_("There is no word here to look for."), token.at)
    return Is(field, value)


def _words(token: _Token) -> Node:
    text = token.value
    if token.kind == "word" and text == "*":
        return Everything()
    prefix = text.endswith("*")
    words = split(text)
    if not words:
        raise QueryError(_("There is no word here to look for."), token.at)
    if prefix and len(words[-1]) < 2:
        raise QueryError(_("Before * come at least two letters."), token.at)
    return Words(tuple(words), prefix)


def _field(token: _Token) -> Node:
    name, value = token.value, token.extra
    if not value:
        raise QueryError(_("%s: needs a value right after the colon.") % name, token.at)
    if name == "has" and value not in _HAS:
        raise QueryError(_("has: knows %s.") % ", ".join(sorted(_HAS)), token.at)
    if name == "kind" and value not in _KINDS:
        raise QueryError(_("kind: knows %s.") % ", ".join(sorted(_KINDS)), token.at)
    return Is(name, fold(value.lstrip("@")) if name in ("from", "site") else value.lower())


def parse(text: str) -> Node:
    """The tree of a query. Raises QueryError with the place of the mistake."""
    if not text.strip():
        raise QueryError(_("Write at least one word, or * for everything."), 0)
    if len(text) > LONGEST:
        raise QueryError(_("A query has at most %s characters.") % LONGEST, LONGEST)
    reader = _Reader(text)
    node = reader.either()
    if token := reader.peek():
        raise QueryError(_("This parenthesis closes nothing, or there is nothing in it."), token.at)
    return node


def required(node: Node) -> list[str] | None:
    """Words of which a matching text must hold at least one (as part of a word), or None where none is sure.

    This is what candidates are found by; the tree decides.
    """
    match node:
        case Words(words=words):
            return [max(words, key=len)]
        case Near(left=left, right=right):
            return [max((*left.words, *right.words), key=len)]
        case Is(field="handle" | "tag", value=value):
            return [max(split(value) or [value], key=len)]
        case And(parts=parts):
            found = [r for part in parts if (r := required(part)) is not None]
            return max(found, key=lambda words: min(map(len, words))) if found else None
        case Or(parts=parts):
            each = [required(part) for part in parts]
            return None if any(r is None for r in each) else [word for r in each if r for word in r]
        case _:
            return None


def highlighted(node: Node) -> list[str]:
    """Words to show in bold in what was found."""
    match node:
        case Words(words=words):
            return list(words)
        case Near(left=left, right=right):
            return [*left.words, *right.words]
        case Is(field="handle" | "tag", value=value):
            return [value]
        case And(parts=parts) | Or(parts=parts):
            return [word for part in parts for word in highlighted(part)]
        case _:
            return []


def suggestion(names: list[str]) -> str:
    """A first query from the names of an entity."""
    quoted = [f'"{name}"' if _SPLIT.search(name.strip()) else name.strip() for name in names if name.strip()]
    return " OR ".join(dict.fromkeys(quoted))


def parsed_or_none(text: str) -> Any:
    try:
        return parse(text)
    except QueryError:
        return None
