"""`ntm flags`: contradictions between records, each with its unit, day, reason and the rows behind it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from jobs.errors import UsageError
from jobs.ops import ledger
from jobs.publish.released import require_release
from jobs.publish.terminal import say, say_table
from warehouse_schema.flag_catalogue import load_flags
from warehouse_schema.yaml_source import closest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from jobs.engine.tables import Warehouse
    from jobs.ops.releases import Release

COLUMNS = (
    *(
        "flag",
        "label_vi",
        "label_en",
        "province_code",
        "district_code",
        "unit_code",
        "unit_valid_from",
        "unit_level",
        "unit_name",
        "day",
        "subject",
    ),
    *("reason", "reason_vi", "reason_en", "detail", "rows_behind"),
)
"""The columns of a row of `ntm flags`."""
FLAG, UNIT_NAME = "gold/flag", "silver/unit_name"
_SHOWN = ("unit", "day", "reason", "rows behind")


def flag_counts(warehouse: Warehouse, release: Release | None) -> dict[str, int]:
    """Contradictions by flag, as of a release; those that there are."""
    if release is None or FLAG not in release.tables:
        return {}
    counted = Counter(row["flag"] for row in warehouse.rows(FLAG, release.tables[FLAG], ["flag"]))
    return dict(sorted(counted.items()))


def flags_of(
    warehouse: Warehouse, *, province: str | None = None, flag: str | None = None, unit: str | None = None
) -> tuple[date, list[dict[str, Any]]]:
    """The day of the last release and its contradictions (`COLUMNS`), in the order of the catalogue; of a province, a flag, a unit and what lies in it.

    `rows_behind` names the landed path of each row beside its object and line.

    Raises:
        NothingReleasedError: nothing was released yet.
        UsageError: there is no flag of that name, or no unit of that code.
    """
    flags = load_flags()
    if flag is not None and flag not in flags:
        raise UsageError(f"--flag {flag}: there is no such flag{closest(flag, flags)}; there are: {', '.join(flags)}")
    release = require_release(warehouse)
    names = warehouse.rows(UNIT_NAME, release.tables[UNIT_NAME], ["unit_code", "unit_valid_from", "level", "unit_name"])
    _require_unit("--province", province, {row["unit_code"] for row in names if row["level"] == "province"})
    _require_unit("--unit", unit, {row["unit_code"] for row in names})
    named = {(row["unit_code"], row["unit_valid_from"]): row["unit_name"] for row in names}
    paths = {entry.object_id: entry.path for entry in reversed(ledger.entries(warehouse, release.tables[ledger.LOAD]))}
    rows = warehouse.rows(FLAG, release.tables[FLAG]) if FLAG in release.tables else []
    kept = [
        row
        for row in rows
        if row["flag"] in flags
        and province in (None, row["province_code"])
        and flag in (None, row["flag"])
        and unit in (None, row["unit_code"], row["district_code"], row["province_code"])
    ]
    order = list(flags)
    kept.sort(
        key=lambda row: (
            order.index(row["flag"]),
            row["province_code"],
            row["unit_code"],
            row["unit_valid_from"],
            row["day"],
            row["subject"],
        )
    )
    assert release.as_of is not None  # noqa: S101 - a release has its day
    return release.as_of, [_shown(row, named, paths) for row in kept]


def _require_unit(option: str, code: str | None, known: set[str]) -> None:
    if code is not None and code not in known:
        raise UsageError(
            f"{option} {code}: no unit has that code; expected a GSO code such as {min(known, default='40')}, with its leading zeros"
        )


def _shown(row: Mapping[str, Any], names: Mapping[tuple[str, date], str], paths: Mapping[str, str]) -> dict[str, Any]:
    flag = load_flags()[row["flag"]]
    reason = flag.reasons.get(row["reason"])
    made = {
        "label_vi": flag.label_vi,
        "label_en": flag.label_en,
        "unit_name": names.get((row["unit_code"], row["unit_valid_from"])),
        "reason_vi": reason.vi if reason else row["reason"],
        "reason_en": reason.en if reason else row["reason"],
        "rows_behind": [{**one, "path": paths.get(one["object_id"])} for one in row["rows_behind"]],
    }
    return {name: made.get(name, row.get(name)) for name in COLUMNS}


def print_flags(day: date, rows: list[dict[str, Any]]) -> None:
    """Contradictions for a person: a table for each flag, and how many there are."""
    for name in dict.fromkeys(row["flag"] for row in rows):
        mine = [row for row in rows if row["flag"] == name]
        say(f"{mine[0]['label_vi']} ({name}): {len(mine):,}")
        say(f"  {load_flags()[name].meaning.vi}")
        say()
        say_table(_SHOWN, map(_cells, mine), indent="  ")
        say()
    counted = {0: "no contradiction", 1: "1 contradiction"}.get(len(rows), f"{len(rows):,} contradictions")
    say(f"{counted} between records as of {day}")


def _cells(row: Mapping[str, Any]) -> list[str]:
    reason = f"{row['reason_vi']}: {row['detail']}" if row["detail"] else row["reason_vi"]
    behind = "; ".join(f"{one['path'] or one['object_id']} line {one['line']}" for one in row["rows_behind"])
    about = f" {row['subject']}" if row["subject"] else ""
    return [f"{row['unit_name'] or ''} ({row['unit_code']}){about}".strip(), str(row["day"]), reason, behind or "none"]
