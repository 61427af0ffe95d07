"""The mark of a template in a workbook: which sheet it was made for, and from which version of its contract.

It is the first row of a sheet that no program shows. An officer who copies his rows into a workbook of his own leaves it behind; then the columns alone say
what the sheet is, as in any other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobs.landing.formats.base import ObjectUnreadableError

if TYPE_CHECKING:
    from jobs.landing.formats.ooxml import SheetPart, Workbook
    from jobs.landing.formats.sheet import SheetColumns

MARK_SHEET = "_ntm"
MARK = "ntm template"
_DATASET = re.compile(r"[a-z_]{1,40}/[a-z_]{1,60}")
_VERSION = re.compile(r"[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class TemplateMark:
    """What a workbook was made from: the template of a dataset (`registry/villages`), in a version."""

    dataset: str
    version: str

    def note(self, columns: SheetColumns) -> str | None:
        """What has to be said of a workbook that was made from another version than the present one."""
        if self.version == columns.template:
            return None
        return f"it was made from an older template of {self.dataset} (version {self.version}; now {columns.template})"


def marked_sheet(book: Workbook) -> SheetPart | None:
    """The sheet that holds the mark. Some programs know one kind of hidden sheets only, so any kind is taken."""
    return next((sheet for sheet in book.sheets if sheet.hidden and sheet.name == MARK_SHEET), None)


def mark_of(book: Workbook, sheet: SheetPart) -> TemplateMark | None:
    """The mark in its first row; None where that is none of ours: what is quoted in messages has the form of a mark."""
    _, row = next(book.rows(sheet), (0, []))
    texts = [cell for cell in row if isinstance(cell, str)]
    if len(texts) < 3 or texts[0] != MARK or not _DATASET.fullmatch(texts[1]) or not _VERSION.fullmatch(texts[2]):
        return None
    return TemplateMark(texts[1], texts[2])


def refuse_another(mark: TemplateMark, columns: SheetColumns) -> None:
    """A template of another sheet lies in the wrong folder, whatever its columns are.

    Raises:
        ObjectUnreadableError: `unexpected_columns`.
    """
    if mark.dataset != columns.dataset:
        raise ObjectUnreadableError(
            "unexpected_columns", f"expected a sheet of {columns.dataset}: this workbook was made from the template of {mark.dataset}"
        )
