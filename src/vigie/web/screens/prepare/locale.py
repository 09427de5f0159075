"""The language that a plan is shown in, and small viewers of typed lists."""

from __future__ import annotations

from django.utils.translation import get_language


def language() -> str:
    return (get_language() or "fr")[:2]


def split_lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
