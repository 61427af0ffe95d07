"""The targets and what was reached, for a person."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from jobs.publish.terminal import NOTHING, say, say_table
from warehouse_schema.indicator_catalogue import load_catalogue
from warehouse_schema.indicator_queries import settings_of
from warehouse_schema.plan_registry import SETTING_LABELS, load_plans

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from jobs.publish.report import Report
    from warehouse_schema.indicator_catalogue import Indicator
    from warehouse_schema.plan_registry import Plan

_LEVELS = {"province": "tỉnh", "district": "huyện", "commune": "xã"}
_OPERATORS = {"gte": "≥", "gt": ">"}
_REASONS = {
    "": "",
    "nothing_to_measure": "nothing to measure",
    "not_reported": "not reported",
    "partly_not_reported": "no valid row of the data that decides it was received",
    "units_changed": "units changed",
    "paper_files_unknown": "paper files unknown",
    "paper_documents_unknown": "paper documents unknown",
}
_RESULTS = {True: "met", False: "not met", None: "cannot be judged"}
_SCORECARD = ("result", "value", "target", "gap", "indicator")
_COLUMNS = ("level", "numerator", "denominator", "value", "target", "met", "judged on", "note")
_RIGHT = ("numerator", "denominator", "value", "target")


def print_targets(report: Report) -> None:
    """Targets and what was reached, a table for each plan and indicator, with the settings that the figures rest on; first what holds of all of them."""
    rows = report.rows
    plans = {plan.plan_id: plan for plan in load_plans()}
    catalogue = load_catalogue()
    if report.known:
        say(report.known)
        say()
    for plan_id, name in dict.fromkeys((row["plan_id"], row["indicator"]) for row in rows):
        lines = [
            pair for pair in zip(rows, report.last_records, strict=True) if (pair[0]["plan_id"], pair[0]["indicator"]) == (plan_id, name)
        ]
        mine = [row for row, _ in lines]
        plan, indicator = plans[plan_id], catalogue[name]
        say(f"{plan.province_name} ({plan.province_code}) as of {mine[0]['as_of']}: {name}")
        say(f"  {indicator.label_vi}")
        for label, value in settings_shown(plan, indicator):
            say(f"  {label}: {value}")
        say()
        say_table(_COLUMNS, (_target_cells(*line) for line in lines), right=_RIGHT, indent="  ")
        say()
    for plan_id in dict.fromkeys(row["plan_id"] for row in rows):
        _print_scorecard(plans[plan_id], [row for row in rows if row["plan_id"] == plan_id])


def _print_scorecard(plan: Plan, rows: list[dict[str, Any]]) -> None:
    """All targets of a plan, a line each; below the details, where a terminal shows it first."""
    results = Counter(_RESULTS[row["met"]] for row in rows)
    counted = ", ".join(f"{results[result]} {result}" for result in _RESULTS.values() if results[result])
    say(f"{plan.province_name} ({plan.province_code}) as of {rows[0]['as_of']}, all {len(rows)} targets of the plan: {counted}")
    say()
    say_table(_SCORECARD, map(_scorecard_cells, rows), right=("value", "target", "gap"), indent="  ")
    say()


def _scorecard_cells(row: dict[str, Any]) -> list[str]:
    several = len(load_catalogue()[row["indicator"]].levels) > 1
    level = f" ({row['level']})" if several else ""
    binding = "" if row["binding"] == "binding" else f", {row['binding']}"
    reason = f": {_REASONS.get(row['reason'], row['reason'])}" if row["met"] is not True and row["reason"] else ""
    gap = NOTHING if row["gap"] is None else f"{row['gap']:+.2f}" if row["target_unit"] != "count" else f"{row['gap']:+g}"
    return [_RESULTS[row["met"]], value_shown(row), target_shown(row), gap, f"{row['indicator']}{level}{binding}{reason}"]


def settings_shown(plan: Plan, indicator: Indicator) -> list[tuple[str, str]]:
    """The settings that make an indicator's figures and judge them by a plan, in Vietnamese: what the SQL reads, and the choices of the plan's targets."""
    made = settings_of(indicator, (plan.province_code, plan.province_valid_from))
    shown: dict[str, tuple[str, str]] = {}
    for name, value in made.items():
        parameter = indicator.parameters.get(name)
        label = parameter.label_vi if parameter else SETTING_LABELS.get(name, name)
        words = parameter.values.get(str(value)) if parameter else None
        shown[name] = (label, {True: "có", False: "không"}[value] if isinstance(value, bool) else words or str(value))
    judged = {name for target in plan.targets if target.indicator == indicator.id for name in target.readings}
    if indicator.kind == "flow":
        judged.add("flow_period")
    for name, choice in plan.settings.items():
        if name in made or name in judged:
            label = choice.label_vi or (shown[name][0] if name in shown else SETTING_LABELS.get(name, name))
            shown[name] = (label, choice.choices[choice.chosen].vi)
    return list(shown.values())


def staleness(report: Report) -> list[str]:
    """What a reader of the bare rows has to know of their freshness, a sentence for each indicator, level and province."""
    return [
        f"{row['indicator']}, {row['level']}, province {row['province_code']}, judged on {row['judged_on']}: {_no_record_since(last)}"
        for row, last in zip(report.rows, report.last_records, strict=True)
        if last
    ]


def _no_record_since(last: date) -> str:
    return f"no record since {last:%d/%m/%Y}"


def value_shown(row: dict[str, Any]) -> str:
    """What a target's row says was reached: `value` in words of its `target_unit`."""
    if row["value"] is None:
        return NOTHING
    return f"{row['value']:,.0f}" if row["target_unit"] == "count" else f"{row['value'] * 100:.2f} %"


def target_shown(row: Mapping[str, Any]) -> str:
    """What a plan asks for: `target_value` with its `op`, in words of its `target_unit`; a dash where it asks for nothing."""
    if row["target_value"] is None:
        return NOTHING
    unit = {"percent": " %", "fraction": f"/{row['target_of']}"}.get(row["target_unit"], "")
    return f"{_OPERATORS[row['op']]} {row['target_value']:g}{unit}"


def exact_share(row: Mapping[str, Any]) -> Fraction:
    """The share that a target asks for, as a fraction."""
    of = row["target_of"] if row["target_unit"] == "fraction" else 100
    return Fraction(str(row["target_value"])) / of


def _target_cells(row: dict[str, Any], last: date | None) -> list[str]:
    met = {True: "met", False: "not met", None: NOTHING}[row["met"]]
    counts = [NOTHING if row[name] is None else f"{row[name]:,}" for name in ("numerator", "denominator")]
    level = f"{row['level']} ({_LEVELS[row['level']]})" if row["level"] in _LEVELS else str(row["level"])
    notes = [_REASONS.get(row["reason"], row["reason"]), _no_record_since(last) if last else ""]
    return [level, *counts, value_shown(row), target_shown(row), met, str(row["judged_on"]), "; ".join(filter(None, notes))]
