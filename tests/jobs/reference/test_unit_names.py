"""A join of units on their identity does not multiply what is counted."""

from __future__ import annotations

import duckdb

from jobs.engine.tables import table_of
from jobs.reference.units import load_units
from jobs.reference.units.names import current_names
from warehouse_schema.contracts import load_contracts

UNITS = load_units()
NAMES = current_names(UNITS.versions)


def test_each_identity_has_one_name_and_it_is_the_newest() -> None:
    names = {(one.unit_code, one.unit_valid_from): one.unit_name for one in NAMES}
    assert len(names) == len(NAMES)
    assert names.keys() == {(one.unit_code, one.unit_valid_from) for one in UNITS.versions}
    for version in UNITS.versions:
        if version.version_to is None:
            assert names[version.unit_code, version.unit_valid_from] == version.unit_name


def test_a_count_by_unit_is_the_same_with_its_name_and_is_not_with_its_versions() -> None:
    contracts = load_contracts()
    with duckdb.connect() as connection:
        connection.register("unit_name", table_of(contracts["silver/unit_name"], NAMES))
        connection.register("administrative_unit", table_of(contracts["silver/administrative_unit"], UNITS.versions))
        facts = "(SELECT DISTINCT unit_code, unit_valid_from FROM administrative_unit)"
        count, named, versioned = (
            connection.sql(f"SELECT count(*) FROM {facts} AS fact {join}").fetchall()[0][0]
            for join in (
                "",
                "JOIN unit_name USING (unit_code, unit_valid_from)",
                "JOIN administrative_unit USING (unit_code, unit_valid_from)",
            )
        )
    assert count == named
    assert versioned > count
