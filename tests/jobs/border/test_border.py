from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import pickle
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator, Mapping
from random import Random
from types import NoneType
from typing import Any, get_args

import openpyxl
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jobs.border.columnar import ColumnarReader, rows_perhaps_not_composed
from jobs.border.kinds import KINDS, citizen_id
from jobs.border.objects import read_batches
from jobs.border.records import OTHER_FIELDS, Border, lost_mark
from jobs.border.secrets import collect_tombstones
from jobs.border.spec import META, BorderField, BorderSpec, ObjectRef, arrow_schema
from jobs.border.tokens import key_hash, token
from jobs.landing.formats.registry import format_of, records
from jobs.settings import PROJECT_ROOT
from jobs.vietnam import EVERY_VERSION, VIETNAM, parse_instant
from warehouse_schema.contract_vocabulary import PropertyTerms
from warehouse_schema.names import BORDER_COLUMNS
from warehouse_schema.spreadsheet import ERROR_MARK, ROUNDED_MARK, SCIENTIFIC_NOTATION, SPREADSHEET_ERROR

KEY = b"0123456789abcdef0123456789abcdef"
LIMIT = 1 << 16
SECRETS = frozenset({"mat", "toi_mat", "tuyet_mat"})

WORK = BorderSpec(
    dataset="eoffice/work_records",
    fields=(
        BorderField("FileId"),
        BorderField("OrganId", aliases=("OrganID",)),
        BorderField("Title"),
        BorderField("ConfidenceLevel", aliases=("SecurityLevel",)),
        BorderField("ClosedAt"),
        BorderField("SignedDigitally"),
        BorderField("TotalDocuments"),
        BorderField("UpdatedAt"),
    ),
    key=("FileId",),
    version="UpdatedAt",
    secrecy_field="ConfidenceLevel",
    open_values=frozenset({"thuong"}),
    secret_values=SECRETS,
    organisation_field="OrganId",
    day_fields=("ClosedAt", "UpdatedAt"),
)
DOSSIERS = BorderSpec(
    dataset="portal/dossiers",
    fields=(
        BorderField("MaHoSo"),
        BorderField("ChuHoSo", handling="token"),
        BorderField("SoGiayToChuHoSo", handling="token"),
        BorderField("TrichYeuHoSo", handling="drop"),
        BorderField("MucDo"),
        BorderField("NgayCapNhat"),
    ),
    key=("MaHoSo",),
    version="NgayCapNhat",
)
CITIZENS = BorderSpec(
    dataset="portal/dossiers",
    fields=(BorderField("MaHoSo"), BorderField("So", handling="token", kind="citizen_id"), BorderField("NgayCapNhat")),
    key=("MaHoSo",),
    version="NgayCapNhat",
)
OCOP = BorderSpec(
    dataset="ocop/products",
    fields=(
        BorderField("product_code"),
        BorderField("producer_name", keep_when=("producer_type", frozenset({"cooperative", "enterprise"}))),
        BorderField("producer_type"),
        BorderField("decision_number"),
        BorderField("latitude"),
        BorderField("updated_at"),
    ),
    key=("product_code", "decision_number"),
    version="updated_at",
    optional_columns=frozenset({"latitude"}),
)


def work(**fields: Any) -> dict[str, Any]:
    plain = {
        "FileId": "f-1", "OrganId": "H41.12", "Title": "Về việc", "ConfidenceLevel": "thuong",
        "ClosedAt": "2025-02-18T16:40:00+07:00", "SignedDigitally": True, "TotalDocuments": 7,
        "UpdatedAt": "2025-02-18T16:41:10+07:00",
    }  # fmt: skip
    return {name: value for name, value in (plain | fields).items() if value is not ...}


def ndjson(*lines: dict[str, Any] | str) -> bytes:
    return b"".join((line if isinstance(line, str) else json.dumps(line)).encode() + b"\n" for line in lines)


def one_by_one(
    content: bytes, spec: BorderSpec = WORK, tombstones: Mapping[str, dt.datetime] | None = None, name: str = "a.ndjson"
) -> list[dict[str, Any]]:
    lines = records(io.BytesIO(content), format_of(name), LIMIT, spec.sheet_columns)
    names = arrow_schema(spec).names
    border = Border(spec, KEY, tombstones or {})
    drift: set[str] = set()
    rows = [border.row("o", line, record, drift) for line, record in lines]
    return [dict(zip(names, row, strict=True)) for row in [*rows, border.end_of_object("o", drift)]]


def batches(
    content: bytes,
    spec: BorderSpec = WORK,
    tombstones: Mapping[str, dt.datetime] | None = None,
    name: str = "a.ndjson",
    batch_rows: int = 10_000,
) -> list[pa.RecordBatch]:
    return list(
        read_batches(
            [ObjectRef("o", name)],
            lambda _: io.BytesIO(content),
            spec=spec,
            key=KEY,
            tombstones=tombstones or {},
            max_line_bytes=LIMIT,
            batch_rows=batch_rows,
        )
    )


def in_batches(
    content: bytes, spec: BorderSpec = WORK, tombstones: Mapping[str, dt.datetime] | None = None, name: str = "a.ndjson"
) -> list[dict[str, Any]]:
    rows = [row for batch in batches(content, spec, tombstones, name) for row in batch.to_pylist()]
    return sorted(rows, key=lambda row: (row["line"] is None, row["line"]))


def only(content: bytes, spec: BorderSpec = WORK, **options: Any) -> dict[str, Any]:
    row, end = one_by_one(content, spec, **options)
    assert end["outcome"] == "object"
    return row


def hash_of(*parts: str) -> str:
    hashed = key_hash(KEY, parts)
    assert hashed is not None
    return hashed


def utc(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.UTC)  # type: ignore[misc,arg-type]


# --- instants ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-02-18T16:41:10+07:00", utc(2025, 2, 18, 9, 41, 10)),
        ("2025-02-18T16:41:10", utc(2025, 2, 18, 9, 41, 10)),
        (" 2025-02-18 16:41 ", utc(2025, 2, 18, 9, 41)),
        ("2025-02-18T09:41:10Z", utc(2025, 2, 18, 9, 41, 10)),
        ("2025-02-18T16:41:10.5+0700", utc(2025, 2, 18, 9, 41, 10, 500_000)),
        ("2025-02-18T16:41:10.123456789+07", utc(2025, 2, 18, 9, 41, 10, 123_456)),
        ("20250218164110", utc(2025, 2, 18, 9, 41, 10)),
        ("2025-02-18t09:41:10z", utc(2025, 2, 18, 9, 41, 10)),
        ("2025-02-18T16:41:10,1234567+0700", utc(2025, 2, 18, 9, 41, 10, 123_456)),
        ("20250218T164110+07", utc(2025, 2, 18, 9, 41, 10)),
        ("20250218T1641", utc(2025, 2, 18, 9, 41)),
        ("2025-02-18", utc(2025, 2, 17, 17)),
        ("20250218", utc(2025, 2, 17, 17)),
    ],
)
def test_instants_are_read_in_vietnams_time_unless_they_say_otherwise(text: str, expected: dt.datetime) -> None:
    assert parse_instant(text) == expected


@pytest.mark.parametrize(
    "text",
    [None, "", "18/02/2025", "2025-02-30", "2025-13-01", "20250218256110", "2025-W07-2", "2025-02-18T16", "202502181641",
     "0001-01-01", "9999-12-31", "9999-12-30T07:00:00", "２０２５-02-18", "2025-02-18T16:41:10+07:00x"],
)  # fmt: skip
def test_what_is_no_instant_is_none(text: str | None) -> None:
    assert parse_instant(text) is None


@given(st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2099, 12, 31)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001
def test_iso_instants_come_back(moment: dt.datetime, minutes: int) -> None:
    zoned = moment.replace(tzinfo=dt.timezone(dt.timedelta(minutes=minutes)))
    assert parse_instant(zoned.isoformat()) == zoned
    assert parse_instant(moment.strftime("%Y%m%d%H%M%S")) == moment.replace(microsecond=0, tzinfo=VIETNAM)


# --- rows that pass ---------------------------------------------------------------------------------------------------


def test_an_open_record_passes_as_received() -> None:
    content = ndjson('{"FileId":"f-1","ConfidenceLevel":" Thuong ","TotalDocuments":7.0,"SignedDigitally":true,"Title":""}')
    row = only(content)
    assert {name: value for name, value in row.items() if value is not None} == {
        "object_id": "o", "line": 1, "outcome": "row", "key_hash": hash_of("f-1"), "FileId": "f-1",
        "ConfidenceLevel": " Thuong ", "TotalDocuments": "7.0", "SignedDigitally": "true", "Title": "",
    }  # fmt: skip


def test_text_passes_in_its_composed_form_one_by_one_and_by_columns() -> None:
    composed, decomposed = "Hồ sơ", unicodedata.normalize("NFD", "Hồ sơ")
    assert decomposed != composed
    many = [work(FileId=f"f-{number}", Title=decomposed) for number in range(400)]

    assert only(ndjson(work(Title=decomposed)))["Title"] == composed
    titles = [row["Title"] for batch in batches(ndjson(*many)) for row in batch.to_pylist() if row["outcome"] == "row"]
    assert titles == [composed] * 400


def test_what_the_columns_take_for_composed_without_composing_it_is_composed() -> None:
    letters = [chr(code) for code in range(0x20000) if not 0xD800 <= code < 0xE000]
    odd = set(rows_perhaps_not_composed(pa.array(letters)).tolist())
    assert odd == set(rows_perhaps_not_composed(pa.array(["a", *letters])[1:]).tolist())
    plain = [letter for row, letter in enumerate(letters) if row not in odd]
    assert len(plain) > 1000
    # No letter of these has another form, or joins with the one before it, so neither does any text of them.
    assert all(unicodedata.is_normalized("NFC", letter) and unicodedata.combining(letter) == 0 for letter in plain)
    assert unicodedata.is_normalized("NFC", "".join(base + letter for letter in plain for base in "aAoơƠuưyeêzđ"))
    combining = [letter for letter in letters if unicodedata.combining(letter)]
    assert set(plain).isdisjoint(combining)


def test_personal_fields_become_tokens_and_dropped_ones_leave_no_column() -> None:
    row = only(ndjson({"MaHoSo": 12, "ChuHoSo": "Nguyễn Văn An", "SoGiayToChuHoSo": "", "TrichYeuHoSo": "…"}), DOSSIERS)
    assert row["outcome"] == "row"
    assert row["MaHoSo"] == "12"
    assert row["key_hash"] == hash_of("12")
    assert row["ChuHoSo"] == token(KEY, "nguyễn văn an")
    assert row["SoGiayToChuHoSo"] is None
    assert "TrichYeuHoSo" not in row


@pytest.mark.parametrize(("kind", "kept"), [("cooperative", True), (" Enterprise", True), ("household", False), ("", False)])
def test_a_name_is_kept_only_for_the_kinds_that_are_no_persons(kind: str, kept: bool) -> None:
    content = f"product_code,producer_name,producer_type,decision_number,updated_at\np,Nguyễn Văn An,{kind},d,\n"
    row = only(content.encode(), OCOP, name="a.csv")
    assert row["producer_name"] == ("Nguyễn Văn An" if kept else token(KEY, "Nguyễn Văn An"))
    assert row["key_hash"] == hash_of("p", "d")


def test_an_alias_fills_its_field_where_only_one_of_them_has_a_value() -> None:
    assert only(ndjson(work(OrganId=..., OrganID="H41.1")))["OrganId"] == "H41.1"
    assert only(ndjson(work(OrganId=None, OrganID="H41.1")))["OrganId"] == "H41.1"
    assert only(ndjson(work(OrganId="H41.2", OrganID=None)))["OrganId"] == "H41.2"
    assert only(ndjson(work(OrganId="H41.2", OrganID="H41.1")))["error_code"] == "repeated_name"


def test_a_record_without_its_key_passes_without_a_hash() -> None:
    row = only(ndjson(work(FileId=" ")))
    assert (row["outcome"], row["key_hash"]) == ("row", None)


# --- kinds of numbers -------------------------------------------------------------------------------------------------

ONE_CITIZEN = [
    "040099000001", 40099000001, 40099000001.0, "40099000001", "40099000001.0", " 040 099 000 001", "040.099.000.001", "040-099-000-001",
    "'040099000001", "4.0099000001E+10", "040\u00a0099\u00a0000\u2013001", "０４００９９０００００１",
]  # fmt: skip


def number_rows(values: list[Any]) -> bytes:
    return ndjson(*({"MaHoSo": str(place), "So": value, "NgayCapNhat": "20250101000000"} for place, value in enumerate(values)))


def test_one_citizen_has_one_token_however_the_number_is_spelt(columnar: list[bool]) -> None:
    content = number_rows(ONE_CITIZEN)
    rows = in_batches(content, CITIZENS)
    assert rows == one_by_one(content, CITIZENS)
    assert {row["So"] for row in rows if row["outcome"] == "row"} == {token(KEY, "040099000001")}
    assert {str(row["not_of_kind"]) for row in rows} == {"None"}
    assert columnar == [True]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12345678", "012345678"),
        ("012345678", "012345678"),
        ("12345678.0", "012345678"),
        ("123 456 789", "123456789"),
        ("1.23456789E+8", "123456789"),
    ],
)
def test_a_number_of_nine_digits_is_read_alike(text: str, number: str) -> None:
    assert citizen_id(text) == number


@pytest.mark.parametrize(
    "text",
    ["1099000001", "0102030405", "01099000001", "01234567", "1234567", "4e10", "B1234567", "#1", "0400990000011", "12345678,0",
     "040099000001/CMND", "-", "+84912345678"],
)  # fmt: skip
def test_what_has_more_than_one_reading_or_none_is_left_as_it_is_and_named(text: str) -> None:
    assert citizen_id(text) is None
    content = number_rows([text, "040099000001", " "])
    assert in_batches(content, CITIZENS) == one_by_one(content, CITIZENS)
    rows = one_by_one(content, CITIZENS)
    assert [row["not_of_kind"] for row in rows] == [["So"], None, None, None]
    assert [row["So"] for row in rows] == [token(KEY, text), token(KEY, "040099000001"), None, None]


@given(st.from_regex(r"0(0[1-9]|[1-9][0-9])[0-9]{9}", fullmatch=True) | st.from_regex(r"[0-9]{9}", fullmatch=True))
def test_a_number_survives_any_way_of_writing_it(number: str) -> None:
    assert citizen_id(number) == number
    assert citizen_id(" ".join(number)) == number
    as_number = str(int(number))
    # Either the one number that it can have been, or nothing: never another one.
    assert citizen_id(as_number) in {number, None}
    assert citizen_id(f"{as_number}.0") == citizen_id(as_number)
    assert citizen_id(as_number) == number or len(number) - len(as_number) > 1


LOST = {
    **dict.fromkeys(("#N/A", "#REF!", "#VALUE!", " #n/a\u3000", "########", "Err:502"), ERROR_MARK),
    **dict.fromkeys(("4.0099E+10", "4.00990001E+10", "8.93738E+12", "1,2E+11", "\t9E+12", "-1.5e-07", 1.2e22), ROUNDED_MARK),
}


@pytest.mark.parametrize("columns", [True, False])
def test_what_a_spreadsheet_has_lost_is_no_person(columnar: list[bool], columns: bool) -> None:
    """As a token, `#N/A` would be one citizen with all the rows whose number is lost. The mark is of the form that the row rules reject."""
    content = number_rows(list(LOST))
    rows = [row for row in (in_batches if columns else one_by_one)(content, CITIZENS) if row["outcome"] == "row"]
    assert [row["So"] for row in rows] == list(LOST.values())
    # It has no token that another spelling could miss.
    assert {str(row["not_of_kind"]) for row in rows} == {"None"}
    assert columnar == [True] * columns


def test_the_marks_of_lost_values_have_the_forms_that_are_rejected_and_show_no_digit_of_a_person() -> None:
    assert re.fullmatch(SPREADSHEET_ERROR, ERROR_MARK)
    assert re.fullmatch(SCIENTIFIC_NOTATION, ROUNDED_MARK)
    assert set(ROUNDED_MARK) & set("123456789") == set()


@given(
    st.from_regex(SPREADSHEET_ERROR, fullmatch=True),
    st.from_regex(SCIENTIFIC_NOTATION, fullmatch=True),
    st.sampled_from(["", " ", "\n\u3000"]),
)
def test_every_value_of_the_forms_is_lost(error: str, rounded: str, space: str) -> None:
    assert lost_mark(f"{space}{error}{space}") == ERROR_MARK
    assert lost_mark(f"{space}{rounded}{space}") == ROUNDED_MARK


@pytest.mark.parametrize("name", ["#Nguyễn Văn A", "# N/A", "#1", "N/A", "E+12", "4E12", "Err"])
def test_a_name_that_only_begins_like_one_is_a_persons(columnar: list[bool], name: str) -> None:
    content = ndjson({"MaHoSo": "1", "ChuHoSo": name, "SoGiayToChuHoSo": "1", "MucDo": 1})
    assert in_batches(content, DOSSIERS) == one_by_one(content, DOSSIERS)
    assert only(content, DOSSIERS)["ChuHoSo"] == token(KEY, name)
    assert columnar == [True]


def test_a_name_is_lost_only_where_it_would_become_a_token() -> None:
    rows = [
        {"product_code": "p", "decision_number": "1", "producer_name": "#N/A", "producer_type": kind}
        for kind in ("cooperative", "household")
    ]
    assert [row["producer_name"] for row in one_by_one(ndjson(*rows), OCOP)[:2]] == ["#N/A", ERROR_MARK]


@settings(max_examples=80)
@given(
    st.lists(
        st.sampled_from([*ONE_CITIZEN, *LOST, "1099000001", "B1", "", None, True]) | st.text("0123456789 .,-eE+#", max_size=14), max_size=8
    )
)
def test_columns_and_lines_read_kinds_alike(values: list[Any]) -> None:
    content = number_rows(values)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ColumnarReader, "_MIN_LINES", 1)
        assert in_batches(content, CITIZENS) == one_by_one(content, CITIZENS)


COUNTS = BorderSpec(
    dataset="registry/counts",
    fields=(BorderField("Id"), BorderField("Whole", number="number"), BorderField("Part", number="percent"), BorderField("UpdatedAt")),
    key=("Id",),
    version="UpdatedAt",
)


def count_rows(values: list[Any]) -> bytes:
    return ndjson(*({"Id": str(place), "Whole": value, "Part": value} for place, value in enumerate(values)))


def test_a_number_of_json_is_spelt_as_no_other_number_and_a_text_is_left_alone(columnar: list[bool]) -> None:
    values = ["12.125", 12.125, 12.5, 12, 1e21, True, None, -3.125]
    rows = in_batches(count_rows(values), COUNTS)
    assert rows == one_by_one(count_rows(values), COUNTS)
    spelt = ["12.125", "12.1250", "12.5", "12", f"1{'0' * 21}", "true", None, "-3.1250"]
    assert [row["Whole"] for row in rows[:-1]] == [row["Part"] for row in rows[:-1]] == spelt


@settings(max_examples=80)
@given(st.lists(st.integers() | st.floats() | st.booleans() | st.none() | st.text("0123456789.,-eE %", max_size=9), max_size=9))
def test_columns_and_lines_spell_numbers_alike(values: list[Any]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ColumnarReader, "_MIN_LINES", 1)
        for content in (count_rows(values), count_rows([1, 2, *values]), count_rows(["1", True, *values])):
            assert in_batches(content, COUNTS) == one_by_one(content, COUNTS)


# --- withheld and rejected --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", ["mat", "toi_mat", "tuyet_mat", " MAT ", "Toi_Mat"])
def test_a_secret_record_is_withheld_with_no_content(level: str) -> None:
    row = only(ndjson(work(ConfidenceLevel=level, Title="bí mật\x00", OrganId=" H41.12 ", TotalDocuments={"a": ["x"]})))
    assert {name: value for name, value in row.items() if value is not None} == {
        "object_id": "o", "line": 1, "outcome": "withheld", "key_hash": hash_of("f-1"), "organisation": "H41.12",
        "day": dt.date(2025, 2, 18), "version": utc(2025, 2, 18, 9, 41, 10),
    }  # fmt: skip


@pytest.mark.parametrize("organ", ["Kế hoạch A2", {"x": "Title"}, "H41.12;x", "H" * 36, None, ["H41"]])
def test_only_what_looks_like_an_organisation_code_leaves_with_a_secret(organ: Any) -> None:
    assert only(ndjson(work(ConfidenceLevel="mat", OrganId=organ)))["organisation"] is None


def test_the_day_of_a_secret_is_the_first_that_can_be_read_in_vietnams_time() -> None:
    late = "2025-02-18T17:30:00Z"
    assert only(ndjson(work(ConfidenceLevel="mat", ClosedAt=late)))["day"] == dt.date(2025, 2, 19)
    assert only(ndjson(work(ConfidenceLevel="mat", ClosedAt="?", UpdatedAt=late)))["day"] == dt.date(2025, 2, 19)
    row = only(ndjson(work(ConfidenceLevel="mat", ClosedAt=None, UpdatedAt="?")))
    assert (row["day"], row["version"]) == (None, None)


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        ({"ConfidenceLevel": ..., "SecurityLevel": "mat"}, "withheld"),
        ({"ConfidenceLevel": "thuong", "SecurityLevel": "mat"}, "withheld"),
        ({"ConfidenceLevel": "mat", "SecurityLevel": "thuong"}, "withheld"),
        ({"ConfidenceLevel": None, "SecurityLevel": "thuong"}, "row"),
        ({"ConfidenceLevel": "thuong", "SecurityLevel": "?"}, "rejected"),
    ],
)
def test_secrecy_under_any_name_of_the_field_counts(fields: dict[str, Any], outcome: str) -> None:
    assert only(ndjson(work(**fields)))["outcome"] == outcome


@pytest.mark.parametrize(
    ("level", "code"),
    [
        (..., "missing_secrecy_level"),
        (None, "missing_secrecy_level"),
        (" ", "missing_secrecy_level"),
        ("khong_ro", "unknown_secrecy_level"),
        (0, "unknown_secrecy_level"),
        (False, "unknown_secrecy_level"),
        (["mat"], "unknown_secrecy_level"),
        ({"thuong": 1}, "unknown_secrecy_level"),
    ],
)
def test_without_a_known_level_a_record_is_rejected_and_masked(level: Any, code: str) -> None:
    row = only(ndjson(work(ConfidenceLevel=level)))
    assert {name: value for name, value in row.items() if value is not None} == {
        "object_id": "o", "line": 1, "outcome": "rejected", "error_code": code, "error_field": "ConfidenceLevel",
        "error_message": "expected one of mat, thuong, toi_mat, tuyet_mat",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("{", "broken_line"),
        ('{"ConfidenceLevel":"thuong","Title":"a\\u0000b"}', "nul_character"),
        ('{"ConfidenceLevel":"thuong","Title":"\\ud800"}', "invalid_encoding"),
        ('{"ConfidenceLevel":"thuong","Title":["\\ud800"]}', "invalid_encoding"),
        ('{"ConfidenceLevel":"thuong","FileId":"\\udfff"}', "invalid_encoding"),
        ('{"ConfidenceLevel":"thuong","x":' + "[" * 60_000, "broken_line"),
    ],
)
def test_a_line_that_cannot_be_a_row_is_rejected_with_no_content(line: str, code: str) -> None:
    row = only(ndjson(line))
    assert {name for name, value in row.items() if value is not None} == {
        "object_id", "line", "outcome", "error_code", "error_message",
    }  # fmt: skip
    assert row["error_code"] == code


def test_what_does_not_leave_is_not_judged() -> None:
    line = '{"ConfidenceLevel":"thuong","\\u0000\\ud800":"\\u0000","TrichYeuHoSo":"\\ud800","ChuHoSo":"\\ud800\\u0000"}'
    row, end = one_by_one(ndjson(line), DOSSIERS)
    assert row["outcome"] == "row"
    assert row["ChuHoSo"] == token(KEY, "\ud800\0")
    assert end["drift"] == [OTHER_FIELDS, "ConfidenceLevel"]


# --- names given twice ------------------------------------------------------------------------------------------------


def members(*pairs: tuple[str, Any], **fields: Any) -> str:
    """A record as text, with more members at its end."""
    return ",".join([json.dumps(work(**fields))[:-1], *(f"{json.dumps(name)}:{json.dumps(value)}" for name, value in pairs)]) + "}"


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (members(("Title", "khác")), "Title"),
        (members(("Title", "Về việc")), "Title"),
        (members(("FileId", "f-2")), "FileId"),
        (members(("OrganID", "H41.12")), "OrganId"),
        (members(("ConfidenceLevel", "thuong")), "ConfidenceLevel"),
        (members(("ConfidenceLevel", None)), "ConfidenceLevel"),
        (members().replace('"Title"', '"T\\u0069tle": null, "Title"'), "Title"),
        (members(("Unknown", 1), ("Unknown", 2)), None),
        (members(Title=...)[:-1] + ',"Title":{"a":1,"b":{"c":1,"c":2}}}', None),
        (members(Title=...)[:-1] + ',"Title":[{"c":1,"\\u0063":2}]}', None),
    ],
)
def test_a_name_given_twice_rejects_the_record_with_no_content(line: str, field: str | None) -> None:
    row = only(ndjson(line))
    assert {name: value for name, value in row.items() if value is not None} == {
        "object_id": "o", "line": 1, "outcome": "rejected", "error_code": "repeated_name",
        "error_message": "expected each name once in a record", **({"error_field": field} if field else {}),
    }  # fmt: skip
    assert tombstones_of(ndjson(line)) == {}


@pytest.mark.parametrize(
    ("line", "hidden"),
    [
        (members(("ConfidenceLevel", "thuong"), ConfidenceLevel="mat"), {"f-1"}),
        (members(("ConfidenceLevel", "mat")), {"f-1"}),
        (members(("ConfidenceLevel", "mat"), ("ConfidenceLevel", "thuong")), {"f-1"}),
        (members(("SecurityLevel", "mat"), ("SecurityLevel", "thuong"), ConfidenceLevel=...), {"f-1"}),
        (members(("ConfidenceLevel", "thuong"), ConfidenceLevel="mat").replace('"ConfidenceLevel"', '"C\\u006fnfidenceLevel"', 1), {"f-1"}),
        (members(("Title", "khác"), ConfidenceLevel="mat"), {"f-1"}),
        (members(("FileId", "f-2"), ConfidenceLevel="mat"), {"f-1", "f-2"}),
    ],
)
def test_secrecy_of_any_value_given_wins(line: str, hidden: set[str]) -> None:
    row = only(ndjson(line))
    assert (row["outcome"], row["Title"], row["error_code"]) == ("withheld", None, None)
    assert tombstones_of(ndjson(line)) == {hash_of(name): utc(2025, 2, 18, 9, 41, 10) for name in hidden}


@pytest.mark.parametrize("second", ["2026-01-01", "not a time"])
def test_a_secret_record_with_two_versions_hides_up_to_the_newest(second: str) -> None:
    found = tombstones_of(ndjson(members(("UpdatedAt", second), ConfidenceLevel="mat")))
    assert found == {hash_of("f-1"): parse_instant(second) or EVERY_VERSION}


@pytest.mark.parametrize(
    "line", [members(("UpdatedAt", "2026-01-01")), members(("FileId", "f-2")), members(("OrganID", "H41.1"), FileId="f-2")]
)
def test_a_record_with_a_repeated_name_that_may_have_a_tombstone_is_withheld(line: str) -> None:
    assert only(ndjson(line), tombstones={hash_of("f-2"): utc(2025, 3, 1), hash_of("f-1"): utc(2025, 3, 1)})["outcome"] == "withheld"


def test_a_line_that_repeats_a_name_and_is_no_record_is_broken() -> None:
    assert only(ndjson('{"FileId":"x","FileId":"y"'))["error_code"] == "broken_line"
    assert only(ndjson('{"FileId":"x","FileId":"y"} x'))["error_code"] == "broken_line"


# --- tombstones -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "outcome"),
    [
        ("2025-03-01T00:00:00+07:00", "withheld"),
        ("2025-03-01T08:00:00+07:00", "withheld"),
        ("2025-03-01T01:00:00.000000999Z", "withheld"),
        ("2025-03-01T08:00:01+07:00", "row"),
        ("not a time", "withheld"),
        (None, "withheld"),
        ("9999-12-31T00:00:00", "withheld"),
    ],
)
def test_a_version_not_newer_than_the_tombstone_is_withheld(version: str | None, outcome: str) -> None:
    tombstones = {hash_of("F-1"): utc(2025, 3, 1, 1)}
    assert only(ndjson(work(UpdatedAt=version)), tombstones=tombstones)["outcome"] == outcome
    assert only(ndjson(work(UpdatedAt=version, FileId="f-2")), tombstones=tombstones)["outcome"] == "row"


def test_withheld_goes_before_rejected() -> None:
    tombstones = {hash_of("f-1"): EVERY_VERSION}
    for fields in ({"ConfidenceLevel": ...}, {"ConfidenceLevel": "?"}, {"Title": "\0"}, {"UpdatedAt": "9999-12-29"}):
        assert only(ndjson(work(**fields)), tombstones=tombstones)["outcome"] == "withheld"


def test_tombstones_count_where_there_is_no_secrecy_field() -> None:
    tombstones = {hash_of("h-1"): EVERY_VERSION}
    assert only(ndjson({"MaHoSo": "h-1", "ChuHoSo": "An"}), DOSSIERS, tombstones=tombstones)["outcome"] == "withheld"


def tombstones_of(content: bytes, spec: BorderSpec = WORK, name: str = "a.ndjson") -> dict[str, dt.datetime]:
    return collect_tombstones(io.BytesIO(content), name, spec, KEY, LIMIT)


def test_the_newest_secret_version_of_each_record_is_collected() -> None:
    content = ndjson(
        work(FileId="a", ConfidenceLevel="mat", UpdatedAt="2025-01-02T00:00:00Z"),
        work(FileId="A ", ConfidenceLevel="toi_mat", UpdatedAt="2025-01-03T00:00:00Z"),
        work(FileId="a", ConfidenceLevel="mat", UpdatedAt="2025-01-01T00:00:00Z"),
        work(FileId="a", UpdatedAt="2025-01-09T00:00:00Z"),
        work(FileId="b", ConfidenceLevel="mat", UpdatedAt="?"),
        work(FileId="", ConfidenceLevel="mat"),
        work(FileId="c", ConfidenceLevel="?"),
        work(FileId="d", ConfidenceLevel=...),
        '{"ConfidenceLevel":"mat"',
    )
    assert tombstones_of(content) == {hash_of("a"): utc(2025, 1, 3), hash_of("b"): EVERY_VERSION}
    assert tombstones_of(gzip.compress(content), name="a.ndjson.gz") == tombstones_of(content)
    assert tombstones_of(content, DOSSIERS) == {}


def test_tombstones_of_a_sheet_are_collected() -> None:
    names = [field.name for field in WORK.fields]
    content = ",".join(names) + "\n" + ",".join(str(work(ConfidenceLevel="mat")[name]) for name in names)
    assert tombstones_of(content.encode(), name="a.csv") == {hash_of("f-1"): utc(2025, 2, 18, 9, 41, 10)}


@pytest.mark.parametrize(
    "line",
    [
        '{"FileId":"f","ConfidenceLevel" : "mat"}',
        '{"FileId":"f","ConfidenceLevel":"thuong","ConfidenceLevel":"mat"}',
        '{"FileId":"f","\\u0043onfidenceLevel":"mat"}',
        '{"FileId":"f","ConfidenceLevel":"thuong","\\u0043onfidenceLeve\\u006C":"mat"}',
        '{"FileId":"f","ConfidenceLevel":"thuong","SecurityLevel":"mat"}',
        '{"FileId":"f","ConfidenceLevel":"\\u006dat"}',
        '{"FileId":"f","Title":"\\"ConfidenceLevel\\":\\"thuong\\"","ConfidenceLevel":"mat"}',
        '{"FileId":"f","Title":"ConfidenceLevel","ConfidenceLevel":\t"mat"}',
        '{"FileId":"f","Nested":{"ConfidenceLevel":"thuong"},"ConfidenceLevel":"MAT"}',
    ],
)
def test_a_secret_is_found_however_it_is_spelt(line: str) -> None:
    expected = {hash_of("f"): EVERY_VERSION}
    assert tombstones_of(ndjson(work(), line, work())) == expected


# --- drift ------------------------------------------------------------------------------------------------------------


def test_unknown_fields_of_passing_rows_are_named_once_an_object() -> None:
    content = ndjson(
        work(NewField=1, another="x"),
        work(NewField=2, **{"Nguyễn Văn An": 1}),
        work(ConfidenceLevel="mat", SecretName=1),
        work(ConfidenceLevel="?", UnknownName=1),
        work(OrganID="H41"),
    )
    rows = one_by_one(content)
    assert [row["drift"] for row in rows] == [None] * 5 + [[OTHER_FIELDS, "NewField", "another"]]
    assert rows[-1]["line"] is None


def test_drift_is_bounded() -> None:
    drift = one_by_one(ndjson(*(work(**{f"field_{number:03}": 1}) for number in range(300))))[-1]["drift"]
    assert drift == [OTHER_FIELDS, *(f"field_{number:03}" for number in range(100))]


# --- batches ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def columnar(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Columns are tried for blocks of any size; the list says for each block whether they were used."""
    used: list[bool] = []
    read = ColumnarReader.read

    def spy(self: Any, object_id: str, first_line: int, block: bytes) -> Iterator[Any]:
        parts = list(read(self, object_id, first_line, block))
        used.append(any(isinstance(part, pa.RecordBatch) for part in parts))
        return iter(parts)

    monkeypatch.setattr(ColumnarReader, "_MIN_LINES", 1)
    monkeypatch.setattr(ColumnarReader, "read", spy)
    return used


PLAIN = ndjson(*(work(FileId=f"f-{number}", TotalDocuments=number) for number in range(5)))


def test_plain_lines_are_read_by_columns(columnar: list[bool]) -> None:
    assert in_batches(PLAIN) == one_by_one(PLAIN)
    assert columnar == [True]


def test_secret_rows_and_tombstones_leave_the_columns_one_by_one(columnar: list[bool]) -> None:
    content = PLAIN + ndjson(work(ConfidenceLevel="mat"), work(ConfidenceLevel=...), work(ConfidenceLevel="Thuong"))
    tombstones = {hash_of("f-3"): EVERY_VERSION, hash_of("f-4"): utc(2025, 1, 1)}
    rows = in_batches(content, tombstones=tombstones)
    assert rows == one_by_one(content, tombstones=tombstones)
    assert [row["outcome"] for row in rows] == [*["row"] * 3, "withheld", "row", "withheld", "rejected", "row", "object"]
    assert columnar == [True]


def test_rows_of_small_groups_that_take_turns_keep_their_lines(columnar: list[bool]) -> None:
    """Lines of each kind are too few to be read by themselves, so that all are read together, as text, kind by kind."""
    records = [work(FileId=f"f-{number}", TotalDocuments=number if number % 2 else str(number)) for number in range(6)]
    content = ndjson(*records, work(FileId="f-6", ConfidenceLevel="mat"), work(FileId="f-7", TotalDocuments="7"))
    tombstones = {hash_of("f-2"): EVERY_VERSION}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ColumnarReader, "_MIN_LINES", 5)
        rows = in_batches(content, tombstones=tombstones)
    assert rows == one_by_one(content, tombstones=tombstones)
    assert [row["outcome"] for row in rows] == ["row", "row", "withheld", "row", "row", "row", "withheld", "row", "object"]
    assert columnar == [True]


def test_tokens_and_dropped_fields_by_columns(columnar: list[bool]) -> None:
    content = ndjson(*({"MaHoSo": str(n), "ChuHoSo": f"An {n}", "TrichYeuHoSo": "x", "MucDo": 4} for n in range(5)))
    assert in_batches(content, DOSSIERS) == one_by_one(content, DOSSIERS)
    assert columnar == [True]


UNUSUAL = [
    "",
    " ",
    "{}",
    "{",
    "}",
    "[]",
    "null",
    '{"FileId":"x"}{"FileId":"y"}',
    '{"FileId":"x"} ',
    '{"FileId":"x"}\r',
    '{"FileId":"x",}',
    '{"FileId":"x","FileId":"y","ConfidenceLevel":"thuong"}',
    '{"FileId":null,"FileId":"y","ConfidenceLevel":"thuong"}',
    '{"ConfidenceLevel":"thuong","ConfidenceLevel":"mat"}',
    '{"FileId":"f-9","ConfidenceLevel":"mat","ConfidenceLevel":"thuong"}',
    '{"FileId":"f-9","C\\u006fnfidenceLevel":"mat","ConfidenceLevel":"thuong"}',
    '{"FileId":"f-9","SecurityLevel":"mat","ConfidenceLevel":"thuong"}',
    '{"FileId":"f-9","OrganId":"H41","OrganID":"H41","ConfidenceLevel":"thuong"}',
    '{"FileId":"f-9","ConfidenceLevel":"thuong","Title":{"a":1,"a":2}}',
    '{"FileId":"f-9","FileId":"f-2","ConfidenceLevel":"thuong"}',
    '{"Conf\\u0069denceLevel":"mat"}',
    '{"ConfidenceLevel":"thuong","TotalDocuments":-0}',
    '{"ConfidenceLevel":"thuong","TotalDocuments":\r-0}',
    '{"ConfidenceLevel":"thuong","TotalDocuments":0}',
    '{"ConfidenceLevel":"thuong","TotalDocuments":-7}',
    '{"ConfidenceLevel":"thuong","TotalDocuments":1.0}',
    '{"ConfidenceLevel":"thuong","TotalDocuments":1e2}',
    '{"ConfidenceLevel":"thuong","TotalDocuments":007}',
    '{"ConfidenceLevel":"thuong","TotalDocuments":9223372036854775807}',
    '{"ConfidenceLevel":"thuong","TotalDocuments":9223372036854775808}',
    '{"ConfidenceLevel":"thuong","TotalDocuments":"7"}',
    '{"ConfidenceLevel":"thuong","TotalDocuments":NaN}',
    '{"ConfidenceLevel":"thuong","SignedDigitally":"true"}',
    '{"ConfidenceLevel":"thuong","SignedDigitally":1}',
    '{"ConfidenceLevel":"thuong","SignedDigitally":null}',
    '{"ConfidenceLevel":"thuong","Title":{"a":[1.0]}}',
    '{"ConfidenceLevel":"thuong","Title":{}}',
    '{"ConfidenceLevel":"thuong","Title":7}',
    '{"ConfidenceLevel":"thuong","Title":"2025-01-01T00:00:00"}',
    '{"ConfidenceLevel":"thuong","Title":"a\\u0000b"}',
    '{"ConfidenceLevel":"thuong","Title":"\\\\u0000"}',
    '{"ConfidenceLevel":"thuong","Title":"\\ud83d\\ude00 \\u1ed3\\n\\/\\""}',
    '{"ConfidenceLevel":"thuong","Title":"\\ud800"}',
    '{"ConfidenceLevel":"thuong","Title":"\\udc00"}',
    '{"ConfidenceLevel":"thuong","Title":"a\tb"}',
    '{"ConfidenceLevel":"thuong","Title":"\x7f\u2028"}',
    '{"ConfidenceLevel":"thuong","Title":"\x00"}',
    '{"ConfidenceLevel":"thuong","New":1}',
    '{"ConfidenceLevel":"thuong","New":null}',
    '{"ConfidenceLevel":"thuong","SecurityLevel":"mat"}',
    '{"ConfidenceLevel":"Thuong"}',
    '{"ConfidenceLevel":"thuong ","FileId":"f-1"}',
    '{"Title":{"a":{}',
    "{}}",
    '{"ConfidenceLevel":"thuong","Title":["x",{}',
    "{}]}",
    '{"ConfidenceLevel":"thuong","Title":"' + "x" * LIMIT + '"}',
    json.dumps(work(UpdatedAt="?")),
]
line_texts = st.one_of(
    st.just(json.dumps(work())),
    st.sampled_from(UNUSUAL),
    st.fixed_dictionaries(
        {},
        optional={
            "FileId": st.sampled_from(["f-1", "f-2", "", "F-1 "]) | st.text(max_size=3),
            "ConfidenceLevel": st.sampled_from(["thuong", "thuong", "mat", None]),
            "Title": st.text(max_size=5) | st.none(),
            "SignedDigitally": st.booleans(),
            "TotalDocuments": st.integers() | st.floats(),
            "UpdatedAt": st.sampled_from(["2025-01-01", "20250601000000", "?"]),
        },
    ).flatmap(lambda record: st.booleans().map(lambda ascii_only: json.dumps(record, ensure_ascii=ascii_only))),
    # Members in any order, names given twice among them.
    st.lists(
        st.tuples(
            st.sampled_from(["FileId", "ConfidenceLevel", "C\\u006fnfidenceLevel", "SecurityLevel", "Title", "OrganId", "OrganID", "New"]),
            st.sampled_from(['"thuong"', '"thuong"', '"mat"', '"f-1"', "null", "7", '{"a":1,"a":2}']),
        ),
        max_size=5,
    ).map(lambda pairs: "{" + ",".join(f'"{name}":{value}' for name, value in pairs) + "}"),
)


@settings(max_examples=150)
@given(st.lists(line_texts, max_size=6), st.booleans(), st.sampled_from([b"", b"\xff\n", b"\xef\xbb\xbf"]))
@example(['{"Title":{"a":{}', "{}}", '{"FileId":"x"}{"FileId":"y"}'], True, b"")
@example([json.dumps(work(TotalDocuments=1)), json.dumps(work(TotalDocuments=0))], False, b"\xef\xbb\xbf")
def test_columns_and_lines_give_equal_rows(texts: list[str], ended: bool, head: bytes) -> None:
    body = "\n".join(texts).encode("utf-8", "surrogatepass") + (b"\n" if ended else b"")
    # The first lines teach the types, so that the unusual line meets the columns and not only the second try.
    content = head + PLAIN + body
    tombstones = {hash_of("f-1"): utc(2025, 3, 1), hash_of("f-2"): EVERY_VERSION}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ColumnarReader, "_MIN_LINES", 1)
        assert in_batches(content, tombstones=tombstones) == one_by_one(content, tombstones=tombstones)
        assert in_batches(body, tombstones=tombstones) == one_by_one(body, tombstones=tombstones)


@pytest.mark.parametrize("line", UNUSUAL)
def test_an_unusual_line_among_plain_ones_changes_no_row(columnar: list[bool], line: str) -> None:
    content = PLAIN + line.encode() + b"\n" + PLAIN
    assert in_batches(content) == one_by_one(content)


ODD_LINES = [
    ('{"ConfidenceLevel":"thuong","New":1}', 1),
    ('{"ConfidenceLevel":"thuong","Title":{"a":1}}', 1),
    ('{"FileId":"x","FileId":"y","ConfidenceLevel":"thuong"}', 1),
    ('{"ConfidenceLevel":"thuong","Title":"a\\u0000b"}', 1),
    ('{"ConfidenceLevel":"mat"}', 1),
    ('{"ConfidenceLevel":"thuong"', 1),
    ("", 1),
    ('{"ConfidenceLevel":"thuong"} {"ConfidenceLevel":"thuong"}', 1),
    # Read as text, together with others of as few kind.
    ('{"ConfidenceLevel":"thuong","TotalDocuments":1.0}', 0),
    ('{"ConfidenceLevel":"thuong","TotalDocuments":-0}', 0),
    ('{"ConfidenceLevel":"thuong","TotalDocuments":"7"}', 0),
    ('{"ConfidenceLevel":"thuong","Title":7,"SignedDigitally":1}', 0),
    ('{"ConfidenceLevel":"thuong","TotalDocuments":98765432109876543210}', 0),
]


@pytest.mark.parametrize(("line", "alone"), ODD_LINES)
@pytest.mark.parametrize("place", [0, 7, 399])
def test_an_odd_line_takes_no_neighbour_out_of_the_columns(line: str, alone: int, place: int) -> None:
    lines = [json.dumps(work(FileId=f"f-{number}", TotalDocuments=number % 3)) for number in range(400)]
    mixed = [json.dumps(work(FileId=f"m-{number}", TotalDocuments=float(number))) for number in range(40)]
    content = ndjson(*lines[:place], line, *lines[place:], *mixed)
    reader = ColumnarReader(Border(WORK, KEY, {}), LIMIT)
    parts = list(reader.read("o", 1, content))
    assert sum(part.num_rows for part in parts if isinstance(part, pa.RecordBatch)) == 441 - alone
    assert [text for part in parts if isinstance(part, tuple) for text in [part[1]]] == [line.encode()] * alone
    assert in_batches(content) == one_by_one(content)


@settings(max_examples=40)
@given(st.randoms(use_true_random=False), st.integers(1, 64), st.integers(0, 70))
def test_long_blocks_of_all_kinds_of_lines_give_equal_rows(random: Random, least: int, refusals: int) -> None:
    kinds = [
        lambda: json.dumps(work(FileId=f"f-{random.randrange(9)}", TotalDocuments=random.choice([0, 7, "7", 7.5, True, None]))),
        lambda: json.dumps(
            work(SignedDigitally=random.choice([True, "true", 1]), Title=random.choice(["Hồ sơ", unicodedata.normalize("NFD", "Hồ sơ"), 7]))
        ),
        lambda: json.dumps(work(ConfidenceLevel=random.choice(["thuong", "mat", None])), ensure_ascii=False),
        lambda: random.choice(UNUSUAL[:-2]),
        lambda: random.choice(ODD_LINES)[0],
    ]
    weights = [random.choice([0, 1, 50]) for _ in kinds[1:]]
    content = ndjson(*(random.choices(kinds, [50, *weights])[0]() for _ in range(random.randrange(200))))
    tombstones = {hash_of("f-1"): utc(2025, 3, 1)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ColumnarReader, "_MIN_LINES", least)
        patch.setattr(ColumnarReader, "_MAX_REFUSALS", refusals)
        assert in_batches(content, tombstones=tombstones) == one_by_one(content, tombstones=tombstones)


def test_only_the_rows_that_need_it_are_composed_and_all_of_them() -> None:
    titles = [
        unicodedata.normalize("NFD" if number % 7 == 0 else "NFC", f"Hồ sơ – {number} “đ”") if number % 3 else None for number in range(400)
    ]
    content = ndjson(*(json.dumps(work(FileId=f"f-{n}", Title=title), ensure_ascii=False) for n, title in enumerate(titles)))
    found = {row["FileId"]: row["Title"] for row in in_batches(content) if row["outcome"] == "row"}
    assert found == {f"f-{n}": title and unicodedata.normalize("NFC", title) for n, title in enumerate(titles)}


@given(st.lists(line_texts, max_size=6))
def test_tombstones_are_the_secret_rows(texts: list[str]) -> None:
    content = "\n".join(texts).encode("utf-8", "surrogatepass")
    secret = [row for row in one_by_one(content) if row["outcome"] == "withheld" and row["key_hash"]]
    found = tombstones_of(content)
    # A record with a repeated name may hide more: each key that it gives, up to the newest version.
    assert all(found[row["key_hash"]] >= (row["version"] or dt.datetime.min.replace(tzinfo=dt.UTC)) for row in secret)
    if "repeated_name" in {row["error_code"] for row in one_by_one(content.replace(b"mat", b"thuong"))}:
        return
    expected = {row["key_hash"]: dt.datetime.min.replace(tzinfo=dt.UTC) for row in secret}
    for row in secret:
        expected[row["key_hash"]] = max(expected[row["key_hash"]], row["version"] or EVERY_VERSION)
    assert found == expected


@pytest.mark.parametrize("line", [b'{"ConfidenceLevel":"thuong","Title":"\xff"}', b'{"ConfidenceLevel":"thuong","\xff":1}'])
def test_a_line_that_is_not_utf8_among_plain_ones_is_rejected(columnar: list[bool], line: bytes) -> None:
    content = PLAIN + line + b"\n" + PLAIN
    rows = in_batches(content)
    assert rows == one_by_one(content)
    assert [row["error_code"] for row in rows if row["error_code"]] == ["invalid_encoding"]


def test_a_field_of_mixed_types_is_read_line_by_line_in_the_end(columnar: list[bool], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.landing.formats.lines.READ_BYTES", 500)
    content = ndjson(*(work(TotalDocuments=7 if number % 2 else "7") for number in range(60)))
    assert in_batches(content) == one_by_one(content)
    assert len(columnar) > 10


def test_batches_have_the_schema_and_no_more_rows_than_asked(columnar: list[bool]) -> None:
    content = PLAIN * 5 + b"{\n" * 7
    for body in (PLAIN * 5, content):
        found = batches(body, batch_rows=4)
        assert all(batch.schema == arrow_schema(WORK) and 0 < batch.num_rows <= 4 for batch in found)
        assert sum(batch.num_rows for batch in found) == body.count(b"\n") + 1


def test_objects_of_every_format_are_read_and_each_one_is_ended() -> None:
    book = openpyxl.Workbook()
    for row in (
        ["product_code", "producer_name", "producer_type", "decision_number", "updated_at"],
        ["p", "HTX An", "cooperative", 12, dt.datetime(2025, 2, 3, 8)],  # noqa: DTZ001  cells have no zone
    ):
        book.worksheets[0].append(row)
    stream = io.BytesIO()
    book.save(stream)
    text = "product_code,producer_name,producer_type,decision_number,updated_at\np,HTX An,cooperative,12,2025-02-03T08:00:00\n"
    contents = {"a.xlsx": stream.getvalue(), "a.csv": text.encode(), "b.csv.gz": gzip.compress(text.encode()), "c.csv": b""}
    found = read_batches(
        [ObjectRef(name, name) for name in contents],
        lambda path: io.BytesIO(contents[path]),
        spec=OCOP,
        key=KEY,
        tombstones={},
        max_line_bytes=LIMIT,
    )
    [batch] = found
    rows = batch.to_pylist()
    assert [(row["object_id"], row["line"], row["outcome"]) for row in rows] == [
        ("a.xlsx", 2, "row"), ("a.xlsx", None, "object"), ("a.csv", 2, "row"), ("a.csv", None, "object"),
        ("b.csv.gz", 2, "row"), ("b.csv.gz", None, "object"), ("c.csv", None, "object"),
    ]  # fmt: skip
    values = [[row[field.name] for field in OCOP.fields] for row in rows if row["outcome"] == "row"]
    assert values == [["p", "HTX An", "cooperative", "12", None, "2025-02-03T08:00:00"]] * 3


# --- secrets ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [True, False])
def test_planted_secrets_appear_nowhere(columns: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ColumnarReader, "_MIN_LINES", 1 if columns else 1 << 30)
    content = ndjson(
        work(FileId="PLANTED-0", ConfidenceLevel="mat", Title="PLANTED", OrganId="PLANTED planted", UpdatedAt="PLANTED"),
        work(ConfidenceLevel="PLANTED", Title="PLANTED"),
        work(ConfidenceLevel=..., Title="PLANTED", FileId="PLANTED"),
        work(ConfidenceLevel="thuong", Title="PLANTED\0"),
        work(ConfidenceLevel="thuong", Title="PLANTED\ud800"),
        work(Unknown="PLANTED", **{"PLANTED name": 1}),
        work(FileId="hidden", Title="PLANTED"),
        '{"Title":"PLANTED',
        '"PLANTED"',
        '{"ConfidenceLevel":"thuong","Title":"' + "PLANTED" * LIMIT,
    )
    rows = in_batches(content + b'{"Title":"PLANTED\xff"}\n', tombstones={hash_of("hidden"): EVERY_VERSION})
    assert len(rows) == 12
    assert "planted" not in repr(rows).lower()
    dossier = {"MaHoSo": "1", "ChuHoSo": "PLANTED", "SoGiayToChuHoSo": "PLANTED", "TrichYeuHoSo": "PLANTED"}
    assert "planted" not in repr(in_batches(ndjson(*[dossier] * 3), DOSSIERS)).lower()
    assert KEY.decode() not in repr(rows)


DOCUMENTS = {
    "list": json.dumps,
    "list over lines": lambda rows: json.dumps(rows, indent=2).replace('":', '"\n:\n'),
    "page": lambda rows: json.dumps({"next_cursor": None, "items": rows}),
    "one after another": lambda rows: "".join(map(json.dumps, rows)),
    "returns": lambda rows: "\r".join(map(json.dumps, rows)),
}


@pytest.mark.parametrize("shape", DOCUMENTS)
def test_secrets_are_withheld_however_the_json_is_written(shape: str) -> None:
    rows = [work(FileId=str(number), Title=f"PLANTED {number}") for number in range(300)]
    rows[7] |= {"ConfidenceLevel": "mat"}
    rows[8].pop("ConfidenceLevel")
    rows[9] |= {"SecurityLevel": "toi_mat"}
    content = DOCUMENTS[shape](rows).encode()
    found = in_batches(content)[:-1]
    outcomes = {row["outcome"] for row in found}
    assert outcomes == {"row", "rejected", "withheld"}
    assert [row["outcome"] for row in found[7:10]] == ["withheld", "rejected", "withheld"]
    assert not {"PLANTED 7", "PLANTED 8", "PLANTED 9"} & {row["Title"] for row in found}
    assert len(found) == len({row["line"] for row in found}) == 300
    tombstones = collect_tombstones(io.BytesIO(content), "a.ndjson", WORK, KEY, LIMIT)
    assert tombstones.keys() == {hash_of("7"), hash_of("9")}


# --- the spec and the module ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"fields": (BorderField("a"), BorderField("a"))}, "given twice"),
        ({"fields": (BorderField("a"), BorderField("b", aliases=("a",)))}, "given twice"),
        ({"fields": (BorderField("a"), BorderField("b", aliases=("A ",)))}, "given twice"),
        ({"fields": (BorderField("a"), BorderField("Line"))}, "border's own columns"),
        ({"fields": (BorderField("a", aliases=("Mã thôn",)),)}, "ASCII"),
        ({"fields": (BorderField("a"), BorderField("tên"))}, "ASCII"),
        ({"key": ("b",)}, "not in the allow-list: \\['b'\\]"),
        ({"secrecy_field": "c"}, "not in the allow-list"),
        ({"fields": (BorderField("a", keep_when=("d", frozenset())),)}, "not in the allow-list"),
    ],
)
def test_a_wrong_spec_is_refused(changes: dict[str, Any], expected: str) -> None:
    plain: dict[str, Any] = {"dataset": "d", "fields": (BorderField("a"),), "key": ("a",), "version": "a"}
    with pytest.raises(ValueError, match=expected):
        BorderSpec(**plain | changes)


def test_every_kind_that_a_contract_can_name_is_known_to_the_border() -> None:
    words = [word for word in get_args(PropertyTerms.model_fields["kind"].annotation) if word is not NoneType]
    assert set(get_args(words[0])) == set(KINDS)


def test_every_column_of_the_border_is_known_to_the_contracts_loader() -> None:
    assert {field.name for field in META} <= BORDER_COLUMNS


def test_a_sheet_may_have_aliases_in_any_letters() -> None:
    spec = BorderSpec("d", (BorderField("a", aliases=("Mã thôn",)), BorderField("b")), ("a",), "b", only_sheets=True)
    (row, _) = in_batches("MÃ  THÔN,B\nT1,x\n".encode(), spec, name="a.csv")
    assert (row["a"], row["b"]) == ("T1", "x")


def test_a_spec_crosses_processes_and_tells_its_sheet_columns() -> None:
    assert pickle.loads(pickle.dumps(WORK)) == WORK  # noqa: S301
    assert OCOP.sheet_columns.optional == ("latitude",)
    assert WORK.sheet_columns.aliases == {"OrganID": "OrganId", "SecurityLevel": "ConfidenceLevel"}


def test_the_modules_of_the_workers_load_nothing_slow() -> None:
    code = (
        "import sys, jobs.border.objects, jobs.border.secrets, jobs.landing.inspect\n"
        "slow = {'pyspark', 'airflow', 'great_expectations', 'pydantic', 'pandas', 'openpyxl', 'structlog', 'boto3'}\n"
        "print(sorted(slow & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "[]"
