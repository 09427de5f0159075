"""One shape for all texts before they are cut into tokens."""

from __future__ import annotations

import html
import re

from vigie.lib.text import LINK, plain_letters

LONGEST = 2_000
"""Characters read by the models: a post says what it says at its beginning."""

_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
MENTION = re.compile(r"(?<!\w)@[\w.-]+(?:@[\w.-]+)?")
_HAPPY = re.compile(r"(?<!\w)(?:[:;=8xX]'?-?[)D\]3pP]+|<3|\^\^|[xX]D+)(?!\w)")
_SAD = re.compile(r"(?<!\w)(?:[:;=]'?-?[(\[/\\|]+|:'\(|-_-|D:)(?!\w)")
_FACE = re.compile(r"[:;=<^_]|[xX8]['-]?[)D]")
_HASHTAG = re.compile(r"#(\w+)")
_CAMEL = re.compile(r"(?<=[a-zà-ÿ0-9])(?=[A-ZÀ-Þ])|_+")
_MODIFIERS = re.compile("[\ufe0e\ufe0f\u200d\u0640\U0001f3fb-\U0001f3ff]")


def _hashtag(match: re.Match[str]) -> str:
    tag = match.group(1)
    parts = [part for part in _CAMEL.split(tag) if part]
    return f"#{tag} " + " ".join(parts if len(parts) > 1 else [tag])


def unstyled(text: str) -> str:
    """Plain letters, and characters where their codes were written."""
    text = plain_letters(text)
    if "\\u" in text:
        text = _ESCAPE.sub(lambda m: chr(int(m.group(1), 16)), text)
        # Two codes that make one sign are joined; half a sign is none.
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return html.unescape(text) if "&" in text else text


def normalise(text: str) -> str:
    """Lower case; links, mentions and emoticons as symbols; hashtags split.

    >>> normalise("Trop bien @Lea https://t.co/x #ServiceClient :)")
    'trop bien @user http #serviceclient service client 🙂'
    """
    text = unstyled(text[:LONGEST])
    if "http" in text or "www." in text:
        text = LINK.sub("http", text)
    if "@" in text:
        text = MENTION.sub("@user", text)
    if "#" in text:
        text = _HASHTAG.sub(_hashtag, text)
    if _FACE.search(text):
        text = _SAD.sub("🙁", _HAPPY.sub("🙂", text))
    if not text.isascii():
        text = _MODIFIERS.sub("", text).replace("’", "'")
    return text.lower()
