"""Getting Django ready for a command: settings, tables, language, the rule on outgoing connections."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path


def say(sentence: str) -> None:
    """Progress and trouble, on standard error."""
    print(f"vigie: {sentence}", file=sys.stderr, flush=True)


def django(*, tables: bool = True, enforce: bool = True) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vigie.main.settings")
    import django as library
    from django.core.exceptions import ImproperlyConfigured

    try:
        library.setup()
    except ImproperlyConfigured as error:
        say(str(error))
        sys.exit(2)
    from django.conf import settings
    from django.utils import translation

    from vigie.lib import egress

    translation.activate(
        os.environ.get("VIGIE_LANG") or ("fr" if os.environ.get("LANG", "").startswith("fr") else "en")
    )
    analysis_settings()
    if enforce:
        egress.enforce(egress.Rule(egress.parse_allowlist(settings.ALLOW_HOSTS)))
    if tables:
        migrate()


def analysis_settings() -> None:
    """Say at the start, in one sentence, what a setting of the analysis names that cannot be used."""
    if os.environ.get("VIGIE_ENCODER", "on") not in ("on", "off"):
        say(f"VIGIE_ENCODER: “{os.environ['VIGIE_ENCODER']}” is neither on nor off")
        sys.exit(2)
    if not os.environ.get("VIGIE_MODEL"):
        return
    from vigie.analysis import transformer

    try:
        transformer.chosen()
    except transformer.BadModel as error:
        say(f"VIGIE_MODEL: {error}")
        sys.exit(2)


def migrate() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)


def scratch() -> Path:
    """A data directory for this run alone, gone at its end."""
    path = Path(tempfile.mkdtemp(prefix="vigie-"))
    # A polite kill must not leave posts behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    os.environ["VIGIE_DATA_DIR"] = str(path)
    os.environ.pop("VIGIE_DATABASE_URL", None)
    return path
