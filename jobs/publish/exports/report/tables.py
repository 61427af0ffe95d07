"""The tables of the workbook, made from what was found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobs.publish.exports.report.figures import LEVELS, Figure, key_of, parent_of
from jobs.publish.exports.report.sheets import Column, Sheet
from jobs.publish.reporting_calendar import load_calendar
from jobs.publish.site import wording
from warehouse_schema.indicator_catalogue import load_catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from jobs.publish.exports.report.figures import Findings
    from jobs.publish.site.read import Row
    from warehouse_schema.indicator_catalogue import Indicator

GENERATED = "DỮ LIỆU SINH THỬ, KHÔNG PHẢI SỐ LIỆU THẬT (generated records, no real figures)"
NO_DATA = "không có số liệu trong kỳ"
UNDETERMINED = "không xác định được đơn vị"
_NO_CHANGE = "không có kỳ trước để so sánh"
REASONS = {name: vi for name, (vi, _) in wording.REASONS.items()} | {"other_formula": "kỳ trước tính theo công thức khác, không so sánh"}
_TABS_OF_LEVELS = {"district": "huyện", "commune": "xã"}
DATASETS = {name: vi for name, (vi, _) in wording.DATASETS.items()}
_FIGURES = (
    Column("numerator", "Tử số", "whole", 12, is_summed=True),
    Column("denominator", "Mẫu số", "whole", 12, is_summed=True),
    Column("value", "Tỷ lệ", "share", 11, formula="{numerator}/{denominator}"),
    Column("before", "Kỳ trước", "share", 11),
    Column("change", "Thay đổi (điểm %)", "points", 12, formula="({value}-{before})*100"),
    Column("note", "Ghi chú", "text", 36),
)


def sheets_of(found: Findings) -> list[Sheet]:
    """The sheets of the report's workbook, in their order."""
    return [_overview(found), *_targets(found), _by_level(found), *_by_unit(found), *_senders(found), _loads(found)]


def lines_of(found: Findings, title: str) -> list[str]:
    """What stands above each table: what it is, whose, which days, and whether records are generated."""
    lines = [title, f"{place(found)}, {found.period.label}", f"({days_of(found)})"]
    return [*lines, *provisional(found), *([GENERATED] if found.snapshot.is_generated else [])]


def place(found: Findings) -> str:
    """The unit that a report is about, with its province."""
    name = str(found.head["unit_name"])
    return name if found.is_province else f"{name}, {found.units[found.province]['unit_name']}"


def days_of(found: Findings) -> str:
    """`Từ ngày 01/04/2025 đến ngày 30/06/2025`."""
    return f"Từ ngày {wording.day(found.period.start)} đến ngày {wording.day(found.period.end)}"


def provisional(found: Findings) -> list[str]:
    """What has to be said of a period that is not over on the release's day."""
    if wording.is_over(found.period.end, found.as_of) or found.period.end == found.as_of:
        return []
    return [f"Số liệu tạm tính: kho dữ liệu mới đến ngày {wording.day(found.as_of)}, kỳ báo cáo chưa kết thúc."]


def reservations(found: Findings) -> list[str]:
    """What a reader has to know of all figures."""
    before = found.period.before
    lines = [f"Kỳ trước: từ ngày {wording.day(before.period_start)} đến ngày {wording.day(before.period_end)}."]
    for dataset, day in found.first_days.items():
        if day > before.period_start:
            periods = "kỳ này và kỳ trước" if day > found.period.start else "kỳ trước"
            lines.append(f"{DATASETS[dataset]}: bản ghi đầu tiên của ngày {wording.day(day)}, nên số liệu của {periods} không đủ cả kỳ.")
    if load_calendar().schemes[found.period.scheme].cutoff_day or found.period.is_cut:
        lines.append(
            "Hồ sơ giấy và văn bản giấy được khai báo theo tháng và tính vào ngày cuối tháng: "
            "kỳ không trùng với tháng có thể lệch phần giấy của tháng bị cắt."
        )
    if found.targets is not None:
        lines.append(
            "Chỉ tiêu của kế hoạch được đánh giá từ đầu năm đến ngày đánh giá, hoặc theo cách ghi ở phần thông số, không theo kỳ báo cáo."
        )
    else:
        lines.append("Kế hoạch và chỉ tiêu là của cấp tỉnh: báo cáo của đơn vị này không có phần chỉ tiêu.")
    if found.snapshot.redefined:
        lines.append(f"Cách tính đã thay đổi sau lần phát hành này: {', '.join(found.snapshot.redefined)}.")
    return lines


def deadlines(found: Findings) -> list[tuple[str, str]]:
    """The reporting calendar for the period: cut-off, recipients, send-by, and where the rule comes from."""
    calendar = load_calendar()
    scheme = calendar.schemes[found.period.scheme]
    recipients = calendar.recipients.get(found.province.code, [])
    days = {name: found.period.deadline(name) for name in ("send_by", "forward_by")}
    unknown = "chưa biết"
    return [
        ("Kỳ báo cáo", scheme.vi),
        ("Chốt số liệu", wording.day(found.period.whole_end)),
        ("Hạn gửi", wording.day(days["send_by"]) if days["send_by"] else unknown),
        ("Hạn chuyển tiếp", wording.day(days["forward_by"]) if days["forward_by"] else unknown),
        ("Nơi nhận báo cáo", "; ".join(recipients) or "chưa khai báo"),
        ("Căn cứ của lịch", f"{scheme.source}. {scheme.note}"),
    ]


def facts(found: Findings) -> list[tuple[str, Any]]:
    """What the workbook says of itself, before anything else."""
    release = found.snapshot.release
    plan = (
        f"{found.plan.title} ({found.plan.document_number or 'không rõ số'})"
        if found.plan
        else "không có kế hoạch của đơn vị hành chính này"
    )
    return [
        ("Báo cáo", "Kết quả thực hiện Chương trình Chuyển đổi số trong xây dựng nông thôn mới"),
        ("Đơn vị", place(found)),
        ("Mã đơn vị, có hiệu lực từ", f"{found.head['unit_code']}, {wording.day(found.head['unit_valid_from'])}"),
        ("Kế hoạch", plan),
        ("Tên kỳ", found.period.label),
        ("Từ ngày", found.period.start),
        ("Đến ngày", found.period.end),
        ("Lần phát hành", str(release.sequence)),
        ("Số liệu đến ngày", found.as_of),
        ("Phát hành lúc", wording.moment(release.created_at)),
        ("Loại dữ liệu", GENERATED if found.snapshot.is_generated else "số liệu các cơ quan gửi"),
    ]


def change_words(figure: Figure, unit: str = "ratio") -> str:
    """`tăng 1,20 điểm %`, `giảm 3`, `không đổi`; empty where it cannot be told."""
    if figure.value is None or figure.before is None:
        return ""
    scale, places = (100, 2) if unit == "ratio" else (1, 0)
    change = round((figure.value - figure.before) * scale, places)
    if not change:
        return "không đổi"
    size = wording.decimal(abs(change), places)
    return f"{'tăng' if change > 0 else 'giảm'} {size}{' điểm %' if unit == 'ratio' else ''}"


def levels_of(found: Findings, indicator: Indicator) -> list[str]:
    """The levels at which an indicator can have figures for the unit: its own and those below."""
    return [level for level in LEVELS[LEVELS.index(found.head["level"]) :] if level in indicator.levels]


def notes_of(figure: Figure) -> str:
    """The doubts of a figure, in words."""
    missing = [NO_DATA] if figure.value is None else [_NO_CHANGE] if figure.before is None and "other_formula" not in figure.reasons else []
    return "; ".join([*missing, *(REASONS.get(reason, reason) for reason in figure.reasons)])


def _cells(figure: Figure) -> dict[str, Any]:
    change = None if figure.value is None or figure.before is None else figure.value - figure.before
    cells: dict[str, Any] = {"numerator": figure.numerator, "denominator": figure.denominator, "note": notes_of(figure)}
    if figure.value is not None and figure.denominator is None:
        # A count: no formula divides it by anything.
        return cells | {"value": (figure.value, "whole"), "before": (figure.before, "whole"), "change": (change, "points")}
    return cells | {"value": figure.value, "before": figure.before, "change": None if change is None else change * 100}


def _overview(found: Findings) -> Sheet:
    rows: list[dict[str, Any]] = [
        {"name": name, "value": (value, "text" if isinstance(value, str) else "day")} for name, value in facts(found)
    ]
    rows += [{"name": name, "value": value} for name, value in deadlines(found)]
    rows += [{"name": "Lưu ý", "value": line} for line in [*provisional(found), *reservations(found)]]
    for indicator in found.indicators:
        rows += [
            {"name": f"Thông số: {indicator.label_vi}", "value": f"{label}: {value}"}
            for label, value in found.settings.get(indicator.id, [])
        ]
    return Sheet(
        "Tổng quan", lines_of(found, "TỔNG QUAN"), [Column("name", "Nội dung", width=45), Column("value", "Giá trị", width=95)], rows
    )


def _targets(found: Findings) -> Iterator[Sheet]:
    if found.targets is None:
        return
    columns = [
        Column("number", "STT", "whole", 6),
        Column("label", "Chỉ tiêu", width=55),
        Column("level", "Cấp", width=16),
        Column("numerator", "Tử số", "whole", 11),
        Column("denominator", "Mẫu số", "whole", 11),
        Column("value", "Kết quả", "share", 11),
        Column("op", "So sánh", width=9),
        Column("target", "Mục tiêu", "share", 11),
        Column("gap", "Chênh lệch (điểm % hoặc đơn vị)", "points", 14),
        Column("met", "Đánh giá", width=17),
        Column("binding", "Tính chất", width=13),
        Column("judged_on", "Ngày đánh giá", "day", 13),
        Column("note", "Lý do, ghi chú", width=40),
    ]
    rows = [target_cells(number, *line) for number, line in enumerate(target_lines(found), 1)]
    yield Sheet("Chỉ tiêu", lines_of(found, "KẾT QUẢ THỰC HIỆN CHỈ TIÊU CỦA KẾ HOẠCH"), columns, rows)


def target_lines(found: Findings) -> list[tuple[Row, str, str]]:
    """The rows of `gold/target_status` with the label of the indicator and what has to be noted."""
    assert found.targets is not None  # noqa: S101 - asked where there are some
    lines = []
    for row, last in zip(found.targets.rows, found.targets.last_records, strict=True):
        notes = [REASONS.get(row["reason"], row["reason"])] if row["reason"] else []
        notes += [f"không có bản ghi nào sau ngày {wording.day(last)}"] if last else []
        lines.append((row, load_catalogue()[row["indicator"]].label_vi, "; ".join(notes)))
    return lines


def target_cells(number: int, row: Row, label: str, note: str) -> dict[str, Any]:
    """A target as a row of the sheet: shares as shares, counts as counts."""
    share = wording.target_share(row)
    kind = "whole" if share is None else "share"
    return {
        "number": number,
        "label": label,
        "level": wording.LEVELS[row["level"]][0],
        "numerator": row["numerator"],
        "denominator": row["denominator"],
        "value": (row["value"], kind),
        "op": {"gte": "≥", "gt": ">"}[row["op"]],
        "target": (row["target_value"] if share is None else share, kind),
        "gap": row["gap"],
        "met": wording.RESULTS[row["met"]][0],
        "binding": wording.BINDINGS[row["binding"]][0],
        "judged_on": row["judged_on"],
        "note": note,
    }


def _by_level(found: Findings) -> Sheet:
    rows: list[dict[str, Any]] = []
    for indicator in found.indicators:
        for level in levels_of(found, indicator):
            figure = found.figure(indicator.id, level, key_of(found.head))
            formula = f"công thức {indicator.formula_label.vi}" if indicator.formula_label else ""
            cells = _cells(figure)
            rows.append(
                {
                    **cells,
                    "number": len(rows) + 1,
                    "label": indicator.label_vi,
                    "level": wording.LEVELS[level][0],
                    "note": "; ".join(filter(None, [str(cells["note"]), formula])),
                }
            )
    columns = [Column("number", "STT", "whole", 6), Column("label", "Chỉ số", width=55), Column("level", "Cấp của cơ quan", width=16)]
    return Sheet("Kết quả theo cấp", lines_of(found, "KẾT QUẢ TRONG KỲ THEO CẤP"), [*columns, *_FIGURES], rows)


def _by_unit(found: Findings) -> Iterator[Sheet]:
    """A sheet for each indicator and level of units below the one that the report is about."""
    for number, indicator in enumerate(found.indicators, 1):
        for level in levels_of(found, indicator):
            members = found.members(level)
            if members and level in _TABS_OF_LEVELS:
                tab = load_calendar().tabs.get(indicator.id, indicator.id[:18])
                yield _unit_sheet(found, indicator, level, members, f"{number}. {tab} - {_TABS_OF_LEVELS[level]}")


def _unit_sheet(found: Findings, indicator: Indicator, level: str, members: Sequence[Row], name: str) -> Sheet:
    has_district = any(parent_of(row) != key_of(found.head) for row in members)
    columns = [
        Column("number", "STT", "whole", 6),
        Column("code", "Mã đơn vị", width=10),
        Column("valid_from", "Có hiệu lực từ", "day", 12),
        Column("valid_to", "Đến ngày", "day", 12),
        Column("unit", "Tên đơn vị", width=30),
        *([Column("parent", "Thuộc", width=26)] if has_district else []),
        *_FIGURES,
    ]
    rows = [
        {"number": number, **_unit_cells(found, row), **_cells(found.figure(indicator.id, level, key_of(row)))}
        for number, row in enumerate(members, 1)
    ]
    whole = found.figure(indicator.id, level, key_of(found.head))
    rest = _rest(whole, rows)
    title = f"{indicator.label_vi.upper()} ({wording.LEVELS[level][0]}, theo đơn vị)"
    total = {"unit": "Tổng số", "value": whole.value, "before": whole.before, "change": _cells(whole)["change"], "note": notes_of(whole)}
    counted = [f"Tử số: {indicator.numerator.vi}."] + ([f"Mẫu số: {indicator.denominator.vi}."] if indicator.denominator else [])
    return Sheet(name, lines_of(found, title), columns, rows, rest=rest, total=total, notes=counted)


def _unit_cells(found: Findings, row: Row) -> dict[str, Any]:
    parent = found.units.get(above) if (above := parent_of(row)) else None
    return {
        "code": row["unit_code"],
        "valid_from": row["unit_valid_from"],
        "valid_to": row["unit_valid_to"],
        "unit": row["unit_name"],
        "parent": parent["unit_name"] if parent else None,
    }


def _rest(whole: Figure, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What the total has and no unit has: facts that can be told for the whole alone; less than 0 where units are counted twice. None: no row."""
    numerator, denominator = ((getattr(whole, side) or 0) - sum(row[side] or 0 for row in rows) for side in ("numerator", "denominator"))
    if not numerator and not denominator:
        return []
    share = numerator / denominator if denominator else None
    return [
        {"unit": UNDETERMINED, "numerator": numerator, "denominator": denominator, "value": share, "note": "chỉ xác định được ở cấp trên"}
    ]


def missing_senders(found: Findings) -> list[Row]:
    """Organisations and datasets of which nothing, or not every month, has come."""
    return [row for row in found.senders if not row["row_count"] or (row["months_expected"] or 0) > (row["months_sent"] or 0)]


def sender_counts(found: Findings) -> list[dict[str, Any]]:
    """By dataset: how many organisations are expected, have sent something, have sent nothing, and have left out months."""
    missing = missing_senders(found)
    return [
        {
            "dataset": label,
            "expected": sum(row["dataset"] == dataset for row in found.senders),
            "received": sum(row["dataset"] == dataset and row["row_count"] > 0 for row in found.senders),
            "nothing": sum(row["dataset"] == dataset and not row["row_count"] for row in missing),
            "incomplete": sum(row["dataset"] == dataset and row["row_count"] > 0 for row in missing),
        }
        for dataset, label in DATASETS.items()
    ]


def _senders(found: Findings) -> Iterator[Sheet]:
    counts = [
        Column("dataset", "Loại dữ liệu", width=40),
        Column("expected", "Cơ quan trong danh mục", "whole", 16),
        Column("received", "Đã gửi", "whole", 12),
        Column("nothing", "Chưa gửi", "whole", 12),
        Column("incomplete", "Gửi thiếu tháng", "whole", 14),
    ]
    note = "Chưa gửi: không có bản ghi nào của các ngày trong kỳ. Kho dữ liệu không phân biệt được cơ quan chưa gửi với cơ quan không phát sinh."
    calendar = [f"{name}: {value}" for name, value in deadlines(found)]
    yield Sheet(
        "Tình hình gửi dữ liệu",
        [*lines_of(found, "TÌNH HÌNH GỬI DỮ LIỆU THEO LOẠI"), *calendar],
        counts,
        sender_counts(found),
        notes=[note],
    )
    columns = [
        Column("number", "STT", "whole", 6),
        Column("dataset", "Loại dữ liệu", width=34),
        Column("organ_id", "Mã định danh", width=16),
        Column("organ", "Cơ quan", width=55),
        Column("level", "Cấp", width=12),
        Column("code", "Mã đơn vị", width=10),
        Column("months", "Số tháng đã khai", "whole", 11),
        Column("months_expected", "Số tháng của kỳ", "whole", 11),
        Column("note", "Tình trạng", width=18),
    ]
    rows = [
        {
            "number": number,
            "dataset": DATASETS[row["dataset"]],
            "organ_id": row["organ_id"],
            "organ": row["organ_name"],
            "level": wording.LEVELS[row["level"]][0],
            "code": row["unit_code"],
            "months": row["months_sent"],
            "months_expected": row["months_expected"],
            "note": "gửi thiếu tháng" if row["row_count"] else "chưa gửi",
        }
        for number, row in enumerate(missing_senders(found), 1)
    ]
    yield Sheet("Cơ quan chưa gửi", lines_of(found, "CƠ QUAN CHƯA GỬI DỮ LIỆU CỦA KỲ"), columns, rows, notes=[note])


def _loads(found: Findings) -> Sheet:
    columns = [
        Column("dataset", "Nguồn dữ liệu", width=38),
        Column("objects", "Số tệp", "whole", 10),
        Column("failed", "Không đọc được", "whole", 12),
        Column("held", "Tạm giữ", "whole", 10),
        Column("rows_read", "Bản ghi đọc", "whole", 13),
        Column("rows_accepted", "Chấp nhận", "whole", 13),
        Column("rows_rejected", "Từ chối", "whole", 12),
        Column("rows_duplicate", "Trùng", "whole", 12),
        Column("rows_withheld", "Không công khai", "whole", 12),
        Column("last_received", "Nhận lần cuối", width=18),
    ]
    rows = [{**row, "last_received": wording.moment(row["last_received"])} for row in found.snapshot.loads]
    note = "Của toàn kho dữ liệu, mọi đơn vị gửi và mọi kỳ; bản ghi bị từ chối xem bằng lệnh ntm quarantine list."
    return Sheet("Nguồn dữ liệu", lines_of(found, "ĐỘ MỚI VÀ CHẤT LƯỢNG CỦA DỮ LIỆU"), columns, rows, notes=[note])
