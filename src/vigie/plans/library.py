"""The scenarios that come with Vigie, one file each and language; the organisation's own come first."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from vigie.people.models import Organisation

from .models import Scenario

KEYS = [
    "complaint",
    "troll",
    "employee",
    "misconduct",
    "post",
    "product",
    "contamination",
    "accident",
    "organisation",
    "leak",
    "rumour",
    "boycott",
]
AUDIENCES = ["staff", "customers", "partners", "press", "authorities"]
PHASES = ["first", "daily", "end"]


@cache
def _common(language: str) -> dict[str, Any]:
    return tomllib.loads(files("vigie.plans").joinpath("library", language, "common.toml").read_text(encoding="utf-8"))


@cache
def shipped(key: str, language: str) -> dict[str, Any]:
    """A scenario of the library: its own steps and words over those that every crisis shares."""
    language = language if language in ("fr", "en") else "en"
    path = files("vigie.plans").joinpath("library", language, f"{key}.toml")
    own, common = tomllib.loads(path.read_text(encoding="utf-8")), _common(language)
    steps = sorted([*own["checklist"], *common["checklist"]], key=lambda step: step["minutes"])
    audiences = {who: {**common["audiences"][who], **own.get("audiences", {}).get(who, {})} for who in AUDIENCES}
    return {
        **own,
        "key": key,
        "checklist": steps,
        "audiences": audiences,
        "points": [*own["points"], *common["points"]],
        "never": [*own["never"], *common["never"]],
    }


def library(language: str) -> list[dict[str, Any]]:
    return [shipped(key, language) for key in KEYS]


def scenarios(organisation: Organisation, language: str) -> list[dict[str, Any]]:
    """Everything that a room may open with: the organisation's own first."""
    own = [{**s.content, "key": f"own-{s.pk}", "title": s.title} for s in Scenario.objects.of(organisation)]
    return own + library(language)


def scenario(organisation: Organisation, key: str, language: str) -> dict[str, Any] | None:
    """One of them by its key; None for none."""
    return next((s for s in scenarios(organisation, language) if s["key"] == key), None) if key else None
