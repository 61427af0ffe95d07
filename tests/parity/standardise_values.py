"""One engine's reading of fields, in a process of its own: standardised columns, broken rules and row hash of rows as received.

Usage: `python -m tests.parity.standardise_values <folder>`, with NTM_ENGINE and NTM_HOME in the environment. Reads `<folder>/<table>.parquet` (the fields as
texts, and `number`) for each landed contract, writes `<folder>/<engine>/<table>`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from expectations.row_rules import broken_rules, row_checks
from jobs.engine.session import get_session
from jobs.settings import get_settings
from jobs.silver.judge import received_fields
from jobs.silver.standardise import RECEIVED, row_hash, standardise, with_columns
from tests.conftest import FOR_SMALL_FRAMES
from warehouse_schema.contracts import landed_contracts


def main(folder: Path) -> None:
    """Read and write all landed contracts' rows."""
    settings = get_settings()
    session = get_session(settings)
    if settings.engine == "spark":
        for name, value in FOR_SMALL_FRAMES.items():
            session.conf.set(name, value)
    for contract in landed_contracts():
        fields = ", ".join(f"'{name}', `{name}`" for name in received_fields(contract))
        (
            session.read.parquet(str(folder / f"{contract.table}.parquet"))
            .selectExpr("number", "TIMESTAMP'2025-06-01T00:00:00Z' AS received_at", f"named_struct({fields}) AS {RECEIVED}")
            .transform(standardise(contract))
            .transform(with_columns({"broken": broken_rules(row_checks(contract)), "row_hash": row_hash(contract)}))
            .drop(RECEIVED)
            .write.parquet(str(folder / settings.engine / contract.table))
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
