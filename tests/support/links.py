"""Where the links of the project's documents lead."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LINK = re.compile(r"\]\(([^)#]*)(?:#([^)]*))?\)")
_HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)


def anchors(text: str) -> set[str]:
    """What the headings of a Markdown page are called in links."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in _HEADING.findall(text)}


def broken_links(page: Path, text: str) -> list[str]:
    """The links of a Markdown page (its text, as it lies or is to lie at `page`) that lead to no file, or to no heading of one. Web addresses are not asked."""

    def leads(target: str, anchor: str) -> bool:
        file = page.parent / target if target else page
        if file == page:
            return not anchor or anchor in anchors(text)
        return file.exists() and (not anchor or anchor in anchors(file.read_text(encoding="utf-8")))

    links = [(target, anchor) for target, anchor in LINK.findall(text) if not target.startswith("http")]
    return [f"{target}#{anchor}" if anchor else target for target, anchor in links if not leads(target, anchor)]
