"""The report's blocks as a Word document, by python-docx, set as NĐ 30/2020/NĐ-CP asks: A4, its margins, Times New Roman, page numbers from the second page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from jobs.publish.exports.report.document import SIGNER, STATE, Block, Heading, Letterhead, Paragraph, Signature, Table, Title
from jobs.visible import visible

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

FONT = "Times New Roman"
_BODY, _HEAD, _IN_TABLES, _RECIPIENTS = Pt(14), Pt(12), Pt(11), Pt(11)
_MARGINS = {"top_margin": Mm(20), "bottom_margin": Mm(20), "left_margin": Mm(30), "right_margin": Mm(15)}
_PAGE = (Mm(210), Mm(297))
_TEXT_WIDTH = _PAGE[0] - _MARGINS["left_margin"] - _MARGINS["right_margin"]
_HALVES = (42, 58)
_CENTRE, _RIGHT, _BOTH = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT, WD_ALIGN_PARAGRAPH.JUSTIFY


def write_word(target: Path, blocks: Sequence[Block], made_at: datetime, mark: str | None) -> None:
    """Write blocks as a document; `mark` stands at the foot of every page, `made_at` in its properties."""
    document = Document()
    document.core_properties.created = document.core_properties.modified = made_at.replace(tzinfo=None)
    document.core_properties.author = ""
    _set_up(document, mark)
    for block in blocks:
        _RENDER[type(block)](document, block)
    document.save(str(target))


def _set_up(document: Any, mark: str | None) -> None:
    style = document.styles["Normal"]
    style.font.name, style.font.size = FONT, _BODY
    # Word has a font for each script; Vietnamese letters can fall under each.
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        style.element.rPr.rFonts.set(qn(f"w:{script}"), FONT)
    section = document.sections[0]
    section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = _PAGE
    for name, size in _MARGINS.items():
        setattr(section, name, size)
    section.header_distance = section.footer_distance = Mm(10)
    section.different_first_page_header_footer = True
    number = section.header.paragraphs[0]
    number.alignment = _CENTRE
    _field(number.add_run(), "PAGE")
    if mark:
        for footer in (section.footer, section.first_page_footer):
            _written(footer.paragraphs[0], mark, size=_IN_TABLES, bold=True, alignment=_CENTRE)


def _field(run: Any, code: str) -> None:
    """A field of Word, which it fills in by itself."""
    for kind, text in (("begin", None), (None, code), ("end", None)):
        element = OxmlElement("w:instrText" if kind is None else "w:fldChar")
        if kind is None:
            element.set(qn("xml:space"), "preserve")
            element.text = text
        else:
            element.set(qn("w:fldCharType"), kind)
        run._r.append(element)  # python-docx has no call for fields


def _written(
    paragraph: Any,
    text: str,
    *,
    size: Any = _BODY,
    bold: bool = False,
    italic: bool = False,
    alignment: Any = None,
    underline: bool = False,
) -> Any:
    run = paragraph.add_run(visible(text))
    run.font.size, run.bold, run.italic, run.underline = size, bold, italic, underline
    paragraph.alignment = alignment
    paragraph.paragraph_format.space_after = paragraph.paragraph_format.space_before = Pt(0)
    return paragraph


def _letterhead(document: Any, block: Letterhead) -> None:
    left, right = _two_columns(document)
    _written(left.paragraphs[0], block.superior, size=_HEAD, alignment=_CENTRE)
    _written(left.add_paragraph(), block.body, size=_HEAD, bold=True, underline=True, alignment=_CENTRE)
    _written(left.add_paragraph(), "")
    _written(left.add_paragraph(), block.number, size=_HEAD, alignment=_CENTRE)
    _written(right.paragraphs[0], STATE[0], size=_HEAD, bold=True, alignment=_CENTRE)
    _written(right.add_paragraph(), STATE[1], size=_HEAD, bold=True, underline=True, alignment=_CENTRE)
    _written(right.add_paragraph(), "")
    _written(right.add_paragraph(), block.place_and_day, size=_HEAD, italic=True, alignment=_CENTRE)


def _title(document: Any, block: Title) -> None:
    _written(document.add_paragraph(), "")
    _written(document.add_paragraph(), block.kind, bold=True, alignment=_CENTRE)
    for number, line in enumerate(block.summary):
        is_last = number == len(block.summary) - 1
        _written(document.add_paragraph(), line, bold=not is_last, italic=is_last, alignment=_CENTRE)
    _written(document.add_paragraph(), "")


def _heading(document: Any, block: Heading) -> None:
    paragraph = _written(document.add_paragraph(style=f"Heading {block.level}"), block.text, bold=True)
    run = paragraph.runs[0]
    run.font.name, run.font.color.rgb = FONT, None
    run._r.get_or_add_rPr().rFonts.set(qn("w:eastAsia"), FONT)
    style = paragraph.style
    style.font.name, style.font.color.rgb = FONT, None
    paragraph.paragraph_format.space_before = Pt(8)
    paragraph.paragraph_format.space_after = Pt(4)
    paragraph.paragraph_format.keep_with_next = True


def _paragraph(document: Any, block: Paragraph) -> None:
    paragraph = _written(document.add_paragraph(), block.text, bold=block.is_mark, alignment=_CENTRE if block.is_mark else _BOTH)
    paragraph.paragraph_format.space_after = Pt(6)
    if not block.is_mark:
        paragraph.paragraph_format.first_line_indent = Mm(10)


def _table(document: Any, block: Table) -> None:
    table = document.add_table(rows=1, cols=len(block.header), style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    for number, text in enumerate(block.header):
        _written(table.rows[0].cells[number].paragraphs[0], text, size=_IN_TABLES, bold=True, alignment=_CENTRE)
    repeated = OxmlElement("w:tblHeader")
    table.rows[0]._tr.get_or_add_trPr().append(repeated)  # python-docx has no call for it
    for row in block.rows:
        cells = table.add_row().cells
        for number, text in enumerate(block.shown(row)):
            _written(cells[number].paragraphs[0], text, size=_IN_TABLES, alignment=_RIGHT if number in block.right else None)
    _set_widths(table, block.widths)
    _written(document.add_paragraph(), "", size=Pt(6))


def _signature(document: Any, block: Signature) -> None:
    left, right = _two_columns(document)
    _written(left.paragraphs[0], "Nơi nhận:", size=Pt(12), bold=True, italic=True)
    for line in [*(f"- {one};" for one in block.recipients), "- Lưu: VT."]:
        _written(left.add_paragraph(), line, size=_RECIPIENTS)
    _written(right.paragraphs[0], SIGNER[0], size=_HEAD, bold=True, alignment=_CENTRE)
    _written(right.add_paragraph(), SIGNER[1], italic=True, alignment=_CENTRE)
    for _ in range(3):
        _written(right.add_paragraph(), "")
    _written(right.add_paragraph(), SIGNER[2], bold=True, alignment=_CENTRE)


def _two_columns(document: Any) -> tuple[Any, Any]:
    """Two cells side by side, without lines."""
    table = document.add_table(rows=1, cols=2)
    table.autofit = False
    _set_widths(table, _HALVES)
    left, right = table.rows[0].cells
    return left, right


def _set_widths(table: Any, parts: Sequence[int]) -> None:
    for column, part in zip(table.columns, parts, strict=True):
        width = int(_TEXT_WIDTH * part / sum(parts))
        column.width = width
        for cell in column.cells:
            cell.width = width


_RENDER: dict[type, Any] = {
    Letterhead: _letterhead,
    Title: _title,
    Heading: _heading,
    Paragraph: _paragraph,
    Table: _table,
    Signature: _signature,
}
