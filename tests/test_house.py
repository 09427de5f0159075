"""The house keeps its order: imports fall, relations fall, every text has its French."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import polib
import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader

ROOT = Path(__file__).parents[1]
ORDER = [
    "lib",
    "journal",
    "networks",
    "analysis",
    "people",
    "outbox",
    "posts",
    "watches",
    "stories",
    "trends",
    "alerts",
    "intake",
    "plans",
    "crises",
    "decisions",
    "facts",
    "tasks",
    "rooms",
    "web",
    "main",
]


def package(label: str) -> int:
    return ORDER.index(label)


def test_imports_fall_down_the_package_list() -> None:
    done = subprocess.run([sys.executable, "-m", "importlinter.cli", "lint"], cwd=ROOT, capture_output=True, text=True)
    if "No module named importlinter.cli" in done.stderr:
        done = subprocess.run(
            [str(Path(sys.executable).parent / "lint-imports")], cwd=ROOT, capture_output=True, text=True
        )
    assert done.returncode == 0, done.stdout


def test_relations_between_tables_fall_too() -> None:
    for model in apps.get_models():
        if model._meta.app_label not in ORDER:
            continue
        for field in model._meta.get_fields():
            if field.is_relation and field.concrete and field.related_model is not None:
                target = field.related_model._meta.app_label
                assert target not in ORDER or package(target) <= package(model._meta.app_label), f"{model} -> {target}"


def test_migrations_depend_downwards() -> None:
    for (label, name), migration in MigrationLoader(None).disk_migrations.items():
        for other, _ in migration.dependencies:
            if label in ORDER and other in ORDER:
                assert package(other) <= package(label), f"{label}.{name} -> {other}"


@pytest.mark.django_db
def test_no_change_of_tables_waits_for_its_migration() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def catalogue() -> polib.POFile:
    return polib.pofile(str(ROOT / "src/vigie/web/locale/fr/LC_MESSAGES/django.po"))


def test_every_text_has_its_french() -> None:
    missing = [e.msgid for e in catalogue() if not e.obsolete and (not e.translated() or e.fuzzy)]
    assert missing == []


def test_the_catalogue_knows_every_text_of_the_templates() -> None:
    known = {e.msgid for e in catalogue() if not e.obsolete}
    said = set()
    for page in (ROOT / "src/vigie/web/templates").rglob("*.html"):
        said |= {a or b for a, b in re.findall(r"""{% translate (?:"([^"]+)"|'([^']+)') %}""", page.read_text())}
    assert said - known == set()


def test_translations_keep_what_they_must_fill_in() -> None:
    for entry in catalogue():
        wanted = set(re.findall(r"%\((\w+)\)s", entry.msgid_plural or entry.msgid))
        full = entry.msgstr_plural.get(1, entry.msgstr)
        assert set(re.findall(r"%\((\w+)\)s", full)) == wanted, entry.msgid
        # "One mention" may leave its number out.
        for said in entry.msgstr_plural.values():
            assert set(re.findall(r"%\((\w+)\)s", said)) <= wanted, entry.msgid


def test_every_setting_is_in_the_manual() -> None:
    code = (ROOT / "src/vigie/main/settings.py").read_text()
    named = set(re.findall(r'(?:env|number)\("([A-Z_]+)"', code)) - {"DEMO"}
    manual = (ROOT / "docs/settings.md").read_text()
    assert [name for name in sorted(named) if f"VIGIE_{name}" not in manual] == []


def test_the_security_of_the_framework_is_on() -> None:
    assert not settings.DEBUG
    assert settings.X_FRAME_OPTIONS == "DENY"
