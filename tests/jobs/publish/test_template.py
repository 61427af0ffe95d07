"""An officer's workbook for a sheet, and what is read of it."""

from __future__ import annotations

import datetime as dt
import io
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from typer.testing import CliRunner

from jobs.cli import app
from jobs.errors import UsageError
from jobs.landing.discover import discover
from jobs.landing.formats.sheet import columns_of, find_header
from jobs.landing.formats.template import MARK_SHEET
from jobs.landing.inspect import ObjectFacts, inspect_object
from jobs.landing.storage import LocalStorage
from jobs.publish.officers_words import UNITS
from jobs.publish.template import DATA, HEADER_ROW, HELP, book_of, example, sheet_named, template_of
from jobs.reference.units import load_units
from jobs.reference.units.area import listed_units
from jobs.settings import get_settings
from jobs.silver.check import check_file
from warehouse_schema.contracts import landed_contracts
from warehouse_schema.sheet_headers import header_of, labels_of, template_columns

if TYPE_CHECKING:
    from pathlib import Path

    from openpyxl.workbook import Workbook
    from pyspark.sql import SparkSession

    from warehouse_schema.contracts import Contract

DAY = dt.date(2026, 3, 1)
SHEETS = [contract for contract in landed_contracts() if contract.is_sheet]
each_sheet = pytest.mark.parametrize("contract", SHEETS, ids=lambda contract: contract.landing)


def template(sheet: str, area: str | None = "40") -> Workbook:
    return book_of(template_of(sheet, area, DAY))


def bytes_of(book: Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def filled(book: Workbook, *rows: dict[str, Any]) -> bytes:
    """The workbook with these rows of header -> value."""
    sheet = book[DATA]
    columns = {cell.value: cell.column for cell in sheet[HEADER_ROW]}
    for number, row in enumerate(rows, HEADER_ROW + 1):
        for header, value in row.items():
            sheet.cell(number, columns[header], value)
    return bytes_of(book)


def inspected(content: bytes, sheet: str = "villages") -> ObjectFacts:
    return inspect_object(io.BytesIO(content), "a.xlsx", columns_of(sheet_named(sheet)))


VILLAGE = {"Mã thôn": "T1", "Mã xã": "16681", "Tên thôn": "Thôn 1", "Thời điểm cập nhật": DAY}


@each_sheet
def test_every_header_is_read_as_its_field(contract: Contract) -> None:
    headers = [header_of(column) for column in template_columns(contract)]
    layout = find_header([(1, headers)], columns_of(contract))
    assert layout.fields == tuple(str(column.source) for column in template_columns(contract))
    assert not any(header.isascii() and "_" in header for header in headers), "in Vietnamese"


@each_sheet
def test_an_unfilled_template_is_a_sheet_without_rows(contract: Contract) -> None:
    facts = inspected(bytes_of(template(str(contract.landing))), str(contract.landing))
    assert (facts.failure, facts.empty) == (None, True)
    assert facts.passed_over is not None
    assert MARK_SHEET not in facts.passed_over


@pytest.mark.slow
@pytest.mark.default_engine
@each_sheet
def test_a_row_of_the_examples_is_accepted(contract: Contract, tmp_path: Path, spark: SparkSession) -> None:
    made = template_of(str(contract.landing), "40", DAY)
    row = {header_of(contract.source_column(source)): value for source, value in example(made).items()}
    assert all(value != "" for value in row.values())
    path = tmp_path / "sheet.xlsx"
    path.write_bytes(filled(book_of(made), row))
    found = check_file(get_settings(), path)
    assert (found.dataset, found.failure, found.faults) == (contract.landing, None, ())
    assert (found.rows, found.rejected) == (1, 0)


def test_every_value_of_a_drop_down_is_one_that_the_contract_takes() -> None:
    for contract in SHEETS:
        for column in template_columns(contract):
            assert set(labels_of(column)) == set(column.values.values())
            assert all(column.values[label.lower()] == stored for stored, label in labels_of(column).items())
    assert labels_of(sheet_named("products").source_column("producer_type"))["household"] == "Hộ kinh doanh cá thể"


def test_the_sheets_what_is_locked_and_what_may_be_chosen() -> None:
    book = template("ocop/products")
    assert [(sheet.title, sheet.sheet_state) for sheet in book] == [
        (DATA, "visible"),
        (HELP, "visible"),
        (UNITS, "visible"),
        (MARK_SHEET, "veryHidden"),
    ]
    sheet = book[DATA]
    assert sheet.protection.sheet
    assert not sheet.protection.password
    assert sheet.freeze_panes == f"A{HEADER_ROW + 1}"
    assert all(cell.protection.locked for row in (1, HEADER_ROW) for cell in sheet[row])
    letters = {cell.value: cell.column_letter for cell in sheet[HEADER_ROW]}
    formats = {name: sheet.column_dimensions[letter].number_format for name, letter in letters.items()}
    assert not any(sheet.column_dimensions[letter].protection.locked for letter in letters.values())
    assert [formats[name] for name in ("Mã xã", "Mã GTIN", "Ngày quyết định", "Hạng sao")] == ["@", "@", "dd/mm/yyyy", "0"]
    rules = {str(one.sqref).split(":")[0].rstrip("0123456789"): one for one in sheet.data_validations.dataValidation}
    listed = book[UNITS]
    assert rules[letters["Mã xã"]].formula1 == f"'{UNITS}'!$A$2:$A$131"
    assert [cell.value for cell in listed[2]][:5] == ["16681", "Phường Thành Vinh", "Xã", None, "Tỉnh Nghệ An"]
    assert rules[letters["Đã xóa"]].formula1 == '"x"'
    place = rules[letters["Nhóm sản phẩm"]].formula1.split("!")[1].replace("$", "")
    assert [cell.value for (cell,) in book[MARK_SHEET][place]][:3] == ["Thực phẩm", "Đồ uống", "Dược liệu"]
    note = sheet[f"{letters['Nhóm sản phẩm']}{HEADER_ROW}"].comment.text
    assert note.startswith("Bắt buộc.\nMột trong: Thực phẩm; Đồ uống;")


def test_the_rules_of_a_sheet_are_told_with_its_headers() -> None:
    sheet = template("villages")[DATA]
    (note,) = [cell.comment.text for cell in sheet[HEADER_ROW] if cell.value == "Tổ hoạt động đến ngày"]
    assert note.endswith("Quy tắc: «Tổ hoạt động đến ngày» không được sớm hơn «Tổ hoạt động từ ngày».")
    texts = [str(cell.value) for row in template("essential_services")[HELP] for cell in row]
    assert any("«Mã đơn vị» phải có 5 chữ số ở «Cấp» xã, 3 ở huyện" in text for text in texts)


@pytest.mark.parametrize(
    ("levels", "area", "count", "first"),
    [
        (("commune",), "40", 130, "16681"),
        (("province", "district", "commune"), "40", 131, "40"),
        (("commune",), "16681", 1, "16681"),
        (("commune",), "424", 6, "17329"),
        (("district",), "424", 1, "424"),
        (("district",), "40", 20, "412"),
        # Today's Bắc Ninh has the code that Bắc Giang had, and the districts of both.
        (("district",), "24", 18, "213"),
        (("commune",), None, 3321, "00004"),
    ],
)
def test_the_units_of_an_area(levels: tuple[str, ...], area: str | None, count: int, first: str) -> None:
    found = listed_units(load_units(), levels, area, DAY)
    assert (len(found), found[0].code) == (count, first)


def test_before_the_reform_a_district_has_its_communes() -> None:
    found = listed_units(load_units(), ("district", "commune"), "424", dt.date(2025, 6, 30))
    assert [one.name for one in found][:1] == ["Huyện Anh Sơn"]
    assert {one.district for one in found[1:]} == {"Huyện Anh Sơn"}
    assert "17386" in [one.code for one in found]


@pytest.mark.parametrize(
    ("sheet", "area", "message"),
    [
        ("vilages", None, "sheet 'vilages': there is none of that name; did you mean 'villages'?"),
        ("registry/vilages", None, "did you mean 'registry/villages'?"),
        ("work_records", None, "there is none of that name"),
        ("villages", "99999", "unit '99999': no unit has that code on 2026-03-01"),
        ("villages", "17386", "Xã Cao Sơn is no unit on 2026-03-01; it went into 17380"),
        ("district_status", "16681", "is about units of level district, and there is none of them in it"),
    ],
)
def test_what_there_is_no_template_of(sheet: str, area: str | None, message: str) -> None:
    with pytest.raises(UsageError) as error:
        template_of(sheet, area, DAY)
    assert message in str(error.value)


def older(book: Workbook) -> Workbook:
    book[MARK_SHEET]["C1"] = "0123abcd"
    return book


def test_a_template_of_an_older_version_is_read_where_its_columns_fit_and_named(tmp_path: Path) -> None:
    fresh = inspected(filled(template("villages"), VILLAGE))
    assert (fresh.failure, fresh.passed_over) == (None, "1 title line, sheets 'Hướng dẫn', 'Đơn vị'")
    content = filled(older(template("villages")), VILLAGE)
    path = tmp_path / "registry" / "villages" / "dt=2026-03-01" / "a.xlsx"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    found = discover(LocalStorage(tmp_path), [], "run", dt.datetime.now(dt.UTC))
    (waiting,) = found.waiting["silver/village"]
    assert waiting.entry.message is not None
    version = template("villages")[MARK_SHEET]["C1"].value
    said = f"; it was made from an older template of registry/villages (version 0123abcd; now {version})"
    assert waiting.entry.message.endswith(said)
    (notice,) = [notice.message for notice in found.notices() if notice.kind == "passed_over"]
    assert said in notice


def test_where_the_columns_of_an_older_template_do_not_fit_the_refusal_names_it() -> None:
    book = older(template("villages"))
    book[DATA]["C2"] = "Tên gọi"
    failure = inspected(filled(book)).failure
    assert failure is not None
    assert failure.code == "unexpected_columns"
    assert failure.message.startswith("it was made from an older template of registry/villages (version 0123abcd; now ")
    assert "missing: name" in failure.message


def test_a_template_of_another_sheet_is_refused_by_name(tmp_path: Path) -> None:
    failure = inspected(filled(template("villages"), VILLAGE), "tourism_sites").failure
    assert failure is not None
    assert failure.message == "expected a sheet of registry/tourism_sites: this workbook was made from the template of registry/villages"
    path = tmp_path / "a.xlsx"
    path.write_bytes(filled(template("villages"), VILLAGE))
    told = CliRunner().invoke(app, ["check", str(path), "--dataset", "registry/tourism_sites"])
    assert (told.exit_code, "made from the template of registry/villages" in told.output) == (3, True)


@pytest.mark.parametrize(
    "mark", [("ntm template", "Nguyễn Văn An", "0123abcd"), ("ntm template", "registry/villages", "?"), ("x", "y", "z")]
)
def test_what_is_no_mark_of_ours_is_not_quoted(mark: tuple[str, str, str]) -> None:
    book = template("villages")
    for position, text in enumerate(mark, 1):
        book[MARK_SHEET].cell(1, position, text)
    facts = inspected(filled(book, VILLAGE))
    assert facts.failure is None
    assert facts.passed_over is not None
    assert "older template" not in facts.passed_over


def test_the_command_writes_a_new_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = CliRunner()
    made = run.invoke(app, ["template", "villages", "--unit", "16681"])
    assert (made.exit_code, made.output) == (0, "villages.xlsx: the template of registry/villages, 1 units listed\n")
    assert openpyxl.load_workbook("villages.xlsx").sheetnames == [DATA, HELP, UNITS, MARK_SHEET]
    again = run.invoke(app, ["template", "registry/villages"])
    assert isinstance(again.exception, UsageError)
    assert "there is a file of that name" in str(again.exception)
    other = run.invoke(app, ["template", "paper_documents", "--unit", "40", "-o", "b.xlsx"])
    assert "names no unit: --unit makes no difference" in other.output
    assert isinstance(run.invoke(app, ["template", "villages", "-o", "b.csv"]).exception, UsageError)


def test_before_it_is_sent_an_older_template_is_named_too(tmp_path: Path, spark: SparkSession) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(filled(older(template("villages")), VILLAGE))
    found = check_file(get_settings(), path)
    assert found.is_right
    assert "made from an older template of registry/villages (version 0123abcd; now " in str(found.passed_over)
    book = older(template("villages"))
    book[DATA]["C2"] = "Tên gọi"
    path.write_bytes(filled(book))
    failure = check_file(get_settings(), path).failure
    assert failure is not None
    assert "the nearest is registry/villages: it was made from an older template of registry/villages (version 0123abcd; now " in failure
