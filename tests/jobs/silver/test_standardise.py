"""What a field as received becomes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jobs.silver.standardise import RECEIVED, standardise
from warehouse_schema.contracts import Column, Contract, load_contracts

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ODD_SPACES = "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u200a\u2028\u2029\u202f\u205f\u3000"
NO_SPACES = "\u180e\u200b\u2060\ufeff"
AFTERNOON = datetime(2025, 2, 18, 9, 40, tzinfo=UTC)

TYPES: dict[str, tuple[str, dict[str, Any]]] = {
    "text": ("string", {}),
    "code": ("string", {}),
    "padded": ("string", {"parse": "code", "pad": 5}),
    "organ_code": ("string", {}),
    "timestamp": ("timestamp", {}),
    "compact_timestamp": ("timestamp", {}),
    "date": ("date", {}),
    "month": ("date", {}),
    "boolean": ("boolean", {}),
    "unless_said": ("boolean", {"parse": "boolean", "default": "false"}),
    "integer": ("integer", {}),
    "decimal": ("double", {}),
    "values": ("string", {"values": {"1": "open", "mật": "secret"}}),
}
READ: list[tuple[str, str | None, Any]] = [
    *((parse, nothing, None) for parse in TYPES if parse != "unless_said" for nothing in (None, "", " ", ODD_SPACES)),
    ("text", "  Kế hoạch   năm\t\t2025 ", "Kế hoạch năm 2025"),
    *(("text", f"{space}a{space}{space}b{space}", "a b") for space in ODD_SPACES),
    *(("text", f"a{other}{other}b", f"a{other}{other}b") for other in NO_SPACES),
    ("text", f"a {ODD_SPACES} b", "a b"),
    ("code", " a  b ", "a  b"),
    ("padded", "4", "00004"),
    ("padded", "000004", "000004"),
    ("padded", "a4", "a4"),
    ("organ_code", " h40.01\xa0.02 ", "H40.01.02"),
    ("timestamp", "2025-02-18T16:40:00+07:00", AFTERNOON),
    ("timestamp", "2025-02-18T09:40:00Z", AFTERNOON),
    ("timestamp", "2025-02-18 16:40:00", AFTERNOON),
    ("timestamp", "2025-02-18T16:40", AFTERNOON),
    ("timestamp", "2025-02-18T16:40+07:00", AFTERNOON),
    ("timestamp", "2025-02-18", datetime(2025, 2, 17, 17, tzinfo=UTC)),
    ("timestamp", "2025-02-18T16:40:00.25+07:00", AFTERNOON.replace(microsecond=250_000)),
    ("timestamp", "2025-02-30T16:40:00", None),
    ("timestamp", "18/02/2025 16:40", None),
    ("timestamp", "0001-01-01T00:00:00", None),
    ("compact_timestamp", "\xa020250218164000\n", AFTERNOON),
    ("compact_timestamp", "202502181640", None),
    ("date", "2025-02-18", date(2025, 2, 18)),
    ("date", "2025-02-18T00:00:00", date(2025, 2, 18)),
    *(("date", f"2025-02-18{rest}", date(2025, 2, 18)) for rest in ("T00:00", "t00:00:00.0000000", " 00:00:00+07:00", "T00:00:00+0700")),
    *(("date", text, date(2025, 2, 18)) for text in ("20250218", "20250218000000", "20250218T0000")),
    *(("date", f"2025-02-18{rest}", None) for rest in ("T01:00:00", "T00:00:00Z", "T00:00:00.1", "T24:00:00", "T00:00:00+08:00")),
    ("month", "2025-02", date(2025, 2, 1)),
    *(("month", text, date(2025, 2, 1)) for text in ("2025-02-01", "20250201", "2025-02-01T00:00:00.0000000")),
    *(("month", text, None) for text in ("2025-02-02", "20250202", "202502", "2025-02-01T00:00:00Z", "2025-13")),
    ("boolean", "TRUE", True),
    ("boolean", "0", False),
    ("boolean", "có", None),
    ("unless_said", None, False),
    ("unless_said", " ", False),
    ("unless_said", "1", True),
    ("unless_said", "có", None),
    ("integer", "7", 7),
    ("integer", "7.0", 7),
    ("integer", "7.5", None),
    ("decimal", "-1.5e1", -15.0),
    ("decimal", "1,5", None),
    ("values", "MẬT", "secret"),
    ("values", "2", None),
]


def sample_contract() -> Contract:
    columns = tuple(
        Column(name=name, type=kind, description="", source=name.title(), **{"parse": name, **terms})
        for name, (kind, terms) in TYPES.items()
    )
    return Contract(
        layer="silver", table="sample", title="", description="", grain="", path=Path("sample.yaml"), version="timestamp", columns=columns
    )


@pytest.fixture(scope="module")
def read(spark: SparkSession) -> list[Any]:
    """What each of READ became, all of them in one pass."""
    fields = [name.title() for name in TYPES]
    rows = [(number, tuple(sent if name == parse else None for name in TYPES)) for number, (parse, sent, _) in enumerate(READ)]
    frame = spark.createDataFrame(rows, f"number int, {RECEIVED} struct<{', '.join(f'{field}: string' for field in fields)}>")
    found = frame.transform(standardise(sample_contract())).drop(RECEIVED).toArrow().to_pylist()
    by_number = {row["number"]: row for row in found}
    return [by_number[number][parse] for number, (parse, _, _) in enumerate(READ)]


@pytest.mark.parametrize("number", range(len(READ)), ids=[f"{parse} {sent!a}" for parse, sent, _ in READ])
def test_a_field_is_read_as_what_it_says(read: list[Any], number: int) -> None:
    assert read[number] == READ[number][2]


def test_a_unit_code_is_padded_for_its_level_however_that_is_written(spark: SparkSession) -> None:
    contract = load_contracts()["silver/organisation"]
    fields = [str(column.source) for column in contract.landed]
    sent = [
        ("4", "commune"),
        ("4", "\xa0Commune\u3000"),
        ("4", "district\n"),
        ("4", " province"),
        ("4", "thôn"),
        ("4", None),
        ("a", "commune"),
    ]
    rows = [
        (number, tuple({"unit_code": code, "level": level}.get(field) for field in fields)) for number, (code, level) in enumerate(sent)
    ]
    frame = spark.createDataFrame(rows, f"number int, {RECEIVED} struct<{', '.join(f'{field}: string' for field in fields)}>")
    found = frame.transform(standardise(contract)).select("number", "unit_code").toArrow().to_pylist()
    by_number = {row["number"]: row["unit_code"] for row in found}
    assert [by_number[number] for number in range(len(sent))] == ["00004", "00004", "004", "04", "4", "4", "a"]


@pytest.mark.parametrize("name", ["silver/work_record", "silver/dossier"])
def test_spark_trims_each_field_once(apache_spark: SparkSession, name: str) -> None:
    """Written into each place that names it, a time would be trimmed eighteen times: two thirds of what judging a row took."""
    contract = load_contracts()[name]
    landed = [column for column in contract.landed if column.handling != "drop"]
    fields = ", ".join(f"`{column.source}`: string" for column in landed)
    # Rows from Python, as the border's: of constants the optimiser would compute the result.
    empty = apache_spark.range(1).mapInArrow(lambda batches: batches, f"{RECEIVED} struct<{fields}>")
    plan = empty.transform(standardise(contract))._jdf.queryExecution().optimizedPlan()
    assert plan.toJSON().count("catalyst.expressions.StringTrim") == len(landed)
