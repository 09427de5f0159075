"""The paths that people walk, in a real browser."""

from __future__ import annotations

import re
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import entered, start, stop
from tests.networks.doubles import Answer, serving

pytestmark = pytest.mark.browser
HOME = "/o/lacterie-demonstration/"
SCREENS = [
    "",
    "settings/access/",
    "veille/",
    "alerts/",
    "alerts/1/",
    "watches/",
    "watches/new",
    "watches/1/",
    "sources/",
    "sources/1/",
    "sources/file",
    "sources/new/mastodon",
    "sources/aside",
    "settings/",
    "settings/people/",
    "settings/duty/",
    "settings/organisation",
    "mentions/1/",
    "crises/",
    "crises/new",
    "mode/",
    "plan/",
    "plan/chain/",
    "plan/rules/",
    "plan/scenarios/contamination/",
    "plan/contacts/",
    "plan/contacts/new",
]


def test_the_demonstration_rings_by_itself_and_says_why(page: Page) -> None:
    page.goto(HOME)
    expect(page.get_by_role("heading", name="Tour de vigie")).to_be_visible()
    # Nothing is reloaded: the card changes under our eyes, within the time that the front page promises.
    link = page.get_by_role("link", name="Voir l’alerte").first
    expect(link).to_be_visible(timeout=95_000)
    link.click()
    expect(page.get_by_role("heading", name="Pourquoi")).to_be_visible()
    expect(page.locator(".why li").first).to_contain_text(re.compile("habitude|sensible|négati|parlent de"))
    expect(page.locator(".chips", has_text="plastique").first).to_be_visible()
    expect(page.locator("#alert-chart svg, [data-chart=alert-chart] svg")).to_be_visible()


def test_alice_acknowledges_by_keyboard_and_it_is_on_record(page: Page) -> None:
    page.goto(HOME + "alerts/1/")
    page.keyboard.press("e")
    # The crisis goes on and may make the alert louder at any moment: what was done stays on its record.
    expect(page.locator("[aria-labelledby=told] .timeline")).to_contain_text("réception accusée par Alice Morel")


def test_an_alert_says_how_it_spreads_and_where_it_came_from(page: Page) -> None:
    page.goto(HOME + "alerts/1/")
    expect(page.get_by_role("heading", name="Comment cela se propage")).to_be_visible()
    expect(page.get_by_role("row", name="24 heures")).to_be_visible()
    expect(page.locator("[aria-labelledby=path-title] li").first).to_contain_text("première publication")
    expect(page.get_by_role("heading", name="Comptes qui agissent de concert")).to_be_visible()


def test_mentions_gather_behind_a_button_and_nothing_moves_under_the_hand(page: Page) -> None:
    page.goto(HOME + "veille/")
    first = page.locator("[data-row]").first.get_attribute("id")
    newer = page.locator("#newer")
    expect(newer).to_be_visible(timeout=30_000)
    expect(newer).to_contain_text("nouvelle")
    assert page.locator("[data-row]").first.get_attribute("id") == first
    newer.click()
    expect(page.locator("#newer")).to_be_hidden()
    assert page.locator("[data-row]").first.get_attribute("id") != first


def test_a_mention_is_opened_corrected_and_put_back_by_keyboard(page: Page) -> None:
    page.goto(HOME + "veille/?sentiment=positive&watch=1")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#detail h2")).to_be_visible()
    page.keyboard.press("1")
    expect(page.get_by_text("Corrigé par Alice Morel")).to_be_visible()
    page.locator("#detail").get_by_role("button", name="Annuler").first.click()
    expect(page.get_by_text("Corrigé par Alice Morel")).to_be_hidden()


def test_filters_and_search_narrow_what_is_shown(page: Page) -> None:
    page.goto(HOME + "veille/")
    page.keyboard.press("/")
    page.keyboard.type("operculé OR")
    page.locator("#search").fill("opercule")
    page.keyboard.press("Enter")
    expect(page.locator("[data-row]").first).to_contain_text(re.compile("opercule", re.I))
    page.get_by_label("Tonalité").select_option("positive")
    page.wait_for_url("**sentiment=positive**")
    page.get_by_role("link", name=re.compile("opercule")).click()
    page.wait_for_url(lambda url: "q=opercule" not in url)


IN_VIEW = """(wanted) => [...document.querySelectorAll(wanted)].filter((found) => {
  const { top, bottom, height } = found.getBoundingClientRect();
  const covered = document.querySelector('.rail').getBoundingClientRect();
  const end = covered.top > 100 ? covered.top : innerHeight;
  return height > 0 && top >= 0 && bottom <= end;
}).length"""


@pytest.mark.parametrize(("width", "height", "fewest"), [(1440, 900, 9), (390, 844, 3)])
def test_the_inbox_shows_many_mentions_at_once(page: Page, width: int, height: int, fewest: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.goto(HOME + "veille/")
    assert page.evaluate(IN_VIEW, "[data-mention]") >= fewest
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if width < 900:
        page.get_by_role("button", name="Filtres").click()
    expect(page.get_by_label("Tonalité")).to_be_visible()


def test_the_band_opens_into_the_chart(page: Page) -> None:
    page.goto(HOME + "veille/")
    expect(page.locator(".band .chart svg")).to_be_hidden()
    page.locator(".band > summary").first.click()
    expect(page.locator(".band .chart svg")).to_be_visible()


def test_the_palette_goes_anywhere_by_a_few_letters(page: Page) -> None:
    page.goto(HOME + "veille/")
    page.keyboard.press("Control+k")
    palette = page.locator("[data-palette]")
    expect(palette.get_by_role("link", name=re.compile("Alertes"))).to_be_visible()
    page.keyboard.type("annu")
    expect(palette.get_by_role("link")).to_have_count(2)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/plan/contacts/")
    page.keyboard.press("Control+k")
    page.keyboard.type("yaourt abricot")
    expect(palette.get_by_role("link", name=re.compile("Chercher"))).to_be_visible()
    page.keyboard.press("Escape")
    expect(palette).to_be_hidden()


def test_a_query_is_tried_while_it_is_written_and_its_mistake_shown(page: Page) -> None:
    page.goto(HOME + "watches/new")
    page.get_by_label("Qui ou quoi surveiller").fill("Promo")
    page.get_by_label("Requête").fill("promo AND (")
    expect(page.locator("#tester .errorlist")).to_be_visible()
    page.get_by_label("Requête").fill("promo")
    expect(page.locator("#tester")).to_contain_text("publications les plus récentes")
    page.get_by_role("button", name="Créer la surveillance").click()
    expect(page.get_by_text("est surveillé dès maintenant")).to_be_visible()


def test_somebody_is_invited_without_any_mail_server(page: Page) -> None:
    page.goto(HOME + "settings/people/")
    page.get_by_label("Courriel").fill("zoe@example.org")
    page.get_by_role("button", name="Créer une invitation").click()
    expect(page.get_by_text("Aucun serveur de courriel")).to_be_visible()
    assert page.locator("#the-link").count() == 0, "nobody sees a link by chance"
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Afficher le lien zoe@example.org").click()
    expect(page.locator("#the-link")).to_have_value(re.compile("/invitation/"))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_no_screen_bars_anybody(demo: BrowserContext, width: int, theme: str) -> None:
    page = demo.new_page()
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(HOME)
    page.evaluate("theme => localStorage.setItem('vigie-theme', theme)", theme)
    found = []
    for screen in SCREENS:
        page.goto(HOME + screen)
        page.wait_for_load_state("networkidle" if not page.locator("body[data-live]").count() else "load")
        assert page.locator("html").get_attribute("data-theme") == theme
        for violation in (
            Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}).response["violations"]
        ):
            found.append((screen, violation["id"], [node["html"][:120] for node in violation["nodes"]][:2]))
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 1:
            found.append((screen, "wider than the screen", [str(wide)]))
    page.evaluate("localStorage.removeItem('vigie-theme')")
    page.close()
    assert found == []


FEED = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>La Gazette</title><item><guid>1</guid>
<title>Acme ouvre une usine</title><description>Acme recrute</description><link>https://gazette.example/1</link></item></channel></rss>"""


def test_a_newcomer_goes_from_nothing_to_a_first_mention(
    tmp_path: Path, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> Answer:
        return 200, {"content-type": "application/rss+xml"}, FEED

    with serving(answer) as feed:
        monkeypatch.setenv("VIGIE_ALLOW_HOSTS", feed.removeprefix("http://"))
        process, link = start(tmp_path)
        try:
            page = entered(browser, link).new_page()
            page.goto("/")
            page.get_by_role("link", name="Ajouter une source").first.click()
            page.get_by_role("link", name=re.compile("Fil d’actualité")).click()
            page.get_by_label("Adresse du fil ou du site").fill(feed)
            page.get_by_role("button", name="Ajouter").click()
            expect(page.get_by_text("est en cours de lecture")).to_be_visible()
            page.goto("/o/mon-organisation/watches/new")
            page.get_by_label("Qui ou quoi surveiller").fill("Acme")
            page.get_by_label("Requête").fill("acme")
            expect(page.locator("#tester")).to_contain_text(re.compile("1.*publications|0.*publications"))
            page.locator("#watch-form button.main").click()
            expect(page.get_by_role("heading", name="Tour de vigie")).to_be_visible()
            expect(page.locator(".facts .big").first).to_have_text("1", timeout=30_000)
        finally:
            stop(process)
