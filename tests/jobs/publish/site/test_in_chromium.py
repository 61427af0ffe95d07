"""The site in a real browser, with the network off: what a reader sees, with keyboard, phone, printer and screen reader."""

from __future__ import annotations

import os
import random
import re
from typing import TYPE_CHECKING, Any

import pytest

from jobs.publish.site import addresses
from tests.support.browser import CHROMIUM, needs_browser

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page

    from tests.support.workspace import Workspace

pytestmark = [pytest.mark.slow, pytest.mark.default_engine, needs_browser]

PASSPORT = re.compile(r"24/don-vi/\d+/[\d-]+/[a-z0-9_]+/index\.html")
MOST_OPENED = 150
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}
CITY = "24/don-vi/213/2021-01-01"
PAGES = {
    "provinces": addresses.HOME,
    "province": "24/index.html",
    "units": "24/don-vi/index.html",
    "unit": f"{CITY}/index.html",
    "figure": f"{CITY}/work_records_online/index.html",
    "quality": "24/chat-luong/index.html",
    "senders": addresses.senders_page("24", "eoffice/work_records"),
    "units of a sheet": addresses.senders_page("24", "registry/villages"),
    "dictionary": addresses.DICTIONARY,
    "table": addresses.table_page("silver/ocop_product"),
    "view": addresses.table_page("gold/ocop_products"),
    "downloads": addresses.DOWNLOADS,
    "maps": "24/ban-do/index.html",
    "map": addresses.map_page("24", "online"),
    "tiles": addresses.tiles_page("24", "online"),
    "search": addresses.SEARCH,
    "methods": addresses.METHODS,
    "method": addresses.method_page("work_records_online"),
}
"""One of each kind."""
SPOTLESS = {"province", "maps", "map", "tiles"}
"""Of these axe-core finds nothing, however slight."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # As root there is no sandbox to be had, and nothing of another's is opened.
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


class Watched:
    """A page that notes what it asks for and what goes wrong in it."""

    def __init__(self, context: BrowserContext, folder: Path) -> None:
        self.folder = folder
        self.asked: list[str] = []
        self.wrong: list[str] = []
        self.page: Page = context.new_page()
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("requestfailed", lambda request: self.wrong.append(request.url))
        self.page.on("console", lambda message: self.wrong.append(message.text) if message.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))

    def open(self, address: str) -> Page:
        """Go to a page of the site."""
        self.page.goto((self.folder / address).as_uri())
        return self.page

    def check(self) -> None:
        """Nothing went wrong, and nothing left the folder."""
        assert self.wrong == []
        outside = [url for url in self.asked if not url.startswith((self.folder.as_uri(), "data:"))]
        assert outside == []


@pytest.fixture
def watched(browser: Browser, built: tuple[Workspace, Path]) -> Iterator[Watched]:
    context = browser.new_context(viewport=DESK, locale="vi-VN", offline=True)
    yield Watched(context, built[1])
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", PAGES)
def test_no_kind_of_page_keeps_anybody_out(watched: Watched, kind: str, scheme: Any) -> None:
    from axe_playwright_python.sync_playwright import Axe

    watched.page.emulate_media(color_scheme=scheme)
    page = watched.open(PAGES[kind])
    # Before axe comes, which asks for the style sheet in a way of its own.
    watched.check()
    found = Axe().run(page).response["violations"]
    grave = [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")]
    assert grave == []
    if kind in SPOTLESS:
        assert [one["id"] for one in found] == []


@pytest.mark.parametrize("kind", PAGES)
def test_a_phone_shows_every_kind_of_page_without_scrolling_it_sideways(watched: Watched, kind: str) -> None:
    watched.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page = watched.open(PAGES[kind])
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    watched.check()


@pytest.mark.parametrize("kind", PAGES)
def test_every_kind_of_page_prints_on_a4(watched: Watched, kind: str) -> None:
    printed = watched.open(PAGES[kind]).pdf(format="A4", print_background=False)
    assert printed.startswith(b"%PDF")
    watched.page.emulate_media(media="print")
    # A4 less the margins, at 96 dots an inch.
    watched.page.set_viewport_size({"width": 680, "height": 960})
    assert watched.page.evaluate("document.documentElement.scrollWidth") <= 680
    watched.check()


def test_units_are_found_with_and_without_diacritics(watched: Watched) -> None:
    page = watched.open(PAGES["units"])
    shown = page.locator("li[data-name]:visible")
    everything = shown.count()
    found = []
    for typed in ("lục ngạn", "LUC NGAN", "  Lục Ngạn "):
        page.fill("#search", typed)
        found.append(shown.all_inner_texts())
    assert found[0] == found[1] == found[2]
    assert any("Lục Ngạn" in text for text in found[0])
    assert page.locator("#found").inner_text() == f"{len(found[0])} / {everything}"
    page.fill("#search", "")
    assert shown.count() == everything
    watched.check()


def test_a_name_of_an_earlier_list_is_found_on_the_whole_site_and_leads_to_what_it_became(watched: Watched) -> None:
    page = watched.open(PAGES["search"])
    results = page.locator("#results li")
    found = []
    for typed in ("tân mộc", "TAN MOC"):
        page.fill("#search", typed)
        found.append(results.all_inner_texts())
    assert found[0] == found[1]
    assert any("đến 30/06/2025; nay thuộc" in text for text in found[0])
    page.fill("#search", "xa")
    assert results.count() == 50
    assert page.locator("#found").inner_text().startswith("50 / ")
    results.locator("a").first.click()
    page.wait_for_load_state()
    assert "/24/don-vi/" in page.url
    watched.check()


@pytest.mark.parametrize("mark", ["shape", "symbol"])
def test_an_area_and_a_point_of_a_map_say_what_they_are_and_lead_to_their_commune(watched: Watched, mark: str) -> None:
    page = watched.open(PAGES["map"])
    point = page.locator(f".map .mark-{mark} a").first
    told = point.locator("title").text_content() or ""
    assert re.fullmatch(r".+ \(\d{5}\): .+", told)
    point.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert f"/24/don-vi/{told.split('(')[1][:5]}/" in page.url
    watched.check()


def test_tiles_are_of_one_size_and_the_keyboard_leads_from_one_to_its_commune(watched: Watched) -> None:
    watched.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page = watched.open(PAGES["tiles"])
    tiles = page.locator(".tiles a")
    sizes = tiles.evaluate_all("tiles => tiles.map(tile => [tile.offsetWidth, tile.offsetHeight, tile.scrollWidth <= tile.clientWidth])")
    assert len(sizes) > 90
    assert len({width for width, _, _ in sizes}) <= 2, "but for rounding"
    assert all(fits for _, _, fits in sizes)
    told = tiles.first.get_attribute("title") or ""
    assert re.fullmatch(r".+ \(\d{5}\): .+", told)
    tiles.first.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert f"/24/don-vi/{told.split('(')[1][:5]}/" in page.url
    watched.check()


def test_the_keyboard_reaches_the_content_and_every_target(watched: Watched) -> None:
    page = watched.open(PAGES["province"])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main"
    links = page.locator("tbody th a")
    assert links.count() >= 17
    links.first.press("Enter")
    page.wait_for_load_state()
    assert "/don-vi/" in page.url
    watched.check()


def test_pages_open_one_after_another(watched: Watched, built: tuple[Workspace, Path]) -> None:
    """Some by chance; their links are followed in `test_build`. All of them: NTM_TEST_ALL_PAGES=1 (ten minutes)."""
    _, folder = built
    known = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.html"))
    passports = [address for address in known if PASSPORT.fullmatch(address)]
    others = [address for address in known if not PASSPORT.fullmatch(address)]
    assert len(others) > 250
    if not os.environ.get("NTM_TEST_ALL_PAGES"):
        others = random.Random(7).sample(others, MOST_OPENED)  # noqa: S311 - a test's choice
        passports = random.Random(7).sample(passports, MOST_OPENED)  # noqa: S311
    for address in (*others, *passports):
        watched.open(address)
    watched.check()
