"""`vigie test`: the project's own tests, with pytest's arguments."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from vigie.main import prepare, start

PASSES_ON = True
ROOT = Path(__file__).resolve().parents[4]


def add(options: argparse.ArgumentParser) -> None:
    options.description = "Run the tests; arguments go to pytest."


def run(options: argparse.Namespace) -> int:
    if not (ROOT / "tests").is_dir():
        start.say("the tests live in the source checkout: run ./vigie test there")
        return 2
    prepare.translations()
    # Tests never touch the data of a running Vigie.
    kept = os.environ.get("VIGIE_DATABASE_URL")
    start.scratch()
    if kept:
        os.environ["VIGIE_DATABASE_URL"] = kept
    return subprocess.run([sys.executable, "-m", "pytest", *options.rest], cwd=ROOT).returncode  # noqa: S603  (our own tests)
