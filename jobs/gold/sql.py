"""The SQL of the gold layer: texts in Spark's dialect under `warehouse_schema/indicators`, one an indicator."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow as pa

from jobs.engine.dialect import relations
from jobs.errors import UsageError
from warehouse_schema.contracts import load_contracts
from warehouse_schema.indicator_catalogue import Indicator, load_catalogue

INDICATOR_DIRECTORY = Path(__file__).resolve().parents[2] / "warehouse_schema" / "indicators"
_NAME = re.compile(r"[a-z][a-z0-9_]*")


def load(name: str, directory: Path = INDICATOR_DIRECTORY) -> str:
    """The text of `<directory>/<name>.sql`: an indicator, `rollup` or `target_status`.

    Raises:
        UsageError: there is no such file; the message lists those there are.
    """
    path = directory / f"{name}.sql"
    if not _NAME.fullmatch(name) or not path.is_file():
        known = ", ".join(sorted(file.stem for file in directory.glob("*.sql"))) or "none"
        raise UsageError(f"no SQL file {name!r} in {directory.name}/; there are: {known}")
    return path.read_text(encoding="utf-8")


def computed_indicators() -> list[Indicator]:
    """The indicators whose SQL exists."""
    return [indicator for indicator in load_catalogue().values() if indicator.computed]


def silver_tables(indicator: Indicator) -> list[str]:
    """The tables of facts (`silver/<table>`) that an indicator's SQL reads."""
    contracts = load_contracts()
    read = [name.replace(".", "/") for name in sorted(relations(load(indicator.id))) if name.startswith("silver.")]
    return [name for name in read if contracts[name].fact_days]


def parameter_row(indicator: Indicator) -> pa.Table:
    """The settings of an indicator as one row: the relation `parameters` of its SQL."""
    return pa.table({name: [parameter.default] for name, parameter in indicator.parameters.items()})
