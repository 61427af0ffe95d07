"""`ntm flags`, and what `ntm run` and `ntm status` say of contradictions."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from jobs.errors import UsageError
from jobs.ops import releases
from jobs.publish.flags import COLUMNS, flag_counts, flags_of
from jobs.publish.status import print_status, status_of
from jobs.publish.summary import exit_code, print_summary, summary_of
from jobs.runtime.airflow import RUN_DAGS, DagOutcome, RunOutcome
from jobs.settings import Settings
from tests.support.command import ntm, ntm_on_terminal
from tests.support.released import AS_OF, NOW, entry, make_release
from warehouse_schema.contracts import load_contracts

if TYPE_CHECKING:
    from pathlib import Path

    from jobs.engine.tables import Warehouse

START = date(2021, 1, 1)
PATH = f"registry/clean_water/dt=2025-01-10/{'rất-dài-' * 12}.csv"
WATER, VILLAGE = "clean_water_above_households", "village_without_commune"


def row(flag: str, unit: str, province: str, reason: str, **more: Any) -> dict[str, Any]:
    base = {"flag": flag, "unit_code": unit, "unit_valid_from": START, "unit_level": "commune", "province_code": province, "reason": reason}
    place = {"province_valid_from": START, "district_code": "424", "district_valid_from": START, "subject": "", "detail": ""}
    return {**base, **place, "day": date(2024, 12, 31), "rows_behind": [], "run_id": "run-1", **more}


@pytest.fixture
def released(tmp_path: Path) -> Warehouse:
    """A release with a flag of Nghệ An that has a row behind it, and one of Lạng Sơn."""
    landed = entry(PATH)
    warehouse = make_release(tmp_path / "home", landed)
    contracts = load_contracts()
    names = [
        {
            "unit_code": code,
            "unit_valid_from": START,
            "level": level,
            "unit_name": name,
            "unit_type": "",
            "province_code": "40",
            "province_valid_from": START,
        }
        for code, level, name in (
            ("40", "province", "Nghệ An"),
            ("20", "province", "Lạng Sơn"),
            ("424", "district", "Quế Phong"),
            ("17386", "commune", "Xã Một"),
        )
    ]
    warehouse.append(contracts["silver/unit_name"], names)
    behind = {"table_name": "silver/clean_water", "record_key": "17386 2021-01-01 2024-12-31", "object_id": landed.object_id, "line": 2}
    rows = [
        row(VILLAGE, "99999", "20", "commune_ended", subject="T1"),
        row(WATER, "17386", "40", "more_than_all", detail="households_with_clean_water=101 households=100", rows_behind=[behind]),
    ]
    warehouse.append(contracts["gold/flag"], rows)
    releases.commit(warehouse, releases.RELEASE, run_id="run-2", now=NOW, as_of=AS_OF, reference="r", definitions={})
    return warehouse


def test_they_are_listed_with_labels_the_units_name_and_where_the_rows_behind_them_lie(released: Warehouse) -> None:
    day, (village, water) = flags_of(released)
    assert day == AS_OF
    assert list(water) == list(COLUMNS)
    assert (village["flag"], village["unit_name"], village["rows_behind"]) == (VILLAGE, None, [])
    assert (water["unit_name"], water["reason_vi"], water["label_en"]) == (
        *("Xã Một", "lớn hơn tổng số hộ"),
        "More households with clean water than households",
    )
    assert [(one["path"], one["line"]) for one in water["rows_behind"]] == [(PATH, 2)]


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        ({"province": "40"}, [WATER]),
        ({"province": "20"}, [VILLAGE]),
        ({"flag": WATER}, [WATER]),
        ({"unit": "17386"}, [WATER]),
        ({"unit": "424"}, [VILLAGE, WATER]),
        ({"unit": "40", "flag": VILLAGE}, []),
    ],
)
def test_some_of_them(released: Warehouse, chosen: dict[str, str], found: list[str]) -> None:
    assert [one["flag"] for one in flags_of(released, **chosen)[1]] == found


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"flag": "village_without"}, r"--flag village_without: there is no such flag; did you mean 'village_without_commune'"),
        ({"province": "424"}, "--province 424: no unit has that code"),
        ({"unit": "1"}, "--unit 1: no unit has that code"),
    ],
)
def test_what_is_not_there_is_refused(released: Warehouse, chosen: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        flags_of(released, **chosen)


def test_the_command_prints_a_table_and_json_and_its_exit_code_is_0(released: Warehouse, tmp_path: Path) -> None:
    home = tmp_path / "home"
    code, shown = ntm_on_terminal(home, "flags", "--province", "40")
    assert code == 0
    assert f"Số hộ dùng nước sạch lớn hơn số hộ ({WATER}): 1" in shown
    assert f"{PATH} line 2" in shown, "a path can be copied whole"
    assert "1 contradiction between records as of 2025-06-30" in shown
    code, output, _ = ntm(home, "flags", "--format", "json")
    assert code == 0
    assert [one["flag"] for one in json.loads(output)] == [VILLAGE, WATER]


def test_status_counts_them(released: Warehouse, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert flag_counts(released, None) == {}
    print_status(status_of(released, Settings(home=tmp_path / "home", _env_file=None)))
    assert f"contradictions (`ntm flags`): {WATER} 1, {VILLAGE} 1\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("new", "gone", "line"),
    [
        (
            {WATER: 3},
            {WATER: 1, VILLAGE: 1200},
            f"contradictions between records (`ntm flags`): {WATER} 3 new and 1 gone, {VILLAGE} 1,200 gone\n",
        ),
        ({}, {}, ""),
    ],
)
def test_a_run_says_in_one_line_how_many_are_new_and_gone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], new: dict[str, int], gone: dict[str, int], line: str
) -> None:
    gold = {"release": 1, "as_of": "2025-06-30", "new_flags": new, "gone_flags": gone}
    dags = tuple(DagOutcome(name, "success", result=gold if name == "indicators" else None) for name in RUN_DAGS)
    found = summary_of(RunOutcome(dags, tmp_path / "log"), Settings(home=tmp_path, _env_file=None))
    print_summary(found)
    shown = capsys.readouterr().out
    assert line in shown
    assert ("contradictions" in shown) is bool(line)
    assert exit_code(found) == 0
