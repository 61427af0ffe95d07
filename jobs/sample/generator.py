"""`ntm sample`: one plan becomes objects in the landing zone and the truth about them outside it."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

from jobs.errors import UsageError
from jobs.sample.documents import DATASET as DOCUMENTS
from jobs.sample.documents import NAMESPACE, Documents
from jobs.sample.dossiers import DATASET as DOSSIERS
from jobs.sample.dossiers import Dossiers
from jobs.sample.draws import substream
from jobs.sample.fates import Line
from jobs.sample.landing import LandingWriter, csv_content
from jobs.sample.ocop import DATASET as OCOP_PRODUCTS
from jobs.sample.ocop import write_ocop_products
from jobs.sample.organisations import REGISTRY_COLUMNS, build_organisations, registry_files
from jobs.sample.paper_work_records import DATASET as PAPER_WORK_RECORDS
from jobs.sample.paper_work_records import write_paper_work_records
from jobs.sample.plan import SamplePlan, SampleSummary
from jobs.sample.registry.registers import Registers
from jobs.sample.registry.scene import Scene
from jobs.sample.registry.write import write_sheets
from jobs.sample.roster import Roster
from jobs.sample.targets.judging import FLOW, LAST_DAY_OF_DISTRICTS, Found, Truths, targets_of
from jobs.sample.truth import StockTruth, TargetTruth, TruthBuilder, truth_path, write_truth
from jobs.sample.units_over_time import UnitsOverTime, units_over_time
from jobs.sample.vocabulary import load_vocabulary
from jobs.sample.work_records import DATASET as WORK_RECORDS
from jobs.sample.work_records import WorkRecords
from jobs.sample.working_days import WorkingCalendar, month_ends

ORGANISATIONS = "registry/organisations"
REGISTRY_SHEETS = "registry sheets"

Progress = Callable[[str, int, int], None]
"""(dataset, exports done, exports in all)."""


def generate(plan: SamplePlan, landing_root: Path, truth_root: Path, progress: Progress | None = None) -> SampleSummary:
    """Write the sample of a plan; the same plan gives the same bytes.

    Args:
        plan: what to generate.
        landing_root: local directory of the landing zone.
        truth_root: directory for the truth, outside the landing zone.
        progress: called after each export.

    Raises:
        UsageError: the province is not known or does not exist on those days, the truth would lie within the landing zone,
            or an object of that name is there with other content.
    """
    started = time.monotonic()
    if truth_root.resolve().is_relative_to(landing_root.resolve()):
        raise UsageError(f"sample: the truth ({truth_root}) must lie outside the landing zone ({landing_root})")
    tell = progress or (lambda _dataset, _done, _total: None)
    vocabulary = load_vocabulary()
    organisations = build_organisations(plan, vocabulary)
    calendar = vocabulary.calendar(plan.date_from, plan.date_to)
    roster = Roster(plan, organisations)
    writer = LandingWriter(landing_root, plan)
    truth = TruthBuilder()

    registry = registry_files(organisations)
    for day, rows in sorted(registry.items()):
        for row in rows:
            truth.add(ORGANISATIONS, [Line(tuple(row.values()), datetime.fromisoformat(row["updated_at"]))])
        writer.write_csv(ORGANISATIONS, day, "organisations", REGISTRY_COLUMNS, rows)
    tell(ORGANISATIONS, 1, 1)

    exports_in_all = len(calendar.export_days)
    for dataset, stem, source in (
        (WORK_RECORDS, "work-records", WorkRecords(plan, roster, calendar, vocabulary)),
        (DOSSIERS, "dossiers", Dossiers(plan, roster, calendar, vocabulary)),
    ):
        for done, (day, lines) in enumerate(source.exports(truth), start=1):
            writer.write_lines(dataset, day, stem, lines)
            tell(dataset, done, exports_in_all)

    write_paper_work_records(plan, roster, calendar, writer, truth)
    tell(PAPER_WORK_RECORDS, 1, 1)
    write_ocop_products(plan, vocabulary, calendar, writer, truth)
    tell(OCOP_PRODUCTS, 1, 1)

    Documents(plan, roster, calendar, vocabulary).write(writer, truth)
    tell(DOCUMENTS, 1, 1)

    targets: list[TargetTruth] = []
    stocks: list[StockTruth] = []
    if plan.sheets:
        units = units_over_time(plan.province, vocabulary.province_periods(plan.province))
        registers = write_sheets(Scene(plan, vocabulary, calendar, units), roster, writer, truth)
        targets, stocks = _targets_and_stocks(plan, registers, units, truth)
        tell(REGISTRY_SHEETS, 1, 1)

    unreadable = _write_unreadable(plan, calendar, writer) if plan.unreadable_files else []
    truth.add_duplicates(writer.duplicate_rows)
    path = truth_path(plan, truth_root)
    write_truth(truth.finish(plan, vocabulary.province_periods(plan.province), unreadable, targets, stocks), path)
    return SampleSummary(writer.files, dict(writer.rows), path, time.monotonic() - started)


def _targets_and_stocks(
    plan: SamplePlan, registers: Registers, units: UnitsOverTime, truth: TruthBuilder
) -> tuple[list[TargetTruth], list[StockTruth]]:
    """The targets as of each month end of the sample and its last day; the stocks of its last day, and of the last one of districts within."""

    def work_records(level: str, day: date) -> Found:
        numerator, denominator = truth.year_to_date(FLOW, level, day)
        return Found(numerator, denominator, "paper_files_unknown" if truth.is_paper_unknown(level, day) else "")

    truths = Truths(registers, units)
    as_of_days = sorted({*month_ends(plan.date_from, plan.date_to), plan.date_to})
    stock_days = sorted({plan.date_to, *(day for day in as_of_days if day == LAST_DAY_OF_DISTRICTS)})
    return list(truths.targets(targets_of(plan.province), as_of_days, work_records)), list(truths.stocks(stock_days))


def _write_unreadable(plan: SamplePlan, calendar: WorkingCalendar, writer: LandingWriter) -> list[str]:
    """Objects that cannot be read whole: a cut-off .gz, bytes that are no text, a sheet of other columns, no workbook, a message with a DTD."""
    day = calendar.export_days[len(calendar.export_days) // 2]
    generator = substream(plan.seed, plan.province, "unreadable")
    packed = gzip.compress(b'{"FileId":"cut-off"}\n' + generator.bytes(4000).hex().encode(), mtime=0)
    other_columns = csv_content(("ma", "ten"), [{"ma": "1", "ten": load_vocabulary().marked("Sản phẩm")}])
    entity = f'<!DOCTYPE edXML [<!ENTITY a "b">]><edXML xmlns="{NAMESPACE}">&a;</edXML>\n'
    objects = (
        (WORK_RECORDS, f"work-records-{plan.label}-cut-off.ndjson.gz", packed[: len(packed) // 2]),
        (DOSSIERS, f"dossiers-{plan.label}-binary.ndjson", b"\x00\xff\xfe" + generator.bytes(2000)),
        (OCOP_PRODUCTS, f"ocop-products-{plan.label}-other-columns.csv", other_columns),
        (PAPER_WORK_RECORDS, f"paper-work-records-{plan.label}-broken.xlsx", b"PK\x03\x04" + generator.bytes(500)),
        (DOCUMENTS, f"van-ban-{plan.label}-dtd.edxml", entity.encode()),
    )
    return [writer.write_unreadable(dataset, day, name, content) for dataset, name, content in objects]
