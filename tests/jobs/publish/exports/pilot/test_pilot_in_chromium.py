"""The page in a real browser, by itself in a folder and with the network off."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from jobs.publish.exports.pilot.build import PAGE, export_pilot
from tests.support.browser import CHROMIUM, needs_browser

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.support.workspace import Workspace

pytestmark = [pytest.mark.slow, pytest.mark.default_engine, needs_browser]


@pytest.fixture(scope="module")
def address(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page alone: nothing that it could lean on lies beside it."""
    folder = tmp_path_factory.mktemp("page")
    made: Path = export_pilot(workspace.warehouse, workspace.home, "424", folder / "out").folder
    shutil.copy(made / PAGE, folder / PAGE)
    return (folder / PAGE).as_uri()


@pytest.fixture
def page(address: str) -> Iterator[Page]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # As root there is no sandbox to be had, and nothing of another's is opened.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        opened = browser.new_context(offline=True, locale="vi-VN").new_page()
        asked: list[str] = []
        wrong: list[str] = []
        opened.on("request", lambda request: asked.append(request.url))
        opened.on("console", lambda message: wrong.append(message.text))
        opened.on("pageerror", lambda error: wrong.append(str(error)))
        opened.goto(address)
        assert [url for url in asked if not url.startswith("data:")] == [address]
        yield opened
        assert wrong == []
        browser.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_keeps_nobody_out(page: Page, scheme: Any) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page.emulate_media(color_scheme=scheme)
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")] == []


def test_a_phone_and_a4_need_no_scrolling_sideways(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.pdf(format="A4").startswith(b"%PDF")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 680, "height": 960})
    assert page.evaluate("document.documentElement.scrollWidth") <= 680


def test_a_line_of_the_checklist_leads_to_its_figures_and_says_its_result_in_words(page: Page) -> None:
    line = page.locator("tr", has_text="Cơ quan gửi hồ sơ công việc")
    assert "Chưa đạt" in line.inner_text()
    assert "30,00 %" in line.inner_text()
    line.locator("a").click()
    assert page.evaluate("location.hash") == "#completeness"
    assert page.locator("#completeness").is_visible()
