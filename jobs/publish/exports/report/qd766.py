"""The two layouts of one-stop systems for QĐ 766/QĐ-TTg, as workbooks: A follows the targets of online services, B the reception of dossiers.

Dossiers are counted as the indicator `dossiers_online_qd766` does. Seen were titles, tiers and how many columns a group has, not the headers of the single
columns: those under the groups are ours. Which procedures an organisation offers, and what share each of them has to reach, is in no record: these columns stay
empty.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobs.publish.exports.report.sheets import Column, Sheet
from jobs.publish.exports.report.tables import GENERATED, days_of, place, provisional
from jobs.publish.site import wording

if TYPE_CHECKING:
    from jobs.publish.exports.report.figures import Findings
    from jobs.publish.site.read import Row

TITLES = {"a": "THEO DÕI CHỈ TIÊU DVC TRỰC TUYẾN", "b": "TÌNH HÌNH TIẾP NHẬN HỒ SƠ TRỰC TUYẾN"}
_HEAD = (Column("number", "STT", "whole", 6), Column("organ", "Đơn vị", width=52))
_TAIL = (Column("organ_id", "Mã định danh", width=16), Column("level", "Cấp", width=11))
"""Not of the layout: organisations may have one name."""
_NOT_OF_THE_LAYOUT = "Hai cột cuối (mã định danh, cấp) không thuộc mẫu; có để phân biệt các cơ quan trùng tên."
_COUNTED = (
    "Hồ sơ tiếp nhận trong kỳ qua mọi kênh, kể cả bưu chính, theo công thức dossiers_online_qd766 của kho dữ liệu; tỷ lệ = trực tuyến / tổng số. "
    "Chưa xét kết quả điện tử và tỷ lệ đồng bộ như Cổng Dịch vụ công quốc gia."
)


def layout_a(found: Findings) -> Sheet:
    """Twenty columns in three tiers: procedures offered (4), dossiers in all (5), of full (3), partial (3) and informational services (3)."""
    groups = (("full", "toàn trình"), ("partial", "một phần"), ("information", "cung cấp thông tin"))
    columns = [
        *_HEAD,
        Column("offered", "Tổng số TTHC", "whole", 9),
        Column("offered_online", "Tổng số trực tuyến", "whole", 9),
        Column("offered_full", "Toàn trình", "whole", 9),
        Column("offered_partial", "Một phần", "whole", 9),
        Column("total", "Tổng số", "whole", 10, is_summed=True),
        Column("online", "Trực tuyến", "whole", 10, is_summed=True),
        Column("in_person", "Trực tiếp", "whole", 10, is_summed=True),
        Column("post", "Bưu chính", "whole", 10, is_summed=True),
        Column("share", "Tỷ lệ trực tuyến", "share", 10, formula="{online}/{total}"),
    ]
    for name, _ in groups:
        columns += [
            Column(f"{name}_total", "Tổng số", "whole", 10, is_summed=True),
            Column(f"{name}_online", "Trực tuyến", "whole", 10, is_summed=True),
            Column(f"{name}_share", "Tỷ lệ", "share", 10, formula=f"{{{name}_online}}/{{{name}_total}}"),
        ]
    tiers = [
        [("Số TTHC cung cấp", 2, 5), ("Hồ sơ phát sinh", 6, 19)],
        [("Tổng", 2, 2), ("Trực tuyến", 3, 5), ("Tổng số hồ sơ", 6, 10)]
        + [(f"Dịch vụ công {words}", 11 + 3 * number, 13 + 3 * number) for number, (_, words) in enumerate(groups)],
    ]
    notes = [
        _COUNTED,
        "Số TTHC cung cấp không có trong dữ liệu (chỉ có hồ sơ đã phát sinh), nên các cột này để trống.",
        "Mẫu được biết tên, các tầng và số cột; tên từng cột trong nhóm là của kho dữ liệu.",
        _NOT_OF_THE_LAYOUT,
    ]
    return _sheet(found, "a", columns, tiers, notes)


def layout_b(found: Findings) -> Sheet:
    """Dossiers in all, online, in person and by post, their share, procedures by whether they reach the target, a note."""
    columns = [
        *_HEAD,
        Column("total", "Tổng số", "whole", 12, is_summed=True),
        Column("online", "Trực tuyến", "whole", 12, is_summed=True),
        Column("in_person", "Trực tiếp", "whole", 12, is_summed=True),
        Column("post", "Bưu chính", "whole", 12, is_summed=True),
        Column("share", "Tỷ lệ trực tuyến", "share", 12, formula="{online}/{total}"),
        Column("reached", "Đạt chỉ tiêu", "whole", 11),
        Column("not_reached", "Không đạt", "whole", 11),
        Column("without", "Không phát sinh hồ sơ", "whole", 11),
        Column("note", "Ghi chú", width=20),
    ]
    tiers = [[("Số hồ sơ tiếp nhận", 2, 5), ("Số TTHC", 7, 9)]]
    notes = [
        _COUNTED,
        "Số TTHC đạt, không đạt chỉ tiêu để trống: mức phải đạt của từng thủ tục không có trong dữ liệu.",
        "Số TTHC không phát sinh hồ sơ để trống: không có danh mục TTHC cung cấp.",
        _NOT_OF_THE_LAYOUT,
    ]
    return _sheet(found, "b", columns, tiers, notes)


def _sheet(found: Findings, layout: str, columns: list[Column], tiers: list[list[tuple[str, int, int]]], notes: list[str]) -> Sheet:
    lines = [
        TITLES[layout],
        place(found),
        f"({days_of(found)})",
        *provisional(found),
        *([GENERATED] if found.snapshot.is_generated else []),
    ]
    rows = [_cells(number, row) for number, row in enumerate(found.dossiers, 1)]
    total = {"organ": "Tổng số", **_shares({name: sum(row[name] for row in found.dossiers) for name in _COUNTS})} if rows else None
    return Sheet(f"Mẫu {layout.upper()}", lines, [*columns, *_TAIL], rows, tiers=tiers, total=total, notes=notes)


_COUNTS = (
    *("total", "online", "in_person", "post", "full_total", "full_online"),
    *("partial_total", "partial_online", "information_total", "information_online"),
)


def _cells(number: int, row: Row) -> dict[str, Any]:
    return {
        "number": number,
        "organ": row["organ_name"] or row["organ_id"],
        "organ_id": row["organ_id"],
        "level": wording.LEVELS[row["level"]][0],
        **{name: row[name] for name in _COUNTS},
        **_shares(row),
    }


def _shares(row: dict[str, Any]) -> dict[str, float | None]:
    """The shares of a row; None where there is no dossier."""
    sides = {"share": ("online", "total")} | {
        f"{name}_share": (f"{name}_online", f"{name}_total") for name in ("full", "partial", "information")
    }
    return {name: row[online] / row[total] if row[total] else None for name, (online, total) in sides.items()}
