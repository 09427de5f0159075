"""Takes the pictures of the front page from a running demonstration.

./vigie up --demo --port 8000 > link &        (and wait until the alert has rung)
.venv/3.11/bin/python docs/pictures.py "$(cat link)"
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

FOLDER = Path(__file__).with_name("pictures")
SHOTS = {"tour-de-vigie": "", "veille": "veille/", "alerte": "alerts/1/"}


def main(link: str) -> None:
    FOLDER.mkdir(exist_ok=True)
    base = link.split("/start/")[0]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(locale="fr-FR", viewport={"width": 1280, "height": 820})
        page.goto(link)
        page.get_by_role("button", name="Entrer").click()
        page.wait_for_url("**/o/**")
        for name, path in SHOTS.items():
            page.goto(f"{base}/o/lacterie-demonstration/{path}")
            page.locator(".chart svg").first.wait_for()
            page.locator("#more:not(:has(#path-title))").wait_for(state="detached")
            page.screenshot(path=FOLDER / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1].strip())
