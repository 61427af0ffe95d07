"""The truth told by the generator equals what a second, plain implementation finds by reading the written files.

Nothing of the generator's rules is used here: objects are read, every row is judged by the rules of interfaces.md and
domain.md, and the sums are made anew. The registry sheets have a test of their own (test_sample_registry.py).
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import re
import unicodedata
import zipfile
from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest

from jobs.sample.generator import generate
from jobs.sample.plan import DirtRates, SamplePlan
from jobs.sample.truth import INDICATORS, Truth, read_truth

VIETNAM = timezone(timedelta(hours=7))
DIRTY = DirtRates(
    duplicate_lines=0.06,
    late_versions=0.06,
    corrections=0.08,
    withdrawn=0.06,
    secret=0.06,
    became_secret=0.06,
    secrecy_lifted=0.06,
    unknown_organisations=0.04,
    organisations_not_valid=0.04,
    invalid=0.12,
    invalid_corrections=0.1,
    broken_lines=0.04,
    old_order_codes=0.3,
    duplicate_objects=0.15,
    paper_undeclared=0.1,
)
PLANS = {
    "ordinary quarter": SamplePlan(
        "20", date(2025, 1, 1), date(2025, 3, 31), 7, 2500, 2500, 300, 700, DIRTY, unreadable_files=True, sheets=False
    ),
    "over the reform, merged province": SamplePlan("24", date(2025, 6, 2), date(2025, 7, 31), 8, 1500, 1500, 200, 200, DIRTY, sheets=False),
    "over the reform, province goes on": SamplePlan(
        "40", date(2025, 6, 16), date(2025, 7, 20), 9, 1500, 1500, 200, 200, DIRTY, sheets=False
    ),
    "over new year's changes of units": SamplePlan(
        "40", date(2024, 12, 9), date(2025, 1, 31), 10, 1500, 1500, 200, 200, DIRTY, sheets=False
    ),
    "part of a month": SamplePlan("27", date(2025, 2, 10), date(2025, 2, 23), 11, 300, 300, 50, 30, DIRTY, sheets=False),
}
EDXML = "{http://www.mic.gov.vn/TBT/QCVN_102_2016}"
SECRET = {"mat", "toi_mat", "tuyet_mat"}
SHEET_COLUMNS = {
    "registry/organisations": "organ_id",
    "registry/paper_work_records": "closed_count",
    "ocop/products": "product_code",
}


@dataclass
class Row:
    """A row as judged: its key, version and content, what is wrong with it, and its values."""

    key: tuple[str, ...] | None
    version: datetime | None
    content: Any
    secret: bool = False
    withdrawn: bool = False
    errors: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)


@dataclass
class Found:
    """What the second implementation finds."""

    fates: dict[str, Counter[str]]
    unit_months: dict[tuple[str, str, str, str], tuple[int, int, int]]
    facts: list[tuple[str, str, str, date, int, int, int]]
    recognised: dict[str, int]
    on_time_qd766: dict[str, list[int]]
    unreadable: list[str]
    landing: Path


# --- reading ----------------------------------------------------------------------------------------------------------


def objects(landing: Path) -> Iterator[tuple[str, str, list[Any] | None, bool]]:
    """(dataset, path, rows or None where unreadable, whether the content was seen before)."""
    seen: set[str] = set()
    for path in sorted(path for path in landing.rglob("*") if path.is_file()):
        name = path.relative_to(landing).as_posix()
        dataset = "/".join(name.split("/")[:2])
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        yield dataset, name, rows_of(dataset, name, content), digest in seen
        seen.add(digest)


def rows_of(dataset: str, name: str, content: bytes) -> list[Any] | None:
    try:
        if name.endswith(".edxml"):
            return None if b"<!DOCTYPE" in content else records_of_message(content)
        if name.endswith(".xlsx"):
            sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
            header, *cells = (list(row) for row in sheet.iter_rows(values_only=True))
            rows = [dict(zip(header, values, strict=True)) for values in cells]
        else:
            text = (gzip.decompress(content) if name.endswith(".gz") else content).decode("utf-8-sig")
            if ".ndjson" in name:
                return text.removesuffix("\n").split("\n")
            rows = list(csv.DictReader(io.StringIO(text, newline="")))
    except (UnicodeDecodeError, EOFError, zipfile.BadZipFile):
        return None
    if not rows or SHEET_COLUMNS[dataset] not in rows[0]:
        return None
    return [{column: str(value) if value not in (None, "") else None for column, value in row.items()} for row in rows]


def records_of_message(content: bytes) -> list[dict[str, Any]]:
    """A message's own document, and each one that it replaces."""
    text = content.decode().replace("Bussiness", "Business")
    root = ElementTree.fromstring(text)  # noqa: S314 - the test's own file

    def found(path: str) -> str | None:
        return root.findtext(f".//{'/'.join(EDXML + part for part in path.split('/'))}")

    day, code = str(found("PromulgationDate")), f"{found('CodeNumber')}/{found('CodeNotation')}"
    raw = {
        "sender": found("From/OrganId"),
        "document": f"{day},{code}",
        "day": day,
        "action": found("BusinessDocType"),
        "sent_at": found("TraceHeader/Timestamp"),
        "subject": found("Subject"),
        "attachments": len(root.findall(f".//{EDXML}Attachment")),
    }
    for named in (found("MessageHeader/DocumentId"), found("Business/DocumentId")):
        assert named in (None, f"{raw['sender']},{day},{code}")
    replaced = [str(element.text).split(",", 1) for element in root.findall(f".//{EDXML}ReplacementInfo/{EDXML}DocumentId")]
    others = [{**raw, "document": other, "day": other.split(",")[0], "action": "1", "replaced_by": code} for _, other in replaced]
    return [raw, *others]


def moment(text: str) -> datetime:
    value = datetime.fromisoformat(text)
    return (value if value.tzinfo else value.replace(tzinfo=VIETNAM)).astimezone(VIETNAM)


def compact(text: str) -> datetime:
    if not re.fullmatch(r"\d{14}", text):
        raise ValueError(text)
    return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=VIETNAM)


def parse(row: Row, raw: dict[str, Any], name: str, read: Callable[[str], Any], error: str) -> Any:
    if raw.get(name) is None:
        return None
    try:
        return read(str(raw[name]))
    except ValueError:
        row.errors.append(error)
        return None


def require(row: Row, raw: dict[str, Any], *names: str) -> None:
    row.errors += ["missing_value" for name in names if raw.get(name) is None]


# --- organisations ----------------------------------------------------------------------------------------------------


class Registry:
    def __init__(self, rows: list[dict[str, str | None]]) -> None:
        newest: dict[tuple[str, str], dict[str, str | None]] = {}
        for row in sorted(rows, key=lambda row: str(row["updated_at"])):
            newest[str(row["organ_id"]), str(row["valid_from"])] = row
        self.by_code: dict[str, list[dict[str, str | None]]] = defaultdict(list)
        for row in newest.values():
            for code in {row["organ_id"], row["old_organ_id"]} - {None}:
                self.by_code[str(code)].append(row)

    def judge(self, row: Row, code: str | None, day: date | None, must_be_valid: bool) -> dict[str, str | None] | None:
        if code is None:
            return None
        if code not in self.by_code:
            row.errors.append("unknown_organisation")
            return None
        for known in self.by_code[code]:
            valid_to = known["valid_to"] or "9999-12-31"
            if day and str(known["valid_from"]) <= day.isoformat() <= valid_to:
                return known
        if must_be_valid:
            row.errors.append("organisation_not_valid")
        return None


# --- judging rows -----------------------------------------------------------------------------------------------------


def judge_work_record(text: str, registry: Registry) -> Row:
    try:
        raw = json.loads(text)
    except ValueError:
        return Row(None, None, text, errors=["broken_line"])
    row = Row((raw["FileId"],), moment(raw["UpdatedAt"]) if raw["UpdatedAt"] else None, text)
    level = raw["ConfidenceLevel"]
    if level in SECRET:
        row.secret = True
        return row
    if level != "thuong":
        row.errors.append("missing_secrecy_level" if level is None else "unknown_secrecy_level")
        return row
    require(row, raw, "OrganId", "OpenedAt", "Status", "CreatedOnline", "ProcessedOnline", "SignedDigitally", "UpdatedAt")
    if raw["Status"] == "closed":
        require(row, raw, "ClosedAt")
    if raw["Status"] not in ("open", "closed", "cancelled"):
        row.errors.append("invalid_value")
    flags = [raw[name] for name in ("CreatedOnline", "ProcessedOnline", "SignedDigitally")]
    row.errors += ["invalid_boolean" for flag in flags if isinstance(flag, str)]
    opened = parse(row, raw, "OpenedAt", moment, "invalid_timestamp")
    closed = parse(row, raw, "ClosedAt", moment, "invalid_timestamp")
    parse(row, raw, "DueDate", date.fromisoformat, "invalid_date")
    if opened and closed and closed < opened:
        row.errors.append("closed_before_opened")
    day = closed.date() if closed and raw["Status"] == "closed" else opened.date() if opened else None
    known = registry.judge(row, raw["OrganId"], day, raw["Status"] == "closed")
    row.withdrawn = raw["Deleted"]
    row.values = {"closed": raw["Status"] == "closed", "day": day, "online": flags == [True] * 3, "organisation": known}
    return row


def judge_dossier(text: str, registry: Registry) -> Row:
    try:
        raw = json.loads(text)
    except ValueError:
        return Row(None, None, text, errors=["broken_line"])
    row = Row((raw["MaHoSo"],), compact(raw["NgayCapNhat"]) if raw["NgayCapNhat"] else None, text)
    require(row, raw, "MaTTHC", "MucDo", "KenhThucHien", "DonViXuLy", "TrangThaiHoSo", "NgayCapNhat")
    state, channel, level = (raw[name] and int(raw[name]) for name in ("TrangThaiHoSo", "KenhThucHien", "MucDo"))
    if state not in (1, 3):
        require(row, raw, "NgayTiepNhan")
    for value, allowed in ((state, range(1, 11)), (channel, range(1, 4)), (level, range(2, 5))):
        row.errors += ["invalid_value"] if value is not None and value not in allowed else []
    received, finished, due, submitted = (
        parse(row, raw, name, compact, "invalid_timestamp") for name in ("NgayTiepNhan", "NgayKetThucXuLy", "NgayHenTra", "NgayNopHoSo")
    )
    day = (received or submitted).date()
    known = registry.judge(row, raw["DonViXuLy"], day, must_be_valid=True)
    row.values = {
        "state": state, "channel": channel, "level": level, "received": received, "finished": finished, "due": due, "organisation": known,
    }  # fmt: skip
    return row


def judge_paper(raw: dict[str, Any], registry: Registry) -> Row:
    row = Row(None, moment(raw["updated_at"]), tuple(raw.values()))
    year, month = map(int, raw["month"].split("-"))
    day = date(year, month, monthrange(year, month)[1])
    known = registry.judge(row, raw["organ_id"], day, must_be_valid=True)
    row.key = (str(known["organ_id"]) if known else raw["organ_id"], raw["month"])
    count = int(raw["closed_count"])
    row.errors += ["out_of_range"] if count < 0 else []
    row.values = {"day": day, "count": count, "organisation": known}
    return row


def judge_document(raw: dict[str, Any], registry: Registry) -> Row:
    sent_at = raw["sent_at"] and datetime.strptime(raw["sent_at"], "%Y/%m/%d %H:%M:%S").replace(tzinfo=VIETNAM)
    day = datetime.strptime(raw["day"], "%Y/%m/%d").replace(tzinfo=VIETNAM).date()
    row = Row(None, sent_at, tuple(raw.values()), secret="(Mật)" in unicodedata.normalize("NFC", raw["subject"]))
    organisation = registry.judge(row, raw["sender"], day, must_be_valid=True)
    row.key = (str(organisation["organ_id"]) if organisation else raw["sender"], raw["document"])
    require(row, raw, "sent_at")
    if raw["action"] not in ("0", "1", "2", "3"):
        row.errors.append("invalid_value")
    row.withdrawn = raw["action"] == "1"
    row.values = {"day": day, "organisation": organisation}
    return row


def judge_product(raw: dict[str, Any]) -> Row:
    row = Row((raw["product_code"], raw["decision_number"]), moment(raw["updated_at"]), comparable(raw))
    optional = {"product_subgroup", "gtin", "growing_area_code", "ecommerce_url", "latitude", "longitude", "deleted"}
    require(row, raw, *(name for name in raw if name not in optional))
    if raw["product_group"] not in ("food", "beverage", "herbal", "handicraft", "ornamental", "tourism"):
        row.errors.append("invalid_value")
    row.errors += ["out_of_range"] if not 1 <= int(raw["stars"]) <= 5 else []
    row.errors += ["unknown_unit"] if raw["commune_code"] == "99999" else []
    decided = parse(row, raw, "decision_date", lambda text: date.fromisoformat(text[:10]), "invalid_date")
    row.withdrawn = raw["deleted"] == "true"
    row.values = {"product": raw["product_code"], "group": raw["product_group"], "stars": int(raw["stars"]), "decided": decided}
    return row


def comparable(raw: dict[str, Any]) -> tuple[Any, ...]:
    """A row of CSV and the same row of a workbook are one content: numbers by value, dates without a time of day."""

    def same(value: Any) -> Any:
        if value is None:
            return None
        if re.fullmatch(r"\d{4}-\d\d-\d\d( 00:00:00)?", value):
            return value[:10]
        return float(value) if re.fullmatch(r"\d{1,3}(\.\d+)?", value) else value

    return tuple(same(value) for value in raw.values())


# --- fates, winners, sums ---------------------------------------------------------------------------------------------


def settle(rows: list[Row]) -> tuple[Counter[str], list[Row]]:
    """The fates of all rows of a dataset, and the newest valid row of each key."""
    newest_secret: dict[Any, datetime] = {}
    for row in rows:
        if row.secret and row.version:
            newest_secret[row.key] = max(row.version, newest_secret.get(row.key, row.version))
    fates: Counter[str] = Counter(read=len(rows))
    accepted: dict[Any, dict[Any, Row]] = defaultdict(dict)
    for row in rows:
        if row.secret or (row.version and row.key in newest_secret and row.version <= newest_secret[row.key]):
            fates["withheld"] += 1
        elif row.errors:
            assert len(row.errors) == 1, (row.errors, row.content)
            fates[row.errors[0]] += 1
        elif row.content in accepted[row.key]:
            fates["duplicate"] += 1
        else:
            fates["accepted"] += 1
            accepted[row.key][row.content] = row
    winners = [max(versions.values(), key=lambda row: (row.version, row.withdrawn)) for versions in accepted.values() if versions]
    return fates, [row for row in winners if not row.withdrawn]


def find(landing: Path, day: date) -> Found:
    rows: dict[str, list[Any]] = defaultdict(list)
    again: Counter[str] = Counter()
    unreadable: list[str] = []
    for dataset, name, found, seen in objects(landing):
        if found is None:
            unreadable.append(name)
        elif seen:
            again[dataset] += len(found)
        else:
            rows[dataset] += found
    registry = Registry(rows["registry/organisations"])
    judged = {
        "registry/organisations": [
            Row((raw["organ_id"], raw["valid_from"]), moment(raw["updated_at"]), tuple(raw.values()))
            for raw in rows["registry/organisations"]
        ],
        "eoffice/work_records": [judge_work_record(text, registry) for text in rows["eoffice/work_records"]],
        "portal/dossiers": [judge_dossier(text, registry) for text in rows["portal/dossiers"]],
        "registry/paper_work_records": [judge_paper(raw, registry) for raw in rows["registry/paper_work_records"]],
        "ocop/products": [judge_product(raw) for raw in rows["ocop/products"]],
        "eoffice/documents": [judge_document(raw, registry) for raw in rows["eoffice/documents"]],
    }
    fates, winners = {}, {}
    for dataset, all_rows in judged.items():
        fates[dataset], winners[dataset] = settle(all_rows)
        fates[dataset].update({"read": again[dataset], "duplicate": again[dataset]})
    facts = list(facts_of(winners))
    unit_months: dict[tuple[str, str, str, str], tuple[int, int, int]] = {}
    for indicator, level, unit_code, fact_day, *values in facts:
        key = (indicator, level, unit_code, fact_day.isoformat()[:7])
        unit_months[key] = tuple(map(sum, zip(unit_months.get(key, (0, 0, 0)), values, strict=True)))  # type: ignore[assignment]
    in_time = on_time_qd766(winners["portal/dossiers"], day)
    return Found(fates, unit_months, facts, recognised_on(winners["ocop/products"], day), in_time, unreadable, landing)


def facts_of(winners: dict[str, list[Row]]) -> Iterator[tuple[str, str, str, date, int, int, int]]:
    """(indicator, level, unit, day, numerator, denominator, denominator without paper)."""

    def place(row: Row) -> tuple[str, str]:
        return str(row.values["organisation"]["level"]), str(row.values["organisation"]["unit_code"])

    for row in winners["eoffice/work_records"]:
        if row.values["closed"]:
            yield "work_records_online", *place(row), row.values["day"], int(row.values["online"]), 1, 1
    for row in winners["registry/paper_work_records"]:
        yield "work_records_online", *place(row), row.values["day"], 0, row.values["count"], 0
    for row in winners["eoffice/documents"]:
        yield "documents_exchanged_electronically", *place(row), row.values["day"], 1, 1, 1
    for row in winners["portal/dossiers"]:
        values = row.values
        if values["state"] in (1, 3):
            continue
        yield "dossiers_online_qd766", *place(row), values["received"].date(), int(values["channel"] == 2), 1, 1
        if values["state"] == 7:
            continue
        if values["level"] in (3, 4) and values["channel"] in (1, 2):
            yield "dossiers_received_online", *place(row), values["received"].date(), int(values["channel"] == 2), 1, 1
        if values["finished"] and values["due"]:
            on_time = int(values["finished"].date() <= values["due"].date())
            yield "dossiers_on_time", *place(row), values["finished"].date(), on_time, 1, 1


def on_time_qd766(rows: list[Row], day: date) -> dict[str, list[int]]:
    """By level the dossiers of the year in time by QĐ 766's formula, and those that count, from the rows that win."""
    found = {"province": [0, 0], "district": [0, 0], "commune": [0, 0]}
    for values in (row.values for row in rows):
        received, due, ended = (values[name].date() if values[name] else None for name in ("received", "due", "finished"))
        if values["state"] in (1, 3, 7) or not due or (not ended and values["state"] in (8, 9, 10)):
            continue
        end_of_year = ended is not None and ended.year == day.year and ended <= day
        if (received.year == day.year and received <= day) or (received.year < day.year and end_of_year):
            found[values["organisation"]["level"]][1] += 1
            found[values["organisation"]["level"]][0] += int(min(ended or day, day) <= due)
    return found


def recognised_on(rows: list[Row], day: date) -> dict[str, int]:
    products: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        decided = row.values["decided"]
        # Days on which 36 months end on a day that is missing (29 February) are not generated.
        if row.values["stars"] >= 3 and decided <= day < decided.replace(year=decided.year + 3):
            products[row.values["product"]].append(row)
    counts: Counter[str] = Counter({"": len(products)})
    for decisions in products.values():
        newest = max(decisions, key=lambda row: row.values["decided"])
        counts[f"stars={newest.values['stars']}"] += 1
        counts[f"group={newest.values['group']}"] += 1
    return dict(counts)


# --- the tests --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=PLANS, ids=lambda name: name.replace(" ", "-"))
def sample(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[SamplePlan, Truth, Found, dict[str, int]]:
    plan = PLANS[request.param]
    root = tmp_path_factory.mktemp("sample")
    summary = generate(plan, root / "landing", root / "truth")
    return plan, read_truth(summary.truth_path), find(root / "landing", plan.date_to), dict(summary.rows)


def test_fates_equal_the_recount(sample: tuple[SamplePlan, Truth, Found, dict[str, int]]) -> None:
    _, truth, found, rows = sample
    for told in truth.fates:
        recount = found.fates[told.dataset]
        assert told.read == recount.pop("read") == rows[told.dataset]
        counts = {"accepted": told.accepted, "duplicate": told.duplicate, "withheld": told.withheld, **told.rejected}
        assert {name: count for name, count in counts.items() if count} == {name: count for name, count in recount.items() if count}
        assert told.read == told.accepted + told.duplicate + told.withheld + sum(told.rejected.values())


def test_ratios_by_unit_and_month_equal_the_recount(sample: tuple[SamplePlan, Truth, Found, dict[str, int]]) -> None:
    _, truth, found, _ = sample
    told = {
        (row.indicator, row.level, row.unit_code, row.month): (row.numerator, row.denominator, row.denominator_without_paper)
        for row in truth.unit_months
    }
    assert len(told) == len(truth.unit_months) > 50
    assert told == found.unit_months


def test_totals_of_the_province_equal_the_recount(sample: tuple[SamplePlan, Truth, Found, dict[str, int]]) -> None:
    plan, truth, found, _ = sample
    recount: dict[tuple[str, str, str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for indicator, level, _, day, *values in found.facts:
        if indicator not in INDICATORS:
            continue
        merged = plan.province == "24" and day >= date(2025, 7, 1)
        for period, start in (("year_to_date", date(plan.date_to.year, 1, 1)), ("range", plan.date_from)):
            if start <= day <= plan.date_to:
                sums = recount[indicator, level, "2025-07-01" if merged else "2021-01-01", period]
                sums[:] = [old + new for old, new in zip(sums, values, strict=True)]
    told = {
        (row.indicator, row.level, row.province_valid_from, row.period): [row.numerator, row.denominator, row.denominator_without_paper]
        for row in truth.province_totals
    }
    identities = 2 if plan.province == "24" else 1
    assert len(told) == 4 * 3 * 2 * identities
    assert recount.keys() <= told.keys()
    assert told == {key: recount[key] for key in told}


def test_dossiers_in_time_by_the_portals_formula_equal_the_recount(sample: tuple[SamplePlan, Truth, Found, dict[str, int]]) -> None:
    _, truth, found, _ = sample
    assert truth.on_time_qd766 == found.on_time_qd766
    assert any(part and part < whole for part, whole in truth.on_time_qd766.values())


def test_recognised_products_equal_the_recount(sample: tuple[SamplePlan, Truth, Found, dict[str, int]]) -> None:
    _, truth, found, _ = sample
    assert truth.recognised_products == found.recognised
    assert truth.recognised_products[""] > 5


def test_no_message_lands_before_it_was_sent_and_some_after_what_follows_them(
    sample: tuple[SamplePlan, Truth, Found, dict[str, int]],
) -> None:
    _, _, found, _ = sample
    landed: dict[str, list[tuple[date, datetime]]] = defaultdict(list)
    for path in sorted((found.landing / "eoffice" / "documents").rglob("van-ban-*-*-*.edxml")):
        content = path.read_bytes()
        if b"<!DOCTYPE" not in content:
            for raw in records_of_message(content):
                if raw["sent_at"]:
                    sent_at = datetime.strptime(raw["sent_at"], "%Y/%m/%d %H:%M:%S").replace(tzinfo=VIETNAM)
                    landed[raw["document"]].append((date.fromisoformat(path.parent.name.removeprefix("dt=")), sent_at))
    messages = [one for of_document in landed.values() for one in of_document]
    assert all(sent_at.date() <= day for day, sent_at in messages)
    overtaken = [1 for of_document in landed.values() for a in of_document for b in of_document if a[0] < b[0] and a[1] > b[1]]
    assert overtaken or len(messages) < 100


def test_unreadable_objects_are_those_that_cannot_be_read(sample: tuple[SamplePlan, Truth, Found, dict[str, int]]) -> None:
    plan, truth, found, _ = sample
    assert sorted(truth.unreadable) == sorted(found.unreadable)
    assert len(truth.unreadable) == (5 if plan.unreadable_files else 0)


@pytest.mark.parametrize("sample", ["ordinary quarter"], indirect=True)
def test_high_rates_bring_every_kind_of_dirt(sample: tuple[SamplePlan, Truth, Found, dict[str, int]]) -> None:
    _, truth, _, _ = sample
    fates = {told.dataset: told for told in truth.fates}
    records = {"closed_before_opened", "missing_secrecy_level", "unknown_secrecy_level", "invalid_date", "invalid_boolean"}
    common = {"broken_line", "missing_value", "invalid_value", "invalid_timestamp", "unknown_organisation", "organisation_not_valid"}
    assert fates["eoffice/work_records"].rejected.keys() == records | common
    assert fates["portal/dossiers"].rejected.keys() == common
    assert fates["ocop/products"].rejected.keys() == {"invalid_date", "missing_value", "invalid_value", "out_of_range", "unknown_unit"}
    assert fates["registry/paper_work_records"].rejected.keys() == {"out_of_range", "unknown_organisation"}
    assert fates["eoffice/documents"].rejected.keys() == {
        "missing_value",
        "invalid_value",
        "unknown_organisation",
        "organisation_not_valid",
    }
    assert min(fates[name].withheld for name in ("eoffice/work_records", "eoffice/documents")) > 0
    assert all(told.duplicate > 0 for told in truth.fates if told.dataset != "registry/organisations")
    assert truth.paper_undeclared
