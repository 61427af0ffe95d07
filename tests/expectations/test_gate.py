from __future__ import annotations

import gc
import json
import re
import weakref
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pytest

from expectations.data_docs import build_data_docs
from expectations.facts import Coverage, silent_organisations, volume_ratio
from expectations.findings import Finding, Verdict
from expectations.gate import check_tables, gate
from expectations.validation import results_folder
from jobs.border.spec import REJECTED
from jobs.engine.duckdb_sets import DuckdbSets
from jobs.engine.tables import Warehouse, arrow_schema
from jobs.errors import RunFailedError
from jobs.gold.definition import settings_by_code
from jobs.ops.ledger import Entry, State
from jobs.reference.organisations import OrganisationPeriod
from jobs.run import RunContext
from jobs.settings import Settings
from jobs.silver.dataset import Changed, Counts, Dataset
from warehouse_schema.contracts import Contract, Rule, load_contracts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from expectations.batch import Batch


WORK_RECORD = load_contracts()["silver/work_record"]
OCOP = load_contracts()["silver/ocop_product"]
VALUE = load_contracts()["gold/indicator_value"]
VALID_FROM = date(2021, 1, 1)
JANUARY, JUNE = date(2025, 1, 2), date(2025, 6, 27)
NAME = "Nguyễn Văn A"


def staged_schema(contract: Contract) -> pa.Schema:
    """The columns of judged rows, as `jobs.silver.staging` makes them."""
    parsed = arrow_schema(replace(contract, columns=tuple(replace(one, stored=True) for one in contract.columns)))
    received = pa.struct([(str(column.source), pa.string()) for column in contract.landed])
    fate = [
        ("outcome", pa.string()),
        ("origin", pa.string()),
        ("valid", pa.bool_()),
        ("reasons", pa.list_(pa.string())),
        ("received", received),
    ]
    return pa.schema([*[field.with_nullable(True) for field in parsed], *fate])


@pytest.fixture
def ctx(tmp_path: Path) -> RunContext:
    settings = Settings(home=tmp_path, hold_min_rows=4, _env_file=None)
    now = datetime(2025, 7, 1, tzinfo=UTC)
    context = RunContext(settings, Warehouse.of(settings), storage=None, run_id="run-1", now=now, as_of=date(2025, 6, 30))  # type: ignore[arg-type]
    context.warehouse.ensure(load_contracts()["ops/load"])
    return context


def row(line: int, file_id: str | None = None, *, sent: dict[str, str] | None = None, **others: Any) -> dict[str, Any]:
    """A judged row: `sent` are fields as received that could not be read, others are parsed columns."""
    moment = datetime(2025, 3, 5, tzinfo=UTC)
    return {
        "object_id": "one",
        "line": line,
        "outcome": "row",
        "origin": "landed",
        "valid": True,
        "reasons": [],
        "file_id": file_id or f"file-{line}",
        "title": NAME,
        "organ_id": "H41.1",
        "organ_code": "H41.1",
        "province_code": "40",
        "opened_at": moment,
        "closed_at": moment,
        "closed_on": JUNE,
        "confidence_level": "open",
        "status": "closed",
        "created_online": True,
        "processed_online": True,
        "signed_digitally": True,
        "updated_at": moment,
        "withdrawn": False,
        "received": {"Title": NAME, **(sent or {})},
        **others,
    }


def stage(rows: list[dict[str, Any]], losers: Iterable[int] = (), contract: Contract = WORK_RECORD) -> Batch:
    """A staged batch of one object as `jobs.silver.staging` leaves it, as the gate sees it."""
    return staged(rows, losers, contract).as_batch()


def staged(rows: list[dict[str, Any]], losers: Iterable[int] = (), contract: Contract = WORK_RECORD) -> Dataset:
    sets = DuckdbSets(Warehouse("nowhere"), duckdb.connect())
    found = Dataset(contract, [], Changed(), refs=None, periods=[], sets=sets)  # type: ignore[arg-type]
    sets.rows_of("judged", pa.Table.from_pylist(rows, staged_schema(contract)))
    sets.view("winners", f"SELECT * FROM judged WHERE valid AND line NOT IN (0{''.join(f', {line}' for line in losers)})")
    landed = [one for one in rows if one["origin"] == "landed"]
    accepted = sum(one["valid"] for one in landed)
    found.broken_lines = sum(one["outcome"] == REJECTED for one in landed)
    if landed:
        found.landed = {"one": Counts(read=len(landed), accepted=accepted, rejected=len(landed) - accepted)}
    return found


def entry(number: int, rows: int, state: State = State.LOADED, table: str = WORK_RECORD.name) -> Entry:
    received = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=number)
    return Entry(
        f"path-{number}",
        f"object-{number}",
        "eoffice/work_records",
        table,
        1,
        "v",
        state,
        received,
        "run-0",
        rows_read=rows,
        rows_accepted=rows,
    )


def period(
    organ: str, first: date = VALID_FROM, last: date | None = None, code: str | None = None, province: str = "40"
) -> OrganisationPeriod:
    unit = ("17617", VALID_FROM, "commune", "427", VALID_FROM)
    return OrganisationPeriod(code or organ, first, last, organ, "commune", False, *unit, province, VALID_FROM)


def names(found: list[Finding]) -> list[str]:
    return [one.expectation for one in found]


PROVINCES = [("40", VALID_FROM)]


def parameters(indicator: str) -> pa.Table:
    return settings_by_code(PROVINCES, indicator)


def checked(ctx: RunContext, tables: Collection[str]) -> list[Finding]:
    return check_tables(ctx, tables, parameters)


# Duplicate keys


def test_a_batch_with_one_winner_a_key_passes(ctx: RunContext) -> None:
    batch = stage([row(1, "a"), row(2, "a"), row(3, "b")], losers=[1])
    assert gate(ctx, batch, []) == Verdict(False, [], [], "passed")


def test_two_winners_of_a_key_hold_the_batch_and_are_shown_by_their_key(ctx: RunContext) -> None:
    verdict = gate(ctx, stage([row(1, "b"), row(2, "b"), row(3, "a"), row(4, "a"), row(5, "c")]), [])
    assert verdict.held
    assert verdict.failed == [
        Finding(
            table="silver/work_record",
            expectation="duplicate_key",
            message="duplicate_key: rows that break the rule (each FileId has one newest version): 2 (expected: at most 0)",
            severity="error",
            observed="rows that break the rule (each FileId has one newest version): 2",
            expected="at most 0",
            example={"file_id": "a"},
            how="let it through with `ntm held release work_record`, or drop it with `ntm held discard work_record`",
        )
    ]
    assert verdict.summary == "held: duplicate_key: rows that break the rule (each FileId has one newest version): 2 (expected: at most 0)"


def test_rejected_rows_are_no_winners(ctx: RunContext) -> None:
    assert not gate(ctx, stage([row(1, "a"), row(2, "a", valid=False)]), []).held


# Share of rejected rows


@pytest.mark.parametrize(("rejected", "read", "held"), [(2, 4, False), (3, 4, True), (3, 3, False)])
def test_more_than_the_share_of_enough_rows_rejected_holds(ctx: RunContext, rejected: int, read: int, held: bool) -> None:
    batch = stage([row(line, valid=line > rejected) for line in range(1, read + 1)])
    verdict = gate(ctx, batch, [])
    assert verdict.held is held
    assert names(verdict.failed) == ["rejected_share"] * held
    if held:
        assert verdict.failed[0].observed == "share of the rows read that were rejected: 0.75"
        assert verdict.failed[0].expected == "at most 0.5"


def test_rows_that_are_only_revalidated_have_no_share(ctx: RunContext) -> None:
    verdict = gate(ctx, stage([row(line, valid=False, origin="bronze") for line in range(1, 9)]), [])
    assert verdict.summary == "passed"


# Volume


def test_a_load_far_below_the_earlier_ones_warns(ctx: RunContext) -> None:
    ctx.warehouse.upsert(load_contracts()["ops/load"], [entry_row(entry(number, rows=400)) for number in range(5)])
    verdict = gate(ctx, stage([row(line) for line in range(1, 101)]), [])
    assert not verdict.held
    assert names(verdict.warnings) == ["volume_ratio"]
    assert verdict.warnings[0].observed == "rows per object, compared with the median of earlier loads: 0.25"
    assert verdict.warnings[0].expected == "at least 0.333333 and at most 3"
    assert verdict.summary == "passed with 1 warning"


def test_a_load_like_the_earlier_ones_does_not_warn(ctx: RunContext) -> None:
    ctx.warehouse.upsert(load_contracts()["ops/load"], [entry_row(entry(number, rows=90)) for number in range(5)])
    assert gate(ctx, stage([row(line) for line in range(1, 101)]), []).warnings == []


def entry_row(one: Entry) -> dict[str, Any]:
    return asdict(one)


def test_the_volume_ratio_is_of_rows_per_object() -> None:
    assert volume_ratio(600, [entry(number, 200) for number in range(5)]) == 3


def test_the_median_is_of_the_newest_loads() -> None:
    old = [entry(number, 100_000) for number in range(100)]
    new = [entry(number, 300) for number in range(100, 130)]
    assert volume_ratio(300, [*new, *old]) == 1


@pytest.mark.parametrize(
    "earlier",
    [
        [entry(number, 400) for number in range(4)],
        [entry(number, 400, State.FAILED) for number in range(9)],
        [entry(number, 0) for number in range(9)],
        [entry(number, 10) for number in range(9)],
    ],
    ids=["short history", "nothing loaded", "empty objects", "small objects"],
)
def test_no_volume_ratio_without_a_meaningful_history(earlier: list[Entry]) -> None:
    assert volume_ratio(90, earlier) is None


# Silent organisations


def half_year(*organs: str) -> list[dict[str, Any]]:
    """Rows of each organisation on every day of half a year."""
    days = [JANUARY + timedelta(days=number) for number in range((JUNE - JANUARY).days + 1)]
    return [row(100 * line + number, organ_id=organ, closed_on=day) for line, day in enumerate(days) for number, organ in enumerate(organs)]


def test_registered_organisations_that_sent_nothing_warn(ctx: RunContext) -> None:
    periods = [period("H41.1"), period("H41.2"), period("H41.3"), period("H41.3", code="000.03.00.H41")]
    verdict = gate(ctx, stage(half_year("H41.1", "H41.2")), periods)
    assert not verdict.held
    assert names(verdict.warnings) == ["silent_organisations"]
    assert verdict.warnings[0].observed == "registered organisations that sent nothing: 1"
    assert verdict.warnings[0].example == ["H41.3"]


def test_no_warning_where_all_sent_something(ctx: RunContext) -> None:
    batch = stage([*half_year("H41.1"), row(99_999, organ_id="H41.2", valid=False)])
    assert gate(ctx, batch, [period("H41.1"), period("H41.2")]).warnings == []


def test_an_organisation_of_which_all_is_withheld_is_not_silent(ctx: RunContext) -> None:
    batch = replace(stage(half_year("H41.1")), withheld_by={"000.02.00.h41"})
    assert gate(ctx, batch, [period("H41.1"), period("H41.2"), period("H41.2", code="000.02.00.H41")]).warnings == []


def test_a_dataset_without_organisations_has_no_silent_ones(ctx: RunContext) -> None:
    contract = replace(OCOP, set_rules=())
    verdict = gate(ctx, stage(half_year("H41.1"), contract=contract), [period("H41.1"), period("H41.2")])
    assert "silent_organisations" not in names(verdict.warnings)


def covering(first: date, last: date, *organs: str) -> Coverage:
    return Coverage(first, last, frozenset({"40"}), frozenset(organs))


def test_silence_is_of_organisations_of_the_provinces_and_days_of_the_batch() -> None:
    periods = [
        period("H41.1"),
        period("H41.2"),
        period("H37.1", province="20"),
        period("H41.3", last=date(2025, 1, 20)),
        period("H41.4", first=date(2025, 6, 10)),
    ]
    assert silent_organisations(covering(JANUARY, JUNE, "H41.1"), periods) == ("H41.2",)


def test_the_days_of_an_organisation_whose_unit_changed_add_up() -> None:
    change = date(2025, 1, 16)
    periods = [period("H41.1"), period("H41.2", last=change), period("H41.2", first=change + timedelta(days=1))]
    assert silent_organisations(covering(date(2025, 1, 1), date(2025, 1, 31), "H41.1"), periods) == ("H41.2",)


@pytest.mark.parametrize(
    ("coverage", "organs"),
    [
        (covering(JUNE - timedelta(days=26), JUNE, "H41.1"), ["H41.1", "H41.2"]),
        (covering(JANUARY, JUNE, "H41.1"), ["H41.1", "H41.2", "H41.3"]),
        (covering(JANUARY, JUNE, "H41.1"), []),
    ],
    ids=["less than a month", "part delivery", "no registry"],
)
def test_silence_means_nothing_in_a_partial_batch(coverage: Coverage, organs: list[str]) -> None:
    assert silent_organisations(coverage, [period(organ) for organ in organs]) is None


def test_late_corrections_do_not_make_a_daily_increment_long(ctx: RunContext) -> None:
    rows = [row(line, closed_on=JUNE) for line in range(1, 100)] + [row(line, closed_on=JANUARY) for line in (100, 101)]
    assert gate(ctx, stage(rows), [period("H41.1"), period("H41.2")]).warnings == []


# Errors of the run, and what must not be told


def test_an_expectation_that_cannot_be_evaluated_is_an_error_of_the_run(ctx: RunContext, capfd: pytest.CaptureFixture[str]) -> None:
    rule = Rule("broken", "SELECT CAST(title AS INT) AS number FROM {batch} WHERE CAST(title AS INT) > 0", "", "a broken rule")
    batch = stage([row(1)], contract=replace(WORK_RECORD, set_rules=(rule,)))
    with pytest.raises(
        RunFailedError, match=r"silver/work_record: the expectation broken could not be evaluated \(ConversionException\)"
    ) as raised:
        gate(ctx, batch, [])
    assert NAME not in str(raised.value)
    assert list(results_folder(ctx.settings.home).rglob("*.json")) == []
    assert "Traceback" not in capfd.readouterr().err


def test_free_text_of_an_offender_is_masked(ctx: RunContext) -> None:
    rule = Rule("same_title", "SELECT file_id, title, upper(title) AS other FROM {batch} WHERE line = 1", "", "no title")
    verdict = gate(ctx, stage([row(1), row(2)], contract=replace(WORK_RECORD, set_rules=(rule,))), [])
    assert verdict.failed[0].example == {"file_id": "file-1", "title": "***", "other": "***"}
    kept = [path.read_text(encoding="utf-8") for path in results_folder(ctx.settings.home).rglob("*.json")]
    assert kept
    assert all(NAME not in text for text in kept)


def test_a_rule_that_only_warns_does_not_hold(ctx: RunContext) -> None:
    contract = replace(WORK_RECORD, set_rules=tuple(replace(rule, severity="warning") for rule in WORK_RECORD.set_rules))
    verdict = gate(ctx, stage([row(1, "a"), row(2, "a")], contract=contract), [])
    assert (verdict.held, names(verdict.warnings)) == (False, ["duplicate_key"])


# Tables after the merges


def write(ctx: RunContext, name: str, *rows: dict[str, Any]) -> None:
    """Write rows to a table as it would be without CHECK constraints: what a check must find is what a constraint may miss."""
    contract = replace(load_contracts()[name], checks={})
    ctx.warehouse.ensure(contract)
    ctx.warehouse.append(contract, rows)


def work_record(file_id: str, **others: Any) -> dict[str, Any]:
    moment = datetime(2025, 3, 5, tzinfo=UTC)
    return {
        "file_id": file_id,
        "organ_code": "H41.1",
        "opened_at": moment,
        "status": "closed",
        "created_online": True,
        "processed_online": True,
        "signed_digitally": True,
        "updated_at": moment,
        "withdrawn": False,
        "closed_on": date(2025, 3, 5),
        "closed_month": "2025-03",
        "level": "commune",
        "province_code": "40",
        "object_id": "one",
        "line": 1,
        "row_hash": "hash",
        "received_at": moment,
        "run_id": "run-1",
        **others,
    }


def paper(count: int, **others: Any) -> dict[str, Any]:
    moment = datetime(2025, 4, 5, tzinfo=UTC)
    return {
        "organ_code": "H41.1",
        "organ_id": "H41.1",
        "month": date(2025, 3, 1),
        "closed_count": count,
        "updated_at": moment,
        "withdrawn": False,
        "declared_on": date(2025, 3, 31),
        "level": "commune",
        "province_code": "40",
        "province_valid_from": VALID_FROM,
        "object_id": "two",
        "line": 1,
        "row_hash": "hash",
        "received_at": moment,
        "run_id": "run-1",
        **others,
    }


def value(numerator: int = 1, denominator: int | None = 2, share: float | None = 0.5, **others: Any) -> dict[str, Any]:
    return {
        "indicator": "work_records_online",
        "breakdown": "",
        "level": "commune",
        "unit_code": "40",
        "unit_valid_from": VALID_FROM,
        "unit_level": "province",
        "province_code": "40",
        "period_type": "month",
        "period_start": date(2025, 3, 1),
        "period_end": date(2025, 3, 31),
        "numerator": numerator,
        "denominator": denominator,
        "value": share,
        "unit": "ratio",
        "run_id": "run-1",
        "computed_at": datetime(2025, 7, 1, tzinfo=UTC),
        **others,
    }


ALL = ("silver/work_record", "silver/paper_work_record", "gold/indicator_value", "bronze/work_record", "ops/load")


def test_tables_that_agree_pass(ctx: RunContext) -> None:
    write(
        ctx,
        "silver/work_record",
        work_record("a"),
        work_record("b"),
        work_record("c", withdrawn=True),
        work_record("d", status="open", closed_on=None, closed_month=None),
    )
    write(ctx, "silver/paper_work_record", paper(3), paper(9, month=date(2025, 4, 1), declared_on=date(2025, 4, 30), withdrawn=True))
    write(
        ctx,
        "gold/indicator_value",
        value(2, 5, 0.4),
        value(2, 2, 1.0, breakdown="source=e_office"),
        value(2, 5, 0.4, unit_level="commune", unit_code="17617"),
        value(2, 5, 0.4, period_type="quarter", period_start=date(2025, 1, 1)),
        value(0, 0, None, level="province"),
        value(4, None, 4.0, indicator="ocop_products_recognised", unit="count", period_type="as_of", level="all"),
    )
    assert checked(ctx, ALL) == []


def test_silver_rows_that_gold_does_not_count_fail_whichever_table_changed(ctx: RunContext) -> None:
    write(ctx, "silver/work_record", work_record("a"), work_record("b"))
    write(ctx, "silver/paper_work_record", paper(3))
    write(ctx, "gold/indicator_value", value(2, 4))
    failed = checked(ctx, ["silver/paper_work_record"])
    assert names(failed) == ["silver_count_is_gold_sum"]
    assert failed[0].table == "gold/indicator_value"
    assert failed[0].how == "nothing is released; the tables go back to the last release"
    assert failed[0].example == {"level": "commune", "unit_code": "40", "month": "2025-03-01", "silver_rows": 5, "gold_rows": 4}


def test_gold_rows_without_silver_rows_fail(ctx: RunContext) -> None:
    write(ctx, "silver/work_record")
    write(ctx, "silver/paper_work_record")
    write(ctx, "gold/indicator_value", value(1, 2))
    assert names(checked(ctx, ["gold/indicator_value"])) == ["silver_count_is_gold_sum"]


def test_a_key_that_is_twice_in_silver_fails(ctx: RunContext) -> None:
    write(ctx, "silver/work_record", work_record("a"), work_record("a", line=2))
    write(ctx, "silver/paper_work_record")
    write(ctx, "gold/indicator_value", value(2, 2, 1.0))
    failed = checked(ctx, ["silver/work_record"])
    assert [(one.expectation, one.table, one.example) for one in failed] == [("duplicate_key", "silver/work_record", {"file_id": "a"})]


def test_tables_that_did_not_change_are_not_read(ctx: RunContext) -> None:
    assert checked(ctx, ["bronze/work_record", "ops/load"]) == []


def test_what_is_told_is_json(ctx: RunContext) -> None:
    write(ctx, "silver/work_record", work_record("a"))
    write(ctx, "silver/paper_work_record")
    write(ctx, "gold/indicator_value", value(3, 2, 1.5))
    failed = checked(ctx, ALL)
    told = [asdict(one) for one in failed]
    assert json.loads(json.dumps(told)) == told
    assert set(names(failed)) == {"share_from_0_to_1", "part_of_whole", "silver_count_is_gold_sum"}


def test_a_table_is_judged_by_its_columns_before_it_is_released(ctx: RunContext) -> None:
    write(ctx, "silver/work_record", work_record("a"), work_record("x" * 201), work_record("c", status="lost"))
    write(ctx, "silver/paper_work_record")
    write(ctx, "gold/indicator_value", value(2, 2, 1.0))
    failed = {one.expectation: one for one in checked(ctx, ["silver/work_record"])}
    assert failed.keys() == {"file_id.too_long", "status.invalid_value"}
    assert failed["status.invalid_value"].observed == "1 of 3 rows are not (33.33%)"
    assert failed["status.invalid_value"].severity == "error"
    assert failed["status.invalid_value"].how == "nothing is released; the tables go back to the last release"


def test_the_connection_of_a_batch_is_let_go(ctx: RunContext) -> None:
    """What is staged is in it, and spills to disk: it must not live until the process ends."""
    batch = stage([row(1)])
    gate(ctx, batch, [])
    assert isinstance(batch.sets, DuckdbSets)
    connection = weakref.ref(batch.sets.connection)
    del batch
    gc.collect()
    assert connection() is None


# Columns of a batch as received


def hundred(**wrong: Any) -> list[dict[str, Any]]:
    """A hundred rows of which the last two are wrong in the same way."""
    rows = [row(line) for line in range(1, 101)]
    return [*rows[:98], *({**one, "valid": False, **wrong} for one in rows[98:])]


WRONG: dict[str, dict[str, Any]] = {
    "file_id.missing_value": {"file_id": None, "reasons": ["file_id.missing_value"]},
    "file_id.too_long": {"file_id": "x" * 201, "reasons": ["file_id.too_long"]},
    "status.invalid_value": {"status": None, "received": {"Status": "lost"}, "reasons": ["status.invalid_value"]},
    "due_date.readable": {"due_date": None, "received": {"DueDate": "31/02/2025"}, "reasons": ["due_date.invalid_date"]},
    "closed_at.missing_value": {"closed_at": None, "reasons": ["closed_at.missing_value"]},
    "total_documents.out_of_range": {"total_documents": -1, "reasons": ["total_documents.minimum"]},
    "closed_before_opened": {"closed_at": datetime(2024, 1, 1, tzinfo=UTC), "reasons": ["closed_before_opened"]},
    "unknown_organisation": {"organ_id": None, "reasons": ["unknown_organisation"]},
    "title.spreadsheet_error": {"reasons": ["title.spreadsheet_error"]},
    "file_id.scientific_notation": {"reasons": ["file_id.scientific_notation"]},
    "version_in_future": {"reasons": ["version_in_future"]},
    "other_rule": {"reasons": ["of_tomorrow"]},
}


@pytest.mark.parametrize("expectation", WRONG)
def test_what_row_rules_reject_is_seen_in_its_column(ctx: RunContext, expectation: str) -> None:
    verdict = gate(ctx, stage(hundred(**WRONG[expectation])), [])
    assert not verdict.held or names(verdict.failed) == ["rejected_share"]
    (found,) = [one for one in verdict.warnings if one.expectation == expectation]
    assert "2 of " in found.observed
    assert found.how.startswith("the rows: `ntm quarantine list --table work_record")
    others = {one.expectation for one in verdict.warnings} - {expectation, "status.missing_value"}
    assert others == set()


def test_rules_that_few_batches_break_are_named_by_column_and_code_in_both_languages(ctx: RunContext) -> None:
    rows = hundred(reasons=["title.spreadsheet_error", "file_id.scientific_notation"])
    rows[0] |= {"reasons": ["version_in_future"], "valid": False}
    found = {one.expectation: one for one in gate(ctx, stage(rows), []).warnings}
    assert found.keys() == {"title.spreadsheet_error", "file_id.scientific_notation"}
    assert found["title.spreadsheet_error"].message.startswith(
        "title.spreadsheet_error: title (Tiêu đề hồ sơ) is no error value of a spreadsheet program (#N/A): 2 of 100 rows are not (2.00%)"
    )
    assert found["file_id.scientific_notation"].how == "the rows: `ntm quarantine list --table work_record --code scientific_notation`"
    page = re.sub(r"\s+", " ", pages(ctx)["runs/run-1.html"])
    for vi, share in (
        ("không phải giá trị lỗi của bảng tính", "2.00 %"),
        ("không phải số bị bảng tính làm tròn", "2.00 %"),
        ("không muộn hơn ngày nhận quá một ngày", "1.00 %"),
    ):
        (line,) = re.findall(rf"<tr> <td>(?:(?!</tr>).)*{vi}(?:(?!</tr>).)*</tr>", page)
        assert share in line


def test_a_share_that_the_contract_allows_does_not_warn(ctx: RunContext) -> None:
    columns = tuple(replace(one, mostly=0.95) if one.name == "file_id" else one for one in WORK_RECORD.columns)
    assert gate(ctx, stage(hundred(**WRONG["file_id.missing_value"]), contract=replace(WORK_RECORD, columns=columns)), []).warnings == []


def test_a_column_that_the_contract_calls_an_error_holds_the_batch(ctx: RunContext) -> None:
    columns = tuple(replace(one, severity="error") if one.name == "file_id" else one for one in WORK_RECORD.columns)
    verdict = gate(ctx, stage(hundred(**WRONG["file_id.missing_value"]), contract=replace(WORK_RECORD, columns=columns)), [])
    assert (verdict.held, names(verdict.failed)) == (True, ["file_id.missing_value"])
    assert verdict.failed[0].how.startswith("let it through with `ntm held release work_record`")


def test_a_form_is_found_anywhere_in_the_text_as_row_rules_find_it(ctx: RunContext) -> None:
    columns = tuple(replace(one, pattern="[0-9]+") if one.name == "file_id" else one for one in WORK_RECORD.columns)
    contract = replace(WORK_RECORD, columns=columns)
    assert gate(ctx, stage(hundred(), contract=contract), []).warnings == []
    assert names(gate(ctx, stage(hundred(file_id="no number"), contract=contract), []).warnings) == ["file_id.invalid_pattern"]


def test_revalidated_rows_and_withheld_ones_are_no_columns_of_the_batch(ctx: RunContext) -> None:
    again = [row(line, None, origin="bronze", valid=False, status=None) for line in range(1, 50)]
    secret = [row(line, outcome="withheld", status=None) for line in range(50, 60)]
    assert gate(ctx, stage([*again, *secret, row(100)]), []).warnings == []


def test_lines_that_are_no_records_warn_when_they_are_many(ctx: RunContext) -> None:
    rows = [row(line) for line in range(1, 99)] + [row(line, outcome="rejected", valid=False, file_id=None) for line in (99, 100)]
    assert names(gate(ctx, stage(rows), []).warnings) == ["broken_share"]


def test_white_space_is_nothing_sent(ctx: RunContext) -> None:
    assert gate(ctx, stage(hundred(due_date=None, valid=True, received={"DueDate": " \t\u3000\x1f\u00a0\x85"})), []).warnings == []


def test_no_value_of_a_row_is_kept_in_a_result(ctx: RunContext) -> None:
    gate(ctx, stage(hundred(status=None, title=NAME, received={"Status": NAME, "Title": NAME})), [])
    kept = [path.read_text(encoding="utf-8") for path in results_folder(ctx.settings.home).rglob("*.json")]
    assert any("status.invalid_value" in text for text in kept)
    assert not [text for text in kept if NAME in text or "Nguy\\u1ec5n" in text or "file-1" in text]


# Data Docs


def pages(ctx: RunContext) -> dict[str, str]:
    index = build_data_docs(ctx)
    assert index == ctx.settings.home / "data_docs" / "index.html"
    return {path.relative_to(index.parent).as_posix(): path.read_text(encoding="utf-8") for path in index.parent.rglob("*.html")}


def test_the_page_names_table_column_share_and_count_in_both_languages(ctx: RunContext) -> None:
    gate(ctx, stage(hundred(**WRONG["status.invalid_value"])), [])
    found = pages(ctx)
    text = re.sub(r"\s+", " ", found["runs/run-1.html"])
    (line,) = re.findall(r"<tr> <td>(?:(?!</tr>).)*is one of open, closed, cancelled(?:(?!</tr>).)*</tr>", text)
    for part in (
        "status",
        "Trạng thái",
        "là một trong",
        ">2<",
        ">100<",
        "2.00 %",
        "ntm quarantine list --table work_record --code invalid_value",
    ):
        assert part in line
    assert "silver/work_record · Hồ sơ công việc" in text
    assert "100 rows read · dòng đã đọc, 2 rejected · bị loại" in text
    assert "silver/work_record" in found["index.html"]
    assert ">2<" in found["index.html"]


def test_few_rejected_rows_are_shown_too(ctx: RunContext) -> None:
    rows = [row(line) for line in range(1, 1001)]
    rows[0] |= {"valid": False, **WRONG["file_id.missing_value"]}
    assert gate(ctx, stage(rows), []).warnings == []
    assert "0.10 %" in pages(ctx)["runs/run-1.html"]


def test_a_warning_looks_like_a_warning_and_not_like_a_held_batch(ctx: RunContext) -> None:
    gate(ctx, stage(hundred(**WRONG["status.invalid_value"])), [])
    warned = pages(ctx)
    assert any('class="warning"' in text for text in warned.values())
    assert not [name for name, text in warned.items() if 'class="failed"' in text]
    ctx.run_id = "run-2"
    gate(ctx, stage([row(1, "a"), row(2, "a")]), [])
    assert 'class="failed"' in pages(ctx)["index.html"]


def test_pages_need_no_network_and_every_link_leads_to_a_page(ctx: RunContext) -> None:
    gate(ctx, stage([row(line) for line in range(1, 9)]), [])
    ctx.run_id = "run-2"
    gate(ctx, stage([row(line) for line in range(1, 9)]), [])
    found = pages(ctx)
    assert not [part for part in ('src="http', 'href="http', "url(", "<script", NAME) if part in "".join(found.values())]
    folder = ctx.settings.home / "data_docs"
    targets = [(folder / name).parent / link for name, text in found.items() for link in re.findall(r'href="([^"#]+)', text)]
    assert len(targets) >= 6
    assert [target for target in targets if not target.resolve().exists()] == []


def test_what_is_shown_is_never_markup(ctx: RunContext) -> None:
    columns = tuple(replace(one, label_vi="<script>alert(1)</script>") if one.name == "status" else one for one in WORK_RECORD.columns)
    gate(ctx, stage([row(1)], contract=replace(WORK_RECORD, columns=columns)), [])
    assert "&lt;script&gt;" in pages(ctx)["runs/run-1.html"]


def test_pages_are_not_made_again_for_nothing(ctx: RunContext) -> None:
    assert build_data_docs(ctx) is None
    gate(ctx, stage([row(1)]), [])
    assert build_data_docs(ctx) is not None
    assert build_data_docs(ctx) is None


def test_a_half_written_result_does_not_keep_later_pages_from_being_made(ctx: RunContext) -> None:
    torn = results_folder(ctx.settings.home) / "silver_work_record_batch" / "run-0" / "20250630T000000.000000Z" / "x.json"
    torn.parent.mkdir(parents=True)
    torn.write_text('{"success": tr', encoding="utf-8")
    assert build_data_docs(ctx) is None
    gate(ctx, stage([row(1)]), [])
    assert "run-1" in pages(ctx)["index.html"]


def test_only_the_newest_runs_are_kept(ctx: RunContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("expectations.data_docs.KEPT_RUNS", 2)
    batch = stage([row(1)])
    for number in range(4):
        ctx.run_id = f"run-{number}"
        gate(ctx, batch, [])
        build_data_docs(ctx)
    found = {path.name for path in (ctx.settings.home / "data_docs" / "runs").iterdir()}
    assert found == {"run-2.html", "run-3.html"}
    index = (ctx.settings.home / "data_docs" / "index.html").read_text(encoding="utf-8")
    assert [f"run-{number}" in index for number in range(4)] == [False, False, True, True]
    kept = results_folder(ctx.settings.home)
    assert {path.relative_to(kept).parts[1] for path in kept.rglob("*.json")} == {"run-2", "run-3"}
    assert sorted(path.name for path in (kept / "silver_work_record_batch").iterdir()) == ["run-2", "run-3"]
