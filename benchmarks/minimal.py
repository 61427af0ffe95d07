"""What the minimal jobs share: what they read and cast, and the query from their two tables to the ratios, in SQL that Spark, Sail and
DuckDB know (Polars has its own words for both).

A minimal job reads the lines, casts the columns, keeps the newest version of each key, writes the two Delta tables and groups them; nothing else. It leaves out
every row rule and reference check (a row of an unknown organisation stays in the table and falls out of the join), quarantine, ledger and
counts, the border (tokens, withheld secrets: personal fields are not read, secret records are only left out of the ratios), hashes and
duplicates, bronze, the identity of units, districts and provinces, periods other than the month, targets, the gate, and releases.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from benchmarks.contestant import Figure

WORK_RECORD, DOSSIER = "work_record", "dossier"
KEYS = {WORK_RECORD: "file_id", DOSSIER: "dossier_id"}
PARTITIONS = {WORK_RECORD: "closed_month", DOSSIER: "received_month"}
"""As the pipeline's silver tables are partitioned."""

ORDERS = {WORK_RECORD: "updated_at DESC, withdrawn DESC", DOSSIER: "updated_at DESC"}
"""The newest version of a key comes first."""

TIME_ZONE = "Asia/Ho_Chi_Minh"
"""Of the session: times without a zone are Vietnam's, and so are the dates of all times."""

FIELDS = {
    WORK_RECORD: (
        "FileId", "FileCode", "OrganId", "Title", "ConfidenceLevel", "OpenedAt", "DueDate", "ClosedAt", "Status", "CreatedOnline",
        "ProcessedOnline", "SignedDigitally", "TotalDocuments", "UpdatedAt", "Deleted",
    ),
    DOSSIER: (
        "MaHoSo", "MaTTHC", "TenTTHC", "MaLinhVuc", "TenLinhVuc", "MucDo", "KenhThucHien", "DonViXuLy", "LoaiDoiTuong", "NgayNopHoSo",
        "NgayTiepNhan", "NgayHenTra", "NgayKetThucXuLy", "NgayTra", "NgayTuChoi", "TrangThaiHoSo", "HinhThuc", "NoiNopHoSo",
        "HoSoCoThanhPhanSoHoa", "DuocThanhToanTrucTuyen", "NgayCapNhat",
    ),
}  # fmt: skip
"""What is read of a line, as text."""

_COLUMNS = {
    WORK_RECORD: """
        FileId AS file_id, FileCode AS file_code, OrganId AS organ_code, Title AS title, ConfidenceLevel AS confidence_level,
        CAST(OpenedAt AS {timestamp}) AS opened_at,
        CAST(DueDate AS DATE) AS due_date,
        CAST(ClosedAt AS {timestamp}) AS closed_at,
        Status AS status,
        CAST(CreatedOnline AS BOOLEAN) AS created_online,
        CAST(ProcessedOnline AS BOOLEAN) AS processed_online,
        CAST(SignedDigitally AS BOOLEAN) AS signed_digitally,
        CAST(TotalDocuments AS INT) AS total_documents,
        CAST(UpdatedAt AS {timestamp}) AS updated_at,
        CAST(Deleted AS BOOLEAN) AS withdrawn""",
    DOSSIER: """
        MaHoSo AS dossier_id, MaTTHC AS procedure_code, TenTTHC AS procedure_name, MaLinhVuc AS field_code, TenLinhVuc AS field_name,
        CAST(MucDo AS INT) AS service_level,
        CAST(KenhThucHien AS INT) AS channel,
        DonViXuLy AS organ_code,
        CAST(LoaiDoiTuong AS INT) AS applicant_type,
        {NgayNopHoSo} AS submitted_at,
        {NgayTiepNhan} AS reception_at,
        {NgayHenTra} AS due_at,
        {NgayKetThucXuLy} AS finished_at,
        {NgayTra} AS returned_at,
        {NgayTuChoi} AS refused_at,
        CAST(TrangThaiHoSo AS INT) AS state,
        HinhThuc AS reception_form, NoiNopHoSo AS submission_place, HoSoCoThanhPhanSoHoa AS has_digitised_parts,
        DuocThanhToanTrucTuyen AS paid_online,
        {NgayCapNhat} AS updated_at""",
}
_DERIVED = {
    WORK_RECORD: """
        CAST(opened_at AS DATE) AS opened_on,
        CASE WHEN status = 'closed' THEN CAST(closed_at AS DATE) END AS closed_on,
        CASE WHEN status = 'closed' THEN LEFT(CAST(CAST(closed_at AS DATE) AS STRING), 7) END AS closed_month""",
    DOSSIER: """
        CAST(submitted_at AS DATE) AS submitted_on,
        CAST(reception_at AS DATE) AS received_on,
        CAST(due_at AS DATE) AS due_on,
        CAST(finished_at AS DATE) AS finished_on,
        LEFT(CAST(CAST(COALESCE(reception_at, submitted_at) AS DATE) AS STRING), 7) AS received_month""",
}
_COMPACT_TIMES = ("NgayNopHoSo", "NgayTiepNhan", "NgayHenTra", "NgayKetThucXuLy", "NgayTra", "NgayTuChoi", "NgayCapNhat")

RATIOS = """
WITH agency AS (
  SELECT organ_id AS code, level, unit_code, CAST(valid_from AS DATE) AS valid_from, CAST(valid_to AS DATE) AS valid_to
  FROM organisation
  UNION
  SELECT old_organ_id, level, unit_code, CAST(valid_from AS DATE), CAST(valid_to AS DATE)
  FROM organisation
  WHERE old_organ_id IS NOT NULL
),
received AS (
  SELECT d.*, a.level, a.unit_code
  FROM dossier AS d
  JOIN agency AS a
    ON a.code = d.organ_code
    AND d.received_on >= a.valid_from
    AND (a.valid_to IS NULL OR d.received_on <= a.valid_to)
  WHERE d.state NOT IN (1, 3, 7)
),
fact AS (
  SELECT
    'work_records_online' AS indicator, a.level, a.unit_code,
    r.closed_on AS day,
    r.created_online AND r.processed_online AND r.signed_digitally AS counts
  FROM work_record AS r
  JOIN agency AS a
    ON a.code = r.organ_code
    AND r.closed_on >= a.valid_from
    AND (a.valid_to IS NULL OR r.closed_on <= a.valid_to)
  WHERE r.status = 'closed' AND r.confidence_level = 'thuong' AND NOT r.withdrawn
  UNION ALL
  SELECT 'dossiers_received_online', level, unit_code, received_on, channel = 2
  FROM received
  WHERE channel IN (1, 2) AND service_level IN (3, 4)
  UNION ALL
  SELECT 'dossiers_on_time', level, unit_code, finished_on, finished_on <= due_on
  FROM received
  WHERE finished_on IS NOT NULL AND due_on IS NOT NULL
)
SELECT
  indicator, level, unit_code, LEFT(CAST(day AS STRING), 7) AS month,
  SUM(CASE WHEN counts THEN 1 ELSE 0 END) AS numerator,
  COUNT(*) AS denominator
FROM fact
GROUP BY indicator, level, unit_code, LEFT(CAST(day AS STRING), 7)
"""


class Dialect(NamedTuple):
    """What differs between the engines: the type of a moment, and how yyyyMMddHHmmss is read (`{}` is the field)."""

    timestamp: str
    compact_timestamp: str


def cast_rows(table: str, dialect: Dialect, lines: str) -> str:
    """The query that casts the fields of a table, from the lines as text; one query within another, since Sail knows no name of its own select list."""
    times = {field: dialect.compact_timestamp.format(field) for field in _COMPACT_TIMES}
    columns = _COLUMNS[table].format(timestamp=dialect.timestamp, **times)
    return f"SELECT *, {_DERIVED[table]} FROM (SELECT {columns} FROM {lines})"


def figures(rows: Iterable[Any]) -> tuple[Figure, ...]:
    """The rows of `RATIOS` as figures."""
    return tuple(
        Figure(indicator, level, unit_code, month, int(numerator), int(denominator))
        for indicator, level, unit_code, month, numerator, denominator in rows
    )
