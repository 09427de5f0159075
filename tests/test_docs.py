"""What the pages of `docs/` say of the methods is what the code does."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

PAGES = sorted(p for p in (Path(__file__).parents[1] / "docs").glob("*.md") if ">>>" in p.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_examples_of_a_page_come_out_as_it_says(page: Path) -> None:
    found = doctest.testfile(
        str(page), module_relative=False, encoding="utf-8", optionflags=doctest.NORMALIZE_WHITESPACE
    )
    assert found.attempted > 0
    assert found.failed == 0


def test_each_method_has_its_page() -> None:
    assert {p.stem for p in PAGES} == {"detector", "understanding", "coordination", "forecast", "themes", "room"}


SOURCE = Path(__file__).parents[1] / "src"
MODULES = sorted(
    ".".join(p.relative_to(SOURCE).with_suffix("").parts)
    for p in SOURCE.rglob("*.py")
    if ">>>" in p.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_come_out_as_it_says(name: str) -> None:
    found = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert found.attempted > 0
    assert found.failed == 0
