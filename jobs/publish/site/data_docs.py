"""A copy of Great Expectations' pages (Data Docs) inside the site, so that it goes with it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from jobs.publish.site import addresses

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 20_000_000
"""Of more the copy would weigh more than half of the site: then they stay where they are, and the page says so."""
_MAIN = "<main>"
_ELSEWHERE = re.compile(
    r"""(?:src|href|action)\s*=\s*["']?\s*(?:[a-z][a-z0-9+.-]*:|//)|url\(\s*["']?\s*(?:https?:|//)|@import""", re.IGNORECASE
)
"""What would have a browser ask another machine, or leave the folder by an address."""
_NOTE = Markup('<p><a href="{}">← Trang báo cáo · The report</a></p>')
_GENERATED = Markup(
    '<p role="note"><strong>Dữ liệu sinh thử, không phải số liệu thật. · Generated records are among the data: no real figures.</strong></p>'
)


@dataclass(frozen=True, slots=True)
class DataDocs:
    """The first page of the copy; None: there is none, and why in Vietnamese and English."""

    page: str | None
    reason: tuple[str, str] = ("", "")


def copy_data_docs(pages: Path | None, site: Path, *, is_generated: bool) -> DataDocs:
    """Copy the pages into the site, each with a way back and, of generated records, the mark.

    Args:
        pages: the workspace's `data_docs`; None: nobody said where it is.
        site: the folder of the site.
        is_generated: whether generated records are among the data.
    """
    if pages is None or not (pages / addresses.PAGE).is_file():
        return DataDocs(
            None,
            ("Chưa có trang nào: ntm run tạo các trang này ở thư mục data_docs.", "There are none yet: ntm run makes them, in data_docs."),
        )
    files = [pages / addresses.PAGE, *sorted((pages / "runs").glob("*.html"))]
    if sum(file.stat().st_size for file in files) > MOST_BYTES:
        where = (
            "Quá lớn để sao vào đây: xem thư mục data_docs của kho dữ liệu.",
            "Too large to be copied here: see data_docs of the workspace.",
        )
        return DataDocs(None, where)
    texts = {file.relative_to(pages).as_posix(): file.read_text(encoding="utf-8") for file in files}
    if any(_ELSEWHERE.search(text) or _MAIN not in text for text in texts.values()):
        where = (
            "Có trang gọi tới máy khác hoặc không đúng dạng nên không sao vào đây: xem thư mục data_docs của kho dữ liệu.",
            "One asks other machines, or is not as expected, so they are not copied here: see data_docs of the workspace.",
        )
        return DataDocs(None, where)
    for name, text in texts.items():
        page = f"{addresses.DATA_DOCS}/{name}"
        note = _NOTE.format(addresses.relative(addresses.HOME, page)) + (_GENERATED if is_generated else "")
        (site / page).parent.mkdir(parents=True, exist_ok=True)
        (site / page).write_text(text.replace(_MAIN, f"{_MAIN}{note}", 1), encoding="utf-8")
    return DataDocs(f"{addresses.DATA_DOCS}/{addresses.PAGE}")
