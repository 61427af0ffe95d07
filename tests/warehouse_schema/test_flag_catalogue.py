"""The catalogue of flags and its SQL files: what is wrong is refused by file and what was expected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.definitions import Definitions, own_definitions
from warehouse_schema.definitions import check_definitions
from warehouse_schema.errors import UsageError
from warehouse_schema.flag_catalogue import load_flags

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WATER = "flags/clean_water_above_households.sql"


@pytest.fixture
def definitions(tmp_path: Path) -> Iterator[Definitions]:
    with own_definitions(tmp_path / "definitions") as own:
        yield own


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        (
            WATER,
            "silver.clean_water AS c",
            "silver.clean_waters AS c",
            r"clean_water_above_households\.sql: reads silver\.clean_waters, which is not there",
        ),
        (WATER, "'more_than_all' AS reason", "'more_than_all' AS why", r"clean_water_above_households\.sql: gives no column reason"),
        (WATER, "SELECT", "SELEKT", r"clean_water_above_households\.sql: not one query in Spark's dialect"),
        (
            "flags/catalogue.yaml",
            "label_en: More OCOP stars",
            "label: More OCOP stars",
            r"catalogue\.yaml:\d+: unknown key 'label'; did you mean 'label_",
        ),
        (
            "flags/catalogue.yaml",
            "clean_water_above_households:",
            "clean_water:",
            r"catalogue\.yaml:\d+: flag 'clean_water' has no SQL file",
        ),
        (
            "flags/catalogue.yaml",
            "clean_water_above_households:",
            "clean_water:",
            r"clean_water_above_households\.sql has no entry here: a key 'clean_water_above_households' was expected",
        ),
    ],
)
def test_what_is_wrong_is_refused(definitions: Definitions, file: str, old: str, new: str, expected: str) -> None:
    definitions.replace(file, old, new)
    with pytest.raises(UsageError, match=expected):
        check_definitions()


def test_an_indicator_may_not_read_the_units_that_plans_name(definitions: Definitions) -> None:
    definitions.replace("indicators/smart_villages.sql", "FROM ", "FROM named_unit AS n CROSS JOIN ")
    with pytest.raises(UsageError, match=r"smart_villages\.sql: reads named_unit, which is not there"):
        check_definitions()


def test_a_flag_is_added_by_files(definitions: Definitions) -> None:
    text = (definitions.root / WATER).read_text(encoding="utf-8")
    catalogue = (definitions.root / "flags" / "catalogue.yaml").read_text(encoding="utf-8")
    entry = """
no_households:
  label_vi: Xã không có hộ
  label_en: A commune without households
  meaning: {vi: không có hộ, en: no households}
  reasons:
    more_than_all: {vi: không có hộ, en: no households}
  sources: [a test]
"""
    definitions.write("flags/no_households.sql", text)
    definitions.write("flags/catalogue.yaml", catalogue + entry)
    check_definitions()
    assert list(load_flags())[-1] == "no_households"
