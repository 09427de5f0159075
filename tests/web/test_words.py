"""The French that people read keeps the rules of docs/words.md."""

from __future__ import annotations

import re
from pathlib import Path

import polib
import pytest

import vigie.web

FRENCH = Path(vigie.web.__file__).parent / "locale/fr/LC_MESSAGES/django.po"
SENTENCES = [
    said
    for entry in polib.pofile(str(FRENCH))
    if not entry.obsolete
    for said in (entry.msgstr, *entry.msgstr_plural.values())
]


def test_everything_is_said_in_french() -> None:
    missing = [e.msgid for e in polib.pofile(str(FRENCH)) if not (e.msgstr or all(e.msgstr_plural.values()))]
    assert missing == []
    assert len(SENTENCES) > 1_000


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        ("a no-break space stands before ; ! ? »", r"[^\s\u00a0\u202f(?!»…][;!?»](?![\w=&/#;])"),
        ("a no-break space, and no other, stands there", r" [;!?»:](?:\s|$)"),
        ("and after an opening quote", r"«[^\u00a0\u202f]"),
        ("quotes are French, apostrophes are curved", r"[\"']"),
        ("dots that trail are one sign", r"\.\.\."),
        ("an alert is triggered, not lifted", r"\blevées?\b"),
        ("a button names its result", r"^(?:Le|La|L’|Les) ?\w+er$"),
        ("counts are never out of two in figures", r"critères? sur deux"),
        ("nobody is asked to understand a machine", r"\b(?:payload|timeout|null|undefined|traceback)\b"),
    ],
)
def test_a_rule_of_the_house_is_kept(rule: str, fault: str) -> None:
    found = [said for said in SENTENCES if re.search(fault, re.sub(r"https?://\S+|%\(\w+\)s|[a-z]+://\S*", "x", said))]
    assert found == [], rule
