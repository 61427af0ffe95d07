"""Tables for a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.table import Table

from warehouse_schema.indicator_catalogue import load_catalogue
from warehouse_schema.plan_registry import load_plans

if TYPE_CHECKING:
    from collections.abc import Iterable

_LEVELS = {"province": "tỉnh", "district": "huyện", "commune": "xã"}
_OPERATORS = {"gte": "≥", "gt": ">"}
_REASONS = {
    "": "",
    "nothing_to_measure": "nothing to measure",
    "not_reported": "not reported",
    "units_changed": "units changed",
    "paper_files_unknown": "paper files unknown",
}
NOTHING = "–"
PIPE_WIDTH = 240


def console_for_people() -> Console:
    """The terminal, or a pipe that does not cut."""
    # A pipe has no width of its own: nothing is cut there.
    return Console(highlight=False) if sys.stdout.isatty() else Console(highlight=False, width=PIPE_WIDTH)


def print_plain(names: list[str], rows: Iterable[tuple[object, ...]]) -> None:
    """A result as it is."""
    table = Table(*names, box=box.SIMPLE_HEAD)
    for row in rows:
        table.add_row(*[NOTHING if value is None else str(value) for value in row])
    console_for_people().print(table)


def print_targets(rows: list[dict[str, Any]]) -> None:
    """Targets and what was reached, a table for each plan and indicator, with the settings that the figures rest on."""
    console = console_for_people()
    plans = {plan.plan_id: plan for plan in load_plans()}
    catalogue = load_catalogue()
    for plan_id, name in dict.fromkeys((row["plan_id"], row["indicator"]) for row in rows):
        mine = [row for row in rows if (row["plan_id"], row["indicator"]) == (plan_id, name)]
        plan, indicator = plans[plan_id], catalogue[name]
        table = Table("level", "numerator", "denominator", "ratio", "target", "met", "judged on", "note", box=box.SIMPLE_HEAD)
        for column in table.columns[1:5]:
            column.justify = "right"
        for row in mine:
            table.add_row(*_target_cells(row))
        console.print(f"{plan.province_name} ({plan.province_code}) as of {mine[0]['as_of']}: {name}")
        console.print(f"  {indicator.label_vi}")
        for parameter in indicator.parameters.values():
            console.print(f"  {parameter.label_vi}: {'có' if parameter.default else 'không'}")
        console.print(table)


def _target_cells(row: dict[str, Any]) -> list[str]:
    percent = row["target_unit"] == "percent"
    value = NOTHING if row["value"] is None else (f"{row['value'] * 100:.2f} %" if percent else f"{row['value']:g}")
    target = f"{_OPERATORS[row['op']]} {row['target_value']:g}{' %' if percent else ''}"
    met = {True: "met", False: "not met", None: NOTHING}[row["met"]]
    counts = [NOTHING if row[name] is None else f"{row[name]:,}" for name in ("numerator", "denominator")]
    level = f"{row['level']} ({_LEVELS[row['level']]})" if row["level"] in _LEVELS else str(row["level"])
    return [level, *counts, value, target, met, str(row["judged_on"]), _REASONS.get(row["reason"], row["reason"])]
