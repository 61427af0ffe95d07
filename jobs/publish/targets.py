"""The targets and what was reached, for a person."""

from __future__ import annotations

from typing import Any

from jobs.publish.terminal import NOTHING, say, say_table
from warehouse_schema.indicator_catalogue import load_catalogue
from warehouse_schema.plan_registry import load_plans

_LEVELS = {"province": "tỉnh", "district": "huyện", "commune": "xã"}
_OPERATORS = {"gte": "≥", "gt": ">"}
_REASONS = {
    "": "",
    "nothing_to_measure": "nothing to measure",
    "not_reported": "not reported",
    "units_changed": "units changed",
    "paper_files_unknown": "paper files unknown",
}
_COLUMNS = ("level", "numerator", "denominator", "ratio", "target", "met", "judged on", "note")
_RIGHT = ("numerator", "denominator", "ratio", "target")


def print_targets(rows: list[dict[str, Any]]) -> None:
    """Targets and what was reached, a table for each plan and indicator, with the settings that the figures rest on."""
    plans = {plan.plan_id: plan for plan in load_plans()}
    catalogue = load_catalogue()
    for plan_id, name in dict.fromkeys((row["plan_id"], row["indicator"]) for row in rows):
        mine = [row for row in rows if (row["plan_id"], row["indicator"]) == (plan_id, name)]
        plan, indicator = plans[plan_id], catalogue[name]
        say(f"{plan.province_name} ({plan.province_code}) as of {mine[0]['as_of']}: {name}")
        say(f"  {indicator.label_vi}")
        for parameter in indicator.parameters.values():
            say(f"  {parameter.label_vi}: {'có' if parameter.default else 'không'}")
        say()
        say_table(_COLUMNS, map(_target_cells, mine), right=_RIGHT, indent="  ")
        say()


def _target_cells(row: dict[str, Any]) -> list[str]:
    percent = row["target_unit"] == "percent"
    value = NOTHING if row["value"] is None else (f"{row['value'] * 100:.2f} %" if percent else f"{row['value']:g}")
    target = f"{_OPERATORS[row['op']]} {row['target_value']:g}{' %' if percent else ''}"
    met = {True: "met", False: "not met", None: NOTHING}[row["met"]]
    counts = [NOTHING if row[name] is None else f"{row[name]:,}" for name in ("numerator", "denominator")]
    level = f"{row['level']} ({_LEVELS[row['level']]})" if row["level"] in _LEVELS else str(row["level"])
    return [level, *counts, value, target, met, str(row["judged_on"]), _REASONS.get(row["reason"], row["reason"])]
