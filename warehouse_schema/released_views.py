"""Views: what analysts ask of the registers, the figures and the rejections, as SQL over the released tables.

One entry a view in `warehouse_schema/views/catalogue.yaml`, its SQL beside it (`<view>.sql`, Spark's dialect as everywhere). It reads tables, populations
and the relations of `made_relations`, on the one day of `as_of_days`. Nothing is stored: a view is evaluated where it is read, so it is never older than the
release. It reads no setting: what a plan may set belongs to an indicator.
"""

from __future__ import annotations

from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from warehouse_schema.ddl import literal
from warehouse_schema.errors import UsageError
from warehouse_schema.indicator_catalogue import Name, NonEmptyTuple, load_catalogue
from warehouse_schema.indicator_queries import texts_with_populations, with_populations
from warehouse_schema.plan_registry import load_plans, target_rows
from warehouse_schema.sql_text import parse_query, relations, sql_name, table_named
from warehouse_schema.yaml_source import StrictModel, Wording, closest, read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

VIEWS_FOLDER = Path(__file__).resolve().parent / "views"


class ViewError(UsageError):
    """The catalogue of views is wrong; each line of the message is `file:line: what is wrong`."""


class SharedWords(StrictModel):
    """`columns.yaml`."""

    words: dict[Name, str]


class ReleasedView(StrictModel):
    """One view over the released tables.

    Attributes:
        id: its name: analysts read `<layer>.<id>`.
        layer: the schema that it is found in.
        label_vi: Vietnamese label.
        label_en: English label.
        question: what it answers.
        grain: the columns that tell one row from another.
        like: tables whose contracts describe the columns that pass through under their names; the first of several that has one.
        words: what its own columns mean.
        sql: its text.
    """

    id: Name
    layer: Literal["gold", "ops"] = "gold"
    label_vi: str
    label_en: str
    question: Wording
    grain: Annotated[tuple[Name, ...], NonEmptyTuple]
    like: Annotated[tuple[str, ...], NonEmptyTuple] = ()
    words: dict[Name, str] = Field(default_factory=dict)
    sql: str

    @property
    def name(self) -> str:
        """The name that a table would have: `gold/scorecard`."""
        return f"{self.layer}/{self.id}"

    @property
    def tables(self) -> list[str]:
        """The tables (`silver/<table>`) that it is made of, by way of populations and made relations too."""
        named = {name for text in texts_with_populations(self.sql) for name in relations(text)}
        return sorted(
            {table_named(name) for read in named for name in (relations(made_relation(read)) if read in _MADE else [read]) if "." in name}
        )

    @property
    def columns(self) -> list[str]:
        """Its columns, in their order."""
        return parse_query(self.sql).named_selects

    @property
    def meanings(self) -> dict[str, str]:
        """What each of its columns means, in their order: by its own words, else those that views share, else those of a table that it is like.

        Raises:
            ViewError: a column without words, words for a column that it has not, or a table that there is not.
        """
        from warehouse_schema.contracts import load_contracts

        names = self.columns
        contracts = {sql_name(name): contract for name, contract in load_contracts().items()}
        strange = [name for name in self.words if name not in names] + [name for name in self.like if name not in contracts]
        if strange:
            raise ViewError(f"catalogue.yaml: {self.id}: there is no {strange[0]}{closest(strange[0], [*names, *contracts])}")
        passed = {column.name: column.description for table in reversed(self.like) for column in contracts[table].stored}
        known = {**passed, **shared_words(), **self.words}
        if missing := [name for name in names if not known.get(name)]:
            raise ViewError(f"catalogue.yaml: {self.id}: expected under words what {', '.join(missing)} means")
        return {name: known[name] for name in names}

    def query(self, day: date) -> str:
        """The view for a day, as one query over tables alone."""
        return with_populations(self.sql, day, {name: made_relation(name) for name in _MADE if name in relations(self.sql)})


@cache
def shared_words() -> dict[str, str]:
    """What a column means that several views have, by its name.

    Raises:
        ViewError: the file is wrong.
    """
    document = read_yaml(VIEWS_FOLDER / "columns.yaml", ViewError)
    words = document.parse(SharedWords, {"words": document.data})
    if words is None or document.problems:
        raise document.failure()
    return words.words


def made_relations() -> tuple[str, ...]:
    """The names of the relations that views read and no table holds.

    `indicator_names (indicator, label_vi, label_en)`, `plan_names (plan_id, title, province_name)` and `plan_targets (plan_id, indicator, level,
    province_valid_from, breakdown)`: of the definitions of today; a target is judged on that breakdown, '' is the total. `rejected_rows`: the rows of all
    quarantine tables, each with its `dataset` (the table that it was meant for). `shown_targets`: the rows of `gold.target_status`, each with what the plan
    asks for in the unit that people see: `shown_unit` (percent or count) and `shown_target` (of a fraction, 12/20, its percent).
    """
    return tuple(_MADE)


@cache
def made_relation(name: str) -> str:
    """The query that makes one of these relations; made when it is read, since the names of all quarantine tables take all contracts."""
    return _MADE[name]()


def _indicator_names() -> str:
    return _rows(("indicator", "label_vi", "label_en"), [(i.id, i.label_vi, i.label_en) for i in load_catalogue().values()])


def _plan_names() -> str:
    return _rows(("plan_id", "title", "province_name"), [(p.plan_id, p.title, p.province_name) for p in load_plans()])


def _plan_targets() -> str:
    rows = _rows(
        ("plan_id", "indicator", "level", "since", "breakdown"),
        [(t["plan_id"], t["indicator"], t["level"], str(t["province_valid_from"]), t["breakdown"]) for t in target_rows(load_plans())],
    )
    return f"SELECT plan_id, indicator, level, CAST(since AS DATE) AS province_valid_from, breakdown FROM (\n{rows}\n)"


def _shown_targets() -> str:
    return """
        SELECT
          *,
          CASE WHEN target_unit = 'count' THEN 'count' ELSE 'percent' END AS shown_unit,
          CASE target_unit WHEN 'fraction' THEN ROUND(100 * target_value / target_of, 10) ELSE target_value END AS shown_target
        FROM gold.target_status"""


def _rejected_rows() -> str:
    from warehouse_schema.contracts import landed_contracts, quarantine_contract

    return " UNION ALL ".join(
        f"SELECT {literal(contract.table)} AS dataset, object_id, path, line, errors, received_at, run_id"
        f" FROM {sql_name(quarantine_contract(contract.name).name)}"
        for contract in landed_contracts()
    )


_MADE = {
    "indicator_names": _indicator_names,
    "plan_names": _plan_names,
    "plan_targets": _plan_targets,
    "rejected_rows": _rejected_rows,
    "shown_targets": _shown_targets,
}


def _rows(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    listed = ", ".join(f"({', '.join(map(literal, row))})" for row in rows)
    return f"SELECT * FROM VALUES {listed} AS t({', '.join(columns)})"


@lru_cache
def released_views(folder: Path | None = None) -> dict[str, ReleasedView]:
    """All views by name, in the order of the catalogue (none given: the project's); read once a process.

    Raises:
        ViewError: the catalogue is wrong, or an entry has no SQL file or a file no entry.
    """
    folder = folder or VIEWS_FOLDER
    document = read_yaml(folder / "catalogue.yaml", ViewError)
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.sql"))}
    views: dict[str, ReleasedView] = {}
    for name, entry in document.data.items():
        if name not in texts:
            document.report((name,), f"there is no {name}.sql{closest(name, texts)}")
        elif view := document.parse(ReleasedView, {**entry, "id": name, "sql": texts[name]} if isinstance(entry, dict) else entry, (name,)):
            views[name] = view
    for name in sorted(texts.keys() - document.data.keys()):
        document.report((), f"{name}.sql has no entry{closest(name, document.data)}")
    if document.problems:
        raise document.failure()
    return views
