"""The border by columns: the same rows as record by record, read by Arrow's parser where both must agree."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from jobs.border.kinds import KINDS
from jobs.border.records import LOST_STARTS, Border
from jobs.border.spec import META, arrow_schema
from jobs.border.token_columns import Personal, hash_block, plain_text, rows_without

_STARTS_BARE_VALUE = np.isin(np.arange(256), np.frombuffer(b"-0123456789tf", np.uint8))


class ColumnarReader:
    """Reads a block of plain NDJSON by columns with Arrow's parser: the same rows as line by line in a third of the time.

    It takes only lines of which both parsers must make the same, and gives the others back:

    * Every line that is taken starts with `{` and ends with `}`, and there are as many objects as lines. Inside an object only `,`,
      `]` or `}` can follow a `}`, so no object goes over a line's end: each line holds at least one, hence exactly one.
    * Names that the contract does not know, names given twice, nested values, and numbers that are not 64-bit integers
      are errors of Arrow's parser under an explicit schema, which mostly says in which row; `-0`, NUL and escaped surrogates are looked for here.
    * Arrow wants one type for a field. Lines with as many bare values (numbers and booleans) mostly have the same fields bare, so they are read
      together. What differs within such a group is read as text: numbers and booleans after a known name are first put in quotes, since their text is
      all that is kept of them. A quote inside a string has a backslash before it, so `"Name":` is a member's name wherever it stands.
    * Rows whose secrecy is not plainly open, and rows with a tombstone, are given back one by one.
    """

    _MIN_LINES = 32
    """Of fewer lines, what a batch costs is more than what it saves."""
    _SAMPLE_LINES = 20
    _MAX_FAILURES = 8
    _MAX_REFUSALS = 64
    _UNUSUAL = (b"\0", b"\\u0000", b"\\ud", b"\\uD")
    _NEGATIVE_ZERO = re.compile(rb":\s*-0")
    _INTEGER = r"-?(?:0|[1-9][0-9]*)"
    _NUMBER = rf"{_INTEGER}(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
    _IN_ROW = re.compile(r" in row ([0-9]+)$")
    _NO_INTEGER = re.compile(r"couldn't parse:([-+.0-9eE]+)$")

    def __init__(self, border: Border, max_line_bytes: int) -> None:
        self._border = border
        self._max_line_bytes = max_line_bytes
        self._schema = arrow_schema(border.spec)
        self._types: dict[int, Mapping[str, pa.DataType]] = {}
        self._failures = self._MAX_FAILURES if any(field.keep_when for field in border.spec.fields) else 0
        # Of columns that spell a fraction anew it is left bare: Arrow refuses its line.
        of_numbers = [field.name for field in border.spec.fields if field.number]
        others = [field.name for field in border.spec.fields if not field.number]
        self._bare_values = [
            rf'("(?:{"|".join(names)})"[ \t]*:[ \t]*)({number}|true|false)([ \t]*[,}}])'
            for names, number in ((others, self._NUMBER), (of_numbers, self._INTEGER))
            if names
        ]

    def read(self, object_id: str, first_line: int, block: bytes) -> Iterator[pa.RecordBatch | tuple[int, bytes]]:
        """The block's plain rows as a batch, and the others as lines, each (or the first of several) with its number."""
        lines = _Lines(block)
        if self._failures >= self._MAX_FAILURES or len(lines.starts) < self._MIN_LINES:
            yield first_line, block
            return
        is_plain, bare = self._looked_through(lines)
        odd = np.flatnonzero(~is_plain).tolist()
        read: list[tuple[np.ndarray, pa.Table]] = []
        mixed = [np.zeros(0, np.int64)]
        for count in np.unique(bare[is_plain]).tolist():
            group = np.flatnonzero(is_plain & (bare == count))
            if len(group) >= self._MIN_LINES:
                mixed.append(
                    self._read_group(lines, group, self._types_of(count, [lines[index] for index in group[: self._SAMPLE_LINES]]), read)
                )
            else:
                mixed.append(group)
        others = np.concatenate(mixed)
        odd += (self._read_group(lines, others, None, read) if len(others) >= self._MIN_LINES else others).tolist()
        if read:
            self._failures = 0
            batch, closed = self._rows(object_id, first_line, read)
            yield batch
            odd += closed
        else:
            self._failures += 1
        for index in sorted(odd):
            yield first_line + index, lines[index]

    def _looked_through(self, lines: _Lines) -> tuple[np.ndarray, np.ndarray]:
        """For each line whether it may be read by columns, and how many bare values it holds (a guess: `":` may stand in a string)."""
        block, text, starts, ends = lines.block, lines.text, lines.starts, lines.ends
        is_plain = (text[starts] == ord("{")) & (text[ends - 1] == ord("}")) & (ends - starts <= self._max_line_bytes)
        for unusual in self._UNUSUAL if b"\\" in block else self._UNUSUAL[:1]:
            at = block.find(unusual)
            while at >= 0:
                line = int(np.searchsorted(ends, at))
                is_plain[line] = False
                at = block.find(unusual, int(ends[line]))
        if not _is_utf8_bytes(block):
            is_plain &= np.fromiter((_is_utf8_bytes(lines[index]) for index in range(len(starts))), bool, len(starts))
        colons = np.flatnonzero(text[1:-2] == ord(":")) + 1
        colons = colons[text[colons - 1] == ord('"')]
        after = text[colons + 1]
        after = np.where(after == ord(" "), text[colons + 2], after)
        bare = colons[_STARTS_BARE_VALUE[after]]
        return is_plain, np.diff(np.searchsorted(bare, ends), prepend=0)

    def _read_group(
        self, lines: _Lines, group: np.ndarray, types: Mapping[str, pa.DataType] | None, read: list[tuple[np.ndarray, pa.Table]]
    ) -> np.ndarray:
        """Read lines of like types (as text, where there are none), add them to `read`, and give back those that Arrow refuses."""
        refused: list[np.ndarray] = [np.zeros(0, np.int64)]
        refusals, parts, good = 0, [group], list[np.ndarray]()
        while parts or good:
            if not parts:
                parts, good = [np.concatenate(good)], []
            part = parts.pop()
            text = lines.together(part)
            try:
                table = self._as_text(text) if types is None else self._parse(text, types)
                if table.num_rows == len(part):
                    part, table, negative = self._without_negative_zeros(lines, part, table)
                    read.append((part, table))
                    refused.append(negative)
                    continue
                message = ""
            except pa.ArrowException as error:
                message = str(error)
            refusals += 1
            if refusals > self._MAX_REFUSALS or len(part) == 1:
                refused.append(part)
            elif (row := self._IN_ROW.search(message)) and int(row[1]) < len(part):
                # Those before it were read to their end: they are read again with what else is good.
                place = int(row[1])
                good.append(part[:place])
                refused.append(part[place : place + 1])
                parts.append(part[place + 1 :])
            elif (number := self._NO_INTEGER.search(message)) and (is_with := lines.which_hold(number[1].encode(), part)).any():
                refused.append(part[is_with])
                parts.append(part[~is_with])
            else:
                parts += [part[: len(part) // 2], part[len(part) // 2 :]]
            parts = [part for part in parts if len(part)]
            good = [part for part in good if len(part)]
        return np.concatenate(refused)

    def _without_negative_zeros(self, lines: _Lines, part: np.ndarray, table: pa.Table) -> tuple[np.ndarray, pa.Table, np.ndarray]:
        """The rows without those that have a `-0`, of which Arrow makes 0."""
        integers = [column for column in table.columns if column.type == pa.int64()]
        zeros = {row for column in integers for row in pc.indices_nonzero(pc.equal(column, 0)).to_pylist()}
        negative = sorted(row for row in zeros if self._NEGATIVE_ZERO.search(lines[part[row]]))
        if not negative:
            return part, table, part[:0]
        kept = np.delete(np.arange(len(part)), negative)
        return part[kept], table.take(kept), part[negative]

    def _rows(self, object_id: str, first_line: int, read: list[tuple[np.ndarray, pa.Table]]) -> tuple[pa.RecordBatch, list[int]]:
        """The rows of the block that are plainly open, and the lines of the others."""
        spec = self._border.spec
        texts = pa.schema([pa.field(field.name, pa.string()) for field in spec.fields])
        table = pa.concat_tables([table.select(texts.names).cast(texts) for _, table in read]).combine_chunks()
        lines = np.concatenate([part for part, _ in read])
        columns = {name: table.column(name).combine_chunks() for name in texts.names}
        hashes, tokens = hash_block(self._border.key, [columns[name] for name in spec.key], self._personal(columns))
        tombstones = self._border.tombstones
        is_plain = pa.array([hashed not in tombstones for hashed in hashes.to_pylist()] if tombstones else [True] * len(hashes), pa.bool_())
        if spec.secrecy_field:
            is_open = pc.is_in(columns[spec.secrecy_field], value_set=pa.array(sorted(spec.open_values), pa.string()))
            is_plain = pc.and_(is_plain, is_open)
        batch = self._batch(object_id, pa.array(first_line + lines), hashes, columns, tokens)
        if pc.all(is_plain).as_py():
            return batch, []
        return batch.filter(is_plain), lines[pc.indices_nonzero(pc.invert(is_plain)).to_numpy()].tolist()

    def _as_text(self, block: pa.Buffer) -> pa.Table:
        """The records by columns of text."""
        text = _one_value(pa.large_string(), block)
        for bare_value in self._bare_values:
            text = pc.replace_substring_regex(text, pattern=bare_value, replacement=r'\1"\2"\3')
        return self._parse(text[0].as_buffer(), {})

    def _parse(self, block: pa.Buffer, types: Mapping[str, pa.DataType]) -> pa.Table:
        fields = [pa.field(field.name, types.get(field.name, pa.string())) for field in self._border.spec.fields]
        return pj.read_json(
            pa.BufferReader(block),
            read_options=pj.ReadOptions(use_threads=False, block_size=block.size + 1),
            parse_options=pj.ParseOptions(explicit_schema=pa.schema(fields), unexpected_field_behavior="error"),
        )

    def _types_of(self, count: int, sample: Sequence[bytes]) -> Mapping[str, pa.DataType]:
        """Which fields are booleans or integers in lines with so many bare values, by most of the first of them; a wrong guess costs time only."""
        if count not in self._types:
            kinds: Counter[tuple[tuple[str, bool], ...]] = Counter()
            for line in sample:
                try:
                    record = json.loads(line)
                except (ValueError, RecursionError):
                    continue
                kinds[tuple((name, isinstance(value, bool)) for name, value in record.items() if isinstance(value, int))] += 1
            common = kinds.most_common(1)[0][0] if kinds else ()
            self._types[count] = {name: pa.bool_() if is_bool else pa.int64() for name, is_bool in common}
        return self._types[count]

    def _batch(
        self,
        object_id: str,
        lines: pa.Int64Array,
        hashes: pa.StringArray,
        columns: Mapping[str, pa.StringArray],
        tokens: Mapping[str, pa.StringArray],
    ) -> pa.RecordBatch:
        count = len(hashes)
        meta: dict[str, pa.Array] = {
            "object_id": pa.repeat(pa.scalar(object_id, pa.string()), count),
            "line": lines,
            "outcome": pa.repeat(pa.scalar("row", pa.string()), count),
            "key_hash": hashes,
        }
        odd = self._not_of_kind(columns)
        if odd is not None:
            meta["not_of_kind"] = odd
        own = [meta[field.name] if field.name in meta else pa.nulls(count, field.type) for field in META]
        passed = [tokens[field.name] if field.name in tokens else _composed(columns[field.name]) for field in self._border.spec.passing]
        return pa.record_batch([*own, *passed], self._schema)

    def _personal(self, columns: Mapping[str, pa.StringArray]) -> dict[str, Personal]:
        """The columns that become tokens."""
        return {
            field.name: Personal(
                columns[field.name],
                KINDS[field.kind].plain if field.kind else plain_text(LOST_STARTS),
                partial(self._border.token_of, field.name),
            )
            for field in self._border.spec.passing
            if field.handling == "token"
        }

    def _not_of_kind(self, columns: Mapping[str, pa.StringArray]) -> pa.ListArray | None:
        """For each row the fields whose value is not of their kind; None where there is none in the block."""
        odd: dict[int, list[str]] = {}
        for field in self._border.spec.fields:
            if field.kind is None:
                continue
            column = columns[field.name]
            others = rows_without(KINDS[field.kind].plain, column)
            for row, value in zip(others.to_pylist(), column.take(others).to_pylist(), strict=True):
                if self._border.is_not_of_kind(field.name, value):
                    odd.setdefault(row, []).append(field.name)
        count = len(columns[self._border.spec.version])
        return pa.array(map(odd.get, range(count)), pa.list_(pa.string())) if odd else None


class _Lines:
    """The lines of a block, by where they begin and end in it."""

    def __init__(self, block: bytes) -> None:
        self.block = block if block.endswith(b"\n") else block + b"\n"
        self.text = np.frombuffer(self.block, np.uint8)
        self.ends = np.flatnonzero(self.text == ord("\n"))
        self.starts = np.concatenate(([0], self.ends[:-1] + 1))
        offsets = pa.py_buffer(np.concatenate((self.starts, [len(self.block)])))
        self._with_ends = pa.LargeBinaryArray.from_buffers(pa.large_binary(), len(self.ends), [None, offsets, pa.py_buffer(self.block)])

    def __getitem__(self, index: int) -> bytes:
        """A line, without its line feed."""
        return self.block[self.starts[index] : self.ends[index]]

    def together(self, indices: np.ndarray) -> pa.Buffer:
        """Some of the lines in the order of the indices, each with its line feed, as one text."""
        if np.array_equal(indices, np.arange(len(self.ends))):
            return pa.py_buffer(self.block)
        return self._with_ends.take(pa.array(indices)).buffers()[2]

    def which_hold(self, text: bytes, indices: np.ndarray) -> np.ndarray:
        """For each of the lines whether the text stands in it."""
        return np.fromiter((text in self[index] for index in indices), bool, len(indices))


# Letters of Latin scripts and common punctuation (up to U+02FF, U+1E00 to 1EFF, U+2010 to 2027, U+2030 to 205E): each is its own composed form whatever
# stands beside it. By the first byte in UTF-8: 1 another letter, 2 and 3 what the second byte, or the second and third, decide.
_LEAD = np.zeros(256, np.uint8)
_LEAD[0xCC:] = 1
_LEAD[0xE1], _LEAD[0xE2] = 2, 3


def rows_perhaps_not_composed(column: pa.StringArray) -> np.ndarray:
    """The rows of a column whose text may have another composed form (NFC), by the bytes that their letters begin with."""
    offsets = np.frombuffer(column.buffers()[1], np.int32)[column.offset : column.offset + len(column) + 1]
    text = np.frombuffer(column.buffers()[2] or b"", np.uint8)[: offsets[-1]]
    lead = _LEAD[text]
    others, three, punctuation = (np.flatnonzero(lead == kind) for kind in (1, 2, 3))
    three = three[(text[three + 1] < 0xB8) | (text[three + 1] > 0xBB)]
    second, third = text[punctuation + 1], text[punctuation + 2]
    known = ((second == 0x80) & (third >= 0x90) & ((third <= 0xA7) | (third >= 0xB0))) | ((second == 0x81) & (third <= 0x9E))
    found = np.concatenate((others, three, punctuation[~known]))
    return np.unique(np.searchsorted(offsets, found[found >= offsets[0]], "right") - 1)


def _composed(column: pa.StringArray) -> pa.StringArray:
    if pc.all(pc.string_is_ascii(column)).as_py() is not False:
        return column
    rows = rows_perhaps_not_composed(column)
    if not len(rows):
        return column
    mask = np.zeros(len(column), bool)
    mask[rows] = True
    return pc.replace_with_mask(column, pa.array(mask), pc.utf8_normalize(column.take(rows), form="NFC"))


def _is_utf8_bytes(block: bytes) -> bool:
    """Like `block.decode()`, without making the text."""
    try:
        _one_value(pa.large_binary(), pa.py_buffer(block)).cast(pa.large_string())
    except pa.ArrowInvalid:
        return False
    return True


def _one_value(kind: pa.DataType, value: pa.Buffer) -> pa.Array:
    """An array of one value, without a copy of it."""
    return pa.LargeBinaryArray.from_buffers(kind, 1, [None, pa.py_buffer(np.array([0, value.size], np.int64)), value])
