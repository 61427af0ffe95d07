"""The links of the documents that people write; those of the data dictionary are asked where it is rendered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobs.publish.dictionary import PROJECT_ROOT
from tests.support.links import broken_links

if TYPE_CHECKING:
    from pathlib import Path

PAGES = [*PROJECT_ROOT.glob("*.md"), *PROJECT_ROOT.glob("docs/*.md"), *PROJECT_ROOT.glob("warehouse_schema/**/*.md")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT_ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    assert broken_links(page, page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("link", ["other.md", "#nowhere", "page.md#under", "other.md#x", "page.md#bắc-giang"])
def test_a_link_that_leads_nowhere_is_found(link: str, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("", encoding="utf-8")
    headings = "# Bắc Giang, 20/KH-UBND\n## Exit codes of `ntm`\n"
    right = "[a](#bắc-giang-20kh-ubnd) [b](page.md#exit-codes-of-ntm) [c](page.md) [d](https://example.org#x)"
    assert broken_links(page, f"{headings}{right} [e]({link})\n") == [link]
