"""How figures, days and levels are written for Vietnamese readers, with English beside them."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime, timedelta
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING, Any

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
    "units_changed": ("đơn vị hành chính đã thay đổi", "units changed"),
    "paper_files_unknown": ("chưa rõ số hồ sơ giấy", "paper files unknown"),
    "paper_documents_unknown": ("chưa rõ số văn bản giấy", "paper documents unknown"),
}
BINDINGS = {"binding": ("bắt buộc", "binding"), "striven": ("phấn đấu", "striven for"), "encouraged": ("khuyến khích", "encouraged")}
_OPERATORS = {"gte": "≥", "gt": ">"}


def whole(value: float | None) -> str:
    """A whole number: 14.386."""
    return NOTHING if value is None else f"{value:,.0f}".replace(",", ".")


def decimal(value: float, places: int = 2) -> str:
    """A number with a decimal comma: 1.234,56."""
    return f"{value:,.{places}f}".translate(str.maketrans(",.", ".,"))


def percent(value: float | None) -> str:
    """A share as percent. What is not all is never written as 100 %, what is not nothing never as 0 %."""
    if value is None:
        return NOTHING
    shown = value * 100
    if 0 < shown < 100:
        shown = min(max(shown, 0.01), 99.99) if round(shown, 2) in (0, 100) else shown
    return f"{decimal(shown)} %"


def figure(value: float | None, unit: str) -> str:
    """A value of an indicator: a share, or a count."""
    return whole(value) if unit == "count" else percent(value)


def day(value: date | None) -> str:
    """31/12/2025."""
    return NOTHING if value is None else f"{value:%d/%m/%Y}"


def moment(value: datetime | None) -> str:
    """31/12/2025 17:30, Vietnam's time."""
    return NOTHING if value is None else f"{value.astimezone(VIETNAM):%d/%m/%Y %H:%M}"


def period(row: Mapping[str, Any]) -> str:
    """A period in words: 03/2025, quý 1/2025, or a day."""
    start, end, kind = row["period_start"], row["period_end"], row["period_type"]
    if kind == "month":
        return f"{end:%m/%Y}"
    if kind == "quarter":
        return f"quý {(end.month + 2) // 3}/{end.year}"
    return day(end) if start == end else f"{day(start)} – {day(end)}"


def target(row: Mapping[str, Any]) -> str:
    """What a plan asks for: ≥ 90 %, ≥ 12/20, ≥ 8."""
    number = decimal(row["target_value"], 0 if float(row["target_value"]).is_integer() else 1)
    unit = {"percent": " %", "fraction": f"/{row['target_of']}"}.get(row["target_unit"], "")
    return f"{_OPERATORS[row['op']]} {number}{unit}"


def gap(row: Mapping[str, Any]) -> str:
    """How far above or below the target, in percentage points or units."""
    if row["gap"] is None:
        return NOTHING
    sign = "+" if row["gap"] > 0 else "−" if row["gap"] < 0 else "±"
    size = abs(row["gap"])
    return f"{sign}{whole(size)}" if row["target_unit"] == "count" else f"{sign}{decimal(size)} điểm %"


def target_share(row: Mapping[str, Any]) -> float | None:
    """The share that a target asks for; None where it is a count."""
    if row["target_unit"] == "count":
        return None
    return float(row["target_value"]) / (row["target_of"] if row["target_unit"] == "fraction" else 100)


def missing(row: Mapping[str, Any], numerator: int | None, denominator: int | None) -> int | None:
    """How many more have to count for the target to be met, if nothing else changes; 0 where it is met."""
    asked = target_share(row)
    if numerator is None or (asked is not None and not denominator):
        return None
    # Exact: 66.6 % of 15 are 9.99, and floats do not say so.
    bound = row["target_value"] if asked is None else exact_share(row) * int(denominator or 0)
    least = floor(bound) + 1 if row["op"] == "gt" else ceil(bound)
    return max(0, int(least) - numerator)


def exact_share(row: Mapping[str, Any]) -> Fraction:
    """The share that a target asks for, as a fraction."""
    of = row["target_of"] if row["target_unit"] == "fraction" else 100
    return Fraction(str(row["target_value"])) / of


def is_over(period_end: date, as_of: date) -> bool:
    """Whether a period is over on the day of the release: all of its last day has passed or is told of."""
    return period_end <= as_of and (period_end + timedelta(days=1)).day == 1


def without_marks(text: str) -> str:
    """Lower case without diacritics, as people type who have no Vietnamese keyboard."""
    bare = "".join(letter for letter in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(letter))
    return bare.replace("đ", "d")
