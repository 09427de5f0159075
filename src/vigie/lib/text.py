"""Small plain helpers on text that came from strangers."""

from __future__ import annotations

import html
import re
import sys
import unicodedata
from urllib.parse import urlsplit

_CONTROL = {c: None for c in range(sys.maxunicode + 1) if unicodedata.category(chr(c)) == "Cc" and c not in (9, 10, 13)}
_BIDI = dict.fromkeys([0x200E, 0x200F, 0x061C, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF])
_UNSAFE = re.compile("[" + re.escape("".join(map(chr, [*_CONTROL, *_BIDI]))) + "\ud800-\udfff]")
_FOLDS = {ord("œ"): "oe", ord("æ"): "ae", ord("ß"): "ss", ord("ø"): "o", ord("ł"): "l", ord("đ"): "d", ord("’"): "'"}


def _fold_table() -> dict[int, str | None]:
    table: dict[int, str | None] = dict(_FOLDS)
    for code in [*range(0xC0, 0x250), *range(0x1E00, 0x1F00)]:
        plain = "".join(c for c in unicodedata.normalize("NFKD", chr(code)) if not unicodedata.combining(c))
        if plain and plain != chr(code):
            table.setdefault(code, plain.lower())
    table.update(dict.fromkeys(range(768, 880)))
    return table


_FOLD = _fold_table()
_WIDENED = bytes(code for code in range(256) if len(_FOLD.get(code) or "x") != 1 or ord(_FOLD.get(code) or "x") > 255)
"""Latin-1 letters that become two, such as ß."""
_NARROW = bytes(ord(_FOLD[code] or "x") if code in _FOLD and code not in _WIDENED else code for code in range(256))


def _styled() -> dict[int, str]:
    """Letters in disguise (mathematical, full-width, circled, squared) and the plain ones that they stand for."""
    ranges = [(0x1D400, 0x1D7FF), (0xFF01, 0xFF5E), (0x2460, 0x24FF), (0x1F130, 0x1F149)]
    every = (chr(code) for first, last in ranges for code in range(first, last + 1))
    plain = ((one, unicodedata.normalize("NFKC", one)) for one in every)
    return {ord(one): other for one, other in plain if other != one and other.isascii() and other.isalnum()}


STYLED = _styled()


def plain_letters(text: str) -> str:
    """The same text with accents in one piece and no letters in disguise.

    >>> plain_letters("𝐂'𝐞𝐬𝐭 𝓷𝓾𝓵"), len(plain_letters("e\u0301te\u0301"))
    ("C'est nul", 3)
    """
    return text if text.isascii() else unicodedata.normalize("NFC", text.translate(STYLED))


def fold(text: str) -> str:
    """Lower case without accents: what is compared when accents and capitals must not matter."""
    text = text.lower()
    if text.isascii():
        return text
    try:
        # Most accented texts fit Latin-1, where one table of bytes does it all at once.
        narrow = text.replace("’", "'").encode("latin-1")
    except UnicodeEncodeError:
        return text.translate(_FOLD)
    return (
        text.translate(_FOLD)
        if narrow.translate(None, _WIDENED) != narrow
        else narrow.translate(_NARROW).decode("latin-1")
    )


def clean(text: str, limit: int = 20_000) -> str:
    """Text fit to store and show: no control or direction-changing character, no lone surrogate, bounded."""
    if len(text) > limit:
        text = text[:limit]
    # What is printable holds neither control nor direction-changing characters: most texts end here.
    return text if text.isprintable() else _UNSAFE.sub("", text)


def is_whole(text: str | None, digits: int = 9) -> bool:
    """Whether a word of a form or an address is a whole number of so many digits at most."""
    return text is not None and text.isascii() and text.isdigit() and len(text) <= digits


def whole(text: str | None, digits: int = 9) -> int:
    """That number; 0 when it is none.

    >>> whole("12"), whole("²"), whole("-1"), whole(None)
    (12, 0, 0, 0)
    """
    return int(text) if text and is_whole(text, digits) else 0


LINK = re.compile(r"(?:https?://|www\.)\S+", re.I)
"""An address as people write it."""
_BREAK = re.compile(r"<(?:br\s*/?|/p|/div|/li|/h\d|/tr)\s*>", re.I)
_SILENT = {name: re.compile(rf"<{name}\b.*?</{name}\s*>", re.I | re.S) for name in ("script", "style", "template")}
MARKUP_LIMIT = 200_000
_TAG = re.compile(r"<[^<>]*>")


def plain(markup: str) -> str:
    """The words of an HTML fragment, its paragraphs as lines. Nothing of it is ever shown as HTML."""
    if len(markup) > MARKUP_LIMIT:
        markup = markup[:MARKUP_LIMIT]
    if "<" in markup:
        lower = markup.lower()
        for name, silent in _SILENT.items():
            # Only where it is closed: an opening without end would be searched for again and again.
            if f"</{name}" in lower:
                markup = silent.sub("", markup)
        markup = _TAG.sub("", _BREAK.sub("\n", markup))
    return (html.unescape(markup) if "&" in markup else markup).strip()


def host(url: str) -> str:
    """The host of an address, without www; empty when there is none or it is malformed."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def clip(text: str, length: int = 140) -> str:
    """The beginning of a text on one line, cut at a word."""
    text = " ".join(text.split())
    if len(text) <= length:
        return text
    return text[:length].rsplit(" ", 1)[0].rstrip(",;:.") + "…"
