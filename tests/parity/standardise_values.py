"""One engine's reading of fields, in a process of its own: what judging makes of rows as received.

Usage: `python -m tests.parity.standardise_values <folder>`, with NTM_ENGINE and NTM_HOME in the environment. Reads `<folder>/<table>.parquet` (the fields as
texts, and `number`) for each landed contract, writes `<folder>/<engine>/<table>`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from jobs.border.spec import ROW
from jobs.engine.session import get_session
from jobs.settings import get_settings
from jobs.silver.judge import judge
from jobs.silver.standardise import RECEIVED
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
        (
            session.read.parquet(str(folder / f"{contract.table}.parquet"))
            .selectExpr("*", "TIMESTAMP'2025-06-01T00:00:00Z' AS received_at", f"'{ROW}' AS outcome", "CAST(NULL AS STRING) AS error_code")
            .transform(judge(contract))
            .drop(RECEIVED)
            .write.parquet(str(folder / settings.engine / contract.table))
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
