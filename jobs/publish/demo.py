"""The demo's proof: what the warehouse says against what the generator knows by construction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.publish.released import connect, require_release
from jobs.publish.terminal import say
from jobs.sample.truth import read_truth

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from jobs.engine.tables import Warehouse

_QUERY = """
SELECT indicator, level, numerator, denominator FROM gold.indicator_value
WHERE breakdown = '' AND unit_level = 'province' AND unit_code = ? AND period_type = 'year_to_date' AND period_end = ?
"""


def compare_with_truth(warehouse: Warehouse, truth_file: Path, as_of: date) -> bool:
    """Whether the province's ratios equal the generator's truth to the last record; says so line by line."""
    truth = read_truth(truth_file)
    with connect(warehouse, require_release(warehouse), ["gold/indicator_value"]) as connection:
        found = {(row[0], row[1]): (row[2], row[3]) for row in connection.execute(_QUERY, [truth.province, as_of]).fetchall()}
    known = {
        (total.indicator, total.level): (total.numerator, total.denominator)
        for total in truth.province_totals
        if total.period == "year_to_date" and total.period_end == as_of.isoformat()
    }
    wrong = {key: (found.get(key), value) for key, value in known.items() if found.get(key) != value}
    for (indicator, level), (got, expected) in wrong.items():
        say(f"not equal to the truth: {indicator}, {level}: {got}, the generator knows {expected}")
    if not wrong:
        say(f"generated records: all {len(known)} ratios of the province equal the generator's truth ({truth_file.name})")
    return not wrong
