"""The fingerprints of all that gold is made by, and its settings as relations."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from jobs.errors import UsageError
from jobs.gold.objects import objects_fingerprint
from jobs.ops.definitions import fingerprint
from warehouse_schema import indicator_catalogue
from warehouse_schema.definitions import NAMED_UNIT
from warehouse_schema.flag_catalogue import load_flags
from warehouse_schema.indicator_catalogue import Indicator, load_catalogue
from warehouse_schema.indicator_queries import computed_indicators, settings_by_province, settings_of, texts_of
from warehouse_schema.plan_registry import load_plans, named_rows, target_rows
from warehouse_schema.sql_text import canonical, relations

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from warehouse_schema.flag_catalogue import Flag
    from warehouse_schema.indicator_queries import Query

MANAGED_OBJECTS = "managed_objects"
"""The name of the fingerprint of what makes `silver/managed_object`."""
_NAMED = pa.schema(
    [
        *((name, pa.string()) for name in ("plan_id", "indicator", "level", "unit_code")),
        *((name, pa.date32()) for name in ("unit_valid_from", "named_on")),
    ]
)
_NAME = re.compile(r"[a-z][a-z0-9_]*")


def load(name: str, directory: Path | None = None) -> str:
    """The text of `<directory>/<name>.sql`: an indicator, `rollup` or `target_status`.

    Raises:
        UsageError: there is no such file; the message lists those there are.
    """
    directory = directory or indicator_catalogue.INDICATORS_FOLDER
    path = directory / f"{name}.sql"
    if not _NAME.fullmatch(name) or not path.is_file():
        known = ", ".join(sorted(file.stem for file in directory.glob("*.sql"))) or "none"
        raise UsageError(f"no SQL file {name!r} in {directory.name}/; there are: {known}")
    return path.read_text(encoding="utf-8")


def settings_row(values: Mapping[str, Any]) -> pa.Table:
    """Settings as the relation `parameters`: one row, a column a setting, each of its own type."""
    return pa.table({name: [value] for name, value in values.items()})


def indicator_fingerprint(indicator: Indicator) -> str:
    """The fingerprint of all that makes the indicator's values from its tables: SQL, roll-up, populations, settings, catalogue entry."""
    entry = indicator.model_dump(mode="json", include={"kind", "unit", "formula", "levels", "fact_days"})
    return fingerprint(entry, [canonical(sql) for sql in (*texts_of(indicator), load("rollup"))], _settings(indicator))


def flag_fingerprint(flag: Flag) -> str:
    """The fingerprint of all that makes the flag's rows from its tables: SQL, populations, settings, and the units that plans name where it reads them."""
    named = [{k: str(v) for k, v in row.items()} for row in named_rows(load_plans())] if NAMED_UNIT in relations(flag.sql) else []
    return fingerprint([canonical(sql) for sql in texts_of(flag)], _settings(flag), named)


def _settings(query: Query) -> list[Any]:
    return [
        (sorted(map(str, one.only or ())), sorted(map(str, one.but)), sorted((k, str(v)) for k, v in one.values.items()))
        for one in settings_by_province(query)
    ]


def gold_definitions() -> dict[str, str]:
    """The fingerprints of all that gold is made by, by name: `indicator/<id>`, `flag/<id>`, `plan/<id>`, `targets` (the SQL that judges), `managed_objects`."""
    indicators = {f"indicator/{indicator.id}": indicator_fingerprint(indicator) for indicator in computed_indicators()}
    plans = {
        f"plan/{plan.plan_id}": fingerprint([{k: str(v) for k, v in row.items()} for row in (*target_rows([plan]), *named_rows([plan]))])
        for plan in load_plans()
    }
    catalogue = load_catalogue().values()
    caveats = [caveat.model_dump() for indicator in catalogue for caveat in indicator.caveats]
    deciding = [(indicator.id, indicator.decided_by) for indicator in catalogue if indicator.decided_by]
    return {
        **indicators,
        **{f"flag/{flag.id}": flag_fingerprint(flag) for flag in load_flags().values()},
        **plans,
        "targets": fingerprint(canonical(load("target_status")), caveats, deciding),
        MANAGED_OBJECTS: objects_fingerprint(),
    }


def settings_by_code(provinces: Iterable[tuple[str, date]], indicator_id: str) -> pa.Table:
    """The settings of an indicator as checks across tables read them: one row for each province, with its `province_code` and
    `province_valid_from`."""
    indicator = load_catalogue()[indicator_id]
    return pa.Table.from_pylist(
        [
            {"province_code": code, "province_valid_from": since, **settings_of(indicator, (code, since))}
            for code, since in sorted(provinces)
        ]
    )


def named_units() -> pa.Table:
    """The relation `named_unit`: the units that targets of the plans name."""
    return pa.Table.from_pylist([dict(row) for row in named_rows(load_plans())], _NAMED)
