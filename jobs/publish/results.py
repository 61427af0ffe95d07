"""The rows of a result as a table, text or file: on a terminal the first of them, in a pipe and a file all as they come."""

from __future__ import annotations

import sys
from contextlib import suppress
from decimal import Decimal
from enum import StrEnum
from itertools import chain, islice
from typing import IO, TYPE_CHECKING, Any

from jobs.errors import UsageError
from jobs.publish.terminal import MEASURED_ROWS, say, say_folded, say_table, terminal_width
from jobs.publish.values import distinct, rows_of, write_csv, write_csv_of, write_json, write_markdown, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    import pyarrow as pa

    from jobs.publish.released import Answer

SHOWN_ROWS = 40
"""So many rows of a long result are shown on a terminal."""


_PLAN = ("explain_key", "explain_value")


class Format(StrEnum):
    """How rows are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


class ResultFormat(StrEnum):
    """How the answer to a query is given."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"
    MARKDOWN = "markdown"
    XLSX = "xlsx"


_BINARY = (ResultFormat.PARQUET, ResultFormat.XLSX)
_ENDINGS = {
    ".csv": ResultFormat.CSV,
    ".json": ResultFormat.JSON,
    ".parquet": ResultFormat.PARQUET,
    ".md": ResultFormat.MARKDOWN,
    ".xlsx": ResultFormat.XLSX,
}


def print_rows(names: Sequence[str], rows: Iterable[Sequence[object]], output: Format, nothing: str = "") -> None:
    """Rows on standard output, all of them; in place of a table without any the sentence `nothing`, where there is one."""
    if output is Format.TABLE:
        coming = iter(rows)
        first = list(islice(coming, 1))
        if first or not nothing:
            _print_table(names, chain(first, coming))
        else:
            say_folded(nothing)
    else:
        (write_csv if output is Format.CSV else write_json)(sys.stdout, names, rows)


def format_of(output: ResultFormat | None, target: Path | None, *, force: bool = False) -> ResultFormat:
    """How an answer is given: as asked, else as the ending of the file's name says, else as a table. To be asked before the query runs.

    Args:
        output: the format that was asked for.
        target: the file that is to be written.
        force: a file that is there is replaced.

    Raises:
        UsageError: the name says nothing, or is that of a file that is there; a table cannot be a file; a terminal cannot show the format.
    """
    if target is None and force:
        raise UsageError("--force is for --output: it replaces a file that is there")
    if target is not None:
        if not target.name or target.is_dir():
            raise UsageError(f"--output {target}: it is a folder; expected the name of a file")
        if target.exists() and not force:
            raise UsageError(f"--output {target}: there is a file of that name; --force replaces it")
        chosen = output or _ENDINGS.get(target.suffix.lower())
        if chosen in (None, ResultFormat.TABLE):
            *endings, last = _ENDINGS
            raise UsageError(f"--output {target}: expected a name that ends in {', '.join(endings)} or {last}, or --format csv and so on")
        return chosen
    if output in _BINARY and sys.stdout.isatty():
        raise UsageError(f"a terminal cannot show --format {output}: name a file with --output, or pipe it on")
    return output or ResultFormat.TABLE


def print_answer(answer: Answer, output: ResultFormat, *, limit: int | None = None) -> None:
    """An answer on standard output; a table on a terminal ends after `limit` rows, where there is one, and says how many there are in all."""
    if output is ResultFormat.TABLE:
        if tuple(answer.names) == _PLAN:
            for row in rows_of(answer.batches):
                for line in str(row[-1]).split("\n"):
                    say(line)
        elif terminal_width() is None:
            _print_table(answer.names, rows_of(answer.batches))
        else:
            _print_first(answer, limit)
    elif output is ResultFormat.CSV:
        write_csv_of(sys.stdout, answer.names, answer.batches)
    else:
        _write(answer, output, sys.stdout.buffer if output in _BINARY else sys.stdout)


def write_answer(answer: Answer, output: ResultFormat, target: Path) -> tuple[int, int]:
    """Write all rows to a file, which is there whole or not at all. A CSV is one for people: see `write_csv_of`.

    Returns: how many rows, and how many cells have a mark so that they are no formulas.

    Raises:
        UsageError: the file cannot be written, or its format cannot hold the result.
    """
    counted = 0

    def counting() -> Iterator[pa.RecordBatch]:
        nonlocal counted
        for batch in answer.batches:
            counted += batch.num_rows
            yield batch

    part = target.with_name(f".{target.name}.part")
    guarded = 0
    file: Any
    try:
        with part.open("wb") if output in _BINARY else part.open("w", encoding="utf-8", newline="") as file:
            counting_answer = type(answer)(answer.schema, counting())
            if output is ResultFormat.CSV:
                guarded = write_csv_of(file, answer.names, counting_answer.batches, for_people=True)
            else:
                _write(counting_answer, output, file)
        part.replace(target)
    except (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError) as error:
        raise UsageError(f"--output {target}: {error.strerror}") from None
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    return counted, guarded


def _write(answer: Answer, output: ResultFormat, out: Any) -> None:
    if output is ResultFormat.JSON:
        write_json(out, answer.names, rows_of(answer.batches))
    elif output is ResultFormat.MARKDOWN:
        write_markdown(out, answer.names, rows_of(answer.batches), right=numbers_of(answer.schema))
    elif output is ResultFormat.PARQUET:
        _write_parquet(answer, out)
    else:
        from jobs.publish.sheets import write_xlsx

        write_xlsx(out, answer)


def _write_parquet(answer: Answer, out: IO[bytes]) -> None:
    """The answer's own types, as they come; a name that comes twice gets a number.

    Raises:
        UsageError: Parquet has no such type.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([column.with_name(name) for column, name in zip(answer.schema, distinct(answer.names), strict=True)])
    # Not the file by itself: a pipe has no position, and Arrow counts its own.
    try:
        with pq.ParquetWriter(pa.PythonFile(out, "w"), schema, compression="zstd") as writer:
            for batch in _larger(answer.batches):
                writer.write_table(batch.rename_columns(schema.names).cast(schema))
    except pa.ArrowNotImplementedError:
        raise UsageError("Parquet has no type for an INTERVAL: cast it to text, or to a number of days") from None


def _larger(batches: Iterable[pa.RecordBatch], rows: int = 120_000) -> Iterator[pa.Table]:
    """The same rows in pieces of at least so many: each becomes a row group of the file."""
    import pyarrow as pa

    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        if sum(one.num_rows for one in waiting) >= rows:
            yield pa.Table.from_batches(waiting)
            waiting = []
    if waiting:
        yield pa.Table.from_batches(waiting)


def numbers_of(schema: pa.Schema) -> set[int]:
    """Which columns hold numbers, and are set to the right."""
    import pyarrow as pa

    kinds: tuple[Callable[[pa.DataType], bool], ...] = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)
    return {number for number, column in enumerate(schema) if any(is_one(column.type) for is_one in kinds)}


def _print_first(answer: Answer, limit: int | None) -> None:
    """The first rows, then how many there are: those after them are counted and not made values of."""
    coming = iter(answer.batches)
    if limit is None:
        counted = 0

        def all_of_them() -> Iterator[pa.RecordBatch]:
            nonlocal counted
            for batch in coming:
                counted += batch.num_rows
                yield batch

        _print_table(answer.names, rows_of(all_of_them()))
        say(rows_in_words(counted))
        return
    first, counted = first_batches(coming, limit)
    _print_table(answer.names, islice(rows_of(first), limit))
    # What is shown is there before the rest is counted.
    sys.stdout.flush()
    counted += sum(batch.num_rows for batch in coming)
    more = "" if counted <= limit else f", of which {limit:,} are shown: --all shows all, --output FILE writes them to a file"
    say_folded(f"{rows_in_words(counted)}{more}")


def first_batches(coming: Iterator[pa.RecordBatch], rows: int) -> tuple[list[pa.RecordBatch], int]:
    """So many pieces that the rows are among them, and how many rows they have."""
    first, counted = [], 0
    while counted < rows and (batch := next(coming, None)) is not None:
        first.append(batch)
        counted += batch.num_rows
    return first, counted


def rows_in_words(count: int) -> str:
    """`1 row`, `57,161 rows`."""
    return f"{count:,} row{'' if count == 1 else 's'}"


def _print_table(names: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    coming = iter(rows)
    first = list(islice(coming, MEASURED_ROWS))
    numbers = {number for number, column in enumerate(zip(*first, strict=True)) if _are_numbers(column)}
    cells = ([None if value is None else written(value) for value in row] for row in chain(first, coming))
    say_table(names, cells, right=numbers)


def _are_numbers(column: Sequence[object]) -> bool:
    known = [value for value in column if value is not None]
    return bool(known) and all(isinstance(value, int | float | Decimal) and not isinstance(value, bool) for value in known)
