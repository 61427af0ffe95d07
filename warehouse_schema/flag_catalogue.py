"""The catalogue of flags: which records contradict each other, why that is a contradiction, and the words for it.

One entry a flag in `warehouse_schema/flags/catalogue.yaml`, and beside it the SQL that finds the contradictions (`<id>.sql`).
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from warehouse_schema.errors import UsageError
from warehouse_schema.indicator_catalogue import Name, NonEmptyTuple
from warehouse_schema.yaml_source import StrictModel, Wording, read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warehouse_schema.indicator_catalogue import Parameter

FLAGS_FOLDER = Path(__file__).resolve().parent / "flags"


class FlagError(UsageError):
    """The catalogue of flags is wrong; each line of the message is `file:line: what is wrong`."""


class Flag(StrictModel):
    """One kind of contradiction between records.

    Attributes:
        id: its name in `gold/flag`.
        label_vi: Vietnamese label.
        label_en: English label.
        meaning: when it is raised and when not, in words.
        reasons: the words that its rows may give as their reason.
        sources: the decisions and plans that make it a contradiction.
    """

    id: Name
    label_vi: str
    label_en: str
    meaning: Wording
    reasons: Annotated[dict[Name, Wording], Field(min_length=1)]
    sources: Annotated[tuple[str, ...], NonEmptyTuple]

    @property
    def sql_file(self) -> Path:
        """Where the flag's SQL stands."""
        return FLAGS_FOLDER / f"{self.id}.sql"

    @property
    def sql(self) -> str:
        """The text of its SQL file."""
        return self.sql_file.read_text(encoding="utf-8")

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """None: a flag has no settings of its own."""
        return MappingProxyType({})


@lru_cache
def load_flags() -> dict[str, Flag]:
    """All flags by id, in the order of the file; read once a process.

    Raises:
        FlagError: the catalogue is wrong, an entry has no SQL file, or an SQL file no entry; the message has all problems, each by file and line.
    """
    document = read_yaml(FLAGS_FOLDER / "catalogue.yaml", FlagError)
    flags: dict[str, Flag] = {}
    for name, entry in document.data.items():
        flag = document.parse(Flag, {**entry, "id": name} if isinstance(entry, dict) else entry, (name,))
        if flag is None:
            continue
        flags[name] = flag
        if not flag.sql_file.is_file():
            document.report((name,), f"flag '{name}' has no SQL file: {flag.sql_file.name} was expected beside the catalogue")
    for file in sorted(FLAGS_FOLDER.glob("*.sql")):
        if file.stem not in document.data:
            document.report((), f"{file.name} has no entry here: a key '{file.stem}' was expected")
    if document.problems:
        raise document.failure()
    return flags
