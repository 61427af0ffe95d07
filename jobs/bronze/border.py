"""The border: landed records in, rows as received out, with personal data as tokens and state secrets withheld.

Pure Python and Arrow; it runs on the workers inside `mapInArrow`, and imports nothing that is slow to load
(architecture, "The border"). Only the contract's fields pass. Values of token fields, dropped fields, secret records,
unknown fields and lines that are not records never leave, in no column, message or exception.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import IO, Any, Literal, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from jobs.bronze.readers import (
    BrokenLine,
    Record,
    SheetColumns,
    content_chunks,
    format_of,
    json_block_records,
    line_blocks,
    lines_of,
    records,
    text_of,
)
from jobs.bronze.tokens import key_hash, normalised, token
from jobs.vietnam import VIETNAM

EVERY_VERSION = dt.datetime(9999, 12, 30, tzinfo=dt.UTC)
"""The tombstone that no version is newer than. Not `datetime.max`: that has no local time east of Greenwich."""

OTHER_FIELDS = "(other)"
"""Stands in `drift` for names that do not look like field names, and so may be data, and for more than 100."""

Outcome = Literal["row", "rejected", "withheld", "object"]

_META = (
    pa.field("object_id", pa.string(), nullable=False),
    pa.field("line", pa.int64()),
    pa.field("outcome", pa.string(), nullable=False),
    pa.field("error_code", pa.string()),
    pa.field("error_field", pa.string()),
    pa.field("error_message", pa.string()),
    pa.field("key_hash", pa.string()),
    pa.field("organisation", pa.string()),
    pa.field("day", pa.date32()),
    pa.field("version", pa.timestamp("us", tz="UTC")),
    pa.field("drift", pa.list_(pa.string())),
)
_META_NAMES = tuple(column.name for column in _META)

_MAX_DRIFT_NAMES = 100
_FIELD_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_ORGANISATION_CODE = re.compile(r"[0-9A-Za-z.]{1,35}")  # QĐ 20/2020/QĐ-TTg: at most 35 of 0-9 A-Z .
_ISO_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)
_COMPACT_INSTANT = re.compile(r"[0-9]{8}(?:[0-9]{6})?")


@dataclass(frozen=True, slots=True)
class BorderField:
    """A field of the allow-list.

    `keep_when` = (other field, its values): a personal field that passes as it is where the other field has one of the
    values (compared case-folded), and as a token elsewhere.
    """

    name: str
    aliases: tuple[str, ...] = ()
    handling: Literal["keep", "token", "drop"] = "keep"
    keep_when: tuple[str, frozenset[str]] | None = None


@dataclass(frozen=True, slots=True)
class BorderSpec:
    """What the border needs to know of a dataset; all names are source fields.

    `fields` is in the order of the output columns. `day_fields`: the first that can be read gives the day (Vietnam's)
    of a withheld row. `optional_columns`: those that a sheet may leave out.
    """

    dataset: str
    fields: tuple[BorderField, ...]
    key: tuple[str, ...]
    version: str
    secrecy_field: str | None = None
    open_values: frozenset[str] = frozenset()
    secret_values: frozenset[str] = frozenset()
    organisation_field: str | None = None
    day_fields: tuple[str, ...] = ()
    optional_columns: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        names = [field.name for field in self.fields]
        spoken = [*names, *(alias for field in self.fields for alias in field.aliases)]
        if len(set(spoken)) < len(spoken):
            raise ValueError(f"{self.dataset}: a field name or alias is given twice")
        if strange := [name for name in spoken if not _FIELD_NAME.fullmatch(name)]:
            # The search for secret lines rests on it: such a name has one spelling in JSON, but for \u escapes.
            raise ValueError(f"{self.dataset}: expected names of ASCII letters, digits and _: {strange}")
        if taken := {name.lower() for name in names} & set(_META_NAMES):
            raise ValueError(f"{self.dataset}: fields named like the border's own columns: {sorted(taken)}")
        used = {*self.key, self.version, *self.day_fields, *self.optional_columns}
        used |= {name for name in (self.secrecy_field, self.organisation_field) if name}
        used |= {field.keep_when[0] for field in self.fields if field.keep_when}
        if unlisted := used - set(names):
            raise ValueError(f"{self.dataset}: not in the allow-list: {sorted(unlisted)}")

    @property
    def passing(self) -> tuple[BorderField, ...]:
        """The fields that have an output column: all that are not dropped."""
        return tuple(field for field in self.fields if field.handling != "drop")

    @property
    def sheet_columns(self) -> SheetColumns:
        """The columns of a sheet of this dataset."""
        names = [field.name for field in self.fields]
        return SheetColumns(
            required=tuple(name for name in names if name not in self.optional_columns),
            optional=tuple(name for name in names if name in self.optional_columns),
            aliases={alias: field.name for field in self.fields for alias in field.aliases},
        )


@dataclass(frozen=True, slots=True)
class ObjectRef:
    """A landed object to read: SHA-256 of its bytes, and its path."""

    object_id: str
    path: str


BorderRow: TypeAlias = tuple[Any, ...]
"""Values in the order of `arrow_schema`."""


def arrow_schema(spec: BorderSpec) -> pa.Schema:
    """The columns of the border's rows: one row a record, and one a whole object.

    object_id; line (1-based); outcome: `row`, `rejected`, `withheld`, or `object` for the row that ends each object;
    error_code, error_field, error_message (of `rejected`); key_hash (of `row` and `withheld`; NULL where the key is
    incomplete); organisation, day, version (of `withheld`, as far as they can be read); drift (of `object`: names of
    the fields that the contract does not know, sorted); then one string column a field that passes (of `row`), as
    received.
    """
    return pa.schema([*_META, *(pa.field(field.name, pa.string()) for field in spec.passing)])


def parse_instant(text: str | None) -> dt.datetime | None:
    """An instant in UTC from ISO 8601 with or without a zone, `yyyyMMddHHmmss`, or a day; without a zone Vietnam's.

    None when it cannot be read, and for instants from `EVERY_VERSION` on. Fractions under a microsecond are cut off.
    """
    text = (text or "").strip()
    try:
        if _COMPACT_INSTANT.fullmatch(text):
            parts = [int(text[:4]), *(int(text[at : at + 2]) for at in range(4, len(text), 2))]
            moment = dt.datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001  the zone follows
        elif _ISO_INSTANT.fullmatch(text):
            moment = dt.datetime.fromisoformat(text)
        else:
            return None
        instant = (moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None
    return instant if instant < EVERY_VERSION else None


def composed(value: str | None) -> str | None:
    """Text in Unicode's composed form (NFC): senders mix both forms, and neither engine has a function for it."""
    return value if value is None or unicodedata.is_normalized("NFC", value) else unicodedata.normalize("NFC", value)


def _is_utf8(text: str) -> bool:
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
        if not _is_utf8(text):
            return self._rejected(object_id, line, "invalid_encoding", None, "expected values that UTF-8 can hold")
        for name in sorted(unknown):
            is_name = len(drift) < _MAX_DRIFT_NAMES and _FIELD_NAME.fullmatch(name)
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


def read_batches(
    objects: Iterable[ObjectRef],
    open_object: Callable[[str], IO[bytes]],
    *,
    spec: BorderSpec,
    key: bytes,
    tombstones: Mapping[str, dt.datetime],
    max_line_bytes: int,
    batch_rows: int = 10_000,
) -> Iterator[pa.RecordBatch]:
    """All rows of some objects of one dataset, in batches of `arrow_schema(spec)`; the order of rows is not defined.

    Args:
        objects: what to read, in the format that each path's ending says.
        open_object: path -> stored bytes.
        spec: of the dataset.
        key: of the tokens.
        tombstones: key hash -> newest hidden version.
        max_line_bytes: longest line.
        batch_rows: most rows in a batch.

    Raises:
        ObjectUnreadableError: an object that `inspect_object` should have refused.
    """
    border = Border(spec, key, tombstones)
    schema = arrow_schema(spec)
    rows: list[BorderRow] = []
    for item in objects:
        drift: set[str] = set()
        with open_object(item.path) as stream:
            for part in _parts(stream, item, border, max_line_bytes):
                if isinstance(part, pa.RecordBatch):
                    for offset in range(0, part.num_rows, batch_rows):
                        yield part.slice(offset, batch_rows)
                    continue
                line, record = part
                rows.append(border.row(item.object_id, line, record, drift))
                if len(rows) >= batch_rows:
                    yield _batch(rows, schema)
                    rows = []
        rows.append(border.end_of_object(item.object_id, drift))
    if rows:
        yield _batch(rows, schema)


def _batch(rows: list[BorderRow], schema: pa.Schema) -> pa.RecordBatch:
    columns = zip(*rows, strict=True)
    return pa.record_batch([pa.array(column, kind) for column, kind in zip(columns, schema.types, strict=True)], schema=schema)


def _parts(
    stream: IO[bytes], item: ObjectRef, border: Border, max_line_bytes: int
) -> Iterator[tuple[int, Record | BrokenLine] | pa.RecordBatch]:
    """An object as numbered records, or as finished batches where a block of NDJSON can be read by columns."""
    fmt = format_of(item.path)
    if fmt.kind != "ndjson":
        yield from records(stream, fmt, max_line_bytes, border.spec.sheet_columns)
        return
    columnar = _ColumnarReader(border, max_line_bytes)
    for first_line, block in line_blocks(content_chunks(stream, fmt.gzipped), max_line_bytes):
        if block is None:
            yield from json_block_records(first_line, None, max_line_bytes)
        else:
            yield from _block_parts(columnar, item.object_id, first_line, block, max_line_bytes)


def _block_parts(
    columnar: _ColumnarReader, object_id: str, first_line: int, block: bytes, max_line_bytes: int
) -> Iterator[tuple[int, Record | BrokenLine] | pa.RecordBatch]:
    """A block by columns; where that cannot be, its halves, so that one odd line costs no more than its neighbours' time."""
    read = columnar.read(object_id, first_line, block)
    if read is not None:
        batch, single_lines = read
        yield batch
        for line, text in single_lines:
            yield from json_block_records(line, text, max_line_bytes)
        return
    middle = block.find(b"\n", len(block) // 2) + 1
    if not columnar.takes(block) or middle in (0, len(block)):
        yield from json_block_records(first_line, block, max_line_bytes)
        return
    head, tail = block[:middle], block[middle:]
    yield from _block_parts(columnar, object_id, first_line, head, max_line_bytes)
    yield from _block_parts(columnar, object_id, first_line + head.count(b"\n"), tail, max_line_bytes)


class _ColumnarReader:
    """Reads a block of plain NDJSON by columns with Arrow's parser: the same rows as line by line in half the time.

    It takes a block only where both parsers must agree, and gives it back (None) otherwise:

    * Every line starts with `{` and ends with `}`, and there are as many objects as lines. Inside an object only `,`,
      `]` or `}` can follow a `}`, so no object goes over a line's end: each line holds at least one, hence exactly one.
    * Names that the contract does not know, names given twice, nested values, and numbers that are not 64-bit integers
      are errors of Arrow's parser under an explicit schema; `-0`, NUL and escaped surrogates are looked for here.
    * Where a field's type changes from record to record, which Arrow refuses, numbers and booleans after a known name are
      first put in quotes: their text is all that is kept of them. A quote inside a string has a backslash before it, so
      `"Name":` is a member's name wherever it stands.
    * Rows whose secrecy is not plainly open, and rows with a tombstone, are given back one by one.
    """

    _MIN_BLOCK_BYTES = 1 << 14
    _SAMPLE_LINES = 50
    _MAX_FAILURES = 8
    _UNUSUAL_ESCAPES = (b"\\u0000", b"\\ud", b"\\uD")
    _NEGATIVE_ZERO = re.compile(rb":\s*-0")
    _NUMBER = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
    # Letters of Latin scripts and common punctuation: each is its own composed form whatever stands beside it.
    _PERHAPS_NOT_COMPOSED = r"[^\x00-\x{2ff}\x{1e00}-\x{1eff}\x{2010}-\x{2027}\x{2030}-\x{205e}]"

    def __init__(self, border: Border, max_line_bytes: int) -> None:
        self._border = border
        self._max_line_bytes = max_line_bytes
        self._schema = arrow_schema(border.spec)
        self._types: dict[str, pa.DataType] = {}
        self._failures = self._MAX_FAILURES if any(field.keep_when for field in border.spec.fields) else 0
        self._mixed = False
        names = "|".join(field.name for field in border.spec.fields)
        self._bare_value = rf'("(?:{names})"[ \t]*:[ \t]*)({self._NUMBER}|true|false)([ \t]*[,}}])'

    def takes(self, block: bytes) -> bool:
        """Whether a block of this size is worth trying, after what became of those before it."""
        return self._failures < self._MAX_FAILURES and len(block) >= self._MIN_BLOCK_BYTES

    def read(self, object_id: str, first_line: int, block: bytes) -> tuple[pa.RecordBatch, list[tuple[int, bytes]]] | None:
        """The batch of the block's plain rows and the lines of the others, or None."""
        if not self.takes(block):
            return None
        block = block if block.endswith(b"\n") else block + b"\n"
        lines = lines_of(block)
        table = self._table(block, lines)
        if table is None:
            return None
        spec = self._border.spec
        columns = {name: table.column(name).cast(pa.string()).combine_chunks() for name in table.column_names}
        keys = zip(*(columns[name].to_pylist() for name in spec.key), strict=True)
        hashes = [key_hash(self._border.key, parts) for parts in keys]
        is_plain = pa.array([hashed not in self._border.tombstones for hashed in hashes], pa.bool_())
        if spec.secrecy_field:
            is_open = pc.is_in(columns[spec.secrecy_field], value_set=pa.array(sorted(spec.open_values), pa.string()))
            is_plain = pc.and_(is_plain, is_open)
        batch = self._batch(object_id, first_line, hashes, columns)
        if pc.all(is_plain).as_py():
            return batch, []
        others = pc.indices_nonzero(pc.invert(is_plain)).to_pylist()
        return batch.filter(is_plain), [(first_line + index, lines[index]) for index in others]

    def _table(self, block: bytes, lines: list[bytes]) -> pa.Table | None:
        """The block's records by columns: strings, booleans and integers."""
        count = len(lines)
        if (
            not (block.startswith(b"{") and block.endswith(b"}\n"))
            or block.count(b"}\n{") != count - 1
            or b"\0" in block
            or (b"\\" in block and any(escape in block for escape in self._UNUSUAL_ESCAPES))
            or max(map(len, lines)) > self._max_line_bytes
            or not _is_utf8_bytes(block)
        ):
            return None
        if not self._types:
            self._learn_types(lines)
        table = None if self._mixed else self._typed(block)
        if table is None:
            table = self._as_text(block)
            self._mixed = self._mixed or table is not None
        if table is None:
            self._failures += 1
            self._learn_types(lines)
            return None
        self._failures = 0
        return table if table.num_rows == count else None

    def _typed(self, block: bytes) -> pa.Table | None:
        """The records by columns of the types that were learnt; None where a record has another type."""
        try:
            table = self._parse(pa.py_buffer(block), self._types)
        except pa.ArrowException:
            return None
        integers = [column for column in table.columns if column.type == pa.int64()]
        has_zero = any(pc.any(pc.equal(column, 0)).as_py() for column in integers)
        return None if has_zero and self._NEGATIVE_ZERO.search(block) else table

    def _as_text(self, block: bytes) -> pa.Table | None:
        """The records by columns of text."""
        try:
            text = pc.replace_substring_regex(pa.array([block], pa.large_string()), pattern=self._bare_value, replacement=r'\1"\2"\3')
            return self._parse(text[0].as_buffer(), {})
        except pa.ArrowException:
            return None

    def _parse(self, block: pa.Buffer, types: Mapping[str, pa.DataType]) -> pa.Table:
        fields = [pa.field(field.name, types.get(field.name, pa.string())) for field in self._border.spec.fields]
        return pj.read_json(
            pa.BufferReader(block),
            read_options=pj.ReadOptions(use_threads=False, block_size=block.size + 1),
            parse_options=pj.ParseOptions(explicit_schema=pa.schema(fields), unexpected_field_behavior="error"),
        )

    def _learn_types(self, lines: list[bytes]) -> None:
        """Which fields hold booleans or integers here; a wrong guess costs time only."""
        for line in lines[: self._SAMPLE_LINES]:
            try:
                record = json.loads(line)
            except (ValueError, RecursionError):
                continue
            for name, value in record.items():
                if isinstance(value, int):
                    self._types[name] = pa.bool_() if isinstance(value, bool) else pa.int64()
                elif value is not None:
                    self._types[name] = pa.string()

    def _batch(self, object_id: str, first_line: int, hashes: list[str | None], columns: dict[str, pa.StringArray]) -> pa.RecordBatch:
        count = len(hashes)
        meta: dict[str, pa.Array] = {
            "object_id": pa.repeat(pa.scalar(object_id, pa.string()), count),
            "line": pa.array(range(first_line, first_line + count), pa.int64()),
            "outcome": pa.repeat(pa.scalar("row", pa.string()), count),
            "key_hash": pa.array(hashes, pa.string()),
        }
        own = [meta[field.name] if field.name in meta else pa.nulls(count, field.type) for field in _META]
        return pa.record_batch([*own, *(self._crossed(field, columns) for field in self._border.spec.passing)], self._schema)

    def _crossed(self, field: BorderField, columns: dict[str, pa.StringArray]) -> pa.StringArray:
        column = columns[field.name]
        if field.handling == "keep":
            if pc.all(pc.string_is_ascii(column)).as_py() is not False:
                return column
            odd = pc.any(pc.match_substring_regex(column, pattern=self._PERHAPS_NOT_COMPOSED)).as_py()
            return pc.utf8_normalize(column, form="NFC") if odd else column
        # Names recur (an officer's in most rows), so each different value is made a token once.
        coded = column.dictionary_encode()
        tokens = pa.array(map(self._border.token, coded.dictionary.to_pylist()), pa.string())
        return tokens.take(coded.indices)


def _is_utf8_bytes(block: bytes) -> bool:
    """Like `block.decode()`, without making the text."""
    array = pa.array([block], pa.large_binary())
    try:
        array.cast(pa.large_string())
    except pa.ArrowInvalid:
        return False
    return True


def collect_tombstones(stream: IO[bytes], path: str, spec: BorderSpec, key: bytes, max_line_bytes: int) -> dict[str, dt.datetime]:
    """The newest version of each secret record of one object, by the hash of its key: the first pass over a dataset.

    A secret record whose version cannot be read hides every version of its key; one without a whole key hides nothing.

    Raises:
        ObjectUnreadableError: an object that `inspect_object` should have refused.
    """
    found: dict[str, dt.datetime] = {}
    if spec.secrecy_field is None:
        return found
    border = Border(spec, key, {})
    for _, record in _possibly_secret(stream, path, spec, max_line_bytes):
        secret = None if isinstance(record, BrokenLine) else border.secret_version(record)
        if secret is not None:
            hashed, version = secret
            found[hashed] = max(version, found.get(hashed, version))
    return found


def _possibly_secret(stream: IO[bytes], path: str, spec: BorderSpec, max_line_bytes: int) -> Iterator[tuple[int, Record | BrokenLine]]:
    """The records of an object, without those that cannot be secret by the text of their line.

    A line's secrecy field can only be spelt as it is, or with an escape of an ASCII character. So where there is no
    such escape, and an open value follows everywhere the quoted name stands, no record is secret.
    """
    fmt = format_of(path)
    if fmt.kind != "ndjson":
        yield from records(stream, fmt, max_line_bytes, spec.sheet_columns)
        return
    spellings = [n for field in spec.fields if field.name == spec.secrecy_field for n in (field.name, *field.aliases)]
    values = b"|".join(re.escape(json.dumps(value, ensure_ascii=False).encode()) for value in sorted(spec.open_values))
    # One pattern a name: a literal beginning makes the search fast.
    suspicious = [
        re.compile(rb"\\u00[0-7]"),
        *(re.compile(rb'"%b"(?![ \t]*:[ \t]*(?:%b))' % (name.encode(), values)) for name in spellings),
    ]
    for first_line, block in line_blocks(content_chunks(stream, fmt.gzipped), max_line_bytes):
        if block is not None:
            for number, line in _lines_with(suspicious, first_line, block):
                yield from json_block_records(number, line, max_line_bytes)


def _lines_with(patterns: Iterable[re.Pattern[bytes]], first_line: int, block: bytes) -> Iterator[tuple[int, bytes]]:
    """The numbered lines of a block in which one of the patterns, none of which goes over a line's end, is found."""
    starts: set[int] = set()
    for pattern in patterns:
        found = pattern.search(block)
        while found is not None:
            starts.add(block.rfind(b"\n", 0, found.start()) + 1)
            end = block.find(b"\n", found.end())
            found = pattern.search(block, end) if end >= 0 else None
    number, counted = first_line, 0
    for start in sorted(starts):
        number += block.count(b"\n", counted, start)
        counted = start
        end = block.find(b"\n", start)
        yield number, block[start:end] if end >= 0 else block[start:]
