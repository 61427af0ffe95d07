"""Contradictions between landed records: raised, listed, corrected, and gone; as of another day; by definitions that change."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.support.definitions import own_definitions
from tests.support.workspace import OCOP_COLUMNS, Workspace, product

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.default_engine, pytest.mark.slow]

LATER = "2025-02-10T08:00:00+07:00"
WATER = "commune_code,measured_on,households,households_with_clean_water,updated_at,deleted"
FLAG = "gold/flag"
STARS, WATERS = "ocop_stars_not_by_points", "clean_water_above_households"


@pytest.fixture(scope="module")
def flagged_once(begun: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = begun.copy(tmp_path_factory.mktemp("flagged") / "home")
    workspace.land_organisations()
    products = [product("SP1", stars="5", recognised_by="national"), product("SP2")]
    workspace.land_sheet("ocop/products/dt=2025-01-10/1.csv", OCOP_COLUMNS, products)
    rows = [
        {"commune_code": "17386", "measured_on": day, "households": "100", "households_with_clean_water": clean, "updated_at": LATER}
        for day, clean in (("2024-12-31", "101"), ("2023-12-31", "100"))
    ]
    workspace.land_sheet("registry/clean_water/dt=2025-01-10/1.csv", WATER, rows)
    workspace.load()
    return workspace


@pytest.fixture
def flagged(flagged_once: Workspace, tmp_path: Path) -> Workspace:
    """A province with a product of too many stars and a commune with too many households of clean water, and one of each that is right."""
    return flagged_once.copy(tmp_path / "flagged")


def flags(workspace: Workspace) -> dict[tuple[str, str], str]:
    """(flag, subject): the run that found it."""
    return {(row["flag"], row["subject"]): row["run_id"] for row in workspace.rows(FLAG)}


def test_a_correction_takes_the_flag_away_and_leaves_the_other_as_it_is(flagged: Workspace) -> None:
    before = flags(flagged)
    assert Counter(flag for flag, _ in before) == {STARS: 1, WATERS: 1}
    (stars,) = [row for row in flagged.rows(FLAG) if row["flag"] == STARS]
    assert (stars["reason"], stars["day"], stars["province_code"]) == ("more_than_points", dt.date(2024, 3, 1), "40")
    (behind,) = stars["rows_behind"]
    object_id = flagged.ledger()["ocop/products/dt=2025-01-10/1.csv"].object_id
    assert behind == {"table_name": "silver/ocop_product", "record_key": "SP1 12/QĐ-UBND", "object_id": object_id, "line": 2}

    flagged.land_sheet("ocop/products/dt=2025-02-10/2.csv", OCOP_COLUMNS, [product("SP1", stars="4", updated_at=LATER)])
    _, gold = flagged.load()

    assert (gold.new_flags, gold.gone_flags) == ({}, {STARS: 1})
    assert flags(flagged) == {key: run for key, run in before.items() if key[0] == WATERS}, "what stays keeps its run"
    assert flagged.load()[1].release is None


def test_another_day_raises_what_is_one_by_then_and_rebuilding_gives_the_same(flagged: Workspace) -> None:
    before = flags(flagged)
    late = product(
        "SP3", decision_date="2025-07-07", recognised_by="district", stars="3", score_a="20", updated_at="2025-06-10T08:00:00+07:00"
    )
    flagged.land_sheet("ocop/products/dt=2025-02-10/2.csv", OCOP_COLUMNS, [late])

    flagged.load(dt.date(2025, 6, 29))
    assert flags(flagged) == before, "on another day they are what they were, by the run that found them"
    _, gold = flagged.load(dt.date(2025, 7, 7))

    assert gold.new_flags == {"ocop_district_decision_after_2025_07_06": 1}
    other = Workspace(flagged.home.parent / "other")
    (other.home / "pii.key").write_bytes((flagged.home / "pii.key").read_bytes())
    for file in sorted((flagged.home / "landing").rglob("*.csv")):
        other.land(str(file.relative_to(flagged.home / "landing")), file.read_bytes())
    other.load(dt.date(2025, 7, 7))
    assert other.comparable(FLAG) == flagged.comparable(FLAG)


def test_a_flag_follows_its_definition(flagged: Workspace, tmp_path: Path) -> None:
    with own_definitions(tmp_path / "definitions") as own:
        assert flagged.load()[1].release is None, "the same definitions elsewhere are the same"
        own.replace("flags/clean_water_above_households.sql", "> c.households", "> c.households + 5")
        _, gold = flagged.load()
        assert (gold.redefined_flags, gold.new_flags, gold.gone_flags) == ([WATERS], {}, {WATERS: 1})

        catalogue = own.root / "flags" / "catalogue.yaml"
        text = catalogue.read_text(encoding="utf-8")
        begin, end = text.index("ocop_stars_not_by_points:"), text.index("ocop_points_above_rubric:")
        own.remove("flags/ocop_stars_not_by_points.sql")
        own.write("flags/catalogue.yaml", text[:begin] + text[end:])
        _, gold = flagged.load()
        assert gold.gone_flags == {STARS: 1}
        assert flags(flagged) == {}
