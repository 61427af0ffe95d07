"""The border, record by record: personal data become tokens, state secrets are withheld, what the contract does not name does not pass.

Values of token fields, dropped fields, secret records, unknown fields and lines that are not records never leave, in no column, message or exception.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache, partial
from typing import Literal

from jobs.border.spec import BorderField, BorderRow, BorderSpec
from jobs.border.tokens import key_hash, normalised, token
from jobs.landing.formats.base import BrokenLine, Record, text_of
from jobs.vietnam import EVERY_VERSION, VIETNAM, parse_instant
from warehouse_schema.names import FIELD_NAME

OTHER_FIELDS = "(other)"
"""Stands in `drift` for names that do not look like field names, and so may be data, and for more than 100."""
_MAX_DRIFT_NAMES = 100
_ORGANISATION_CODE = re.compile(r"[0-9A-Za-z.]{1,35}")  # QĐ 20/2020/QĐ-TTg: at most 35 of 0-9 A-Z .


def composed(value: str | None) -> str | None:
    """Text in Unicode's composed form (NFC): senders mix both forms, and neither engine has a function for it."""
    return value if value is None or unicodedata.is_normalized("NFC", value) else unicodedata.normalize("NFC", value)


def is_utf8(text: str) -> bool:
    """Whether UTF-8 can hold the text: a lone surrogate, which a JSON escape can bring, it cannot."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


class Border:
    """The border of one dataset with its key and tombstones: a record to a row.

    `tombstones` maps the hash of a record's key to the newest version that must not be shown.
    """

    def __init__(self, spec: BorderSpec, key: bytes, tombstones: Mapping[str, dt.datetime]) -> None:
        self.spec = spec
        self.key = key
        self.tombstones = tombstones
        # Names recur, and a citizen's number stands in two fields; a token costs 2 µs.
        self.token = lru_cache(maxsize=1 << 16)(partial(token, key))
        self._names = frozenset(field.name for field in spec.fields)
        self._aliases = {alias: field.name for field in spec.fields for alias in field.aliases}
        self._passing = spec.passing
        self._plain = all(field.handling == "keep" and not field.keep_when for field in spec.passing)
        self._passing_names = [field.name for field in spec.passing]
        self._blank = (None,) * len(spec.passing)
        self._kept_values = {field.name: frozenset(map(normalised, field.keep_when[1])) for field in spec.fields if field.keep_when}
        self._secrecy_names = [name for field in spec.fields if field.name == spec.secrecy_field for name in (field.name, *field.aliases)]
        self._open = frozenset(map(normalised, spec.open_values))
        self._secret = frozenset(map(normalised, spec.secret_values))

    def row(self, object_id: str, line: int, record: Record | BrokenLine, drift: set[str]) -> BorderRow:
        """The row of one record. Names of unknown fields of rows that pass are added to `drift`."""
        if isinstance(record, BrokenLine):
            return self._rejected(object_id, line, record.code, None, record.message)
        spec = self.spec
        unknown = record.keys() - self._names
        level = self._secrecy(record)
        if unknown and not self._aliases.keys().isdisjoint(unknown):
            record = self._by_name(record)
            unknown -= self._aliases.keys()
        hashed = key_hash(self.key, [text_of(record.get(name)) for name in spec.key])
        if level == "secret" or self._is_hidden(hashed, record):
            return self._withheld(object_id, line, hashed, record)
        if level != "open":
            expected = f"expected one of {', '.join(sorted(spec.open_values | spec.secret_values))}"
            return self._rejected(object_id, line, f"{level}_secrecy_level", spec.secrecy_field, expected)
        received = map(record.get, self._passing_names)
        values = [value if type(value) is str else text_of(value) for value in received]
        if not self._plain:
            values = [self._crossed(field, value, record) for field, value in zip(self._passing, values, strict=True)]
        values = [composed(value) for value in values]
        text = "".join(filter(None, values))
        if "\0" in text:
            return self._rejected(object_id, line, "nul_character", None, "expected no NUL character in a value")
        if not is_utf8(text):
            return self._rejected(object_id, line, "invalid_encoding", None, "expected values that UTF-8 can hold")
        for name in sorted(unknown):
            is_name = len(drift) < _MAX_DRIFT_NAMES and FIELD_NAME.fullmatch(name)
            drift.add(name if is_name or name in drift else OTHER_FIELDS)
        return (object_id, line, "row", None, None, None, hashed, None, None, None, None, *values)

    def _secrecy(self, record: Record) -> Literal["open", "secret", "missing", "unknown"]:
        """What the secrecy field says, under whatever of its names; secret wins where they disagree."""
        if not self._secrecy_names:
            return "open"
        levels = {normalised(text) for name in self._secrecy_names if (text := text_of(record.get(name)))} - {""}
        if not levels:
            return "missing"
        if levels & self._secret:
            return "secret"
        return "open" if levels <= self._open else "unknown"

    def _by_name(self, record: Record) -> Record:
        """The record with aliases resolved; a field's own name goes before its aliases where both have a value."""
        resolved = {name: value for name, value in record.items() if name not in self._aliases}
        for alias, name in self._aliases.items():
            if alias in record and resolved.get(name) is None:
                resolved[name] = record[alias]
        return resolved

    def secret_version(self, record: Record) -> tuple[str, dt.datetime] | None:
        """The key hash of a secret record and its version; None for other records and for those without a whole key."""
        if self._secrecy(record) != "secret":
            return None
        record = self._by_name(record)
        hashed = key_hash(self.key, [text_of(record.get(name)) for name in self.spec.key])
        return (hashed, parse_instant(text_of(record.get(self.spec.version))) or EVERY_VERSION) if hashed else None

    def _is_hidden(self, hashed: str | None, record: Record) -> bool:
        hidden_until = self.tombstones.get(hashed) if hashed else None
        if hidden_until is None:
            return False
        version = parse_instant(text_of(record.get(self.spec.version)))
        return version is None or version <= hidden_until

    def _crossed(self, field: BorderField, value: str | None, record: Record) -> str | None:
        if field.keep_when:
            other = text_of(record.get(field.keep_when[0]))
            if other is not None and normalised(other) in self._kept_values[field.name]:
                return value
            return self.token(value)
        return value if field.handling == "keep" else self.token(value)

    def _withheld(self, object_id: str, line: int, hashed: str | None, record: Record) -> BorderRow:
        spec = self.spec
        organisation = (text_of(record.get(spec.organisation_field)) or "").strip() if spec.organisation_field else ""
        instants = (parse_instant(text_of(record.get(name))) for name in spec.day_fields)
        day = next((instant.astimezone(VIETNAM).date() for instant in instants if instant), None)
        return (
            *(object_id, line, "withheld", None, None, None, hashed),
            # Only what has the shape of a code: anything might stand there, the title of a secret too.
            organisation if _ORGANISATION_CODE.fullmatch(organisation) else None,
            day,
            parse_instant(text_of(record.get(spec.version))),
            None,
            *self._blank,
        )

    def _rejected(self, object_id: str, line: int, code: str, field: str | None, message: str) -> BorderRow:
        return (object_id, line, "rejected", code, field, message, None, None, None, None, None, *self._blank)

    def end_of_object(self, object_id: str, drift: set[str]) -> BorderRow:
        """The row that ends an object: the unknown fields of its rows."""
        return (object_id, None, "object", None, None, None, None, None, None, None, sorted(drift), *self._blank)
