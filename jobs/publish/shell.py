r"""`ntm sql` without a query: one question after another, over one release.

A query ends with `;` and may have several lines. What is asked is kept in the workspace for the next time, readable by its owner alone, but for what may hold
a secret or a person's number. Each query has a connection of its own, so it is confined like a single one.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from contextlib import redirect_stdout
from io import StringIO
from itertools import islice
from pydoc import pipepager
from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import Completer, Completion
from prompt_toolkit.filters import Condition
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings

from jobs.errors import NtmError, QueryError
from jobs.publish.described import columns_of_tables, comments_of, descriptions
from jobs.publish.released import named_in, table_named
from jobs.publish.results import SHOWN_ROWS, ResultFormat, first_batches, numbers_of, print_answer, rows_in_words
from jobs.publish.terminal import say, say_folded, say_table
from jobs.publish.values import rows_of, written
from jobs.visible import visible
from warehouse_schema.sql_text import sql_name

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from prompt_toolkit.document import Document
    from prompt_toolkit.key_binding.key_processor import KeyPressEvent

    from jobs.publish.released import Answer

HISTORY = "sql_history"
PAGED_ROWS = 1_000
"""So many rows of a long result are in the pager."""
_KEYWORDS = (
    "SELECT FROM WHERE GROUP BY ORDER BY HAVING LIMIT WITH AS JOIN LEFT JOIN USING ON AND OR NOT IN IS NULL LIKE ILIKE BETWEEN CASE WHEN THEN ELSE END"
    " DISTINCT UNION ALL EXCEPT INTERSECT COUNT SUM AVG MIN MAX COALESCE ROUND DATE INTERVAL FILTER OVER PARTITION BY QUALIFY PIVOT UNPIVOT DESCRIBE"
    " SUMMARIZE SHOW TABLES EXPLAIN EXCLUDE REPLACE DESC ASC NULLS LAST FIRST CAST TRUE FALSE"
)
_ENDS = ("\\q", "exit", "quit")
_WORD = re.compile(r"[\w.]*$")
_DAY = re.compile(r"\b\d{4}-\d\d-\d\d\b")
_UNKEPT = re.compile(
    r"^\s|secret|password|passwd|credential|\bkey\b|\btoken\b|(?:api|bearer|access|auth)_?(?:key|token)|\d(?:[ .\-]?\d){7}", re.IGNORECASE
)
_HELP = r"""\d               the tables, and what each is
\d layer.table   its columns: type, and what each means
\?               this
\q, exit, quit   ends, as Ctrl-D does
A query ends with ; and may have several lines. Ctrl-C stops it, or empties the line. Tab completes tables, columns and keywords.
Queries are kept in NTM_HOME for the next time; not those that begin with a blank, or that may hold a secret or a person's number."""


class _History(FileHistory):
    """What was asked, in a file that its owner alone can read."""

    def __init__(self, file: Path) -> None:
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
        file.chmod(0o600)
        super().__init__(str(file))

    def store_string(self, string: str) -> None:
        """Keep a query, if nothing in it looks like a secret."""
        if not _UNKEPT.search(_DAY.sub("", string)):
            super().store_string(string)


class _Names(Completer):
    """Tables, the columns of those that the text names, keywords."""

    def __init__(self, tables: Collection[str]) -> None:
        known = columns_of_tables()
        self._columns = {name: known.get(name, []) for name in tables}

    def get_completions(self, document: Document, complete_event: object) -> Iterator[Completion]:  # noqa: ARG002 - as it is called
        """What the word before the cursor may become."""
        word = (_WORD.search(document.text_before_cursor) or [""])[0]
        for offered in dict.fromkeys(self._offered(document.text, word)):
            yield Completion(offered, start_position=-len(word))

    def _offered(self, text: str, word: str) -> Iterator[str]:
        begun = word.lower()
        if not text.startswith("\\"):
            for table in named_in(text, self._columns) if not begun.startswith("show") else []:
                # `d.` is an alias.
                alias, point, column = begun.rpartition(".")
                yield from (f"{alias}{point}{name}" for name in self._columns[table] if name.startswith(column) and (column or point))
        yield from (sql_name(table) for table in self._columns if sql_name(table).startswith(begun))
        if begun and not text.startswith("\\"):
            yield from (one if word.isupper() else one.lower() for one in dict.fromkeys(_KEYWORDS.split()) if one.lower().startswith(begun))


def run_shell(ask: Callable[[str], AbstractContextManager[Answer]], tables: Collection[str], home: Path, name: str) -> None:
    """Ask for queries and answer them until the end of input.

    Args:
        ask: answers one query, for as long as the block lasts.
        tables: that can be asked (`layer/table`).
        home: the workspace, in which queries are kept.
        name: of what is asked, for the prompt.
    """
    say_folded(rf"{name}: a query ends with ; — \d lists tables, \? helps, \q ends")
    session: PromptSession[str] = PromptSession(
        history=_history(home / HISTORY), completer=_Names(tables), complete_while_typing=False, multiline=True, key_bindings=_keys()
    )
    while True:
        try:
            text = session.prompt("ntm> ", prompt_continuation="...> ")
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        if text.strip().removesuffix(";").rstrip().lower() in _ENDS:
            return
        try:
            _answer(text.strip(), ask, tables)
        except NtmError as error:
            lines = str(error).split("\n") if isinstance(error, QueryError) else [str(error)]
            sys.stderr.write("".join(f"{visible(line)}\n" for line in lines))
        except KeyboardInterrupt:
            sys.stderr.write("stopped\n")
        except BrokenPipeError:
            # The pager was left before its end.
            continue


def _history(file: Path) -> History:
    try:
        return _History(file)
    except OSError as error:
        # Another user's workspace can be read all the same.
        say_folded(f"what is asked is not kept: {file}: {error.strerror}")
        return InMemoryHistory()


def _keys() -> KeyBindings:
    """Enter ends the input where the query ends, and begins a line elsewhere."""
    keys = KeyBindings()

    @Condition
    def is_whole() -> bool:
        from prompt_toolkit.application import get_app

        text = get_app().current_buffer.text.strip()
        return not text or text.endswith(";") or text.startswith("\\") or text.lower() in _ENDS

    @keys.add("enter", filter=is_whole)
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    return keys


def _answer(text: str, ask: Callable[[str], AbstractContextManager[Answer]], tables: Collection[str]) -> None:
    command, _, rest = text.removesuffix(";").strip().partition(" ")
    if not command:
        return
    if command == "\\?":
        say_help()
    elif command == "\\d" and rest.strip():
        _describe(rest.strip(), ask, tables)
    elif command == "\\d":
        _page(_text_of(lambda: _list_tables(tables)))
    elif command.startswith("\\"):
        raise QueryError(rf"there is no {command}; \? lists what there is")
    else:
        with ask(text) as answer:
            _show(answer)


def say_help() -> None:
    """What can be typed."""
    for line in _HELP.split("\n"):
        say_folded(line, hanging=17 if line.startswith("\\") else 0)


def _list_tables(tables: Collection[str]) -> None:
    known = descriptions()
    width = max(map(len, tables)) + 2
    _say_lines(f"{sql_name(name):<{width}}{known.get(name, '')}" for name in tables)


def _describe(name: str, ask: Callable[[str], AbstractContextManager[Answer]], tables: Collection[str]) -> None:
    layer, _, table = name.rpartition(".")
    found = table_named(layer or None, table, tables)
    # Where there is none, DuckDB's own sentence names those that are like it.
    with ask(f"DESCRIBE {sql_name(found)}" if found else f"FROM {name} LIMIT 0") as answer:
        rows = [row[:2] for row in rows_of(answer.batches)]
    say_folded(f"{sql_name(found or name)}: {descriptions().get(found or '', '')}")
    comments = comments_of(found)
    width = max((len(str(column)) for column, _ in rows), default=0)
    lines = [f"{column!s:<{width}}  {kind!s:<11} {comments.get(str(column), '')}" for column, kind in rows]
    _page(_text_of(lambda: _say_lines(lines)))


def _say_lines(lines: Iterable[str]) -> None:
    for line in lines:
        say_folded(line, hanging=4)


def _show(answer: Answer) -> None:
    """A result: as on any terminal where it fits there; else, with `less`, in a pager that scrolls both ways."""
    columns, height = shutil.get_terminal_size()
    if answer.names[:1] == ["explain_key"] or not (os.environ.get("PAGER") or shutil.which("less")):
        print_answer(answer, ResultFormat.TABLE, limit=SHOWN_ROWS)
        return
    coming = iter(answer.batches)
    first, counted = first_batches(coming, PAGED_ROWS)
    rows = [[None if value is None else written(value) for value in row] for row in islice(rows_of(first), PAGED_ROWS)]
    counted += sum(batch.num_rows for batch in coming)
    more = "" if counted <= PAGED_ROWS else f", of which {PAGED_ROWS:,} are shown: ntm sql --output FILE writes all to a file"
    right = numbers_of(answer.schema)
    # Into a text there is no width, so that a wide table stays one.
    table = _text_of(lambda: say_table(answer.names, rows, right=right), columns=None)
    lines = table.count("\n")
    if lines + 3 <= height and max(map(len, table.split("\n"))) <= columns:
        sys.stdout.write(table)
        say(f"{rows_in_words(counted)}{more}")
    else:
        _page(f"{table}{rows_in_words(counted)}{more}\n", always=True)


def _text_of(print_it: Callable[[], object], columns: int | None = 0) -> str:
    """What is printed, as a text; `columns`: None for one without a width, else it is that of the terminal."""
    out = StringIO() if columns is None else _Terminal()
    with redirect_stdout(out):
        print_it()
    return out.getvalue()


class _Terminal(StringIO):
    """A text that is folded like what goes to the terminal."""

    def isatty(self) -> bool:
        return True


def _page(text: str, *, always: bool = False) -> None:
    """Print a text, through a pager where it is longer than the terminal."""
    if not always and text.count("\n") + 2 <= shutil.get_terminal_size().lines:
        sys.stdout.write(text)
        return
    # Long lines scroll to the side; what is on the screen stays there afterwards.
    os.environ.setdefault("LESS", "-SX")
    pipepager(text, os.environ.get("PAGER") or "less")
