from __future__ import annotations

import re
import unicodedata
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expectations.row_rules import CATALOGUE, Check, broken_rules, row_checks
from jobs.silver.judge import rules_of
from jobs.silver.standardise import RECEIVED, standardise
from warehouse_schema.contracts import Column, Contract, Rule, landed_contracts, load_contracts
from warehouse_schema.received import FOREIGN_LETTER

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def column(name: str, kind: str = "string", **others: Any) -> Column:
    return Column(name=name, type=kind, description="", source=name.title().replace("_", ""), **others)


CONTRACT = Contract(
    layer="silver",
    table="sample",
    title="",
    description="",
    grain="",
    path=Path("sample.yaml"),
    version="changed_at",
    columns=(
        column("id", required=True, max_length=5),
        column("state", parse="values", values={"1": "open", "2": "closed"}),
        column("closed_at", "timestamp", parse="timestamp", required_when="state = 'closed'"),
        column("changed_at", "timestamp", parse="compact_timestamp"),
        column("born_on", "date", parse="date"),
        column("month", "date", parse="month"),
        column("online", "boolean", parse="boolean"),
        column("pages", "integer", parse="integer", minimum=0, maximum=10),
        column("score", "double", parse="decimal"),
        column("code", pattern="^[A-Z]{2}$"),
        column("article", parse="code", check_digit="gtin"),
        column("place", parse="code", check_digit="gln"),
        column("organ", parse="organ_code"),
        column("count", "long", parse="integer", locale="vi"),
        column("share", "double", parse="decimal", locale="vi"),
        column("owner", parse="token"),
        column("subject", handling="drop", required=True),
    ),
    row_rules=(
        Rule("closed_before_born", "to_date(closed_at) >= born_on", "ClosedAt", "ClosedAt is not before BornOn"),
        Rule("never_known", "CAST(NULL AS BOOLEAN)", "Id", "a rule that is NULL says nothing"),
    ),
)
FIELDS = [str(one.source) for one in CONTRACT.landed if one.handling != "drop"]
RIGHT: dict[str, str | None] = {
    "Id": "a1",
    "State": "2",
    "ClosedAt": "2025-02-18T16:40:00+07:00",
    "ChangedAt": "20250218164000",
    "BornOn": "2025-02-18",
    "Month": "2025-02",
    "Online": "true",
    "Pages": "7",
    "Score": "1.5",
    "Code": "VN",
    "Article": "8937380169305",
    "Place": "8936000000011",
    "Organ": "H41.1",
    "Count": "1.250",
    "Share": "12,5",
    "Owner": "token",
}
NOTHING: dict[str, str | None] = dict.fromkeys(FIELDS)

RECEIVED_AT = datetime(2025, 3, 1, 5, tzinfo=UTC)

CASES: dict[str, tuple[dict[str, str | None], list[tuple[str, str]]]] = {
    "right": (RIGHT, []),
    "nothing but the key": ({**NOTHING, "Id": "a1"}, []),
    "nothing": (NOTHING, [("missing_value", "Id")]),
    "blank is missing": ({**RIGHT, "Id": "  "}, [("missing_value", "Id")]),
    "missing when closed": ({**RIGHT, "ClosedAt": None}, [("missing_value", "ClosedAt")]),
    "not missing when open": ({**RIGHT, "State": "1", "ClosedAt": None}, []),
    "state": ({**RIGHT, "State": "9"}, [("invalid_value", "State")]),
    "time": ({**RIGHT, "ClosedAt": "18/02/2025 16:40"}, [("invalid_timestamp", "ClosedAt")]),
    "compact time": ({**RIGHT, "ChangedAt": "20250231000000"}, [("invalid_timestamp", "ChangedAt")]),
    "version within a day of its receipt": ({**RIGHT, "ChangedAt": "20250302120000"}, []),
    "version later than that": ({**RIGHT, "ChangedAt": "20250302120001"}, [("version_in_future", "ChangedAt")]),
    "version of another century": ({**RIGHT, "ChangedAt": "20990101000000"}, [("version_in_future", "ChangedAt")]),
    "day that does not exist": ({**RIGHT, "BornOn": "2025-02-30"}, [("invalid_date", "BornOn")]),
    "month": ({**RIGHT, "Month": "2025-13"}, [("invalid_month", "Month")]),
    "boolean": ({**RIGHT, "Online": "có"}, [("invalid_boolean", "Online")]),
    "whole number": ({**RIGHT, "Pages": "7.5"}, [("invalid_integer", "Pages")]),
    "number": ({**RIGHT, "Score": "1,5"}, [("invalid_number", "Score")]),
    "form": ({**RIGHT, "Code": "vn"}, [("invalid_pattern", "Code")]),
    "check digit": ({**RIGHT, "Article": "8937380169306"}, [("invalid_check_digit", "Article")]),
    "two digits exchanged": ({**RIGHT, "Article": "8937380196305"}, [("invalid_check_digit", "Article")]),
    "zeros": ({**RIGHT, "Article": "00000000"}, [("invalid_check_digit", "Article")]),
    "number with a fraction": ({**RIGHT, "Article": "893738016930.0"}, [("invalid_pattern", "Article")]),
    "eaten zero": ({**RIGHT, "Article": "36000291452"}, [("invalid_pattern", "Article")]),
    "GLN of another length": ({**RIGHT, "Place": "96385074"}, [("invalid_pattern", "Place")]),
    "GLN with another digit": ({**RIGHT, "Place": "8936000000012"}, [("invalid_check_digit", "Place")]),
    **{f"right number {number}": ({**RIGHT, "Article": number}, []) for number in ("96385074", "036000291452", "18937380169302")},
    **{
        f"{text} in {field}": ({**RIGHT, field: text}, [("spreadsheet_error", field)])
        for field in RIGHT
        for text in (
            "#N/A",
            "#REF!",
            "#VALUE!",
            "#DIV/0!",
            "#NAME?",
            "#NULL!",
            "#NUM!",
            "#GETTING_DATA",
            "#SPILL!",
            " #n/a ",
            "########",
            "Err:502",
        )
        if field != "Id" or len(text) <= 5
    },
    **{
        f"{text} in {field}": ({**RIGHT, field: text}, [("scientific_notation", field)])
        for field in RIGHT
        for text in ("9E+12", "8.93738E+12", "8,93738E+12", "8.9e+12", "8.9E12", "-1,5E-07", "1E-05")
        if field != "Score" and (field != "Id" or len(text) <= 5)
    },
    "fraction of JSON": ({**RIGHT, "Score": "8.9E+2"}, []),
    **{f"no rounded number {text}": ({**RIGHT, "Organ": text}, []) for text in ("4E12", "12E05", "H41.1E5", "000.12.34.H41", "1E5", "#1")},
    "least": ({**RIGHT, "Pages": "0"}, []),
    "below the least": ({**RIGHT, "Pages": "-1"}, [("out_of_range", "Pages")]),
    "above the greatest": ({**RIGHT, "Pages": "11"}, [("out_of_range", "Pages")]),
    "greater than the type": ({**RIGHT, "Pages": "999999999999999999"}, [("out_of_range", "Pages")]),
    "greater than any whole number": ({**RIGHT, "Pages": "9" * 40}, [("out_of_range", "Pages")]),
    "greater than any fraction": ({**RIGHT, "Score": "1E400"}, [("out_of_range", "Score")]),
    "greater than what goes without saying": ({**RIGHT, "Score": "1000000000000000.5"}, [("out_of_range", "Score")]),
    "less than what goes without saying": ({**RIGHT, "Score": "-1000000000000001"}, [("out_of_range", "Score")]),
    "as great as goes without saying": ({**RIGHT, "Score": "1000000000000000"}, []),
    "longest": ({**RIGHT, "Id": "a2345"}, []),
    "too long": ({**RIGHT, "Id": "a23456"}, [("too_long", "Id")]),
    "rule of the row": ({**RIGHT, "BornOn": "2025-02-19"}, [("closed_before_born", "ClosedAt")]),
    "rule over what is missing": ({**RIGHT, "BornOn": None}, []),
    "two errors, in the order of the fields": (
        {**RIGHT, "Score": "x", "Online": "x"},
        [("invalid_boolean", "Online"), ("invalid_number", "Score")],
    ),
}


@pytest.fixture(scope="module")
def judged(spark: SparkSession) -> dict[str, list[Check]]:
    """The rules that each case breaks, all judged in one pass."""
    rows = [(name, tuple(sent[field] for field in FIELDS)) for name, (sent, _) in CASES.items()]
    schema = f"name string, received_at timestamp, {RECEIVED} struct<{', '.join(f'{field}: string' for field in [*FIELDS, 'Subject'])}>"
    frame = spark.createDataFrame([(name, RECEIVED_AT, (*values, None)) for name, values in rows], schema)
    checks = row_checks(CONTRACT)
    one_by_one = [replace(check, plain="false") for check in checks]
    frame = frame.transform(standardise(CONTRACT)).selectExpr(
        "name", f"{broken_rules(checks)} AS broken", f"{broken_rules(one_by_one)} AS one_by_one"
    )
    by_rule = {check.rule: check for check in checks}
    found = frame.collect()
    # What is quick to find out never passes a row over that a rule rejects.
    assert [(row["name"], row["broken"] or []) for row in found] == [(row["name"], row["one_by_one"] or []) for row in found]
    return {row["name"]: [by_rule[rule] for rule in row["broken"] or ()] for row in found}


@pytest.mark.parametrize("case", CASES)
def test_a_row_has_the_errors_that_it_has(judged: dict[str, list[Check]], case: str) -> None:
    assert [(error.code, error.field) for error in judged[case]] == CASES[case][1]


def test_every_code_of_a_field_has_its_case(judged: dict[str, list[Check]]) -> None:
    seen = {error.code for errors in judged.values() for error in errors}
    assert seen == {check.code for check in row_checks(CONTRACT)} - {"never_known"}
    assert seen - {"closed_before_born"} <= CATALOGUE.keys()


def test_an_error_names_its_rule_and_never_quotes_a_value(judged: dict[str, list[Check]]) -> None:
    (error,) = judged["number"]
    assert (error.rule, error.message) == ("score.invalid_number", "Score: expected a number with a decimal point")
    (form,) = judged["form"]
    assert form.message == "Code: expected the form ^[A-Z]{2}$"


def test_a_bound_is_told_in_digits(judged: dict[str, list[Check]]) -> None:
    (error,) = judged["greater than the type"]
    assert error.message == "Pages: expected a number from 0 to 10"
    (error,) = judged["greater than any fraction"]
    assert error.message == "Score: expected a number from -1000000000000000 to 1000000000000000"


def numeric_columns() -> list[tuple[str, Column]]:
    return [(contract.name, one) for contract in landed_contracts() for one in contract.landed if one.parse in ("integer", "decimal")]


def test_every_number_that_lands_has_its_bounds() -> None:
    assert len(numeric_columns()) >= 8
    assert [(table, one.name) for table, one in numeric_columns() if one.minimum is None or one.maximum is None] == []


def test_a_month_of_paper_records_is_no_number_of_the_moon(spark: SparkSession) -> None:
    """Twelve such counts overflowed the sum of every later release."""
    contract = load_contracts()["silver/paper_work_record"]
    checks = {check.rule: check for check in row_checks(contract)}
    fields = [str(one.source) for one in contract.landed]
    sent = {"organ_id": "H41.1", "month": "2025-01", "closed_count": "999999999999999999", "updated_at": "2025-03-05T09:30:00"}
    schema = f"received_at timestamp, {RECEIVED} struct<{', '.join(f'{field}: string' for field in fields)}>"
    rows = [
        (datetime(2025, 3, 6, tzinfo=UTC), tuple((sent | changed).get(field) for field in fields))
        for changed in ({}, {"closed_count": "2.000.000"})
    ]
    frame = spark.createDataFrame(rows, schema).transform(standardise(contract)).selectExpr(f"{broken_rules(checks.values())} AS broken")
    broken = sorted(row["broken"] or [] for row in frame.collect())
    assert broken == [[], ["closed_count.out_of_range"]]
    assert checks["closed_count.out_of_range"].message == "closed_count: expected a number from 0 to 2000000"


def with_check_digit(digits: str) -> str:
    """The digits and the one that GS1 puts after them, by its rule in words: from the right, three times and once in turn, to the next ten."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return f"{digits}{-total % 10}"


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from([7, 11, 12, 13]).flatmap(lambda size: st.from_regex(f"[0-9]{{{size}}}", fullmatch=True)), min_size=20, max_size=50
    )
)
def test_one_digit_in_ten_fits(spark: SparkSession, numbers: list[str]) -> None:
    numbers = [number for number in numbers if int(number)] or ["1234567"]
    checks = [check for check in row_checks(CONTRACT) if check.rule == "article.invalid_check_digit"]
    sent = [f"{number}{digit}" for number in numbers for digit in range(10)]
    frame = spark.createDataFrame([(number,) for number in sent], "article string").selectExpr("article", f"{checks[0].broken} AS broken")
    right = {row["article"] for row in frame.collect() if not row["broken"]}
    assert right == set(map(with_check_digit, numbers))


def test_no_check_is_ever_null(spark: SparkSession) -> None:
    schema = f"received_at timestamp, {RECEIVED} struct<{', '.join(f'{field}: string' for field in [*FIELDS, 'Subject'])}>"
    frame = spark.createDataFrame([(RECEIVED_AT, (*[None] * len(FIELDS), None))], schema).transform(standardise(CONTRACT))
    told = frame.selectExpr(
        *[
            f"{sql} AS `{number} {kind}`"
            for number, check in enumerate(row_checks(CONTRACT))
            for kind, sql in asdict(check).items()
            if kind in ("broken", "plain") and sql
        ]
    ).collect()[0]
    assert None not in told.asDict().values()


def test_the_codes_of_all_contracts_are_explained_and_no_rule_is_named_twice() -> None:
    contracts = landed_contracts()
    assert len(contracts) >= 5
    for contract in contracts:
        rules = rules_of(contract)
        own = {rule.code for rule in contract.row_rules}
        assert {check.code for check in rules} - own <= CATALOGUE.keys(), contract.name
        names = [check.rule for check in rules]
        assert len(set(names)) == len(names), contract.name
        assert not any("," in name for name in names), contract.name


def test_letters_of_other_alphabets_are_those_and_no_signs() -> None:
    foreign = ("\u0416", "\u0448", "\u0e01", "\u0628", "\u3042", "\u6f22", "\uac00")
    assert [letter for letter in foreign if not re.search(FOREIGN_LETTER, f"A-{letter}1")] == []
    others = (
        "12/QĐ-UBND",
        unicodedata.normalize("NFD", "12/QĐ-UBND xã Yên Thế"),
        "\u2116 5",
        "\u03bcg/m³",
        "\u00b5g",
        "\u338d/\u33a5",
        "M\u03a9",
        "\u03b1-BHC",
    )
    assert [text for text in others if re.search(FOREIGN_LETTER, text)] == []
