"""The dictionary on the site: made-up values that a contract takes, and words that are no markup."""

from __future__ import annotations

import re

import pytest

from jobs.publish.dictionary import table_facts
from jobs.publish.site.tables import FACTS, HANDLING, LAYERS, _columns_of_view, made_up, named
from warehouse_schema.contracts import all_tables, landed_contracts
from warehouse_schema.released_views import released_views


def test_what_stands_in_backquotes_is_code_and_nothing_is_markup() -> None:
    text = "`a < b`, of [`file.csv`](../../file.csv) & <b>"
    assert named(text) == "<code>a &lt; b</code>, of <code>file.csv</code> &amp; &lt;b&gt;"


@pytest.mark.parametrize("contract", landed_contracts(), ids=lambda contract: contract.table)
def test_a_made_up_value_is_one_that_the_contract_takes(contract) -> None:  # type: ignore[no-untyped-def]
    for column in contract.landed:
        for value in (made_up(column), made_up(column, as_sent=contract.is_sheet)):
            if column.handling == "drop":
                assert value == ""
            if column.handling != "keep" or not value:
                continue
            if column.pattern and column.parse == "code":
                assert re.fullmatch(column.pattern, value), (column.name, value)
        if column.values and column.type == "string" and column.handling == "keep":
            assert made_up(column) in column.values.values(), column.name


def test_a_personal_field_is_shown_as_a_token_and_never_in_words() -> None:
    tokens = [column for contract in landed_contracts() for column in contract.landed if column.handling == "token"]
    assert tokens
    assert all(re.fullmatch("[0-9a-f]{32}", made_up(column, as_sent=True)) for column in tokens)


def test_everything_that_the_dictionary_says_has_its_vietnamese_word() -> None:
    assert {name for contract in all_tables() for name, _ in table_facts(contract)} <= FACTS.keys()
    assert {column.handling for contract in landed_contracts() for column in contract.landed} <= HANDLING.keys()
    assert {contract.layer for contract in all_tables()} == LAYERS.keys()


def test_a_column_of_a_view_means_what_the_view_says_and_is_as_in_a_table_only_where_that_says_the_same() -> None:
    columns = {column["name"]: column for column in _columns_of_view(released_views()["scorecard"])}
    assert columns["value"]["meaning"] == "What was reached, in that unit; NULL where there is nothing to measure, never 0 for it."
    assert (columns["value"]["like"], columns["gap"]["like"]) == (None, "gold/target_status")
