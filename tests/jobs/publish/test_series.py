"""A series by the units of a chosen day: sums where succession is whole, and a reason where the figure cannot be told."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.engine.duckdb_sets import DuckdbSets
from jobs.engine.sets import Sets
from jobs.engine.tables import Warehouse, arrow_schema, table_of
from jobs.errors import UsageError
from jobs.publish.series import REASONS, TABLES, evaluate_series, series
from jobs.reference.units import read_units
from jobs.reference.units.names import current_names
from jobs.reference.units.successors import UnitSuccessor, all_successors
from tests.support.command import ntm
from tests.support.registry import JUNE_30, LATER, REFORM, START, made_up_units
from tests.support.released import make_release
from warehouse_schema.contracts import load_contracts
from warehouse_schema.indicator_catalogue import load_catalogue
from warehouse_schema.sql_text import relations, sql_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jobs.reference.units.model import Units

MERGER = date(2027, 1, 1)
DIVIDED, LATER_UNIT, OWN, NOT_REPORTED = (REASONS[name][0] for name in ("divided", "later", "own_property", "not_reported"))
Figures = dict[tuple[str, str], tuple[int | None, int | None] | str]
"""(unit, `*` where its identity began with the reform, `**` with the merger; month) -> numerator and denominator, or the reason why there are none."""


@pytest.fixture(scope="module")
def units(tmp_path_factory: pytest.TempPathFactory) -> Units:
    """The made-up units, and on 1 January 2027 one province of two, under the code of Nghệ An."""
    folder = tmp_path_factory.mktemp("units")
    made_up_units(folder)
    (folder / f"units_from_{MERGER}.csv").write_text(
        "unit_code,level,unit_name,unit_type,parent_code,latitude,longitude,document\n40,province,Nghệ Giang,Tỉnh,,,,NQ\n07001,commune,Bảy mới,Xã,40,,,NQ\n"
    )
    (folder / f"province_succession_{MERGER}.csv").write_text(
        "old_code,old_name,new_code,new_name,whole,keeps_identity\n40,Nghệ An,40,Nghệ Giang,true,false\n24,Bắc Ninh,40,Nghệ Giang,true,false\n"
    )
    return read_units(folder)


def value(whose: str, month: int, numerator: int, denominator: int | None, *, year: int = 2025, **changes: Any) -> dict[str, Any]:
    """A month's row of a unit's dossiers: `17001` before, `17001*` since 1 July 2025, `40**` since 1 January 2027."""
    code = whose.rstrip("*")
    since = {0: START, 1: REFORM, 2: MERGER}[whose.count("*")]
    last = (date(year + month // 12, month % 12 + 1, 1)).toordinal() - 1
    return {
        "indicator": "dossiers_received_online",
        "breakdown": "",
        "level": "commune",
        "unit_code": code,
        "unit_valid_from": since,
        "unit_level": {2: "province", 3: "district", 5: "commune"}[len(code)],
        "province_code": "24" if code in ("24", "07001") else "40",
        "period_type": "month",
        "period_start": date(year, month, 1),
        "period_end": date.fromordinal(last),
        "numerator": numerator,
        "denominator": denominator,
        "unit": "ratio",
        "formula": "",
        **changes,
    }


@pytest.fixture(scope="module")
def world(units: Units) -> Iterator[Sets]:
    rows = {
        "silver/administrative_unit": units.versions,
        "silver/unit_name": current_names(units.versions),
        "silver/unit_lineage": units.lineage,
        "silver/unit_successor": all_successors(units.successors),
    }
    with DuckdbSets(Warehouse("file:///nowhere"), duckdb.connect(config={"threads": 1})) as sets:
        for name, objects in rows.items():
            sets.rows_of(name.replace("/", "_"), table_of(load_contracts()[name], objects))
        yield sets


def asked(world: Sets, values: list[dict[str, Any]], indicator: str = "dossiers_received_online", **question: Any) -> list[dict[str, Any]]:
    schema = arrow_schema(load_contracts()["gold/indicator_value"])
    world.rows_of("gold_indicator_value", pa.Table.from_pylist(values, schema))
    views = {sql_name(name): name.replace("/", "_") for name in TABLES}
    everything = {"breakdown": "", "from_day": date.min, "to_day": date.max, "level": None, "province_code": None, "units_of": None}
    return evaluate_series(world, load_catalogue()[indicator], {**everything, **question}, views)


def figures(rows: list[dict[str, Any]]) -> Figures:
    marks = {START: "", REFORM: "*", MERGER: "**"}
    found: Figures = {}
    for row in rows:
        key = (row["unit_code"] + marks[row["unit_valid_from"]], f"{row['period_end']:%Y-%m}")
        assert key not in found
        assert (row["numerator"] is None) == bool(row["reason"]) == bool(row["reason_vi"])
        found[key] = row["reason"] or (row["numerator"], row["denominator"])
    return found


BEFORE = [
    value("17001", 6, 1, 4),
    value("17002", 6, 2, 4),
    value("17004", 6, 3, 4),
    value("17003", 6, 4, 4),
    value("17005", 6, 5, 9),
    value("427", 6, 6, 12),
    value("40", 6, 15, 25),
]
AFTER = [value("17001*", 7, 7, 10), value("16001*", 7, 1, 2), value("40", 7, 8, 12)]


def test_without_a_day_each_value_is_its_own_units(world: Sets) -> None:
    found = figures(asked(world, [*BEFORE, *AFTER]))
    assert found[("17001", "2025-06")] == (1, 4)
    assert found[("17001*", "2025-07")] == (7, 10), "the same code, and another unit"
    assert len(found) == len(BEFORE) + len(AFTER)


def test_earlier_units_are_summed_where_they_went_wholly_into_one(world: Sets) -> None:
    found = figures(asked(world, [*BEFORE, *AFTER], units_of=LATER))
    assert found == {
        ("17001*", "2025-06"): (6, 12),
        ("17001*", "2025-07"): (7, 10),
        # 17003 was divided between these two: 17005 alone is not what 16001 was in June.
        ("16001*", "2025-06"): DIVIDED,
        ("17003*", "2025-06"): DIVIDED,
        ("16001*", "2025-07"): (1, 2),
        # There is no district any more that it could count for.
        ("427", "2025-06"): DIVIDED,
        ("40", "2025-06"): (15, 25),
        ("40", "2025-07"): (8, 12),
    }


def test_a_share_is_of_the_sums_and_never_a_mean_of_shares(world: Sets) -> None:
    (row,) = (row for row in asked(world, BEFORE, units_of=LATER) if row["unit_code"] == "17001")
    assert (row["value"], row["unit_name"], row["province_code"]) == (0.5, "Mới", "40")
    assert (row["period_start"], row["period_end"]) == (date(2025, 6, 1), JUNE_30)


def test_later_units_are_not_told_apart_by_an_earlier_day(world: Sets) -> None:
    found = figures(asked(world, [*BEFORE, *AFTER], units_of=JUNE_30))
    assert {unit for (unit, month), figure in found.items() if month == "2025-07" and figure == LATER_UNIT} == {
        "17001", "17002", "17004", "17003", "17005", "16001",
    }  # fmt: skip
    assert found[("17001", "2025-06")] == (1, 4)
    assert found[("427", "2025-06")] == (6, 12)


def test_what_is_a_units_own_is_never_summed(world: Sets) -> None:
    name = "communes_meeting_8_4_ntm"
    stock = {"indicator": name, "period_type": "as_of", "period_start": JUNE_30}
    values = [value("17001", 6, 1, 1, **stock), value("17002", 6, 1, 1, **stock), value("40", 6, 2, 3, **stock)]
    found = figures(asked(world, values, name, units_of=LATER))
    assert found == {("17001*", "2025-06"): OWN, ("40", "2025-06"): (2, 3)}
    assert figures(asked(world, values, name, units_of=JUNE_30))[("17001", "2025-06")] == (1, 1)


def test_a_merged_province_has_a_figure_only_where_all_of_it_reports(world: Sets) -> None:
    both = [value("40", 7, 8, 12), value("24*", 7, 2, 3), value("40**", 1, 9, 9, year=2027)]
    assert figures(asked(world, both, units_of=MERGER)) == {("40**", "2025-07"): (10, 15), ("40**", "2027-01"): (9, 9)}
    assert figures(asked(world, both[:1], units_of=MERGER)) == {("40**", "2025-07"): NOT_REPORTED}
    # A part by a dimension is there only where something is: the total says that the province reports.
    by_channel = value("40", 7, 1, 1, breakdown="channel=online")
    assert figures(asked(world, [*both, by_channel], units_of=MERGER, breakdown="channel=online")) == {("40**", "2025-07"): (1, 1)}


def test_months_and_month_ends_only(world: Sets) -> None:
    stock = {"indicator": "ocop_products_recognised", "unit": "count", "level": "all", "period_type": "as_of"}
    values = [value("17001", 6, 3, None, **{**stock, "period_end": day, "period_start": day}) for day in (date(2025, 6, 29), JUNE_30)]
    (row,) = asked(world, values, "ocop_products_recognised", units_of=LATER)
    assert (row["period_end"], row["numerator"], row["denominator"], row["value"]) == (JUNE_30, 3, None, 3.0)
    year = value("17001", 6, 3, 4, period_type="year_to_date")
    assert asked(world, [year]) == []


def test_two_formulas_are_two_series(world: Sets) -> None:
    values = [value("17001", 6, 1, 4, formula="a 1"), value("17002", 6, 2, 4, formula="a 2")]
    rows = asked(world, values, units_of=LATER)
    assert [(row["formula"], row["numerator"], row["denominator"]) for row in rows] == [("a 1", 1, 4), ("a 2", 2, 4)]


def test_the_question_chooses_level_province_breakdown_and_days(world: Sets) -> None:
    values = [
        *BEFORE,
        *AFTER,
        value("07001", 6, 1, 1),
        value("07001*", 7, 1, 2),
        value("17001", 6, 1, 1, breakdown="channel=online", level="district"),
    ]
    assert figures(asked(world, values, province_code="24")) == {("07001", "2025-06"): (1, 1), ("07001*", "2025-07"): (1, 2)}
    assert figures(asked(world, values, level="district", breakdown="channel=online")) == {("17001", "2025-06"): (1, 1)}
    assert {month for _, month in figures(asked(world, values, from_day=REFORM))} == {"2025-07"}
    assert {month for _, month in figures(asked(world, values, to_day=JUNE_30))} == {"2025-06"}
    # The province is that of the chosen day: what is Bắc Ninh's in 2025 lies in the merged one in 2027.
    assert set(figures(asked(world, values, province_code="24", units_of=MERGER))) == set()
    assert ("07001*", "2025-07") in figures(asked(world, values, province_code="40", units_of=MERGER))


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(st.sampled_from(["17001", "17002", "17004", "17003", "17005", "16001", "40"]), st.integers(0, 9)),
        max_size=12,
        unique_by=lambda one: one[0],
    )
)
def test_nothing_is_counted_twice_and_nothing_is_lost_without_a_word(world: Sets, counts: list[tuple[str, int]]) -> None:
    rows = asked(world, [value(unit, 6, count, 9) for unit, count in counts], units_of=LATER)
    told = sum(row["numerator"] for row in rows if not row["reason"])
    whole = [count for unit, count in counts if unit in ("17001", "17002", "17004", "40")]
    others = [count for unit, count in counts if unit in ("17005", "16001")]
    divided = any(unit == "17003" for unit, _ in counts)
    assert told == sum(whole) + (0 if divided else sum(others))
    assert any(row["reason"] for row in rows) == divided


def test_successors_are_those_of_all_changes_after_each_other(units: Units) -> None:
    rows = all_successors(units.successors)
    assert UnitSuccessor("24", START, "24", REFORM) in rows
    assert UnitSuccessor("24", START, "40", MERGER) in rows
    assert UnitSuccessor("17003", START, "16001", REFORM) in rows
    assert len(rows) == len(set(rows))


def test_indicators_over_units_say_that_they_are() -> None:
    """Whose SQL reads a list of units, or what a unit meets, counts units; of the villages' teams a setting decides."""
    lists = {
        "rural_communes",
        "districts",
        "communes_and_districts",
        "criteria_met",
        "silver.data_standardisation_pilot",
        "silver.commune_status",
        "silver.satisfaction_survey",
    }
    for indicator in load_catalogue().values():
        if indicator.computed:
            assert bool(indicator.of_units) == bool(relations(indicator.sql) & lists), indicator.id


def test_what_is_asked_wrongly_is_told(tmp_path: Path) -> None:
    warehouse = make_release(tmp_path)
    for question, message in (
        ({"name": "work_records_onlin"}, r"no indicator 'work_records_onlin'; did you mean 'work_records_online'"),
        ({"level": "village"}, r"--level village: work_records_online has province, district, commune"),
        (
            {"breakdown": "stars=4"},
            r"--breakdown stars=4: expected dimension=value with one of the dimensions of work_records_online: source",
        ),
        ({"units_of": date(1999, 1, 1)}, r"--units-of 1999-01-01: no unit is known on that day"),
    ):
        with pytest.raises(UsageError, match=message):
            series(warehouse, **{"name": "work_records_online", "to_day": date(1990, 1, 1), **question})  # type: ignore[arg-type]


def test_the_command_prints_rows_and_says_where_there_are_none(tmp_path: Path) -> None:
    make_release(tmp_path)
    code, output, errors = ntm(tmp_path, "series", "work_records_online", "--province", "40", "--format", "json", "--from", "2025-06-01")
    assert (code, errors) == (0, "")
    (row,) = json.loads(output)
    assert (row["period_end"], row["numerator"], row["denominator"], row["reason"]) == ("2025-06-28", 9, 10, "")
    code, output, errors = ntm(tmp_path, "series", "work_records_online", "--to", "2024-12-31")
    assert (code, output, errors) == (0, "no value of that in the release\n", "")
    code, output, errors = ntm(tmp_path, "series", "work_records_online", "--to", "2024-12-31", "--format", "json")
    assert (code, output, errors) == (0, "[]\n", "warning: no value of that in the release\n")
