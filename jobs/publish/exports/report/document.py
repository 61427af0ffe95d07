"""The administrative report as a list of blocks, in the layout of NĐ 30/2020/NĐ-CP: one text, which Word and the page for PDF render alike.

What the warehouse does not know stays a blank line for the officials: number, day, issuing body, proposals, signature.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobs.publish.exports.report.figures import key_of
from jobs.publish.exports.report.tables import (
    GENERATED,
    change_words,
    days_of,
    deadlines,
    levels_of,
    missing_senders,
    notes_of,
    place,
    provisional,
    reservations,
    sender_counts,
    target_lines,
)
from jobs.publish.reporting_calendar import LetterheadSetting, load_calendar
from jobs.publish.site import wording

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jobs.publish.exports.report.figures import Findings

BLANK = "…………"
_MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Letterhead:
    """The head: issuing body and number on the left, the state's name, place and day on the right."""

    superior: str
    body: str
    number: str
    place_and_day: str


@dataclass(frozen=True, slots=True)
class Title:
    """The kind of document and what it is about."""

    kind: str
    summary: Sequence[str]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 1: a section, 2: a part of one."""

    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; `is_mark`: one that nobody may overlook."""

    text: str
    is_mark: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table; `widths`: of the columns, in parts of the whole; `right`: the columns that hold numbers."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[int]
    right: frozenset[int]

    def shown(self, row: Sequence[str]) -> list[str]:
        """The cells of a row; a number is not parted from its percent sign."""
        return [text.replace(" %", "\u00a0%") for text in row]


@dataclass(frozen=True, slots=True)
class Signature:
    """The end: who gets it on the left, who signs on the right."""

    recipients: Sequence[str]


Block = Letterhead | Title | Heading | Paragraph | Table | Signature
STATE = ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc")
SIGNER = ("QUYỀN HẠN, CHỨC VỤ CỦA NGƯỜI KÝ", "(Chữ ký, dấu)", "Họ và tên")


def blocks_of(found: Findings) -> list[Block]:
    """The report, from its head to its signature."""
    return [
        _letterhead(found),
        Title("BÁO CÁO", _summary(found)),
        *([Paragraph(GENERATED, is_mark=True)] if found.snapshot.is_generated else []),
        *(Paragraph(line, is_mark=True) for line in provisional(found)),
        Paragraph(_opening(found)),
        *_results(found),
        *_targets(found),
        *_data(found),
        Heading("IV. KIẾN NGHỊ, ĐỀ XUẤT"),
        Paragraph(BLANK * 5),
        Signature(tuple(load_calendar().recipients.get(found.province.code, [BLANK]))),
    ]


def _letterhead(found: Findings) -> Letterhead:
    setting = load_calendar().letterheads.get(found.province.code, LetterheadSetting())
    return Letterhead(
        setting.superior or BLANK,
        setting.body or BLANK,
        f"Số: ……/BC-{setting.symbol or '……'}",
        f"{setting.place or '……'}, ngày …… tháng …… năm ……",
    )


def _summary(found: Findings) -> tuple[str, ...]:
    return (
        "Kết quả thực hiện Chương trình Chuyển đổi số trong xây dựng nông thôn mới",
        f"{place(found)}, {found.period.label}",
        f"({days_of(found)}; kỳ {load_calendar().schemes[found.period.scheme].vi})",
    )


def _opening(found: Findings) -> str:
    release = found.snapshot.release
    plan = ""
    if found.plan is not None:
        number = f"số {found.plan.document_number} " if found.plan.document_number else ""
        plan = f"Căn cứ {found.plan.title} ({number}ngày {wording.day(found.plan.issued)}), "
    words = f"kết quả thực hiện từ ngày {wording.day(found.period.start)} đến ngày {wording.day(found.period.end)} như sau."
    return (
        f"{plan}{words if plan else words.capitalize()} Số liệu lấy từ kho dữ liệu, lần phát hành {release.sequence}, "
        f"tính đến ngày {wording.day(found.as_of)}."
    )


def _results(found: Findings) -> Iterator[Block]:
    yield Heading("I. KẾT QUẢ THEO CẤP")
    if not found.indicators:
        yield Paragraph("Chưa có dữ liệu để tính chỉ số nào.")
    for number, indicator in enumerate(found.indicators, 1):
        yield Heading(f"{number}. {indicator.label_vi}", 2)
        figures = [(level, found.figure(indicator.id, level, key_of(found.head))) for level in levels_of(found, indicator)]
        said = [
            f"{wording.LEVELS[level][0]} {wording.figure(figure.value, indicator.unit)}"
            + (f" ({change})" if (change := change_words(figure, indicator.unit)) else "")
            for level, figure in figures
            if figure.value is not None
        ]
        formula = f" Công thức: {indicator.formula_label.vi}." if indicator.formula_label else ""
        yield Paragraph((f"{'; '.join(said)}." if said else "Không có số liệu trong kỳ.").capitalize() + formula)
        rows = [
            (
                wording.LEVELS[level][0],
                wording.whole(figure.numerator),
                wording.whole(figure.denominator),
                wording.figure(figure.value, indicator.unit),
                wording.figure(figure.before, indicator.unit),
                change_words(figure, indicator.unit) or wording.NOTHING,
                notes_of(figure),
            )
            for level, figure in figures
        ]
        header = ("Cấp", "Tử số", "Mẫu số", "Tỷ lệ", "Kỳ trước", "Thay đổi", "Ghi chú")
        yield Table(header, rows, (13, 11, 11, 12, 12, 17, 24), frozenset({1, 2, 3, 4}))


def _targets(found: Findings) -> Iterator[Block]:
    yield Heading("II. CHỈ TIÊU CỦA KẾ HOẠCH")
    if found.targets is None:
        yield Paragraph("Kế hoạch và chỉ tiêu là của cấp tỉnh: báo cáo của đơn vị này không có phần chỉ tiêu.")
        return
    lines = target_lines(found)
    results = Counter(row["met"] for row, _, _ in lines)
    counted = [f"{results[result]} chỉ tiêu {words[0].lower()}" for result, words in wording.RESULTS.items() if results[result]]
    yield Paragraph(f"Trong {len(lines)} chỉ tiêu: {', '.join(counted)}." if lines else "Chưa có chỉ tiêu nào được tính.")
    rows = [
        (
            str(number),
            f"{label} ({wording.LEVELS[row['level']][0]})",
            wording.target(row),
            _reached(row),
            wording.gap(row, _places(row)),
            wording.RESULTS[row["met"]][0],
            "; ".join(filter(None, [note, f"tính đến {wording.day(row['judged_on'])}" if row["judged_on"] != found.as_of else ""])),
        )
        for number, (row, label, note) in enumerate(lines, 1)
    ]
    if rows:
        header = ("STT", "Chỉ tiêu", "Mục tiêu", "Kết quả", "Chênh lệch", "Đánh giá", "Ghi chú")
        yield Table(header, rows, (7, 30, 11, 11, 15, 11, 15), frozenset({0, 2, 3, 4}))


def _places(row: dict[str, object]) -> int:
    return wording.places_for(row["value"], wording.target_share(row))  # type: ignore[arg-type]


def _reached(row: dict[str, object]) -> str:
    value: float | None = row["value"]  # type: ignore[assignment]
    return wording.whole(value) if row["target_unit"] == "count" else wording.percent(value, _places(row))


def _data(found: Findings) -> Iterator[Block]:
    yield Heading("III. TÌNH HÌNH DỮ LIỆU")
    yield Heading("1. Lịch báo cáo", 2)
    for name, value in deadlines(found):
        yield Paragraph(f"{name}: {value}")
    yield Heading("2. Độ mới, bản ghi bị từ chối (toàn kho dữ liệu, mọi kỳ)", 2)
    rows = [
        (
            row["dataset"],
            wording.moment(row["last_received"]),
            wording.whole(row["rows_read"]),
            wording.whole(row["rows_accepted"]),
            wording.whole(row["rows_rejected"]),
            wording.whole(row["failed"]),
        )
        for row in found.snapshot.loads
    ]
    header = ("Nguồn dữ liệu", "Nhận lần cuối", "Đọc", "Chấp nhận", "Từ chối", "Tệp hỏng")
    yield Table(header, rows, (32, 20, 12, 13, 12, 11), frozenset({2, 3, 4, 5}))
    yield Heading("3. Cơ quan chưa gửi dữ liệu của kỳ", 2)
    yield Paragraph("Kho dữ liệu không phân biệt được cơ quan chưa gửi với cơ quan không phát sinh. Danh sách đầy đủ ở sổ tính kèm theo.")
    senders = [
        (row["dataset"], *(wording.whole(row[name]) for name in ("expected", "received", "nothing", "incomplete")))
        for row in sender_counts(found)
    ]
    yield Table(
        ("Loại dữ liệu", "Trong danh mục", "Đã gửi", "Chưa gửi", "Thiếu tháng"), senders, (40, 16, 14, 15, 15), frozenset({1, 2, 3, 4})
    )
    missing = list(dict.fromkeys(f"{row['organ_name'] or ''} ({row['organ_id']})".strip() for row in missing_senders(found)))
    if missing and len(missing) <= _MOST_NAMED:
        yield Paragraph(f"Chưa gửi đủ: {'; '.join(missing)}.")
    yield Heading("4. Cách tính và lưu ý", 2)
    for line in reservations(found):
        yield Paragraph(line)
    for indicator in found.indicators:
        if settings := found.settings.get(indicator.id):
            yield Paragraph(f"{indicator.label_vi}: {'; '.join(f'{label}: {value}' for label, value in settings)}.")
