"""An indicator by months, for the units of any chosen day: earlier units' figures are summed where succession is whole, and else it is said why not."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from jobs.engine.dialect import bind
from jobs.engine.views import own_names
from jobs.errors import UsageError
from jobs.gold.definition import load
from jobs.publish.released import released_sets, require_release
from warehouse_schema.indicator_catalogue import load_catalogue
from warehouse_schema.indicator_queries import counts_units
from warehouse_schema.yaml_source import closest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobs.engine.sets import Sets
    from jobs.engine.tables import Warehouse
    from warehouse_schema.indicator_catalogue import Indicator

TABLES = ("gold/indicator_value", "silver/unit_lineage", "silver/unit_successor", "silver/unit_name", "silver/administrative_unit")
REASONS = {
    "": ("", ""),
    "divided": ("divided: cannot be told", "bị chia tách: không xác định được"),
    "later": ("of a later unit: cannot be told", "số liệu của đơn vị lập sau: không xác định được"),
    "own_property": ("a unit's own, passes to no successor", "của riêng từng đơn vị, không chuyển sang đơn vị kế tiếp"),
    "not_reported": ("not all of its provinces report", "chưa có số liệu của đủ các tỉnh hợp thành"),
}
"""What a row without a figure says, in English and Vietnamese; see `series.sql`."""
_ASKED = pa.schema(
    [
        *((name, pa.string()) for name in ("indicator", "breakdown", "level", "province_code")),
        *((name, pa.date32()) for name in ("units_of", "from_day", "to_day")),
        ("of_units", pa.bool_()),
    ]
)


def series(
    warehouse: Warehouse,
    name: str,
    *,
    province: str | None = None,
    level: str | None = None,
    units_of: date | None = None,
    from_day: date | None = None,
    to_day: date | None = None,
    breakdown: str = "",
) -> list[dict[str, Any]]:
    """The released values of an indicator by months (a flow) or on month ends (a stock).

    Columns: level, formula, unit_code, unit_valid_from, unit_level, unit_name, province_code, period_type, period_start, period_end, numerator, denominator,
    value (a share from 0 to 1, or a count), unit, reason and reason_vi (why there is no figure; empty where there is one). Grain: level, formula, unit, period.

    Args:
        warehouse: whose last release is read.
        name: the indicator.
        province: GSO code of the province that the units lie in, on the chosen day.
        level: of the agency or population; None: all that the indicator has.
        units_of: the day whose units the figures are for; None: each value's own unit.
        from_day: the first day on which a period may end.
        to_day: the last one.
        breakdown: `dimension=value`; empty: the total.

    Raises:
        NothingReleasedError: nothing was released yet.
        UsageError: there is no such indicator, level or breakdown, or no unit is known on the chosen day.
    """
    indicator = _indicator(name, level, breakdown)
    release = require_release(warehouse)
    asked = {"province_code": province, "level": level, "units_of": units_of, "breakdown": breakdown}
    with released_sets(warehouse, release, TABLES) as sets:
        rows = evaluate_series(
            sets, indicator, {**asked, "from_day": from_day or date.min, "to_day": to_day or date.max}, own_names(TABLES)
        )
        if (
            units_of
            and not rows
            and not sets.rows(f"SELECT 1 FROM silver.administrative_unit WHERE version_from <= DATE'{units_of}' LIMIT 1")
        ):
            raise UsageError(f"--units-of {units_of}: no unit is known on that day")
    return rows


def evaluate_series(sets: Sets, indicator: Indicator, asked: Mapping[str, Any], views: Mapping[str, str]) -> list[dict[str, Any]]:
    """The rows of `series.sql`; `asked` has its columns but the indicator's own, `views` the relations of the tables."""
    row = {**asked, "indicator": indicator.id, "of_units": counts_units(indicator)}
    sets.rows_of("asked_row", pa.Table.from_pylist([row], _ASKED))
    rows = sets.rows(bind(load("series"), {**views, "asked": "asked_row"}))
    return [{**one, "reason": REASONS[one["reason"]][0], "reason_vi": REASONS[one["reason"]][1]} for one in rows]


def _indicator(name: str, level: str | None, breakdown: str) -> Indicator:
    catalogue = load_catalogue()
    indicator = catalogue.get(name)
    if indicator is None:
        raise UsageError(f"there is no indicator '{name}'{closest(name, list(catalogue))}")
    if not indicator.computed:
        raise UsageError(f"indicator '{name}' is known by name and not measured yet")
    if level is not None and level not in indicator.levels:
        raise UsageError(f"--level {level}: {name} has {', '.join(indicator.levels)}")
    if breakdown and not indicator.has_breakdown(breakdown):
        known = ", ".join(one.dimension for one in indicator.breakdowns) or "none"
        raise UsageError(f"--breakdown {breakdown}: expected dimension=value with one of the dimensions of {name}: {known}")
    return indicator
