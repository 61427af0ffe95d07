"""Names of fields as senders write them: which names a contract may give, and when two headers of a sheet are the same name.

Imports nothing: the border reads it on the workers, and the contracts' loader refuses by it.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

FIELD_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
"""A source field. Such a name has one spelling in JSON, but for \\u escapes: the search for secret lines rests on it."""

BORDER_COLUMNS = frozenset(
    {
        *("object_id", "line", "outcome", "error_code", "error_field", "error_message", "key_hash", "organisation", "day", "version"),
        *("drift", "not_of_kind", "received_at", "origin"),
    }
)
"""Columns that stand beside the source fields when objects are read; no source field has one of these names."""

BATCH_COLUMNS = frozenset(
    {
        *(BORDER_COLUMNS - {"object_id", "line", "received_at"}),
        *("received", "reasons", "valid", "record_key", "sent_key", "record_version", "record_withdrawn", "version_month"),
        *(
            "newest",
            "repeats",
            "fate",
            "content",
            "days",
            "gone",
            "masked",
            "own_reasons",
            "reference_day",
            "must_be_valid",
            "details",
            "reference_detail",
            "unit_coded",
            "unit_named",
        ),
    }
)
"""Columns that stand beside those of the contract while a batch is loaded; no column of a landed table has one of these names."""

NUMBERING_HEADERS = frozenset({"stt", "tt", "sốtt", "sốthứtự", "thứtự", "no", "no.", "#"})
"""Headers, folded, of the column in which a sheet numbers its rows (domain: first column STT)."""

PERSONS_HEADERS = frozenset(
    {
        *("họvàtên", "họtên", "tênchủhộ", "chủhộ", "trưởngthôn", "trưởngxóm", "trưởngbản", "tổtrưởng", "ngườiđạidiện", "ngườiđứngđầu"),
        *("giámđốc", "chủtịchhđqt", "ngườilập", "ngườilậpbiểu", "ngườiliênhệ", "cánbộphụtrách", "cánbộđầumối", "cánbộ"),
        *("giớitính", "namnữ", "nam/nữ", "dântộc", "tôngiáo", "ngàysinh", "nămsinh", "ngàythángnămsinh", "tuổi", "quêquán"),
        *("điệnthoại", "sốđiệnthoại", "sđt", "đt", "sốđt", "diđộng", "điệnthoạiliênhệ", "email", "e-mail", "thưđiệntử", "zalo"),
        *("cccd", "sốcccd", "cmnd", "sốcmnd", "cmnd/cccd", "cccd/cmnd", "sốcmnd/cccd", "sốcccd/cmnd", "sốđịnhdanh", "sốđịnhdanhcánhân"),
        *("sốcăncước", "căncước", "căncướccôngdân", "sốtàikhoản", "chữký", "kýnhận", "kýtên", "danhsáchcáchộnôngdân"),
    }
)
"""Headers, folded, of columns with persons, which no sheet needs: nothing of such a column is read, whatever else the sheet holds (domain: dropped by name)."""

_MARKS = re.compile(r"(?:\((?:\*+|hộ|người|ha|nếucó|bắtbuộc|dd/mm/yyyy|ngày/tháng/năm)\)|\*+)+$")
"""What offices write after a header and what says nothing of which column it is: that it has to be filled, how a day is written, what is counted."""
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))


@lru_cache(maxsize=4096)
def folded(name: str) -> str:
    """A header without what offices write differently: case, composition of diacritics, white space, invisible characters, marks after it ("(*)", "(hộ)")."""
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold()).translate(_INVISIBLE)
    text = "".join(text.split())
    return _MARKS.sub("", text) or text
