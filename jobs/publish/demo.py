"""The demo's proof: what the warehouse says against what the generator knows by construction."""

from __future__ import annotations

from math import isclose
from typing import TYPE_CHECKING, Any

from jobs.publish.released import connect, require_release
from jobs.publish.terminal import say
from jobs.sample.truth import read_truth

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from jobs.engine.tables import Warehouse
    from jobs.sample.truth import TargetTruth, Truth

VALUES, STATUS = "gold/indicator_value", "gold/target_status"
_RATIOS = """
SELECT indicator, level, numerator, denominator FROM gold.indicator_value
WHERE breakdown = '' AND unit_level = 'province' AND unit_code = ? AND period_type = 'year_to_date' AND period_end = ?
"""
_TARGETS = """
SELECT plan_id, indicator, level, strftime(judged_on, '%Y-%m-%d'), numerator, denominator, value, met, gap, reason FROM gold.target_status
WHERE province_code = ? AND as_of = ?
"""
NOT_REPORTED = "not_reported"
Key = tuple[str, str, str]
"""(plan_id, indicator, level)."""


def compare_with_truth(warehouse: Warehouse, truth_file: Path, as_of: date) -> bool:
    """Whether the province's ratios and targets equal the generator's truth to the last record; says so line by line."""
    truth = read_truth(truth_file)
    with connect(warehouse, require_release(warehouse), [VALUES, STATUS]) as connection:
        ratios = compare_ratios(connection, truth, as_of)
        targets = compare_targets(connection, truth, as_of)
    for difference in (*ratios, *targets):
        say(f"not equal to the truth ({truth_file.name}): {difference}")
    return not ratios and not targets


def compare_ratios(connection: DuckDBPyConnection, truth: Truth, as_of: date) -> list[str]:
    """The ratios of the year that differ, in words; says it where none does."""
    found = {(row[0], row[1]): (row[2], row[3]) for row in connection.execute(_RATIOS, [truth.province, as_of]).fetchall()}
    known = {
        (total.indicator, total.level): (total.numerator, total.denominator)
        for total in truth.province_totals
        if total.period == "year_to_date" and total.period_end == as_of.isoformat()
    }
    wrong = {key: (found.get(key), value) for key, value in known.items() if found.get(key) != value}
    if not wrong:
        say(f"generated records: all {len(known)} ratios of province {truth.province} equal the generator's truth")
    return [f"{indicator}, {level}: {got}, the generator knows {expected}" for (indicator, level), (got, expected) in wrong.items()]


def compare_targets(connection: DuckDBPyConnection, truth: Truth, as_of: date) -> list[str]:
    """The targets that differ or are not reported, in words; says it where none does."""
    found: dict[Key, tuple[Any, ...]] = {
        (row[0], row[1], row[2]): tuple(row[3:]) for row in connection.execute(_TARGETS, [truth.province, as_of]).fetchall()
    }
    known = {(one.plan_id, one.indicator, one.level): one for one in truth.targets if one.as_of == as_of.isoformat()}
    wrong = [key for key in known if key not in found or not _is_equal(found[key], known[key])]
    if known and not wrong:
        say(f"generated records: all {len(known)} targets of province {truth.province} equal the generator's truth")
    return [f"{key[1]}, {key[2]}: {_in_words(found.get(key))}, the generator knows {_in_words(_expected(known[key]))}" for key in wrong]


def _expected(target: TargetTruth) -> tuple[Any, ...]:
    return (target.judged_on, target.numerator, target.denominator, target.value, target.met, target.gap, target.reason)


def _is_equal(found: tuple[Any, ...], target: TargetTruth) -> bool:
    """Shares and gaps are doubles on one side and were exact on the other; everything else is equal or not."""
    return all(
        isclose(got, expected, rel_tol=1e-9, abs_tol=1e-9) if isinstance(got, float) and isinstance(expected, float) else got == expected
        for got, expected in zip(found, _expected(target), strict=True)
    )


def _in_words(values: tuple[Any, ...] | None) -> str:
    if values is None or values[-1] == NOT_REPORTED:
        return "not reported by the warehouse"
    judged_on, numerator, denominator, _, met, gap, reason = values
    measured = numerator if denominator is None else f"{numerator}/{denominator}"
    return f"{measured} on {judged_on}, met {met}, gap {gap}{f', {reason}' if reason else ''}"
