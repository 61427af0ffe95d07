"""`ntm export report`: the files of a report in a new folder, and what has changed since one was sent."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from jobs.errors import UsageError
from jobs.publish.exports.report.document import blocks_of
from jobs.publish.exports.report.figures import read_findings
from jobs.publish.exports.report.page import page_of, print_pdf
from jobs.publish.exports.report.periods import report_period
from jobs.publish.exports.report.qd766 import layout_a, layout_b
from jobs.publish.exports.report.sheets import write_workbook
from jobs.publish.exports.report.tables import GENERATED, sheets_of
from jobs.publish.exports.report.word import write_word
from jobs.publish.site.wording import NOTHING
from jobs.vietnam import VIETNAM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobs.engine.tables import Warehouse
    from jobs.publish.exports.report.figures import Findings

SENT = "sent.json"
WORKBOOK, WORD, PDF, LAYOUT_A, LAYOUT_B = "so-lieu.xlsx", "bao-cao.docx", "bao-cao.pdf", "qd766-mau-a.xlsx", "qd766-mau-b.xlsx"


@dataclass(frozen=True, slots=True)
class Exported:
    """The folder of a report, its files, and why there is no PDF where there is none."""

    folder: Path
    files: tuple[str, ...]
    without_pdf: str | None


def export_report(
    warehouse: Warehouse, home: Path, province: str, period: str, *, scheme: str, to_day: date | None, unit: str | None, output: Path | None
) -> Exported:
    """Write workbook, Word, PDF, both layouts of QĐ 766, and `sent.json` into a new folder; nothing is ever overwritten.

    Args:
        warehouse: whose last release is read.
        home: the workspace; `exports/report/<unit>/<period>` in it is the default folder.
        province: GSO code of a province with a plan.
        period: `2025-05`, `2025-Q2`, `2025-H1` or `2025`.
        scheme: `calendar` or `nd09`.
        to_day: the last day, where the period is not wanted whole.
        unit: code of a unit of the province that the report is about; None: the province.
        output: the folder; where something is in it already, one beside it with a number.

    Raises:
        NothingReleasedError: nothing was released yet.
        UsageError: there is no such period, province or unit, or the folder is a file.
    """
    asked = {"province": province, "period": period, "scheme": scheme, "to": to_day.isoformat() if to_day else None, "unit": unit}
    found = read_findings(warehouse, province, report_period(period, scheme, to_day), unit)
    wanted = (output or home / "exports" / "report" / (unit or province) / found.period.folder).resolve()
    if wanted.exists() and not wanted.is_dir():
        raise UsageError(f"--output {wanted}: it is a file; expected a folder")
    wanted.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{wanted.name}-", dir=wanted.parent) as made:
        part = Path(made) / "new"
        part.mkdir()
        reason = _write_files(found, part)
        files = sorted(path.name for path in part.iterdir())
        sent = {"asked": asked, **_described(found), "files": {name: _sha256(part / name) for name in files}}
        (part / SENT).write_text(json.dumps(sent, ensure_ascii=False, indent=1), encoding="utf-8")
        return Exported(_moved(part, wanted), (*files, SENT), reason)


def _write_files(found: Findings, folder: Path) -> str | None:
    mark = GENERATED if found.snapshot.is_generated else None
    made_at = found.snapshot.release.created_at.astimezone(VIETNAM)
    blocks = blocks_of(found)
    write_workbook(folder / WORKBOOK, sheets_of(found), made_at)
    write_workbook(folder / LAYOUT_A, [layout_a(found)], made_at)
    write_workbook(folder / LAYOUT_B, [layout_b(found)], made_at)
    write_word(folder / WORD, blocks, made_at, mark)
    return print_pdf(page_of(blocks, mark), folder / PDF)


def _moved(part: Path, wanted: Path) -> Path:
    """Put the folder where it is wanted; where something is there, beside it under the next number."""
    for number in count(1):
        target = wanted if number == 1 else wanted.with_name(f"{wanted.name}-{number}")
        try:
            # A folder takes the place of none, or of an empty one.
            part.rename(target)
        except OSError:
            if not target.exists():
                raise
            continue
        return target
    raise AssertionError


def _described(found: Findings) -> dict[str, Any]:
    """What a report said, to be compared with what it would say later."""
    release = found.snapshot.release
    return {
        "release": release.sequence,
        "run_id": release.run_id,
        "as_of": found.as_of.isoformat(),
        "is_generated": found.snapshot.is_generated,
        "from": found.period.start.isoformat(),
        "to": found.period.end.isoformat(),
        "figures": dict(_figures(found)),
    }


def _figures(found: Findings) -> Iterator[tuple[str, Any]]:
    """Every figure by what it is of: `[numerator, denominator, value]`."""
    keys = {found.head["unit_code"], *(row["unit_code"] for level in ("district", "commune") for row in found.members(level))}
    for (indicator, level, unit), figure in sorted(found.figures.items(), key=lambda item: (item[0][0], item[0][1], item[0][2])):
        if unit in found.units and unit.code in keys and figure.value is not None:
            yield f"{indicator}/{level}/{unit.code}/{unit.valid_from}", [figure.numerator, figure.denominator, figure.value]
    for row in found.targets.rows if found.targets else []:
        yield f"target/{row['plan_id']}/{row['indicator']}/{row['level']}", [row["numerator"], row["denominator"], row["value"], row["met"]]
    for row in found.dossiers:
        yield f"qd766/{row['organ_id']}/{row['level']}", [row["total"], row["online"], row["in_person"], row["post"]]


CHANGE_COLUMNS = ("figure", "sent", "now")


def changed_since(warehouse: Warehouse, folder: Path) -> tuple[int, list[tuple[str, str, str]]]:
    """What a report that was sent would say otherwise now: the release that it was made from, and (figure, as sent, as it is now), a dash where there is none;
    files that are no more what was written are among them.

    Raises:
        UsageError: the folder holds no report of ours.
    """
    try:
        sent = json.loads((folder / SENT).read_text(encoding="utf-8"))
        asked, before, files = sent["asked"], sent["figures"], sent["files"]
        period = report_period(asked["period"], asked["scheme"], date.fromisoformat(asked["to"]) if asked["to"] else None)
        province, unit, release = asked["province"], asked["unit"], int(sent["release"])
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(f"--compare {folder}: expected the folder of a report, with its {SENT}") from None
    now = _described(read_findings(warehouse, province, period, unit))["figures"]
    lines = [
        (f"file {name}", checksum[:12], _sha256(folder / name)[:12] if (folder / name).is_file() else NOTHING)
        for name, checksum in files.items()
        if not (folder / name).is_file() or _sha256(folder / name) != checksum
    ]
    lines += [
        (name, _shown(before.get(name)), _shown(now.get(name)))
        for name in dict.fromkeys([*before, *now])
        if before.get(name) != now.get(name)
    ]
    return release, lines


def _shown(figure: list[Any] | None) -> str:
    return NOTHING if figure is None else " / ".join(NOTHING if one is None else str(one) for one in figure)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
