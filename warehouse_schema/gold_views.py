"""Views of gold: what analysts ask of the registers, as SQL over the released tables.

One entry a view in `warehouse_schema/views/catalogue.yaml`, its SQL beside it (`<view>.sql`, Spark's dialect as everywhere). It reads silver tables and
populations, on the one day of `as_of_days`. Nothing is stored: a view is evaluated where it is read, so it is never older than the release. It reads no
setting: what a plan may set belongs to an indicator.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from warehouse_schema.errors import UsageError
from warehouse_schema.indicator_catalogue import Name, NonEmptyTuple
from warehouse_schema.indicator_queries import silver_tables_read, with_populations
from warehouse_schema.sql_text import parse_query
from warehouse_schema.yaml_source import StrictModel, Wording, closest, read_yaml

VIEWS_FOLDER = Path(__file__).resolve().parent / "views"


class ViewError(UsageError):
    """The catalogue of views is wrong; each line of the message is `file:line: what is wrong`."""


class GoldView(StrictModel):
    """One view of gold.

    Attributes:
        id: its name: analysts read `gold.<id>`.
        label_vi: Vietnamese label.
        label_en: English label.
        question: what it answers.
        grain: the columns that tell one row from another.
        sql: its text.
    """

    id: Name
    label_vi: str
    label_en: str
    question: Wording
    grain: Annotated[tuple[Name, ...], NonEmptyTuple]
    sql: str

    @property
    def tables(self) -> list[str]:
        """The tables (`silver/<table>`) that it is made of, by way of populations too."""
        return silver_tables_read(self.sql)

    @property
    def columns(self) -> list[str]:
        """Its columns, in their order."""
        return parse_query(self.sql).named_selects

    def query(self, day: date) -> str:
        """The view for a day, as one query over tables alone."""
        return with_populations(self.sql, day)


@lru_cache
def gold_views(folder: Path | None = None) -> dict[str, GoldView]:
    """All views by name, in the order of the catalogue (none given: the project's); read once a process.

    Raises:
        ViewError: the catalogue is wrong, or an entry has no SQL file or a file no entry.
    """
    folder = folder or VIEWS_FOLDER
    document = read_yaml(folder / "catalogue.yaml", ViewError)
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.sql"))}
    views: dict[str, GoldView] = {}
    for name, entry in document.data.items():
        if name not in texts:
            document.report((name,), f"there is no {name}.sql{closest(name, texts)}")
        elif view := document.parse(GoldView, {**entry, "id": name, "sql": texts[name]} if isinstance(entry, dict) else entry, (name,)):
            views[name] = view
    for name in sorted(texts.keys() - document.data.keys()):
        document.report((), f"{name}.sql has no entry{closest(name, document.data)}")
    if document.problems:
        raise document.failure()
    return views
