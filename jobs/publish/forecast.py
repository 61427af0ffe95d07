"""Where each target that is not met will stand on its last day, if it goes on as it has: exponential smoothing with a damped trend over the ends of months.

The last day is that by which the target is due, or the last one of its population where that ends earlier (`judged_until` of the plan).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from jobs.publish.released import connect, require_release
from jobs.publish.targets import exact_share
from warehouse_schema.plan_registry import load_plans, target_rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from duckdb import DuckDBPyConnection

    from jobs.engine.tables import Warehouse
    from jobs.ops.releases import Release

TABLE = "gold/target_status"
FEWEST = 12
"""Ends of months with a figure; below these nothing is foretold."""
WITHIN = 0.8
"""The share of cases in which the value is expected to lie between `low` and `high`."""
LIKELY, UNLIKELY, OPEN = "likely_met", "likely_missed", "open"
TOO_LITTLE, NO_FIT, YEAR_TO_DATE = "too_little_data", "no_fit", "year_to_date"
_QUERY = Path(__file__).with_name("forecast.sql")


@dataclass(frozen=True, slots=True)
class Forecast:
    """A target that is not met, and where it will stand.

    Attributes:
        unit: `percent` or `count`, of all figures.
        points: ends of months with a figure.
        value: what is reached now.
        last_day: the day that it is judged on for good.
        forecast: what is expected on that day; None where nothing is foretold.
        low: lower end of the interval that the value lies in with a chance of `WITHIN`.
        high: its upper end.
        is_low_cut: the model went below 0, where nothing can be; what is below was cut.
        is_high_cut: it went above 100 %, where no share can be. A cut proves nothing about reaching the very end.
        verdict: `likely_met` (the whole interval meets the target), `likely_missed` (none of it), `open`; where nothing is foretold `too_little_data`,
            `no_fit`, or `year_to_date` (the figure begins anew each January, so its months tell no trend).
    """

    plan_id: str
    indicator: str
    level: str
    unit: str
    points: int
    value: float | None
    target: float
    last_day: date
    forecast: float | None
    low: float | None
    high: float | None
    is_low_cut: bool
    is_high_cut: bool
    verdict: str


class _Expected(NamedTuple):
    """What is foretold of one day, within what can be."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    is_low_cut: bool = False
    is_high_cut: bool = False


def forecasts(warehouse: Warehouse, province: str | None = None) -> list[Forecast]:
    """The forecasts of a province, or of all, from the last release.

    Raises:
        NothingReleasedError: nothing was released yet.
    """
    release = require_release(warehouse)
    with connect(warehouse, release, [TABLE]) as connection:
        return forecasts_of(connection, release, province)


def forecasts_of(connection: DuckDBPyConnection, release: Release, province: str | None) -> list[Forecast]:
    """The forecasts of a province, or of all, from the tables of a release."""
    params = {"province": province, "as_of": release.as_of}
    rows = connection.sql(_QUERY.read_text(encoding="utf-8"), params=params).to_arrow_table().to_pylist()
    until = {(row["plan_id"], row["indicator"], row["level"]): row["judged_until"] for row in target_rows(load_plans())}
    found = []
    for key, group in groupby(rows, key=lambda row: (row["plan_id"], row["indicator"], row["level"])):
        of_target = [*group]
        last_day = min(filter(None, (of_target[0]["due"], until.get(key))))
        # What is judged for good today moves no more.
        if release.as_of is not None and last_day > release.as_of:
            found.append(forecast_of(of_target, last_day))
    return found


def forecast_of(rows: Sequence[dict[str, Any]], last_day: date) -> Forecast:
    """The forecast of one target from its rows of `forecast.sql` for the day that it is judged on for good."""
    first, is_count = rows[0], rows[0]["target_unit"] == "count"
    scale = 1.0 if is_count else 100.0
    target = first["target_value"] if is_count else float(exact_share(first) * 100)
    history = [row for row in rows if row["as_of"] is not None]
    now = None if first["value_now"] is None else first["value_now"] * scale
    made = YEAR_TO_DATE if first["period_type"] != "as_of" else _foretold(history, last_day, scale, ceiling=None if is_count else 100.0)
    if isinstance(made, str):
        expected, verdict = _Expected(), made
    else:
        expected, verdict = made, _verdict(made, target, is_strict=first["op"] == "gt")
    return Forecast(
        plan_id=first["plan_id"],
        indicator=first["indicator"],
        level=first["level"],
        unit="count" if is_count else "percent",
        points=len(history),
        value=now,
        target=target,
        last_day=last_day,
        forecast=expected.value,
        low=expected.low,
        high=expected.high,
        is_low_cut=expected.is_low_cut,
        is_high_cut=expected.is_high_cut,
        verdict=verdict,
    )


def _verdict(expected: _Expected, target: float, *, is_strict: bool) -> str:
    low, high = expected.low, expected.high
    assert low is not None  # noqa: S101 - what is foretold has both ends
    assert high is not None  # noqa: S101
    if expected.is_high_cut and low == high == target:
        # The model knows no ceiling: its interval was cut there, which proves nothing.
        return OPEN
    if low > target or (low == target and not is_strict):
        return LIKELY
    return UNLIKELY if high < target or (high == target and is_strict) else OPEN


def _foretold(history: Sequence[dict[str, Any]], last_day: date, scale: float, ceiling: float | None) -> _Expected | str:
    """What is expected on the last day; or why nothing is."""
    values = [row["value"] * scale for row in history]
    if len(values) < FEWEST:
        return TOO_LITTLE
    last = history[-1]["as_of"]
    months = (last_day.year - last.year) * 12 + last_day.month - last.month
    if months < 1 or len(set(values)) == 1:
        # It has never moved: neither has it a trend that could be fitted.
        return _Expected(values[-1], values[-1], values[-1])
    found = _smoothed(values, months)
    if found is None:
        return NO_FIT
    mean, low, high = (max(0.0, one if ceiling is None else min(one, ceiling)) for one in found)
    return _Expected(mean, low, high, is_low_cut=found[1] < 0, is_high_cut=ceiling is not None and found[2] > ceiling)


def _smoothed(values: Sequence[float], months: int) -> tuple[float, float, float] | None:
    import numpy as np
    import pandas as pd
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        fitted = ETSModel(pd.Series(values, dtype=float), error="add", trend="add", damped_trend=True).fit(disp=False)
        frame = fitted.get_prediction(start=len(values), end=len(values) + months - 1).summary_frame(alpha=1 - WITHIN)
    if any("converge" in str(one.message).lower() for one in said):
        return None
    mean, low, high = (float(frame[name].iloc[-1]) for name in ("mean", "pi_lower", "pi_upper"))
    return (mean, low, high) if np.isfinite([mean, low, high]).all() else None
