"""The border, record by record: personal data become tokens, state secrets are withheld, what the contract does not name does not pass.

Values of token fields, dropped fields, secret records, unknown fields and lines that are not records never leave, in no column, message or exception.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache, partial
from itertools import islice, product
from typing import Literal

from jobs.border.kinds import KINDS
from jobs.border.numbers import spelt
from jobs.border.spec import BorderField, BorderRow, BorderSpec
from jobs.border.tokens import key_hash, normalised, token
from jobs.landing.formats.base import BrokenLine, NumberText, Record, RepeatedNames, text_of
from jobs.vietnam import EVERY_VERSION, VIETNAM, parse_instant
from warehouse_schema.names import FIELD_NAME
from warehouse_schema.spreadsheet import ERROR_MARK, ROUNDED_MARK, SCIENTIFIC_NOTATION, SPREADSHEET_ERROR

OTHER_FIELDS = "(other)"
"""Stands in `drift` for names that do not look like field names, and so may be data, and for more than 100."""
_MAX_DRIFT_NAMES = 100
_MAX_KEYS = 10_000
"""A record that gives its keys' fields again and again could have the product of them; nobody does so but to do harm."""
_ERROR, _ROUNDED = re.compile(SPREADSHEET_ERROR), re.compile(SCIENTIFIC_NOTATION)
LOST_STARTS = "#Ee+-0123456789"
"""What the values begin with that a spreadsheet program may have lost."""
_ORGANISATION_CODE = re.compile(r"[0-9A-Za-z.]{1,35}")  # QĐ 20/2020/QĐ-TTg: at most 35 of 0-9 A-Z .


def composed(value: str | None) -> str | None:
    """Text in Unicode's composed form (NFC): senders mix both forms, and neither engine has a function for it."""
    return value if value is None or unicodedata.is_normalized("NFC", value) else unicodedata.normalize("NFC", value)


def _unusable(text: str) -> BrokenLine | None:
    """Why a text cannot be stored: a NUL character, or a lone surrogate, which a JSON escape can bring and UTF-8 cannot hold."""
    if "\0" in text:
        return BrokenLine("nul_character", "expected no NUL character in a value")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return BrokenLine("invalid_encoding", "expected values that UTF-8 can hold")
    return None


def lost_mark(value: str) -> str | None:
    """The mark of a value that a spreadsheet program has lost, in any column as in those that pass; None for every other value.

    As a token the one `#N/A` of all rows would be a person who stands in them all, and a rounded number one whom many share.
    """
    text = value.strip()
    # Hardly a name begins so, and a form costs a fifth of a token.
    if not text or text[0] not in LOST_STARTS:
        return None
    if _ERROR.fullmatch(text):
        return ERROR_MARK
    return ROUNDED_MARK if _ROUNDED.fullmatch(text) else None


class Border:
    """The border of one dataset with its key and tombstones: a record to a row.

    `tombstones` maps the hash of a record's key to the newest version that must not be shown.
    """

    def __init__(self, spec: BorderSpec, key: bytes, tombstones: Mapping[str, dt.datetime]) -> None:
        self.spec = spec
        self.key = key
        self.tombstones = tombstones
        # Names recur, and a citizen's number stands in two fields.
        self.token = lru_cache(maxsize=1 << 16)(partial(token, key))
        self._kinds = {field.name: KINDS[field.kind].read for field in spec.fields if field.kind}
        self._names = frozenset(field.name for field in spec.fields)
        self._aliases = {alias: field.name for field in spec.fields for alias in field.aliases}
        self._passing = spec.passing
        self._plain = all(field.handling == "keep" and not field.keep_when for field in spec.passing)
        self._passing_names = [field.name for field in spec.passing]
        self._numbers = [(place, field.name, field.number) for place, field in enumerate(spec.passing) if field.number]
        self._blank = (None,) * len(spec.passing)
        self._kept_values = {field.name: frozenset(map(normalised, field.keep_when[1])) for field in spec.fields if field.keep_when}
        self._spellings = {field.name: (field.name, *field.aliases) for field in spec.fields}
        self._open = frozenset(map(normalised, spec.open_values))
        self._secret = frozenset(map(normalised, spec.secret_values))

    def row(self, object_id: str, line: int, record: Record | BrokenLine, drift: set[str]) -> BorderRow:
        """The row of one record. Names of unknown fields of rows that pass are added to `drift`."""
        if isinstance(record, BrokenLine):
            return self._rejected(object_id, line, record.code, None, record.message)
        spec = self.spec
        unknown = record.keys() - self._names
        level = self._secrecy(record)
        aliased = bool(unknown) and not self._aliases.keys().isdisjoint(unknown)
        repeated = self._repeated(record) if aliased or isinstance(record, RepeatedNames) else None
        if repeated is not None and level != "secret" and not self._may_be_hidden(record):
            return self._rejected(object_id, line, "repeated_name", repeated or None, "expected each name once in a record")
        if aliased:
            record = self._by_name(record)
            unknown -= self._aliases.keys()
        hashed = key_hash(self.key, [text_of(record.get(name)) for name in spec.key])
        if level == "secret" or repeated is not None or self._is_hidden(hashed, record):
            return self._withheld(object_id, line, hashed, record)
        if level != "open":
            expected = f"expected one of {', '.join(sorted(spec.open_values | spec.secret_values))}"
            return self._rejected(object_id, line, f"{level}_secrecy_level", spec.secrecy_field, expected)
        received = map(record.get, self._passing_names)
        values = [value if type(value) is str else text_of(value) for value in received]
        for place, name, kind in self._numbers:
            if isinstance(number := record.get(name), NumberText):
                values[place] = spelt(number, kind)
        odd = [name for name in self._kinds if self.is_not_of_kind(name, text_of(record.get(name)))] or None
        if not self._plain:
            values = [self._crossed(field, value, record) for field, value in zip(self._passing, values, strict=True)]
        values = [composed(value) for value in values]
        if fault := _unusable("".join(filter(None, values))):
            return self._rejected(object_id, line, fault.code, None, fault.message)
        for name in sorted(unknown):
            is_name = len(drift) < _MAX_DRIFT_NAMES and FIELD_NAME.fullmatch(name)
            drift.add(name if is_name or name in drift else OTHER_FIELDS)
        return (object_id, line, "row", None, None, None, hashed, None, None, None, None, odd, *values)

    def _secrecy(self, record: Record) -> Literal["open", "secret", "missing", "unknown"]:
        """What the secrecy field says, under whatever of its names and however often; secret wins where they disagree."""
        if self.spec.secrecy_field is None:
            return "open"
        levels = {normalised(text) for text in self._given(record, self.spec.secrecy_field)} - {""}
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

    def _given(self, record: Record, field: str) -> Iterator[str]:
        """Every text that the record gives for a field, under any of its names: more than one only where a name is repeated."""
        spellings = self._spellings[field]
        if isinstance(record, RepeatedNames):
            values = [value for name, value in record.pairs if name in spellings]
        else:
            values = [record[name] for name in spellings if name in record]
        return (text for text in map(text_of, values) if text is not None)

    def _repeated(self, record: Record) -> str | None:
        """The first field that the record gives more than once; `""` where that is no field of the contract, or inside a value. None: each name once.

        A field's name beside an alias of it counts where both have a value.
        """
        for field, spellings in self._spellings.items():
            if isinstance(record, RepeatedNames) and sum(name in spellings for name, _ in record.pairs) > 1:
                return field
            if len(spellings) > 1 and sum(record.get(name) is not None for name in spellings) > 1:
                return field
        return "" if isinstance(record, RepeatedNames) else None

    def _key_hashes(self, record: Record) -> list[str]:
        """The hash of the record's key; of each key that it may have where its fields are repeated; none without a whole key."""
        keys = islice(product(*(dict.fromkeys(self._given(record, name)) for name in self.spec.key)), _MAX_KEYS)
        return [hashed for hashed in (key_hash(self.key, parts) for parts in keys) if hashed]

    def secret_versions(self, record: Record) -> dict[str, dt.datetime]:
        """Key hash and version of a secret record; empty for other records and for those without a whole key.

        Where the key or the version is given twice, each key is hidden, up to the newest version.
        """
        if self._secrecy(record) != "secret":
            return {}
        versions = [parse_instant(text) or EVERY_VERSION for text in self._given(record, self.spec.version)]
        return dict.fromkeys(self._key_hashes(record), max(versions, default=EVERY_VERSION))

    def _may_be_hidden(self, record: Record) -> bool:
        """Whether a record with a repeated name may be one that has a tombstone: which version it is, nobody can say."""
        return not self.tombstones.keys().isdisjoint(self._key_hashes(record))

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
            return self.token_of(field.name, value)
        return value if field.handling == "keep" else self.token_of(field.name, value)

    def token_of(self, field: str, value: str | None) -> str | None:
        """The token of a field's value, spelt as its kind is where it is of that kind; the mark of one that a spreadsheet program has lost.

        A number in scientific notation that shows all digits of its kind is of it, and not lost.
        """
        kind = self._kinds.get(field)
        if kind and value and (spelt := kind(value)):
            return self.token(spelt)
        return (lost_mark(value) if value else None) or self.token(value)

    def is_not_of_kind(self, field: str, value: str | None) -> bool:
        """Whether the field has a kind and a value, and the value is not of that kind; one that is lost gets no token and so is not counted here."""
        kind = self._kinds.get(field)
        return bool(kind and value and not value.isspace() and kind(value) is None and lost_mark(value) is None)

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
            None,
            *self._blank,
        )

    def _rejected(self, object_id: str, line: int, code: str, field: str | None, message: str) -> BorderRow:
        return (object_id, line, "rejected", code, field, message, None, None, None, None, None, None, *self._blank)

    def end_of_object(self, object_id: str, drift: set[str]) -> BorderRow:
        """The row that ends an object: the unknown fields of its rows."""
        return (object_id, None, "object", None, None, None, None, None, None, None, sorted(drift), None, *self._blank)
