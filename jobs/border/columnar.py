"""The border by columns: the same rows as record by record, read by Arrow's parser where both must agree."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from jobs.border.records import Border
from jobs.border.spec import META, BorderField, arrow_schema
from jobs.border.tokens import key_hash
from jobs.landing.formats.base import BrokenLine, Record
from jobs.landing.formats.lines import lines_of
from jobs.landing.formats.ndjson import json_block_records


def block_parts(
    columnar: ColumnarReader, object_id: str, first_line: int, block: bytes, max_line_bytes: int
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
    yield from block_parts(columnar, object_id, first_line, head, max_line_bytes)
    yield from block_parts(columnar, object_id, first_line + head.count(b"\n"), tail, max_line_bytes)


class ColumnarReader:
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
        odd = self._not_of_kind(columns)
        if odd is not None:
            meta["not_of_kind"] = odd
        own = [meta[field.name] if field.name in meta else pa.nulls(count, field.type) for field in META]
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
        tokens = pa.array([self._border.token_of(field.name, value) for value in coded.dictionary.to_pylist()], pa.string())
        return tokens.take(coded.indices)

    def _not_of_kind(self, columns: dict[str, pa.StringArray]) -> pa.ListArray | None:
        """For each row the fields whose value is not of their kind; None where there is none in the block."""
        odd: dict[int, list[str]] = {}
        for field in self._border.spec.fields:
            if field.kind is None:
                continue
            coded = columns[field.name].dictionary_encode()
            is_odd = pa.array([self._border.is_not_of_kind(field.name, value) for value in coded.dictionary.to_pylist()], pa.bool_())
            for row in pc.indices_nonzero(is_odd.take(coded.indices)).to_pylist():
                odd.setdefault(row, []).append(field.name)
        count = len(columns[self._border.spec.version])
        return pa.array(map(odd.get, range(count)), pa.list_(pa.string())) if odd else None


def _is_utf8_bytes(block: bytes) -> bool:
    """Like `block.decode()`, without making the text."""
    array = pa.array([block], pa.large_binary())
    try:
        array.cast(pa.large_string())
    except pa.ArrowInvalid:
        return False
    return True
