"""docs/ as a site: strict build, nothing asked of any host, search from the folder."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from jobs.publish.dictionary import PROJECT_ROOT
from tests.support.browser import CHROMIUM, needs_browser

if TYPE_CHECKING:
    from pathlib import Path

_LOADS = {"audio", "embed", "iframe", "img", "input", "link", "object", "script", "source", "track", "video"}


class _Asked(HTMLParser):
    """What a page loads by itself; where a link only leads is the reader's to decide."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if tag in _LOADS and name in {"src", "href", "data", "srcset"} and value]


def _outside(addresses: list[str]) -> list[str]:
    return [address for address in addresses if re.match(r"(?:[a-z]+:)?//", address.strip(), re.IGNORECASE)]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    site: Path = tmp_path_factory.mktemp("docs")
    done = subprocess.run(  # noqa: S603 (our own configuration)
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(site)],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return site


@pytest.mark.slow
@pytest.mark.default_engine
def test_no_page_asks_anything_of_a_host(built: Path) -> None:
    pages = [*built.rglob("*.html")]
    assert len(pages) > 80
    found: dict[str, list[str]] = {}
    for page in pages:
        asked = _Asked()
        asked.feed(page.read_text(encoding="utf-8"))
        if outside := _outside(asked.found):
            found[page.name] = outside
    for sheet in built.rglob("*.css"):
        if outside := _outside(re.findall(r"(?:url\(|@import)\s*[\"']?([^)\"']+)", sheet.read_text(encoding="utf-8"))):
            found[sheet.name] = outside
    assert found == {}


@pytest.mark.slow
@pytest.mark.default_engine
@needs_browser
def test_pages_open_from_the_folder_with_the_network_off_and_search_finds(built: Path) -> None:
    from playwright.sync_api import sync_playwright

    asked: list[str] = []
    wrong: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(offline=True)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        for name in ("tour.vi", "architecture", "project", "dictionary/index"):
            page.goto(f"file://{built}/{name}.html")
            page.wait_for_load_state("load")
        page.goto(f"file://{built}/index.html")
        page.click("input[name=query]")
        page.keyboard.type("hồ sơ công việc")
        page.wait_for_selector(".md-search-result__item a", state="attached", timeout=20_000)
        languages = [page.goto(f"file://{built}/{name}.html") and page.get_attribute("html", "lang") for name in ("tour", "tour.vi")]
        browser.close()
    assert [url for url in asked if not url.startswith(("file:", "data:", "about:", "blob:"))] == []
    assert wrong == []
    assert languages == ["en", "vi"]


def test_a_page_that_loads_from_elsewhere_is_found() -> None:
    asked = _Asked()
    asked.feed('<a href="https://a.example">x</a><script src="//b.example/x.js"></script><link href="https://c.example"><img src="x.png">')
    assert _outside(asked.found) == ["//b.example/x.js", "https://c.example"]


@pytest.mark.parametrize(
    ("origin", "text", "expected"),
    [
        ("docs/api.md", "[words](../warehouse_schema/README.md#x)", "[words](contracts.md#x)"),
        ("docs/api.md", "[sources](../warehouse_schema/sources.yaml)", "sources (`warehouse_schema/sources.yaml`)"),
        ("docs/api.md", "[warehouse_schema/sources.yaml](../warehouse_schema/sources.yaml)", "warehouse_schema/sources.yaml"),
        (
            "docs/dictionary/README.md",
            "[a](../api.md) [b](#there) [c](https://d.example)",
            "[a](../api.md) [b](#there) [c](https://d.example)",
        ),
        ("README.md", "![x](docs/images/x.png) [a](docs/api.md)", "![x](images/x.png) [a](api.md)"),
        (
            "warehouse_schema/reference/README.md",
            "[a](../README.md) [b](x.csv)",
            "[a](contracts.md) b (`warehouse_schema/reference/x.csv`)",
        ),
        ("docs/api.md", "```\n[a](../x.md)\n```", "```\n[a](../x.md)\n```"),
    ],
)
def test_links_lead_where_the_site_has_them(origin: str, text: str, expected: str) -> None:
    from infra.docs_hooks import with_links

    assert with_links(text, origin) == expected


def test_lists_are_lists_on_the_site_too() -> None:
    from infra.docs_hooks import with_lists

    assert with_lists("Two:\n* a\n  * b\n* c\n\n```\nx\n* y\n```") == "Two:\n\n* a\n    * b\n* c\n\n```\nx\n* y\n```"


def test_each_guide_is_there_in_both_languages_and_says_so() -> None:
    docs = PROJECT_ROOT / "docs"
    vietnamese = {page.name.removesuffix(".vi.md") for page in docs.glob("*.vi.md")}
    assert {
        "index",
        "tour",
        "officials",
        "analysts",
        "engineers",
        "api",
        "figure",
        "troubleshooting",
        "glossary",
        "reports",
        "pilot",
    } == vietnamese
    for name in vietnamese:
        assert f"]({name}.vi.md)" in (docs / f"{name}.md").read_text(encoding="utf-8").split("\n## ")[0], name
        assert f"]({name}.md)" in (docs / f"{name}.vi.md").read_text(encoding="utf-8").split("\n## ")[0], name
