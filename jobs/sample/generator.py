"""`ntm sample`: one plan becomes objects in the landing zone and the truth about them outside it."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from jobs.errors import UsageError
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
from jobs.sample.roster import Roster
from jobs.sample.truth import TruthBuilder, truth_path, write_truth
from jobs.sample.vocabulary import load_vocabulary
from jobs.sample.work_records import DATASET as WORK_RECORDS
from jobs.sample.work_records import WorkRecords
from jobs.sample.working_days import WorkingCalendar

ORGANISATIONS = "registry/organisations"

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

    unreadable = _write_unreadable(plan, calendar, writer) if plan.unreadable_files else []
    truth.add_duplicates(writer.duplicate_rows)
    path = truth_path(plan, truth_root)
    write_truth(truth.finish(plan, vocabulary.province_periods(plan.province), unreadable), path)
    return SampleSummary(writer.files, dict(writer.rows), path, time.monotonic() - started)


def _write_unreadable(plan: SamplePlan, calendar: WorkingCalendar, writer: LandingWriter) -> list[str]:
    """Objects that cannot be read whole: a cut-off .gz, bytes that are no text, a sheet of other columns, no workbook."""
    day = calendar.export_days[len(calendar.export_days) // 2]
    generator = substream(plan.seed, plan.province, "unreadable")
    packed = gzip.compress(b'{"FileId":"cut-off"}\n' + generator.bytes(4000).hex().encode(), mtime=0)
    other_columns = csv_content(("ma", "ten"), [{"ma": "1", "ten": load_vocabulary().marked("Sản phẩm")}])
    objects = (
        (WORK_RECORDS, f"work-records-{plan.label}-cut-off.ndjson.gz", packed[: len(packed) // 2]),
        (DOSSIERS, f"dossiers-{plan.label}-binary.ndjson", b"\x00\xff\xfe" + generator.bytes(2000)),
        (OCOP_PRODUCTS, f"ocop-products-{plan.label}-other-columns.csv", other_columns),
        (PAPER_WORK_RECORDS, f"paper-work-records-{plan.label}-broken.xlsx", b"PK\x03\x04" + generator.bytes(500)),
    )
    return [writer.write_unreadable(dataset, day, name, content) for dataset, name, content in objects]
