"""Numbers that come as numbers, not as text that a person wrote: each spelt so that every column of numbers reads the one that it is, or none.

A text `12.125` in a column of whole numbers is what somebody in Vietnam writes for twelve thousand; a cell of a workbook, or a JSON number, that holds
12.125 is twelve and an eighth. Bronze keeps texts, so the difference has to be in the text.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Literal, TypeAlias

from jobs.landing.formats.base import NumberSince1904, NumberText, PercentText

NumberKind: TypeAlias = Literal["number", "percent", "day"]
"""What a column's numbers are: plain ones, ones of percent, or days as a spreadsheet program counts them."""

_DAYS_TO_1904 = 1462
_MAX_EXPONENT = 30
"""Greater and smaller numbers stay as they were sent: no column of numbers takes them, and their digits might fill the memory."""
_LIKE_THOUSANDS = re.compile(r"-?[0-9]{1,3}[.][0-9]{3}")


def spelt(number: NumberText, kind: NumberKind) -> str:
    """A number in plain digits with a decimal point; no three digits stand alone after it, since in some columns these are thousands.

    Args:
        number: its literal text.
        kind: in a column of percent, what a workbook shows as 27 % and holds as 0.27 is 27; in one of days, a number counts from the end of 1899. In any
            other column the percent sign stays, so that a cell that shows 100 % is never the number 1.
    """
    value = Decimal(number)
    if kind == "day" and isinstance(number, NumberSince1904):
        value += _DAYS_TO_1904
    in_percent = isinstance(number, PercentText)
    if not value.is_finite() or abs(value.adjusted()) > _MAX_EXPONENT:
        return str(number)
    text = format(value.scaleb(2) if in_percent else value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    if _LIKE_THOUSANDS.fullmatch(text):
        text += "0"
    return f"{text}%" if in_percent else text
