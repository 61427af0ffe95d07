"""Writing objects into a local landing zone, the same bytes for the same rows."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

from openpyxl import Workbook

from jobs.errors import UsageError
from jobs.sample.draws import substream
from jobs.sample.plan import SamplePlan

GZIP_SHARE = 0.2
_ZIP_TIME = (2020, 1, 1, 0, 0, 0)
_WORKBOOK_TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")

Cell = str | int | float | date | None


class LandingWriter:
    """Writes the objects of one sample; some land twice, under another name, as `duplicate_objects` says."""

    def __init__(self, root: Path, plan: SamplePlan) -> None:
        self._root = root
        self._plan = plan
        self.files = 0
        self.rows: Counter[str] = Counter()
        self.duplicate_rows: Counter[str] = Counter()

    def write_lines(self, dataset: str, day: date, stem: str, lines: Sequence[bytes]) -> None:
        """Write `<dataset>/dt=<day>/<stem>-<label>-<yyyymmdd>.ndjson`, or `.ndjson.gz` on some days."""
        content = b"\n".join(lines) + b"\n"
        gzipped = substream(self._plan.seed, self._plan.province, dataset, "gzip", day.toordinal()).random() < GZIP_SHARE
        if gzipped:
            content = gzip.compress(content, compresslevel=1, mtime=0)
        self._write_object(dataset, day, (stem, ".ndjson.gz" if gzipped else ".ndjson"), content, len(lines))

    def write_csv(self, dataset: str, day: date, stem: str, columns: Sequence[str], rows: Sequence[Mapping[str, Cell]]) -> None:
        """Write a sheet as CSV (RFC 4180, with the byte order mark that Excel writes)."""
        self._write_object(dataset, day, (stem, ".csv"), csv_content(columns, rows), len(rows))

    def write_xlsx(
        self,
        dataset: str,
        day: date,
        stem: str,
        columns: Sequence[str],
        rows: Sequence[Mapping[str, Cell]],
        above: Sequence[Sequence[Cell]] = (),
    ) -> None:
        """Write a sheet as the first sheet of a workbook; `above` are the lines above its header."""
        self._write_object(dataset, day, (stem, ".xlsx"), xlsx_content(columns, rows, above), len(rows))

    def write_message(self, dataset: str, day: date, stem: str, content: bytes, records: int) -> None:
        """Write an edXML message, in which a reader finds that many records."""
        self._write_object(dataset, day, (stem, ".edxml"), content, records, draws=f"again, {stem}")

    def write_unreadable(self, dataset: str, day: date, name: str, content: bytes) -> str:
        """Write an object that no pipeline can read; gives its path within the landing zone."""
        return self._put(dataset, day, name, content)

    def _write_object(self, dataset: str, day: date, file_name: tuple[str, str], content: bytes, rows: int, draws: str = "again") -> None:
        """Write an object, some of them twice; `draws` tells those of a day apart."""
        stem, suffix = file_name
        name = f"{stem}-{self._plan.label}-{day:%Y%m%d}"
        self._put(dataset, day, name + suffix, content)
        self.rows[dataset] += rows
        again = substream(self._plan.seed, self._plan.province, dataset, draws, day.toordinal())
        if again.random() < self._plan.dirt.duplicate_objects:
            later = min(day + timedelta(days=int(again.integers(0, 3))), self._plan.date_to)
            self._put(dataset, later, f"{name}-gui-lai{suffix}", content)
            self.rows[dataset] += rows
            self.duplicate_rows[dataset] += rows

    def _put(self, dataset: str, day: date, name: str, content: bytes) -> str:
        path = self._root / dataset / f"dt={day.isoformat()}" / name
        if path.exists() and path.read_bytes() != content:
            raise UsageError(
                f"sample: {path} is there with other content, and an object in the landing zone never changes: "
                "take another --seed, or an empty landing zone"
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self.files += 1
        return path.relative_to(self._root).as_posix()


def csv_content(columns: Sequence[str], rows: Sequence[Mapping[str, Cell]]) -> bytes:
    """The bytes of a CSV sheet; empty cells for None, ISO for dates and times."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def xlsx_content(columns: Sequence[str], rows: Sequence[Mapping[str, Cell]], above: Sequence[Sequence[Cell]] = ()) -> bytes:
    """The bytes of a workbook with one sheet; openpyxl writes the time of saving into it, which is taken out."""
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("Sheet1")
    for line in (*above, columns):
        sheet.append(list(line))
    for row in rows:
        sheet.append([row[column] for column in columns])
    saved = io.BytesIO()
    workbook.save(saved)
    repacked = io.BytesIO()
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(repacked, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            part = source.read(name)
            if name == "docProps/core.xml":
                part = _WORKBOOK_TIME.sub(b"2020-01-01T00:00:00Z", part)
            target.writestr(zipfile.ZipInfo(name, _ZIP_TIME), part, zipfile.ZIP_DEFLATED)
    return repacked.getvalue()
