"""Gold as known then: the indicators and targets that a run at the end of a day would have stored, from silver as known then."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa

from jobs.engine.duckdb_sets import DuckdbSets
from jobs.engine.tables import arrow_schema
from jobs.gold.pipeline import STATUS, VALUE, judged_targets, periods_of_all, served_provinces, stamped, values_of
from warehouse_schema.contracts import load_contracts
from warehouse_schema.indicator_queries import computed_indicators, tables_of

if TYPE_CHECKING:
    from jobs.silver.known import Known

TABLES = (VALUE, STATUS)


def read_by_gold() -> frozenset[str]:
    """The silver tables that gold is computed from."""
    return frozenset(table for indicator in computed_indicators() for table in tables_of(indicator))


def compute_gold(known: Known) -> None:
    """Make `gold/indicator_value` and `gold/target_status` as known then, as of that day: all periods, by the SQL of a run.

    Needs the tables of `read_by_gold`.
    """
    warehouse, contract = known.warehouse, load_contracts()[VALUE]
    provinces = served_provinces(warehouse)
    with DuckdbSets.open(warehouse) as sets:
        wanted = periods_of_all(sets, known.day, provinces)
        computed = [values_of(sets, one, wanted[one.id], provinces) for one in computed_indicators() if wanted[one.id]]
    values = pa.concat_tables(computed) if computed else arrow_schema(contract).empty_table()
    release = known.release
    known.write(contract, stamped(values, release.run_id, datetime.now(UTC)).select(arrow_schema(contract).names))
    contract, rows = load_contracts()[STATUS], judged_targets(warehouse, wanted, known.day)
    run = pa.array([release.run_id] * rows.num_rows, pa.string())
    known.write(contract, rows.append_column("run_id", run).select(arrow_schema(contract).names))
