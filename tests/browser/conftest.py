"""The demonstration, running, and a browser in front of it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(folder: Path, *words: str) -> tuple[subprocess.Popen[str], str]:
    """`vigie up` in a folder of its own; the address that it prints."""
    env = {**os.environ, "VIGIE_DATA_DIR": str(folder), "LANG": "fr_FR.UTF-8", "VIGIE_LOG_LEVEL": "ERROR"}
    env.pop("VIGIE_DATABASE_URL", None)
    env.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)
    with (folder / "said").open("w") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "vigie.main.cli", "up", *words, "--port", str(free_port())],
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
            env=env,
        )
    assert process.stdout is not None
    link = process.stdout.readline().strip()
    assert link.startswith("http"), (folder / "said").read_text()
    return process, link


def stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    process.wait(20)
    if process.stdout:
        process.stdout.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield made
        made.close()


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="session")
def demo(demo_folder: Path, browser: Browser) -> Iterator[BrowserContext]:
    """Alice, signed in to the demonstration, in French."""
    process, link = start(demo_folder, "--demo")
    try:
        yield entered(browser, link)
    finally:
        stop(process)


SIGN_IN = """
import sys
from vigie.main import start
start.django()
from vigie.lib.times import LIVE
from vigie.people.actions import sign_in_link
from vigie.people.models import User
print(sign_in_link(User.objects.get(email=sys.argv[1]), at=LIVE.now()))
"""


def sign_in(browser: Browser, demo: BrowserContext, folder: Path, email: str) -> BrowserContext:
    """A browser of their own for another person of the demonstration."""
    env = {**os.environ, "VIGIE_DATA_DIR": str(folder)}
    env.pop("VIGIE_DATABASE_URL", None)
    env.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)
    done = subprocess.run([sys.executable, "-c", SIGN_IN, email], capture_output=True, text=True, env=env, check=True)
    page = demo.new_page()
    page.goto("/")
    base = page.url.split("/o/")[0]
    page.close()
    return entered(browser, f"{base}/start/{done.stdout.strip()}")


def entered(browser: Browser, link: str) -> BrowserContext:
    context = browser.new_context(
        locale="fr-FR", base_url=link.split("/start/")[0], viewport={"width": 1440, "height": 1000}
    )
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.goto(link)
    page.get_by_role("button", name="Entrer").click()
    page.wait_for_url("**/o/**")
    page.close()
    return context


@pytest.fixture
def page(demo: BrowserContext) -> Iterator[Page]:
    made = demo.new_page()
    trouble: list[str] = []
    made.on("console", lambda message: trouble.append(message.text) if message.type == "error" else None)
    made.on("pageerror", lambda error: trouble.append(str(error)))
    yield made
    made.close()
    assert trouble == []
