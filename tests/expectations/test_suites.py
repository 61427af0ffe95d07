from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pytest

from expectations.batch import other_checks
from expectations.findings import ERROR, WARNING
from expectations.row_rules import row_checks
from expectations.suites import FactLimit, fact_limits, received_suite, rule_limits, suite, table_suite
from expectations.validation import Outcome, results_folder, validate
from jobs.engine.dialect import to_duckdb
from jobs.engine.duckdb_sets import DuckdbSets
from jobs.engine.tables import Warehouse
from jobs.errors import RunFailedError
from jobs.settings import Settings
from jobs.silver.references import reference_checks
from warehouse_schema.contracts import Contract, Rule, load_contracts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

FACTS = {"rejected_share": 0.5, "broken_share": 0.0, "volume_ratio": 1.0, "silent_organisations": 0.0}


def judged(home: Path, run_id: str, limits: Iterable[FactLimit], facts: Mapping[str, float]) -> dict[str, Outcome]:
    """What Great Expectations says of facts."""
    with DuckdbSets.open(Warehouse("nowhere")) as sets:
        sets.rows_of("facts", pa.table({name: [value] for name, value in facts.items()}))
        return validate(home, run_id, "silver_x_batch", [limit.as_expected() for limit in limits], sets, "facts", {"table": "silver/x"})


def settings(**others: Any) -> Settings:
    return Settings(_env_file=None, **others)


def test_only_the_share_of_rejected_rows_holds_and_its_limit_is_a_setting() -> None:
    limits = {limit.fact: limit for limit in fact_limits(settings(hold_rejected_share=0.2))}
    assert limits.keys() == FACTS.keys()
    assert {fact for fact, limit in limits.items() if limit.severity == ERROR} == {"rejected_share"}
    assert limits["rejected_share"].most == 0.2


@pytest.mark.parametrize(
    ("fact", "inside", "outside"),
    [
        ("rejected_share", (0.0, 0.5), (0.501,)),
        ("broken_share", (0.0, 0.01), (0.011,)),
        ("volume_ratio", (1 / 3, 1.0, 3.0), (0.33, 3.01)),
        ("silent_organisations", (0.0,), (1.0,)),
    ],
)
def test_each_limit_is_met_inside_and_broken_outside(
    tmp_path: Path, fact: str, inside: tuple[float, ...], outside: tuple[float, ...]
) -> None:
    for value, met in [*((one, True) for one in inside), *((one, False) for one in outside)]:
        outcomes = judged(tmp_path, "run-1", fact_limits(settings()), {**FACTS, fact: value})
        assert outcomes[fact] == Outcome(met, value)
        assert all(outcomes[name].met for name in FACTS.keys() - {fact})


def test_severity_follows_the_contract() -> None:
    rules = [Rule("held", "SELECT 1 FROM {batch}", "", "m"), Rule("told", "SELECT 2 FROM {batch}", "", "m", WARNING)]
    assert [str(one.severity.value) for one in suite("x", [limit.as_expected() for limit in rule_limits(rules)]).expectations] == [
        "critical",
        "warning",
    ]


def test_every_loaded_table_has_a_rule_for_its_key() -> None:
    contracts = [contract for contract in load_contracts().values() if contract.landing or contract.name == "gold/indicator_value"]
    assert len(contracts) >= 6
    for contract in contracts:
        (rule,) = [rule for rule in contract.set_rules if rule.code == "duplicate_key"]
        assert rule.sql == f"SELECT {', '.join(contract.key)} FROM {{batch}} GROUP BY {', '.join(contract.key)} HAVING count(*) > 1"
        assert rule.severity == ERROR


GOLD = load_contracts()["gold/indicator_value"]
GOLD_ROWS: dict[str, tuple[str, int, int | None, float | None]] = {
    "right": ("ratio", 1, 2, 0.5),
    "all": ("ratio", 2, 2, 1.0),
    "none": ("ratio", 0, 2, 0.0),
    "nothing to measure": ("ratio", 0, 0, None),
    "count": ("count", 7, None, 7.0),
    "above 1": ("ratio", 2, 2, 1.5),
    "below 0": ("ratio", 0, 2, -0.5),
    "not a number": ("ratio", 0, 0, float("nan")),
    "empty": ("ratio", 1, 2, None),
    "more than all": ("ratio", 3, 2, 1.0),
    "negative": ("ratio", -1, 2, 0.0),
    "no denominator": ("ratio", 1, None, 0.5),
    "twice": ("count", 1, None, 1.0),
}
BROKEN = {
    "duplicate_key": {"twice"},
    "share_from_0_to_1": {"above 1", "below 0", "not a number", "empty"},
    "part_of_whole": {"more than all", "negative", "no denominator"},
}


@pytest.mark.parametrize("rule", GOLD.set_rules, ids=lambda rule: rule.code)
def test_a_rule_of_gold_finds_the_wrong_rows_and_no_others(rule: Rule) -> None:
    place = ("work_records_online", "commune", "40", date(2021, 1, 1), "month", date(2025, 3, 1), date(2025, 3, 31))
    columns = ("indicator", "level", "unit_code", "unit_valid_from", "period_type", "period_start", "period_end")
    measures = ("unit", "numerator", "denominator", "value")
    rows = [
        {**dict(zip(columns, place, strict=True)), "breakdown": name, **dict(zip(measures, GOLD_ROWS[name], strict=True))}
        for name in [*GOLD_ROWS, "twice"]
    ]
    with duckdb.connect() as connection:
        connection.register("batch", pa.Table.from_pylist(rows))
        found = connection.sql(to_duckdb(rule.sql.replace("{batch}", "batch"))).to_arrow_table().to_pylist()
    assert {row["breakdown"] for row in found} == BROKEN[rule.code]


def test_a_rule_is_met_by_no_row_and_broken_by_one(tmp_path: Path) -> None:
    limits, none = rule_limits(GOLD.set_rules), dict.fromkeys(BROKEN, 0)
    assert judged(tmp_path, "run-1", limits, none) == dict.fromkeys(BROKEN, Outcome(True, 0))
    broken = judged(tmp_path, "run-2", limits, {**none, "part_of_whole": 1})
    assert {code for code, outcome in broken.items() if not outcome.met} == {"part_of_whole"}


def test_an_error_in_the_second_expectation_is_an_error_of_the_run(tmp_path: Path) -> None:
    limits = [FactLimit("there", "m", "error", most=1), FactLimit("absent", "m", "error", most=1)]
    with pytest.raises(RunFailedError, match="absent could not be evaluated"):
        judged(tmp_path, "run-1", limits, {"there": 0.5})
    assert list(results_folder(tmp_path).rglob("*.json")) == []


LANDED = [contract for contract in load_contracts().values() if contract.landing]
KINDS = {
    "missing_value": {"ExpectColumnValuesToNotBeNull", "ExpectColumnValuesToBeInSet"},
    "invalid_value": {"ExpectColumnValuesToBeInSet"},
    "readable": {"ExpectColumnValuesToBeInSet"},
    "invalid_pattern": {"ExpectColumnValuesToMatchRegex"},
    "too_long": {"ExpectColumnValueLengthsToBeBetween"},
    "out_of_range": {"ExpectColumnValuesToBeBetween"},
}


@pytest.mark.parametrize("contract", LANDED, ids=lambda contract: contract.table)
def test_every_row_rule_of_a_column_has_an_expectation(contract: Contract) -> None:
    """What a row can be rejected for is a row of the page: none of it is invisible there."""
    codes = {expected.code: expected.error_code for expected in received_suite(contract, other_checks(contract).values())}
    for check in row_checks(contract):
        column = check.rule.partition(".")[0]
        assert check.code in {error for code, error in codes.items() if code == check.rule or code.startswith(f"{column}.")}, check.rule
    assert {check.rule for check in reference_checks(contract)} <= codes.keys()


@pytest.mark.parametrize("contract", LANDED, ids=lambda contract: contract.table)
def test_expectations_are_about_columns_and_speak_both_languages(contract: Contract) -> None:
    found = received_suite(contract, other_checks(contract).values())
    assert len({expected.code for expected in found}) == len(found)
    for expected in found:
        assert expected.kind in KINDS.get(expected.code.split(".")[-1], {expected.kind})
        assert expected.en
        assert expected.vi
        assert bool(expected.label_vi) == bool(expected.column)


def test_what_a_batch_does_not_break_costs_no_expectation_of_its_own() -> None:
    for contract in LANDED:
        kept = {expected.code for expected in received_suite(contract)}
        assert kept.isdisjoint(other_checks(contract))
        assert "other_rule" in kept


def test_the_key_of_a_table_is_judged_by_great_expectations() -> None:
    for contract in LANDED:
        key = next(expected for expected in table_suite(contract) if expected.code == "duplicate_key")
        assert key.severity == ERROR
        assert key.arguments in ({"column": contract.key[0]}, {"column_list": list(contract.key)})


@pytest.mark.slow
def test_great_expectations_writes_no_log() -> None:
    """It logs each of its functions as it registers them: hundreds of lines wherever somebody logs at DEBUG."""
    code = (
        "import logging, sys; from pathlib import Path; logging.basicConfig(level=logging.DEBUG, stream=sys.stdout, format='%(name)s');"
        "from expectations.validation import gx_context; gx_context(Path(sys.argv[1]))"
    )
    said = subprocess.run([sys.executable, "-c", code, "/nonexistent"], check=True, capture_output=True, text=True, timeout=120)  # noqa: S603
    assert [line for line in said.stdout.splitlines() if line.startswith("great_expectations")] == []


def test_great_expectations_and_spark_are_imported_late() -> None:
    code = "import json, sys; import expectations.gate, expectations.data_docs; print(json.dumps(sorted(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60)  # noqa: S603
    modules = set(json.loads(told.stdout))
    assert "expectations.gate" in modules
    assert not {"great_expectations", "pyspark", "pandas"} & modules
