"""What columns are made of, as contracts and SQL say it."""

from __future__ import annotations

import pytest

from warehouse_schema.contracts import landed_contracts, load_contracts
from warehouse_schema.indicator_catalogue import load_catalogue
from warehouse_schema.indicator_queries import computed_indicators, tables_of
from warehouse_schema.lineage import (
    FLAG,
    STATUS,
    VALUE,
    Origin,
    bronze_lineage,
    flag_lineage,
    query_lineage,
    silver_inputs,
    silver_lineage,
    status_lineage,
    value_lineage,
)


def test_the_lineage_of_each_indicator_begins_at_the_tables_that_it_reads_and_ends_at_columns_of_gold() -> None:
    gold = {column.name for column in load_contracts()[VALUE].stored}
    for indicator in computed_indicators():
        found = value_lineage(indicator)
        origins = {origin for of_column in found.columns.values() for origin in of_column} | found.rows
        assert {origin.table for origin in origins} == set(tables_of(indicator)), indicator.id
        assert found.columns.keys() <= gold
        for origin in origins:
            assert load_contracts()[origin.table].column(origin.column).stored, f"{indicator.id}: {origin}"


def test_a_ratio_is_made_of_what_it_sums_and_its_rows_are_decided_by_what_it_filters() -> None:
    found = value_lineage(load_catalogue()["work_records_online"])
    online = {Origin("silver/work_record", name) for name in ("created_online", "processed_online", "signed_digitally")}
    declared = {Origin("silver/paper_work_record", "closed_count")}
    assert found.columns["numerator"].keys() == online
    assert found.columns["denominator"].keys() == declared, "records are counted, and a count has no column"
    assert found.columns["value"].keys() == online | declared
    assert {Origin("silver/work_record", "status"), Origin("silver/work_record", "withdrawn")} <= found.rows
    # The day of a fact decides which period it counts for; nothing of it is a value but the province's, which is that of the newest day.
    assert Origin("silver/work_record", "closed_on") in found.columns["province_code"]
    assert "period_end" not in found.columns


def test_what_a_population_reads_is_found_through_it() -> None:
    found = query_lineage("SELECT v.unit_code, 1 AS one FROM recognised_smart_villages AS v")
    assert {origin.table for origin in found.columns["unit_code"]} <= {"silver/unit_lineage", "silver/village"}
    assert found.columns["one"] == {}
    assert Origin("silver/smart_village_assessment", "recognised_from") in found.rows


def test_relations_of_a_run_are_named_as_they_are() -> None:
    found = query_lineage("SELECT p.chosen AS a, v.unit_code AS b FROM parameters AS p CROSS JOIN silver.village AS v WHERE v.withdrawn")
    assert found.columns == {"a": {Origin("parameters", "chosen"): "made"}, "b": {Origin("silver/village", "unit_code"): "made"}}
    assert found.rows == {Origin("silver/village", "withdrawn")}


def test_targets_and_flags_are_made_of_tables_alone() -> None:
    status, flags = status_lineage(), flag_lineage()
    assert Origin(VALUE, "numerator") in status.columns["met"]
    assert {origin.table for found in status.columns.values() for origin in found} == {VALUE}
    assert status.columns.keys() <= {column.name for column in load_contracts()[STATUS].stored}
    assert flags.columns.keys() <= {column.name for column in load_contracts()[FLAG].stored}
    assert all(origin.table.startswith("silver/") for found in flags.columns.values() for origin in found)


@pytest.mark.parametrize("contract", landed_contracts(), ids=lambda contract: contract.table)
def test_each_column_of_a_landed_table_comes_from_somewhere_and_nothing_from_a_dropped_field(contract) -> None:
    found = silver_lineage(contract)
    assert {column.name for column in contract.stored} - found.columns.keys() == {"run_id"}
    assert {origin.table for origins in found.columns.values() for origin in origins} <= set(silver_inputs(contract))
    dropped = {column.source for column in contract.landed if column.handling == "drop"}
    bronze = bronze_lineage(contract)
    assert not dropped & bronze.columns.keys()
    assert not dropped & {origin.column for origins in found.columns.values() for origin in origins if origin.table.startswith("bronze/")}


def test_a_landed_table_is_made_of_fields_derivations_lookups_and_other_sheets() -> None:
    records = silver_lineage(load_contracts()["silver/work_record"]).columns
    assert records["status"] == {Origin("bronze/work_record", "Status"): "made"}
    assert records["closed_month"] == dict.fromkeys(
        [Origin("bronze/work_record", "Status"), Origin("bronze/work_record", "ClosedAt")], "made"
    )
    assert records["object_id"] == {Origin("bronze/work_record", "object_id"): "same"}
    assert records["province_code"][Origin("bronze/work_record", "OrganId")] == "looked_up"
    assessments = silver_lineage(load_contracts()["silver/smart_village_assessment"]).columns
    assert assessments["households"] == {Origin("silver/village", "households"): "same"}
    dossiers = bronze_lineage(load_contracts()["silver/dossier"]).columns
    assert dossiers["ChuHoSo"] == {Origin("landing/portal/dossiers", "ChuHoSo"): "token"}
    assert dossiers["MaHoSo"] == {Origin("landing/portal/dossiers", "MaHoSo"): "same"}
