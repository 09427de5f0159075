"""Takes the pictures of the front page from a running demonstration.

./vigie up --demo --port 8000 > link &        (and wait until the alert has rung)
.venv/3.11/bin/python docs/pictures.py "$(cat link)"
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

FOLDER = Path(__file__).with_name("pictures")
LINES = [
    "La directrice du magasin de Bordeaux a appelé : deux clients",
    "/fait Un morceau de plastique bleu dans un yaourt abricot, lot 4471",
    "/inconnu @loïc D’où vient le plastique ? dans 40 min",
    "/promesse @claire Publier les lots concernés dans 50 min",
]
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
        room(page, base)
        browser.close()


def room(page: Page, base: str) -> None:
    """A room opened from the alert, with a few lines in it."""
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{base}/o/lacterie-demonstration/crises/new?alert=1")
    page.get_by_label("Nom").fill("Plastique dans un yaourt")
    page.get_by_label("Scénario").select_option(label="Contamination ou corps étranger dans un aliment")
    page.get_by_role("button", name="Ouvrir la salle").click()
    for line in LINES:
        page.locator("#line").fill(line)
        page.keyboard.press("Enter")
        page.wait_for_timeout(400)
    page.locator("#room-chart svg, [data-chart=room-chart] svg").wait_for()
    page.wait_for_timeout(5_000)
    page.screenshot(path=FOLDER / "salle.png")
    page.get_by_role("tab", name="Tâches").click()
    page.screenshot(path=FOLDER / "taches.png")


if __name__ == "__main__":
    main(sys.argv[1].strip())
