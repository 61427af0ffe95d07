"""How figures, days and levels are written for Vietnamese readers, with English beside them."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime
from math import ceil, floor
from typing import TYPE_CHECKING, Any

from jobs.publish.targets import exact_share
from jobs.vietnam import VIETNAM

if TYPE_CHECKING:
    from collections.abc import Mapping

NOTHING = "–"
"""Stands where there is nothing to say: missing is never 0."""
LEVELS = {
    "province": ("cấp tỉnh", "province level"),
    "district": ("cấp huyện", "district level"),
    "commune": ("cấp xã", "commune level"),
    "village": ("thôn", "villages"),
    "mixed": ("cấp huyện và cấp xã", "districts and communes"),
    "all": ("toàn tỉnh", "whole province"),
}
RESULTS = {True: ("Đạt", "met"), False: ("Chưa đạt", "not met"), None: ("Chưa thể đánh giá", "cannot be judged")}
REASONS = {
    "nothing_to_measure": ("không có gì để đo", "nothing to measure"),
    "not_reported": ("chưa có dữ liệu", "not reported"),
    "partly_not_reported": (
        "chưa nhận được dòng hợp lệ nào của dữ liệu quyết định kết quả",
        "no valid row of the data that decides it was received",
    ),
    "units_changed": ("đơn vị hành chính đã thay đổi", "units changed"),
    "paper_files_unknown": ("chưa rõ số hồ sơ giấy", "paper files unknown"),
    "paper_documents_unknown": ("chưa rõ số văn bản giấy", "paper documents unknown"),
}
DATASETS = {
    "eoffice/work_records": ("Hồ sơ công việc", "Work records"),
    "eoffice/documents": ("Văn bản điện tử", "Electronic documents"),
    "portal/dossiers": ("Hồ sơ thủ tục hành chính", "Dossiers"),
    "registry/paper_work_records": ("Hồ sơ giấy (khai báo theo tháng)", "Paper work records, declared by months"),
    "registry/paper_documents": ("Văn bản giấy (khai báo theo tháng)", "Paper documents, declared by months"),
}
"""What organisations send."""
VERDICTS = {
    "likely_met": ("có khả năng đạt", "likely met"),
    "likely_missed": ("có khả năng không đạt", "likely missed"),
    "open": ("chưa rõ", "open"),
    "too_little_data": ("chưa đủ dữ liệu để dự báo", "too little data"),
    "no_fit": ("không dự báo được: mô hình không khớp", "no forecast: the model does not fit"),
    "year_to_date": ("không dự báo: số lũy kế bắt đầu lại mỗi năm", "not foretold: the figure begins anew each January"),
}
"""What a forecast comes to, or why there is none."""
UNMOVED = ("không có khoảng: giữ nguyên số hiện có", "no interval: taken to stay as it is")
CUT_AT_ALL = ("khoảng được cắt ở 100 % vì không tỷ lệ nào vượt quá", "the interval is cut at 100 %, since no share can be above it")
CUT_AT_NOTHING = ("khoảng được cắt ở 0 vì không số nào thấp hơn", "the interval is cut at 0, since nothing can be below it")
CUT_PROVES_NOTHING = ("nên chưa chứng tỏ sẽ đạt 100 %", "so it does not prove that 100 % is reached")
"""What has to be known of the interval of a forecast."""
JUDGED_FOR_GOOD = ("đã đánh giá lần cuối", "judged for good")
JUDGED_FOR_GOOD_MEANS = (
    (
        "kết quả của ngày đánh giá là cuối cùng: đó là hạn của chỉ tiêu, hoặc ngày cuối cùng còn những đơn vị mà chỉ tiêu tính; "
        "những gì diễn ra sau ngày đó không được tính, nên không dự báo"
    ),
    (
        "the result of the day that it was judged on is final: the target was due then, or it was the last day of the units that it "
        "counts; what happens after that day does not count, so nothing is foretold"
    ),
)
"""Of a target that is not met and will not be judged again."""
BINDINGS = {"binding": ("bắt buộc", "binding"), "striven": ("phấn đấu", "striven for"), "encouraged": ("khuyến khích", "encouraged")}
PERCENT = 100
KILOBYTE = 1000
MOST_PLACES = 6
_OPERATORS = {"gte": "≥", "gt": ">"}


def whole(value: float | None) -> str:
    """A whole number: 14.386."""
    return NOTHING if value is None else f"{value:,.0f}".replace(",", ".")


def decimal(value: float, places: int = 2) -> str:
    """A number with a decimal comma: 1.234,56."""
    return f"{value:,.{places}f}".translate(str.maketrans(",.", ".,"))


def trimmed(value: float) -> str:
    """A number with two decimals at most and none that say nothing: 12,5; 14.386."""
    return decimal(value).rstrip("0").rstrip(",")


def percent(value: float | None, places: int = 2) -> str:
    """A share as percent. What is not all is never written as 100 %, what is not nothing never as 0 %."""
    if value is None:
        return NOTHING
    shown, least = value * 100, 10**-places
    if 0 < shown < PERCENT:
        shown = min(max(shown, least), PERCENT - least)
    return f"{decimal(shown, places)} %"


def places_for(value: float | None, asked: float | None) -> int:
    """How many decimals a share needs so that it is not written like the target that it only comes near to."""
    if value is None or asked is None or value == asked:
        return 2
    return next((places for places in range(2, MOST_PLACES) if round(value * 100, places) != round(asked * 100, places)), MOST_PLACES)


def figure(value: float | None, unit: str) -> str:
    """A value of an indicator: a share, or a count."""
    return whole(value) if unit == "count" else percent(value)


def size(count: int) -> str:
    """Bytes: 640 byte; 12 kB; 1,5 MB."""
    if count < KILOBYTE:
        return f"{count} byte"
    return f"{whole(count / KILOBYTE)} kB" if count < KILOBYTE**2 else f"{trimmed(count / KILOBYTE**2)} MB"


def day(value: date | None) -> str:
    """31/12/2025."""
    return NOTHING if value is None else f"{value:%d/%m/%Y}"


def moment(value: datetime | None) -> str:
    """31/12/2025 17:30, Vietnam's time."""
    return NOTHING if value is None else f"{value.astimezone(VIETNAM):%d/%m/%Y %H:%M}"


def period(row: Mapping[str, Any]) -> str:
    """A period in words: 03/2025, a day, or the first and the last of its days."""
    start, end, kind = row["period_start"], row["period_end"], row["period_type"]
    if kind == "month":
        return f"{end:%m/%Y}"
    return day(end) if start == end else f"{day(start)} – {day(end)}"


def target(row: Mapping[str, Any]) -> str:
    """What a plan asks for: ≥ 90 %, ≥ 12/20, ≥ 8."""
    number = decimal(row["target_value"], 0 if float(row["target_value"]).is_integer() else 1)
    unit = {"percent": " %", "fraction": f"/{row['target_of']}"}.get(row["target_unit"], "")
    return f"{_OPERATORS[row['op']]} {number}{unit}"


def gap(row: Mapping[str, Any], places: int = 2) -> str:
    """How far above or below the target, in percentage points or units."""
    if row["gap"] is None:
        return NOTHING
    sign = "+" if row["gap"] > 0 else "−" if row["gap"] < 0 else "±"
    size = abs(row["gap"])
    return f"{sign}{whole(size)}" if row["target_unit"] == "count" else f"{sign}{decimal(size, places)} điểm %"


def target_share(row: Mapping[str, Any]) -> float | None:
    """The share that a target asks for; None where it is a count."""
    return None if row["target_unit"] == "count" else float(exact_share(row))


def missing(row: Mapping[str, Any], numerator: int | None, denominator: int | None) -> int | None:
    """How many more of those there are have to count for the target to be met; 0 where it is met. For stocks: a new record of a flow raises both sides."""
    asked = target_share(row)
    if numerator is None or (asked is not None and not denominator):
        return None
    # Exact: 66.6 % of 15 are 9.99, and floats do not say so.
    bound = row["target_value"] if asked is None else exact_share(row) * int(denominator or 0)
    least = floor(bound) + 1 if row["op"] == "gt" else ceil(bound)
    return max(0, int(least) - numerator)


def is_over(period_end: date, as_of: date) -> bool:
    """Whether a period is over: the release's day itself is not, since it may still bring records."""
    return period_end < as_of


def without_marks(text: str) -> str:
    """Lower case without diacritics, as people type who have no Vietnamese keyboard."""
    bare = "".join(letter for letter in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(letter))
    return bare.replace("đ", "d")
