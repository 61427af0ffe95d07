"""The contestant: the minimal job (`benchmarks.minimal` says what it leaves out) in Polars, its tables written by `deltalake`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import polars as pl

from benchmarks.contestant import Figure, Phase, Result, Stopwatch, Task
from benchmarks.minimal import DOSSIER, FIELDS, KEYS, PARTITIONS, TIME_ZONE, WORK_RECORD, figures
from benchmarks.minimal_delta import merge, write
from benchmarks.workload import DOSSIERS, INDICATORS, ORGANISATIONS, WORK_RECORDS
from jobs.settings import get_settings

if TYPE_CHECKING:
    from pathlib import Path

_LOCAL_LENGTH = len("2023-01-02T07:30:00")
_RECEIVED = ~pl.col("state").is_in([1, 3, 7])


def _moment(field: str) -> pl.Expr:
    """A moment as an e-office writes it: with an offset, in UTC (Z), or in Vietnam's time with neither."""
    text = pl.col(field)
    zoned = pl.when(text.str.len_bytes() == _LOCAL_LENGTH).then(text + "+07:00").otherwise(text.str.replace("Z", "+00:00", literal=True))
    return zoned.str.to_datetime("%Y-%m-%dT%H:%M:%S%:z", time_unit="us", time_zone="UTC")


def _compact_moment(field: str) -> pl.Expr:
    """A moment of Vietnam's as a portal writes it: yyyyMMddHHmmss."""
    local = pl.col(field).str.to_datetime("%Y%m%d%H%M%S", time_unit="us")
    return local.dt.replace_time_zone(TIME_ZONE).dt.convert_time_zone("UTC")


def _day(moment: pl.Expr) -> pl.Expr:
    return moment.dt.convert_time_zone(TIME_ZONE).dt.date()


def _work_records(lines: pl.LazyFrame) -> pl.LazyFrame:
    cast = lines.select(
        pl.col("FileId").alias("file_id"),
        pl.col("FileCode").alias("file_code"),
        pl.col("OrganId").alias("organ_code"),
        pl.col("Title").alias("title"),
        pl.col("ConfidenceLevel").alias("confidence_level"),
        _moment("OpenedAt").alias("opened_at"),
        pl.col("DueDate").str.to_date("%Y-%m-%d").alias("due_date"),
        _moment("ClosedAt").alias("closed_at"),
        pl.col("Status").alias("status"),
        (pl.col("CreatedOnline") == "true").alias("created_online"),
        (pl.col("ProcessedOnline") == "true").alias("processed_online"),
        (pl.col("SignedDigitally") == "true").alias("signed_digitally"),
        pl.col("TotalDocuments").cast(pl.Int32).alias("total_documents"),
        _moment("UpdatedAt").alias("updated_at"),
        (pl.col("Deleted") == "true").alias("withdrawn"),
    )
    closed_on = pl.when(pl.col("status") == "closed").then(_day(pl.col("closed_at")))
    return cast.with_columns(
        _day(pl.col("opened_at")).alias("opened_on"),
        closed_on.alias("closed_on"),
        closed_on.dt.strftime("%Y-%m").alias(PARTITIONS[WORK_RECORD]),
    )


def _dossiers(lines: pl.LazyFrame) -> pl.LazyFrame:
    cast = lines.select(
        pl.col("MaHoSo").alias("dossier_id"),
        pl.col("MaTTHC").alias("procedure_code"),
        pl.col("TenTTHC").alias("procedure_name"),
        pl.col("MaLinhVuc").alias("field_code"),
        pl.col("TenLinhVuc").alias("field_name"),
        pl.col("MucDo").cast(pl.Int32).alias("service_level"),
        pl.col("KenhThucHien").cast(pl.Int32).alias("channel"),
        pl.col("DonViXuLy").alias("organ_code"),
        pl.col("LoaiDoiTuong").cast(pl.Int32).alias("applicant_type"),
        _compact_moment("NgayNopHoSo").alias("submitted_at"),
        _compact_moment("NgayTiepNhan").alias("reception_at"),
        _compact_moment("NgayHenTra").alias("due_at"),
        _compact_moment("NgayKetThucXuLy").alias("finished_at"),
        _compact_moment("NgayTra").alias("returned_at"),
        _compact_moment("NgayTuChoi").alias("refused_at"),
        pl.col("TrangThaiHoSo").cast(pl.Int32).alias("state"),
        pl.col("HinhThuc").alias("reception_form"),
        pl.col("NoiNopHoSo").alias("submission_place"),
        pl.col("HoSoCoThanhPhanSoHoa").alias("has_digitised_parts"),
        pl.col("DuocThanhToanTrucTuyen").alias("paid_online"),
        _compact_moment("NgayCapNhat").alias("updated_at"),
    )
    return cast.with_columns(
        _day(pl.col("submitted_at")).alias("submitted_on"),
        _day(pl.col("reception_at")).alias("received_on"),
        _day(pl.col("due_at")).alias("due_on"),
        _day(pl.col("finished_at")).alias("finished_on"),
        _day(pl.coalesce("reception_at", "submitted_at")).dt.strftime("%Y-%m").alias(PARTITIONS[DOSSIER]),
    )


def newest_versions(folder: Path, table: str) -> pl.DataFrame:
    """The lines of a dataset, cast; one row for each key: its newest version."""
    lines = pl.scan_ndjson(sorted(folder.rglob("*.ndjson*")), schema=dict.fromkeys(FIELDS[table], pl.String))
    rows, order = (_work_records(lines), ["updated_at", "withdrawn"]) if table == WORK_RECORD else (_dossiers(lines), ["updated_at"])
    newest = rows.sort(order, descending=True, maintain_order=False).unique(KEYS[table], keep="first")
    return newest.collect(engine="streaming")


def ratios(warehouse: str, registry: Path) -> tuple[Figure, ...]:
    """What `benchmarks.minimal.RATIOS` says, from the two tables under the warehouse's URL and the registry in the landing folder."""
    sheet = pl.scan_csv(sorted((registry / ORGANISATIONS).rglob("*.csv")), infer_schema=False)
    known: tuple[str | pl.Expr, ...] = (
        "level",
        "unit_code",
        *(pl.col(name).str.to_date("%Y-%m-%d") for name in ("valid_from", "valid_to")),
    )
    codes = [sheet.select(pl.col(name).alias("organ_code"), *known) for name in ("organ_id", "old_organ_id")]
    agencies = pl.concat(codes).drop_nulls("organ_code").unique()

    def of_agencies(rows: pl.LazyFrame, day: str) -> pl.LazyFrame:
        joined = rows.join(agencies, on="organ_code")
        return joined.filter(pl.col(day) >= pl.col("valid_from"), pl.col("valid_to").is_null() | (pl.col(day) <= pl.col("valid_to")))

    def facts(rows: pl.LazyFrame, indicator: str, day: str, counts: pl.Expr) -> pl.LazyFrame:
        month = pl.col(day).dt.strftime("%Y-%m").alias("month")
        return rows.select(pl.lit(indicator).alias("indicator"), "level", "unit_code", month, counts.alias("counts"))

    open_to_count = (pl.col("status") == "closed", pl.col("confidence_level") == "thuong", ~pl.col("withdrawn"))
    closed = of_agencies(pl.scan_delta(f"{warehouse}/{WORK_RECORD}").filter(*open_to_count), "closed_on")
    received = of_agencies(pl.scan_delta(f"{warehouse}/{DOSSIER}").filter(_RECEIVED), "received_on")
    by_channel = received.filter(pl.col("channel").is_in([1, 2]), pl.col("service_level").is_in([3, 4]))
    finished = received.drop_nulls(["finished_on", "due_on"])
    online = pl.all_horizontal("created_online", "processed_online", "signed_digitally")
    summed = (
        pl.concat(
            [
                facts(closed, INDICATORS[0], "closed_on", online),
                facts(by_channel, INDICATORS[1], "received_on", pl.col("channel") == 2),
                facts(finished, INDICATORS[2], "finished_on", pl.col("finished_on") <= pl.col("due_on")),
            ]
        )
        .group_by("indicator", "level", "unit_code", "month")
        .agg(pl.col("counts").sum(), pl.len())
    )
    return figures(summed.collect(engine="streaming").iter_rows())


def main() -> None:
    """Run one phase and write the result."""
    task = Task.from_arguments()
    settings = get_settings()
    imported = time.monotonic()
    watch = Stopwatch()
    put = write if task.phase is Phase.FULL else merge
    for table, dataset in ((WORK_RECORD, WORK_RECORDS), (DOSSIER, DOSSIERS)):
        with watch.stage("read, cast, newest, write", table):
            put(newest_versions(task.landing / dataset, table).to_arrow(), table, f"{settings.warehouse_url}/{table}")
    with watch.stage("ratios"):
        found = ratios(settings.warehouse_url, task.registry)
    Result(task.phase, imported - task.launched, 0.0, watch.seconds, tuple(watch.stages), found).write(task.result)


if __name__ == "__main__":
    main()
