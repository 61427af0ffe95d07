"""What is published: every column against the contracts, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from jobs.publish.exports.open_data.tables import QUERIES
from warehouse_schema.contracts import load_contracts
from warehouse_schema.open_data import OPEN_DATA_FILE, OpenDataError, PublishedTable, load_open_data

TABLES = list(load_open_data().tables.values())


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_no_published_column_is_personal_or_free_text(table: PublishedTable) -> None:
    contracts = load_contracts()
    for column in table.columns:
        for source in column.of:
            name, _, field = source.partition(".")
            contract = contracts[name].column(field)
            assert (contract.handling, contract.keep_when, contract.free_text) == ("keep", None, False), source


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_no_query_names_a_personal_or_free_text_column(table: PublishedTable) -> None:
    query = sqlglot.parse_one((QUERIES / f"{table.name}.sql").read_text(encoding="utf-8"), read="duckdb")
    read = {f"{one.db}/{one.name}" for one in query.find_all(exp.Table) if one.db}
    contracts = load_contracts()
    refused = {
        column.name
        for name in read & contracts.keys()
        for column in contracts[name].columns
        if column.handling != "keep" or column.keep_when or column.free_text
    }
    assert not refused & {column.name for column in query.find_all(exp.Column)}
    assert [one for one in query.named_selects if one != "*"] == query.named_selects
    assert {column.name for column in table.columns} <= {*query.named_selects}
    # What the list says a column is made of is of a table that the query reads.
    assert {source.partition(".")[0] for column in table.columns for source in column.of} <= read | (
        {table.contract} if table.contract else set()
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("      - producer_type\n", "      - producer_type\n      - producer_name\n", "silver/ocop_product.producer_name is personal"),
        ("      - producer_type\n", "      - producer_typ\n", "did you mean 'producer_type'"),
        ("of: [silver/clean_water.unit_code]", "of: [silver/technology.provider]", "may hold any text"),
        ("    key: [product_code, decision_number]", "    key: [product_code, gtin]", "key 'gtin' is no column"),
        ("    - dossiers_on_time\n", "    - dossiers_on_tim\n", "did you mean 'dossiers_on_time'"),
        ('base_address: ""', "base_address: urn:here", "base_address"),
    ],
)
def test_a_mistake_is_named_by_file_and_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = OPEN_DATA_FILE.read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "open_data.yaml"
    file.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(OpenDataError, match=message) as error:
        load_open_data(file)
    assert f"{file}:" in str(error.value)
