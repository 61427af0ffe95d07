"""What `make docs` changes in the Markdown of the project, which is written to be read in the checkout, so that it can be read as a site too.

* README.md and other pages outside of docs/ that its pages need become pages of the site (`COPIES`).
* A link to any other file outside of docs/ becomes its text and the file's path: the file is in the checkout, and not on the site.
* Lists are written as GitHub reads them: without an empty line before them, nested by two blanks. Python-Markdown wants an empty line, and four.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parents[1]
DOCS = "docs"
COPIES = {
    "README.md": "project.md",
    "CONTRIBUTING.md": "contributing.md",
    "warehouse_schema/README.md": "contracts.md",
    "warehouse_schema/reference/README.md": "reference-data.md",
}
"""By the path in the project the page of the site."""

_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)#\s]*)(#[^)\s]*)?\)")
_LIST = re.compile(r"( *)(?:[*-]|\d+\.) ")


def on_files(files: Any, config: Any) -> Any:
    """Adds the pages that lie outside of docs/."""
    for origin, page in COPIES.items():
        files.append(File.generated(config, page, content=(ROOT / origin).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """The page's Markdown with links and lists as the site needs them."""
    path = page.file.src_uri
    origin = next((origin for origin, copy in COPIES.items() if copy == path), f"{DOCS}/{path}")
    return with_lists(with_links(markdown, origin))


def on_post_page(output: str, page: Any, **_: Any) -> str:
    """Says in which language the page is: screen readers and hyphenation go by it."""
    return output if page.file.src_uri.endswith(".vi.md") else output.replace('<html lang="vi"', '<html lang="en"', 1)


def with_links(markdown: str, origin: str) -> str:
    """The links of the page that lies at `origin` in the project, as its page of the site needs them."""
    here = posixpath.dirname(_on_site(origin) or origin)

    def link(found: re.Match[str]) -> str:
        mark, text, target, anchor = found[1], found[2], found[3], found[4] or ""
        if not target or ":" in target:
            return found[0]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(origin), target))
        place = _on_site(path)
        if place is not None:
            return f"{mark}[{text}]({posixpath.relpath(place, here or '.')}{anchor})"
        return text if path in text else f"{text} (`{path}`)"

    return _outside_code(markdown, lambda line: _LINK.sub(link, line))


def _on_site(path: str) -> str | None:
    """Where a file of the project is on the site; None where it is not."""
    return COPIES.get(path) or (path.removeprefix(f"{DOCS}/") if path.startswith(f"{DOCS}/") else None)


def with_lists(markdown: str) -> str:
    """Lists with an empty line before them, and nested ones indented by four for each two."""
    before = ""

    def line_of_list(line: str) -> str:
        nonlocal before
        found = _LIST.match(line)
        begins = found is not None and before.strip() and not _LIST.match(before) and not before.startswith(" ")
        before = line
        return ("\n" if begins else "") + (found[1] + line if found else line)

    return _outside_code(markdown, line_of_list)


def _outside_code(markdown: str, change: Any) -> str:
    """The text with each line changed that is in no fenced block."""
    fenced = False
    lines = []
    for line in markdown.split("\n"):
        fence = line.lstrip().startswith("```")
        lines.append(line if fenced or fence else change(line))
        fenced ^= fence
    return "\n".join(lines)
