"""Texts of others with some of their words marked; everything is escaped."""

from __future__ import annotations

import re
from typing import Any

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from vigie.lib.text import fold

register = template.Library()


@register.filter
def unsecret(value: Any) -> str:
    """A setting without the name, password and query that an address may carry."""
    return re.sub(r"(://)[^/@\s]*@", r"\1…@", re.sub(r"(https?://[^\s?]*)\?\S*", r"\1?…", str(value)))


@register.filter
def told(sentence: str) -> str:
    """A sentence that was kept in English, in the reader's language; the detail in parentheses stays as it is."""
    found = re.fullmatch(r"(.*?)(?: \(([^()]*)\))?", sentence, re.S)
    if not sentence or found is None:
        return sentence
    return _(found.group(1)) + (f" ({found.group(2)})" if found.group(2) else "")


@register.filter
def bold(text: str, wanted: list[str]) -> SafeString:
    """The text with the words of the query marked, whatever their accents and capitals. Everything is escaped."""
    if not wanted:
        return conditional_escape(text)
    folded = {fold(word) for word in wanted}
    parts = []
    for piece in re.split(r"(\w+)", text):
        safe = conditional_escape(piece)
        hit = piece and any(fold(piece).startswith(word) and len(word) > 1 for word in folded)
        parts.append(format_html("<mark>{}</mark>", safe) if hit else safe)
    return SafeString("".join(parts))


@register.filter
def underlined(text: str, weighed: list[tuple[str, float]]) -> SafeString:
    """The text with the words that weighed underlined."""
    heavy = {word for word, _weight in weighed}
    parts = [
        format_html('<u class="weighed">{}</u>', piece) if piece in heavy else conditional_escape(piece)
        for piece in re.split(r"(\s+)", text)
    ]
    return SafeString("".join(parts))
