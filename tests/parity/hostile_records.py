"""Records that are valid but for one field or two, each of which takes the values that engines are known to read differently.

The same seed gives the same bytes. Two batches: the first with the registry, the second with corrections of the registry and of records, so that
rows are revalidated, quarantined rows come back, records are withdrawn or become secret, and merges meet rows that stand.
"""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from jobs.landing.formats.edxml import parse, records_of
from tests.support.edxml import edxml
from tests.support.registry_sheets import REGISTRY_SHEETS
from tests.support.workspace import OCOP_COLUMNS, SHEETS, dossier, product, work_record
from warehouse_schema.contracts import landed_contracts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from random import Random

    from warehouse_schema.contracts import Contract

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class JsonText:
    """A value as it stands in JSON; what a parser makes of it is the border's business."""

    text: str


WHITE_SPACE = "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2003\u2009\u200a\u200b\u2028\u2029\u202f\u205f\u3000\u180e\u2060\ufeff"
"""With four characters that only look like it: U+200B, U+180E, U+2060 and U+FEFF."""

# fmt: off
ZONES = (
    "", "Z", "z", " Z", "+07:00", "-00:30", "+00:30", "-00:00", "+14:00", "-14:00", "+14:30", "-14:59", "+18:00", "-18:00", "+18:01", "+0700",
    "+07", "+7:00", "+07:60", "+07:00:00", "+15:00", "UTC", " UTC", "Asia/Ho_Chi_Minh",
)
TEXTS: tuple[Any, ...] = (
    "", " ", "\t\n", *WHITE_SPACE, *(f"a{space}b" for space in WHITE_SPACE), "trailing\n", "\r\ntrailing\r\n", "two  spaces", "null",
    "NULL", "None", "N/A", "Quỳ Hợp", unicodedata.normalize("NFD", "Quỳ Hợp"), "hòa", "hoà", "Đặng", "İstanbul", "ı", "ß", "STRASSE", "ΣΑΣ",
    "σας", "ﬁ", "\u212b", "\u212a", "ŉ", "ǅ", "😀", "👩‍👩‍👧‍👦", "e\u0301", "\u0301", "\u202eabc", "\ufffd", "\ud800", "\U0010ffff", "a\0b", "\x01\x7f",
    "中文", "x" * 36, "x" * 101, "x" * 201, "ế" * 100, "long " * 2000, "\\", "\\\\", "a\\nb", "\\u0041", "'", "''", '"', '""', "`", "$1",
    "$0", "${x}", "\\1", "%", "_", "%s", "{}", "(", "[a-z]", "^$", ".*", "--", "/*", "a,b", "a;b", "<b>", "&amp;", "1.234,5", "=1+1", "NaN",
    "nan", "Infinity", "-inf", "true", "[]", "{}",
)
NUMBERS: tuple[Any, ...] = (
    "0", "-0", "+0", "+5", "-5", "--5", "+ 5", "5-", "5 ", "007", "00", "1e5", "1E5", "1e+5", "1e-7", "1E400", "-1E400", "1e-400", "1e308",
    "1.8e308", "1e999", "4.9e-324", "2e-324", "5e1000", ".5", "5.", "-.5", "5.0", "5.00", "5.5", "5.0e0", "5e0", "4.0000000000000000000000",
    "4.9999999999999999999999", "0x10", "1_000", "1,5", "1.234,5", "5f", "5d", "5L", "1 000", "١٢", "５", "²", "½", "99.5", "100", "100.0",
    "100.00000000000001", "100.0000000000000000001", "-0.0", "0.1", "0.30000000000000004", "33.333333333333336",
    "12.3456789012345678901234567890", "0.0000000001", "0.00000000049999", "0.0000000005", "1.0000000005", "2.5000000015", "89.9999999995",
    "-0.2556609585", "2.0578272015", "-33.1987503265", "134.8890299865", "17.1234567895", "17.1234567885", "304063393508", "-90",
    "-90.0000001", "180", "180.0000000001", "1234567890.1234567", "9999999999999999999.5",
    "2147483647", "2147483648", "-2147483648", "-2147483649", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
    "9007199254740993", "123456789012345678", "999999999999999999", "-999999999999999999", "1234567890123456789", "12345678901234567890",
    "000000000000000000007", "1" * 40, f"{'9' * 18}.0", f"{'9' * 19}.0", "1.0", "+1.0", "1.000000", "3.", "3.0.0", "3.10",
)
DATES: tuple[Any, ...] = (
    "2025-02-29", "2024-02-29", "1900-02-29", "2000-02-29", "2025-02-30", "2025-04-31", "2025-13-01", "2025-00-10", "2025-01-00",
    "2025-01-32", "2025-1-5", "25-01-05", "1899-12-31", "1900-01-01", "2099-12-31", "2100-01-01", "0001-01-01", "0000-00-00", "9999-12-31",
    "10000-01-01", "+2025-01-01", "-2025-01-01", "1582-10-10", "01/02/2025", "2025/02/01", "20250201", "2025-02-01T00:00:00",
    "2025-02-01 00:00:00", "2025-02-01T00:00", "2025-02-01T00:00:00Z", "2025-02-01T00:00:00.000", "2025-02-01 ", "2025-02-01\n",
    "2025-02-01T07:00:00", "2025-W05-1", "2025-032", "today", "epoch", "now", "2025-02-01+07:00", "２０２５-02-01", "2025‐02‐01", "2025-02",
    "2025-02-01T", "2025-02-15", "2025-02-15T00:00:00", "2025-00", "2025-13", "1899-12", "1900-01", "2099-12", "2100-01", "2025-2",
    "02/2025", "2025-02-02",
)
TIMES: tuple[Any, ...] = (
    *(f"2025-02-19{join}08:15:30{zone}" for join in "T " for zone in ZONES),
    *(f"2025-02-19T08:15:30.{'123456789'[:digits]}{zone}" for digits in range(10) for zone in ("", "+07:00", "Z")),
    *(f"2025-02-19T08:15{zone}" for zone in ("", "Z", "+07:00", "+0700", "-14:30", ":", ".5")), "2025-02-19 08:15", "2025-02-19T8:15:30",
    "2025-02-19T08:5:30", "2025-02-19t08:15:30", "2025-02-19  08:15:30", "2025-02-19_08:15:30", "2025-02-19T08", "2025-02-19T",
    "2025-02-19T24:00:00", "2025-02-19T24:00", "2025-02-19T24:00:01", "2025-02-19T23:59:60", "2016-12-31T23:59:60Z", "2025-02-19T25:00:00",
    "2025-02-19T08:60:00", "2025-02-19T08:15:30,5", "2025-02-19T08:15:30.", "2025-02-19T08:15:61", "2025-02-19T00:00:00-14:00",
    "2025-02-19T23:59:59.999999+14:00", "2025-02-29T08:15:30", "1899-12-31T23:59:59", "1900-01-01T00:00:00+07:00",
    "1900-01-01T00:00:00+14:00", "1906-06-30T23:59:59", "1911-04-30T12:00:00", "1943-01-01T00:00:00", "1945-09-02T12:00:00",
    "1955-07-01T00:30:00", "1959-12-31T23:59:59", "1960-01-01T00:00:00", "1969-12-31T23:59:59.999999Z", "1970-01-01T00:00:00Z",
    "1975-06-13T00:00:00", "2024-02-29T12:00:00", "2099-12-31T23:59:59-14:00", "2099-12-31T23:59:59.999999", "2100-01-01T00:00:00",
    "0001-01-01T00:00:00", "9999-12-31T23:59:59", "2025-06-30T17:00:00Z", "1739952930", "1739952930000", "2025-02-19T08:15:30 PM",
    "Wed, 19 Feb 2025 08:15:30 GMT", "2025-050T08:15:30",
)
COMPACT_TIMES: tuple[Any, ...] = (
    "20250219081530", "20250219240000", "20250219235960", "20250229120000", "20240229120000", "20250231000000", "20251301000000",
    "20250001000000", "20250100000000", "18991231235959", "19000101000000", "20991231235959", "21000101000000", "00010101000000",
    "00000000000000", "2025021908153", "202502190815301", "20250219", "202502190815", "20250219T081530", "2025-02-19T08:15:30",
    "20250219 081530", "20250219250000", "20250219086000", "20250219081561", "20250219081530Z", "20250219081530.5", "2.0250219081530e13",
    JsonText("20250219081530"), JsonText("20250219081530.0"), JsonText("2.025021908153e13"), "２０２５0219081530", "19060701000000",
    "19430101000000", "19550701003000",
)
BOOLEANS: tuple[Any, ...] = (
    "true", "false", "True", "FALSE", "tRuE", "t", "f", "T", "y", "n", "yes", "NO", "on", "off", "1", "0", "2", "-1", "+1", "01", "1.0",
    "0.0", "có", "không", "đúng", "sai", " true ", "true\n", "\u3000false", "ｔｒｕｅ", "fal\u017fe", "TRUE.", True, False, 1, 0, 1.0,
    JsonText("1e0"), JsonText("-0"),
)
CODES: tuple[Any, ...] = (
    "#N/A", "#n/a", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#GETTING_DATA", "#SPILL!", "########", "Err:502", "#", "#1",
    "8.93738E+12", "8,93738E+12", "8.93738e+12", "8.93738E12", "9E+12", "1E-05", "4e12", "12E05", "8937380169305", "8937380169306", "893738016930.0",
    "036000291452", "96385074", "96385075", "00000000", "18937380169302",
    "h99.1", "H99 .1", " H99.1 ", "H99.1\n", "H\u00a099.1", "H99.1\u200b", "000.00.01.H99", "000.00.01.h99", "00.01.H99", "H99.1.",
    "H99.01", "H99.7", "h99.ı", "ｈ99.1", "H99,1", "H99.2", "H99.2.3", "H99.8", "H99.9", "H" * 36, "ß99", "ŉ99", "ǆ99", "4", "04", "40",
    "424", "17386", "017386", "4240", "1738", "1", "01", "00004", "17386.0", "１７３８６", "1e4",
)
NESTED: tuple[Any, ...] = (
    None, ..., [], {}, [1, "hai", None], {"a": {"b": [True, None]}}, {"ế": "\u2028"}, [[[]]], JsonText("1E400"), JsonText("-0"),
    JsonText("-0.0"), JsonText("1e-7"), JsonText("0.1e1"), JsonText("12345678901234567890"), JsonText("1.10"), JsonText("NaN"),
    JsonText("Infinity"), JsonText('"\\u1ebf\\ud83d\\ude00"'), JsonText('"\\u0000"'),
)
# fmt: on
VALUES = (*TEXTS, *NUMBERS, *DATES, *TIMES, *COMPACT_TIMES, *BOOLEANS, *CODES, *NESTED)

DECORATIONS: tuple[Callable[[str], str], ...] = (
    str.upper,
    str.lower,
    str.title,
    str.swapcase,
    lambda text: unicodedata.normalize("NFD", text),
    lambda text: text.replace("i", "İ").replace("I", "ı"),
    lambda text: text.replace("s", "ſ").replace("K", "\u212a"),
    *(lambda text, space=space: f"{space}{text}{space}" for space in WHITE_SPACE),
    *(lambda text, space=space: f"{text[:2]}{space}{text[2:]}" for space in WHITE_SPACE),
    *(lambda text, mark=mark: f"{mark}{text}" for mark in "+-0'\\"),
    *(lambda text, mark=mark: f"{text}{mark}" for mark in ("0", ".0", ".", "\\", "'", "Z", "$")),
    lambda text: text * 2,
    lambda text: text[:-1],
    lambda text: text.lstrip("0"),
)
"""What a sender makes of a right value."""

EDITS = 40
"""How often a field's right value is changed in letters drawn at random, beside the values that are listed."""
_LETTERS = "0123456789" * 2 + "+-:./TZeEhH \t\xa0\u2028ếİ"

SECOND_FIELD_SHARE = 0.3
"""Of the records: those in which a second field is changed too."""

_LATER = "2025-03-{day:02d}T09:00:00+07:00"
_COMPACT_LATER = "202503{day:02d}090000"


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset's records: how the nth is made valid, what its version is called, and in which form they land.

    `share`: of the records that are asked for, those that it makes.
    """

    path: str
    make: Callable[[int], Record]
    version: str
    later: str
    columns: tuple[str, ...] = ()
    withdrawn: str = "deleted"
    share: float = 1.0

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of a record; those of a sheet are its columns."""
        return self.columns or tuple(self.make(0))

    def content(self, records: Sequence[Record | bytes], rng: Random) -> bytes:
        """The bytes of an object of these records."""
        return _csv(self.columns, records) if self.columns else _ndjson(records, rng)


def _organisation(number: int) -> Record:
    levels = (("province", "40"), ("district", "424"), ("commune", "17386"))
    level, unit = levels[number % 3]
    return {
        "organ_id": f"H98.{number}",
        "organ_name": f"Đơn vị {number}",
        "level": level,
        "unit_code": unit,
        "old_organ_id": f"000.{number}.98.H98",
        "valid_from": "2021-01-01",
        "valid_to": "",
        "updated_at": "2025-01-10T08:00:00+07:00",
        "deleted": "",
        "unit_valid_from": "",
    }


def _work_record(number: int) -> Record:
    return work_record(f"hostile-{number:06d}", OrganId=_ORGANS[number % len(_ORGANS)])


def _dossier(number: int) -> Record:
    more = {"MaLinhVuc": "G01", "TenLinhVuc": "Hộ tịch", "NgayTuChoi": "", "HinhThuc": "1", "NoiNopHoSo": "2"}
    digital = {"HoSoCoThanhPhanSoHoa": "1", "DuocThanhToanTrucTuyen": "0"}
    return dossier(f"000.00.01.H99-250210-{number:06d}", DonViXuLy=_ORGANS[number % len(_ORGANS)], **more, **digital)


_OF_UNIT = ("unit_valid_from", "unit_name", "in_district", "in_province")
"""What a sheet may say of the unit beside its code."""


def _product(number: int) -> Record:
    located = {
        "latitude": "18.5",
        "longitude": "105.25",
        "gtin": "8936000000011",
        "growing_area_code": "",
        "deleted": "",
        **dict.fromkeys(_OF_UNIT, ""),
    }
    return product(f"40-424-17386-{number}-2024", product_subgroup="mật ong", ecommerce_url="https://example.vn/a", **located)


def _paper(number: int) -> Record:
    year, month = divmod(number // len(_ORGANS), 12)
    return {
        "organ_id": _ORGANS[number % len(_ORGANS)],
        "month": f"{1990 + year % 100}-{month + 1:02d}",
        "closed_count": str(number),
        "updated_at": "2025-01-10T08:00:00+07:00",
        "deleted": "",
        "unit_valid_from": "",
    }


def _document(number: int) -> Record:
    (record,) = records_of(parse(iter([edxml(f"{number}/UBND-VP", sender=_ORGANS[number % len(_ORGANS)]).encode()])))
    return record


def _registry_row(name: str, number: int) -> Record:
    """The sheet's right row under another key, as far as it has a part that can be any text, day or listed value."""
    contract = _contract(name)
    row: Record = {**REGISTRY_SHEETS[name].right(contract), "updated_at": "2025-01-10T08:00:00+07:00"}
    if "organ_id" in row:
        return row | {name: value for name, value in _paper(number).items() if name in ("organ_id", "month")}
    for column in map(contract.column, contract.sent_key):
        source = str(column.source)
        if column.parse in ("code", "text", "token") and column.pattern is None:
            return row | {source: f"{row[source]}-{number}"}
        if column.parse == "date":
            return row | {source: (date(2010, 1, 1) + timedelta(days=number)).isoformat()}
    listed = contract.column(contract.sent_key[-1])
    return row | {str(listed.source): list(listed.values)[number % len(listed.values)]}


@cache
def _contract(name: str) -> Contract:
    return next(contract for contract in landed_contracts() if contract.landing == f"registry/{name}")


def _registry_sheet(name: str) -> Dataset:
    # Each way of reading a field has its thousands of records among the others; of these there are many.
    return Dataset(f"registry/{name}", partial(_registry_row, name), "updated_at", _LATER, tuple(_registry_row(name, 0)), share=0.1)


_ORGANS = ("H99.1", "H99.2", "H99.2.3", "000.00.01.H99", "H99.8", "H99.9")
DATASETS: tuple[Dataset, ...] = (
    Dataset("registry/organisations", _organisation, "updated_at", _LATER, (*SHEETS["organisations"].split(","), "unit_valid_from")),
    Dataset("eoffice/work_records", _work_record, "UpdatedAt", _LATER, withdrawn="Deleted"),
    Dataset("portal/dossiers", _dossier, "NgayCapNhat", _COMPACT_LATER, withdrawn=""),
    Dataset("ocop/products", _product, "updated_at", _LATER, (*OCOP_COLUMNS.split(","), *_OF_UNIT)),
    Dataset("registry/paper_work_records", _paper, "updated_at", _LATER, (*SHEETS["paper_work_records"].split(","), "unit_valid_from")),
    *map(_registry_sheet, REGISTRY_SHEETS),
)

MESSAGES = Dataset("eoffice/documents", _document, "Timestamp", _LATER, withdrawn="Recalled")
"""Not landed: a message is a file, and its reader makes the fields. What engines make of them is compared field by field."""


def write_batches(first: Path, second: Path, rng: Random, records: int) -> int:
    """Land the first batch and the one that corrects it, about `records` of each dataset in either; returns how many rows land.

    `first` and `second` are landing folders; the second holds only what is new in it.
    """
    rows = _land(first, DATASETS[0], "organs", _registry(), rng) + _land(
        second, DATASETS[0], "organs-corrected", _corrected_registry(), rng
    )
    for dataset in DATASETS:
        changed = mutated(dataset, rng, max(round(records * dataset.share), 20))
        rows += _land(first, dataset, "hostile", [*changed, *_companions(dataset, changed, rng)], rng)
        rows += _land(second, dataset, "hostile-corrected", _corrections(dataset, changed, rng), rng)
    return rows


def mutated(dataset: Dataset, rng: Random, count: int) -> list[Record]:
    """Records in which one field or two took a hostile value; each pair of field and value comes once before any comes twice."""
    edits = (partial(_edited, rng=rng),) * EDITS
    pairs = [(field, value) for field in dataset.fields for value in (*VALUES, *DECORATIONS, *edits)]
    rng.shuffle(pairs)
    changed = []
    for number in range(count):
        record = dataset.make(number)
        first, value = pairs[number % len(pairs)]
        record[first] = _value(record.get(first), value)
        second, value = rng.choice(pairs)
        if second != first and rng.random() < SECOND_FIELD_SHARE:
            record[second] = _value(record.get(second), value)
        changed.append({field: value for field, value in record.items() if value is not ...})
    return changed


def one_by_one(dataset: Dataset) -> list[Record]:
    """A right record, then one record for each field and value, in which only that field has it."""
    right = dataset.make(0)
    return [right, *(right | {field: _value(right.get(field), value)} for field in dataset.fields for value in (*VALUES, *DECORATIONS))]


def _edited(text: str, rng: Random) -> str:
    """The text with one or two letters put in, left out or put in place of another."""
    for _ in range(rng.randint(1, 2)):
        at = rng.randint(0, len(text))
        text = text[:at] + rng.choice(["", rng.choice(_LETTERS)]) + text[at + rng.randint(0, 1) :]
    return text


def _value(old: Any, value: Any) -> Any:
    if not callable(value):
        return value
    if isinstance(old, str):
        return value(old)
    return value(json.dumps(old)) if isinstance(old, bool | int) else old


def _registry() -> list[Record]:
    """The organisations of the records: one will be ended, one moved, one taken back; H99.7 is not known yet."""
    rows = [
        ("H99.1", "province", "40"),
        ("H99.2", "district", "424"),
        ("H99.2.3", "commune", "17386"),
        ("H99.8", "commune", "17386"),
        ("H99.9", "province", "40"),
    ]
    return [
        _organisation(0) | {"organ_id": code, "level": level, "unit_code": unit, "old_organ_id": "000.00.01.H99" if code == "H99.1" else ""}
        for code, level, unit in rows
    ]


def _corrected_registry() -> list[Record]:
    ended, moved, gone = (row for row in _registry() if row["organ_id"] in ("H99.2", "H99.8", "H99.9"))
    version = {"updated_at": _LATER.format(day=1)}
    known = {"organ_id": "H99.7", "level": "commune", "unit_code": "17386", "old_organ_id": ""}
    return [
        ended | version | {"valid_to": "2025-02-15"},
        moved | version | {"level": "district", "unit_code": "424"},
        gone | version | {"deleted": "true"},
        _organisation(0) | version | known,
    ]


def _companions(dataset: Dataset, changed: Sequence[Record], rng: Random) -> list[Record | bytes]:
    """Rows about other rows: twice the same, equal versions of other content, keys equal but for case, secrets, and lines that are no record."""
    key = dataset.fields[0]
    others: list[Record | bytes] = []
    for record in rng.sample(list(changed), k=len(changed) // 20):
        field, value = rng.choice(dataset.fields[1:]), rng.choice(VALUES)
        others.append(dict(record))
        others.append({name: one for name, one in (record | {field: value}).items() if one is not ...})
        if isinstance(record.get(key), str):
            others.append(record | {key: record[key].swapcase()})
    if dataset.path == "eoffice/work_records":
        levels = ("mat", "TOI_MAT", " tuyet_mat\n", "Mật", "toi_mat")
        others += [record | {"ConfidenceLevel": rng.choice(levels)} for record in rng.sample(list(changed), k=len(changed) // 30)]
    if not dataset.columns:
        others += [b"{", b"[1, 2]", b'"text"', b"", b"null", b'{"a": "\xff"}', b'{"FileId": "x", "FileId": "y"}', b"\xef\xbb\xbf{}"]
    return others


def _corrections(dataset: Dataset, changed: Sequence[Record], rng: Random) -> list[Record | bytes]:
    """Later versions of some records: made right, made wrong in another field, withdrawn or secret; and some of the same version."""
    corrected: list[Record | bytes] = []
    for number in rng.sample(range(len(changed)), k=len(changed) // 4):
        version = {dataset.version: dataset.later.format(day=rng.randrange(1, 29))}
        right = dataset.make(number)
        wrong = {rng.choice(dataset.fields): rng.choice([value for value in TEXTS + NUMBERS + TIMES if isinstance(value, str)])}
        ends = [right | version, right | version | wrong, changed[number] | version, right]
        if dataset.withdrawn:
            ends.append(right | version | {dataset.withdrawn: "true" if dataset.columns else True})
        if dataset.path == "eoffice/work_records":
            ends.append(right | version | {"ConfidenceLevel": "mat"})
        corrected.append(rng.choice(ends))
    return corrected


def _land(folder: Path, dataset: Dataset, name: str, records: Sequence[Record | bytes], rng: Random) -> int:
    """Two objects, and the first of them under another name too: all its rows are duplicates."""
    day = folder / dataset.path / "dt=2025-03-01"
    day.mkdir(parents=True, exist_ok=True)
    suffix = "csv" if dataset.columns else "ndjson"
    half = len(records) // 2
    parts = [dataset.content(part, rng) for part in (records[:half], records[half:])]
    for number, content in enumerate([*parts, parts[0]]):
        (day / f"{name}-{number}.{suffix}").write_bytes(content)
    return len(records) + half


def _ndjson(records: Sequence[Record | bytes], rng: Random) -> bytes:
    lines = [record if isinstance(record, bytes) else _json(record, ascii_only=rng.random() < 0.5) for record in records]
    return b"\n".join(lines) + b"\n"


def _json(record: Record, *, ascii_only: bool) -> bytes:
    def text(value: Any) -> str:
        return value.text if isinstance(value, JsonText) else json.dumps(value, ensure_ascii=ascii_only or _has_surrogate(value))

    return ("{" + ", ".join(f"{json.dumps(name)}: {text(value)}" for name, value in record.items()) + "}").encode()


def _has_surrogate(value: Any) -> bool:
    return isinstance(value, str) and any("\ud800" <= letter <= "\udfff" for letter in value)


def _csv(columns: Sequence[str], records: Sequence[Record | bytes]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_cell(record.get(column)) for column in columns] for record in records if isinstance(record, dict))
    return out.getvalue().encode()


def _cell(value: Any) -> str:
    """A value as an office program would save it. NUL and lone surrogates are not in a text file."""
    if value is None or value is ...:
        return ""
    text = value.text if isinstance(value, JsonText) else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return "".join(letter for letter in text if letter != "\0" and not "\ud800" <= letter <= "\udfff")
