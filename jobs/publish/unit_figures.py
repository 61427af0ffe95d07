"""The figures of one unit, with names, beside what the province's plan asks for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs.engine.dialect import to_duckdb
from jobs.errors import UsageError
from jobs.publish.released import connect, require_release
from warehouse_schema.indicator_catalogue import load_catalogue
from warehouse_schema.released_views import made_relation
from warehouse_schema.yaml_source import closest

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from jobs.engine.tables import Warehouse

SHOWN = ("indicator_en", "level", "period_start", "period_end", "numerator", "denominator", "value", "unit", "plan_target")
"""The columns that a terminal shows."""
_TABLES = ("gold/indicator_value", "gold/target_status", "silver/administrative_unit", "silver/unit_name")
_QUERY = Path(__file__).with_name("unit_figures.sql")


def unit_figures(warehouse: Warehouse, unit: str, day: date | None) -> list[dict[str, Any]]:
    """The figures of a unit on a stored day (default: the release's): the columns of `unit_figures.sql`, and `indicator_vi`, `indicator_en`.

    Raises:
        NothingReleasedError: nothing was released yet.
        UsageError: no unit has that code on the day, or figures of that day are not stored.
    """
    release = require_release(warehouse)
    asked = day or release.as_of
    with connect(warehouse, release, _TABLES) as connection:
        for name in ("plan_targets", "shown_targets"):
            connection.execute(f"CREATE VIEW {name} AS {to_duckdb(made_relation(name))}")
        rows = connection.sql(_QUERY.read_text(encoding="utf-8"), params={"unit": unit, "day": asked}).to_arrow_table().to_pylist()
        if not rows:
            _refuse(connection, unit, asked)
    labels = {name: {"indicator_vi": one.label_vi, "indicator_en": one.label_en} for name, one in load_catalogue().items()}
    return [{**row, **labels.get(row["indicator"], {"indicator_vi": None, "indicator_en": None})} for row in rows]


def chosen_figures(rows: Sequence[dict[str, Any]], indicators: Collection[str], levels: Collection[str]) -> list[dict[str, Any]]:
    """The rows of some indicators and levels; all where none is named.

    Raises:
        UsageError: an indicator is not one of the catalogue.
    """
    if strange := [one for one in indicators if one not in load_catalogue()]:
        raise UsageError(f"--indicator {strange[0]}: there is no such indicator{closest(strange[0], list(load_catalogue()))}")
    return [row for row in rows if (not indicators or row["indicator"] in indicators) and (not levels or row["level"] in levels)]


def _refuse(connection: Any, unit: str, day: date | None) -> None:
    """Say why there is nothing: no such unit, or no such day. A unit of the day without figures has none, which is no mistake."""
    known = connection.execute(
        "SELECT unit_name, unit_valid_from, unit_valid_to FROM silver.unit_name WHERE unit_code = ? ORDER BY unit_valid_from", [unit]
    ).fetchall()
    if not known:
        raise UsageError(f"--unit {unit}: no unit has that code")
    if not any(since <= day and (until is None or day <= until) for _, since, until in known):
        listed = "; ".join(f"{name} from {since}{f' to {until}' if until else ''}" for name, since, until in known)
        raise UsageError(f"--unit {unit}: no unit has that code on {day}; it was {listed}: choose a day by --as-of")
    (stored,) = connection.execute("SELECT count(*) FROM gold.target_status WHERE as_of = ?", [day]).fetchone()
    if not stored:
        raise UsageError(f"--as-of {day}: figures of units are stored for the ends of months and for the day of the last run")
