"""Kinds of numbers that senders spell in several ways, each brought to one text before it becomes a token.

A kind gives None for what it cannot read with one meaning only: such a value becomes the token of what was sent, and is counted. But what a spreadsheet
program has lost (`jobs.border.records.lost_mark`) becomes no token.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import NamedTuple

_FRACTION = re.compile(r"([0-9]+)\.0")
_SCIENTIFIC = re.compile(r"([0-9])\.([0-9]+)[eE]\+?([0-9]{1,2})")
_SEPARATORS = re.compile(r"[\s.\-\u2010-\u2015\u2212'\u2019\u200b\ufeff]+")
_CITIZEN_ID = re.compile(r"[0-9]{9}|[0-9]{12}|[1-9][0-9]{7}|[1-9][0-9]{10}")
_DIGITS, _LOST_ZERO = (9, 12), (8, 11)


def citizen_id(text: str) -> str | None:
    """The number of a citizen's identity document in digits: 12 since 2016 (NĐ 137/2015/NĐ-CP; Law 26/2023/QH15), 9 before (NĐ 05/1999/NĐ-CP).

    Spaces, dots, dashes and apostrophes go, and so does the `.0` of a spreadsheet; a number in scientific notation counts where it shows all its digits.
    8 and 11 digits are a number that lost its leading zero: province codes are 01 to 38 in the 9 digits and 001 to 096 in the 12, so no other has so few.
    10 digits are not read: two zeros may be lost (001 to 009), or it is a tax code.
    """
    if len(text) in _DIGITS and text.isascii() and text.isdigit():
        return text
    text = unicodedata.normalize("NFKC", text).strip()
    if number := _FRACTION.fullmatch(text):
        text = number[1]
    elif number := _SCIENTIFIC.fullmatch(text):
        text = number[1] + number[2] if len(number[2]) == int(number[3]) else ""
    digits = _SEPARATORS.sub("", text)
    if not _CITIZEN_ID.fullmatch(digits):
        return None
    return f"0{digits}" if len(digits) in _LOST_ZERO else digits


class Kind(NamedTuple):
    """A kind of number: how a text is read, and the form of what is plainly of the kind and spelt as it should be."""

    read: Callable[[str], str | None]
    plain: str


KINDS: Mapping[str, Kind] = {"citizen_id": Kind(citizen_id, "^(?:[0-9]{9}|[0-9]{12})$")}
"""The kinds that a contract can name (`kind`)."""
