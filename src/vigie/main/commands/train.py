"""`vigie train FOLDER`: make the weights of the analysis again from labelled sets, with fixed seeds."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from vigie.main import start

SCRIPT = Path(__file__).parents[4] / "training" / "train.py"


def add(options: argparse.ArgumentParser) -> None:
    options.add_argument("folder", type=Path, metavar="FOLDER", help="the labelled sets named in docs/model-card.md")
    options.add_argument("--check", action="store_true", help="train without the validation parts and score on them")


def run(options: argparse.Namespace) -> int:
    if not SCRIPT.is_file():
        start.say("the training scripts are in the checkout, not in the installed package: run ./vigie train there")
        return 2
    if not options.folder.is_dir():
        start.say(f"{options.folder}: there is no such folder")
        return 2
    words = [sys.executable, str(SCRIPT), str(options.folder), *(["--check"] if options.check else [])]
    # One thread: sums in another order would give other weights.
    return subprocess.run(words, env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}).returncode  # noqa: S603  (our own script)
