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
            "reference_detail",
        ),
    }
)
"""Columns that stand beside those of the contract while a batch is loaded; no column of a landed table has one of these names."""

NUMBERING_HEADERS = frozenset({"stt", "tt", "sốtt", "sốthứtự", "thứtự", "no", "no.", "#"})
"""Headers, folded, of the column in which a sheet numbers its rows (domain: first column STT)."""

_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))


@lru_cache(maxsize=4096)
def folded(name: str) -> str:
    """A header without what offices write differently: case, composition of diacritics, white space, invisible characters."""
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold()).translate(_INVISIBLE)
    return "".join(text.split())
