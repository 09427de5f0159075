"""The front door says in one sentence what is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_python_without_venv_is_told_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "ensurepip.py").write_text("raise ImportError('Debian leaves it out')\n")
    env = {**os.environ, "PYTHONPATH": str(tmp_path), "VIGIE_VENV": str(tmp_path / "venv")}
    done = subprocess.run([sys.executable, str(ROOT / "vigie"), "sources"], capture_output=True, text=True, env=env)
    assert done.returncode != 0
    assert "python3-venv" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert not (tmp_path / "venv").exists()


def test_a_folder_that_holds_other_things_is_never_emptied(tmp_path: Path) -> None:
    (tmp_path / "thesis.odt").write_text("three years of work")
    env = {**os.environ, "VIGIE_VENV": str(tmp_path)}
    done = subprocess.run([sys.executable, str(ROOT / "vigie"), "sources"], capture_output=True, text=True, env=env)
    assert done.returncode != 0
    assert "holds other things" in done.stderr
    assert (tmp_path / "thesis.odt").exists()
