"""The first hour of a crisis, with four people in four browsers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import sign_in

pytestmark = pytest.mark.browser
HOME = "/o/lacterie-demonstration/"
ROOM = HOME + "crises/1/"


@pytest.fixture(scope="module")
def trouble() -> list[str]:
    return []


def watched(page: Page, trouble: list[str]) -> Page:
    """Mistakes of scripts are remembered; a refused act is no mistake."""
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on(
        "console",
        lambda message: trouble.append(message.text) if message.type == "error" and "409" not in message.text else None,
    )
    return page


@pytest.fixture(scope="module")
def alice(demo: BrowserContext, trouble: list[str]) -> Page:
    """The director."""
    return watched(demo.new_page(), trouble)


@pytest.fixture(scope="module")
def loic(browser: Browser, demo: BrowserContext, demo_folder: Path, trouble: list[str]) -> Iterator[Page]:
    """The community manager."""
    context = sign_in(browser, demo, demo_folder, "loic.perrin@vigie.localhost")
    yield watched(context.new_page(), trouble)
    context.close()


@pytest.fixture(scope="module")
def claire(browser: Browser, demo: BrowserContext, demo_folder: Path, trouble: list[str]) -> Iterator[Page]:
    """The press officer."""
    context = sign_in(browser, demo, demo_folder, "claire.aubry@vigie.localhost")
    yield watched(context.new_page(), trouble)
    context.close()


def write(page: Page, line: str) -> None:
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.keyboard.type(line)
    page.keyboard.press("Enter")
    expect(page.locator("#line")).to_have_value("")


def tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()


def test_the_first_hour_with_four_people(
    alice: Page, loic: Page, claire: Page, browser: Browser, trouble: list[str]
) -> None:
    # The alert rings; the director opens a room from it, with a scenario.
    alice.goto(HOME)
    alice.get_by_role("link", name="Voir l’alerte").first.click(timeout=110_000)
    alice.get_by_role("link", name="Ouvrir une crise").first.click()
    expect(alice.get_by_text(re.compile("critère.* sur les deux"))).to_be_visible()
    alice.get_by_label("Nom").fill("Plastique dans un yaourt")
    alice.get_by_label(re.compile("orange")).check()
    alice.get_by_label("Scénario").select_option(label="Contamination ou corps étranger dans un aliment")
    alice.get_by_role("button", name="Ouvrir la salle").click()
    expect(alice.get_by_role("heading", name="Plastique dans un yaourt")).to_be_visible()
    lines = alice.locator("#lines")
    expect(lines).to_contain_text("Crise ouverte, niveau orange")
    expect(lines).to_contain_text("12 tâches du scénario")

    # The community manager sees the ribbon where they are, enters, and says that they are there.
    loic.goto(HOME + "veille/")
    loic.locator(".crisis-ribbon").click()
    loic.get_by_role("button", name="Je suis là").click()
    expect(lines).to_contain_text("Loïc Perrin est en salle")
    claire.goto(ROOM)
    claire.get_by_role("button", name="J’arrive").click()
    expect(alice.locator("#board-team")).to_contain_text("en route")

    # The lawyer is asked in as a guest, and sees this room and nothing else.
    alice.get_by_role("button", name="Inviter quelqu’un").click()
    alice.locator("#guest-name").fill("Maître Zola")
    alice.locator("#guest-email").fill("zola@avocats.example")
    alice.get_by_role("button", name="Inviter", exact=True).click()
    alice.on("dialog", lambda dialog: dialog.accept())
    alice.get_by_role("button", name="Afficher le lien").click()
    invitation = alice.locator("#link").input_value()
    context = browser.new_context(locale="fr-FR", viewport={"width": 390, "height": 844})
    zola = watched(context.new_page(), trouble)
    zola.goto(invitation)
    zola.get_by_label("Votre nom").fill("Maître Zola")
    zola.get_by_label("Un mot de passe").fill("correct horse battery")
    zola.locator("form button.main").click()
    expect(zola.get_by_role("heading", name="Plastique dans un yaourt")).to_be_visible()
    alice.goto(ROOM)

    # Each writes, all see it without loading anything again.
    write(loic, "/fait Un morceau de plastique bleu dans un yaourt abricot, lot 4471")
    write(claire, "/inconnu @loïc D’où vient le plastique ? dans 40 min")
    write(claire, "/promesse @claire Publier les lots concernés 20:30")
    expect(alice.locator("#board-situation")).to_contain_text("D’où vient le plastique ?")
    write(alice, "!juridique Le fournisseur est prévenu, rien ne sort")
    expect(zola.locator("#lines")).to_contain_text("rien ne sort")
    expect(loic.locator("#lines")).to_contain_text("Publier les lots")
    expect(loic.locator("#lines")).not_to_contain_text("rien ne sort")

    # The fact is confirmed with its proof; the task is done by keyboard and by whom it was given.
    tab(alice, "Faits")
    alice.get_by_role("button", name="Confirmer…").click()
    alice.locator("#proof").fill("Photo et registre de l’usine")
    alice.keyboard.press("Tab")
    alice.keyboard.press("Enter")
    expect(zola.locator("#board-situation")).to_contain_text("lot 4471")
    tab(loic, "Tâches")
    first = loic.locator(".task.mine").first
    expect(first).to_contain_text("Joindre la personne qui a signalé")
    first.get_by_role("button", name=re.compile("Terminé")).click()
    expect(alice.locator("#lines")).to_contain_text("Tâche 3 faite")

    # Two people assess apart; nothing of the first is shown before the second is there.
    loic.goto(ROOM + "assess")
    loic.get_by_role("button", name="Garder mon évaluation").click()
    loic.goto(ROOM + "?board=decisions")
    expect(loic.locator("#board-decisions")).to_contain_text("une seconde évalue à part")
    claire.goto(ROOM + "assess")
    claire.get_by_label("Ampleur").select_option("international")
    claire.get_by_role("button", name="Garder mon évaluation").click()
    expect(loic.locator("#board-decisions .differ")).to_contain_text("Ampleur")

    # The press officer proposes the posture and may not approve it; the director does.
    claire.goto(ROOM + "?board=decisions")
    claire.get_by_role("button", name="Proposer une posture").click()
    claire.get_by_label(re.compile("Reconnaissance totale")).check()
    claire.locator("#posture-why").fill("La santé d’abord : on retire, puis on cherche.")
    claire.locator("#dialog-posture").get_by_role("button", name="Proposer", exact=True).click()
    expect(alice.locator("#board-header")).to_contain_text(re.compile(r"Décisions à approuver\s+1"))
    expect(claire.get_by_role("button", name="Approuver")).to_have_count(0)
    claire.get_by_role("button", name="Confirmer sans approbation").click()
    expect(claire.locator(".messages")).to_contain_text("Le plan confie cela à")
    tab(alice, "Décisions")
    alice.get_by_role("button", name="Approuver").click()
    expect(zola.locator("#board-header")).to_contain_text("Reconnaissance totale")

    # The first situation report, drafted from the room.
    alice.goto(ROOM + "report")
    expect(alice.locator("#text")).to_have_value(re.compile("lot 4471"))
    expect(alice.locator("#text")).not_to_have_value(re.compile("rien ne sort"))
    alice.get_by_role("button", name="Envoyer le point").click()
    expect(alice.get_by_role("heading", name="Plastique dans un yaourt")).to_be_visible()

    # Everything is on record, in order, without anybody writing minutes.
    told = alice.locator("#lines").inner_text()
    wanted = [
        "Crise ouverte", "Loïc Perrin est en salle", "Claire Aubry arrive", "Maître Zola est invité",
        "est en salle (Juridique)", "À confirmer (1)", "Pas encore su (2)", "Promis (3)", "Fait établi (1)",
        "Tâche 3 faite", "Évaluation faite", "Évaluation\xa0: contamination", "Proposé (1)", "Décidé (1)",
        "Point de situation 1",
    ]  # fmt: skip
    places = [told.find(word) for word in wanted]
    assert -1 not in places, [word for word, place in zip(wanted, places, strict=True) if place < 0]
    assert places == sorted(places)
    context.close()
    assert trouble == []


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_the_composer_is_in_view_however_long_the_log_is(loic: Page, width: int, height: int) -> None:
    loic.set_viewport_size({"width": width, "height": height})
    loic.goto(ROOM)
    assert loic.locator("#lines li").count() > 10
    for y in (0, 10_000):
        loic.evaluate(f"scrollTo(0, {y})")
        box = loic.locator("form[data-composer]").bounding_box()
        assert box is not None
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= height
        assert box["width"] > width * 0.8
    assert loic.locator("[data-room]").count() == 1


def test_what_was_typed_is_there_after_the_browser_was_closed(loic: Page) -> None:
    loic.goto(ROOM)
    loic.locator("#line").fill("une phrase laissée au milieu")
    again = loic.context.new_page()
    loic.goto("about:blank")
    again.goto(ROOM)
    expect(again.locator("#line")).to_have_value("une phrase laissée au milieu")
    again.locator("#line").fill("")
    again.close()


def test_an_act_that_is_refused_says_why_and_keeps_the_typing(loic: Page) -> None:
    loic.goto(ROOM)
    loic.locator("#line").fill("/tâche @zorro sauver le monde")
    loic.keyboard.press("Enter")
    expect(loic.locator(".composer [data-say]")).to_contain_text("zorro")
    expect(loic.locator("#line")).to_have_value("/tâche @zorro sauver le monde")
    loic.locator("#line").fill("")


def test_typing_goes_on_while_a_board_changes_under_it(alice: Page, loic: Page) -> None:
    loic.goto(ROOM)
    alice.goto(ROOM)
    loic.locator("#line").fill("je suis en train")
    write(alice, "/tâche @loïc relire la fiche")
    expect(loic.locator("#board-tasks")).to_contain_text("relire la fiche")
    expect(loic.locator("#line")).to_have_value("je suis en train")
    expect(loic.locator("#line")).to_be_focused()
    loic.locator("#line").fill("")


INSIDE = ["", "?board=tasks", "?board=decisions", "?board=facts", "?board=framework", "assess", "report", "handover"]
INSIDE += ["critical/", "close", "reports/1/", "brief/"]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_no_screen_of_the_room_bars_anybody(demo: BrowserContext, width: int, theme: str) -> None:
    page = demo.new_page()
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(HOME)
    page.evaluate("theme => localStorage.setItem('vigie-theme', theme)", theme)
    found = []
    for screen in INSIDE:
        page.goto(ROOM + screen)
        options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}
        for violation in Axe().run(page, options=options).response["violations"]:
            found.append((screen, violation["id"], [node["html"][:140] for node in violation["nodes"]][:2]))
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 1:
            found.append((screen, "wider than the screen", [str(wide)]))
    page.evaluate("localStorage.removeItem('vigie-theme')")
    page.close()
    assert found == []
