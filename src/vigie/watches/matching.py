"""Which watches a post concerns: one Aho-Corasick pass for candidates, then each candidate's tree."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ahocorasick_rs import AhoCorasick, MatchKind

from vigie.lib.text import fold, host
from vigie.networks.record import Record

from .query import And, Audience, Everything, Is, Near, Node, Not, Or, Words, required, words_of

_MENTION = re.compile(r"@([\w.-]+(?:@[\w.-]+)?)")
_TAG = re.compile(r"#(\w+)")
_LINK = re.compile(r"https?://|www\.", re.I)


@dataclass
class Text:
    """A post as the matcher sees it; what few queries ask for is worked out only when asked."""

    record: Record
    lang: str
    folded: str = ""
    _words: list[str] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        record = self.record
        self.folded = fold(f"{record.title}\n{record.text}" if record.title else record.text)

    @cached_property
    def words(self) -> list[str]:
        return words_of(self.folded)

    @cached_property
    def spaced(self) -> str:
        return f" {' '.join(self.words)} "

    @cached_property
    def handles(self) -> set[str]:
        found = {h.rstrip(".-") for h in _MENTION.findall(self.folded)}
        return found | {h.split("@")[0] for h in found}

    @cached_property
    def tags(self) -> set[str]:
        return set(_TAG.findall(self.folded))

    @cached_property
    def has_link(self) -> bool:
        return bool(_LINK.search(self.folded))

    @cached_property
    def author(self) -> set[str]:
        handle = fold(self.record.author_handle.lstrip("@"))
        return {handle, handle.split("@")[0], fold(self.record.author_name)}

    @cached_property
    def site(self) -> str:
        return fold(host(self.record.url))


def matches(node: Node, text: Text) -> bool:
    """Whether a text is what a query asks for."""
    match node:
        case Words(words=words, prefix=prefix):
            return (f" {' '.join(words)}" if prefix else f" {' '.join(words)} ") in text.spaced
        case And(parts=parts):
            return all(matches(part, text) for part in parts)
        case Or(parts=parts):
            return any(matches(part, text) for part in parts)
        case Not(part=part):
            return not matches(part, text)
        case Everything():
            return True
        case Near():
            return _near(node, text.words)
        case Audience(above=above):
            return text.record.audience > above
        case Is():
            return _is(node, text)


def _is(node: Is, text: Text) -> bool:
    record, value = text.record, node.value
    match node.field:
        case "handle":
            return value in text.handles
        case "tag":
            return value in text.tags
        case "from":
            return value in text.author
        case "lang":
            return text.lang == value
        case "network":
            return record.network == value
        case "kind":
            return record.kind == value
        case "site":
            return text.site == value or text.site.endswith("." + value)
        case _:
            return text.has_link if value == "link" else "?" in record.text


def _places(part: Words, words: list[str]) -> list[int]:
    n = len(part.words)
    return [i for i in range(len(words) - n + 1) if _stands(part, words, i, n)]


def _stands(part: Words, words: list[str], i: int, n: int) -> bool:
    if tuple(words[i : i + n - 1]) != part.words[:-1]:
        return False
    last = words[i + n - 1]
    return last.startswith(part.words[-1]) if part.prefix else last == part.words[-1]


def _near(node: Near, words: list[str]) -> bool:
    left, right = _places(node.left, words), _places(node.right, words)
    a, b = len(node.left.words), len(node.right.words)
    return any(0 <= (j - (i + a) if j > i else i - (j + b)) < node.distance for i in left for j in right if i != j)


class Matcher:
    """All watches at once. `of` gives, for each text, the places of the watches that it concerns."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.nodes = list(nodes)
        self.always: list[int] = []
        by_word: dict[str, list[int]] = {}
        for i, node in enumerate(self.nodes):
            words = required(node)
            if words is None:
                self.always.append(i)
                continue
            for word in set(words):
                by_word.setdefault(word, []).append(i)
        self.simple = [self._is_one_word(node) for node in self.nodes]
        self.by_word = list(by_word.values())
        self.finder = AhoCorasick(list(by_word), matchkind=MatchKind.Standard) if by_word else None

    @staticmethod
    def _is_one_word(node: Node) -> bool:
        return isinstance(node, Words)

    def of(self, text: Text) -> list[int]:
        candidates = set(self.always)
        if self.finder:
            for word, _, _ in self.finder.find_matches_as_indexes(text.folded, overlapping=True):
                candidates.update(self.by_word[word])
        return sorted(i for i in candidates if matches(self.nodes[i], text))
