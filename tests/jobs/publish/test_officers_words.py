"""What officers read of a fault: all of it in Vietnamese, by the headers of their sheet."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter

import pytest

from jobs.landing.formats.base import ObjectUnreadableError, PassedOver
from jobs.landing.formats.sheet import cell_count, columns_of, find_header
from jobs.publish.dictionary import OBJECT_HELP, ROW_HELP
from jobs.publish.officers_words import _COUNTED, FORMS, IN_VIETNAMESE, passed_over, reason, told, told_of_file
from jobs.publish.template import sheet_named
from jobs.reference.units import load_units
from jobs.reference.units.names import UnitsByName
from jobs.silver.references import unit_lookup
from warehouse_schema.contracts import landed_contracts
from warehouse_schema.sheet_headers import template_columns

VILLAGES = sheet_named("villages")
LANDED = pytest.mark.parametrize("contract", landed_contracts(), ids=lambda contract: contract.landing)


def test_every_code_of_the_dictionary_has_its_words() -> None:
    assert set(IN_VIETNAMESE) == {*ROW_HELP, *OBJECT_HELP}
    assert not [text for text in IN_VIETNAMESE.values() if text.isascii()]


@LANDED
def test_every_rule_that_a_contract_names_reads_vietnamese(contract) -> None:
    for rule in contract.row_rules:
        text = reason(str(contract.landing), rule.code)
        assert text.startswith("Không đúng quy tắc: «")
        assert set(re.findall(r"\w+", text)).isdisjoint(re.findall(r"[A-Za-z_]+", rule.message)), f"{rule.message} -> {text}"
        assert told(contract, rule.code, rule.field, rule.message).problem() == f"{text}."


def test_a_code_that_nobody_knows_any_more_is_shown_as_it_is() -> None:
    said = told(VILLAGES, "old_rule", "name", "name: as it was")
    assert said.problem("Tên thôn") + said.aside == "«Tên thôn»: old_rule. (Chi tiết kỹ thuật: name: as it was)"


def test_every_pattern_of_a_sheet_is_told_in_words() -> None:
    sheets = [contract for contract in landed_contracts() if contract.is_sheet]
    assert {column.pattern for contract in sheets for column in template_columns(contract) if column.pattern} <= set(FORMS)


@pytest.mark.parametrize(
    ("sheet", "code", "field", "takes"),
    [
        ("villages", "missing_value", "updated_at", "Ngày bạn ghi hoặc sửa dòng này lần cuối"),
        ("villages", "invalid_timestamp", "updated_at", "Ngày, hoặc ngày và giờ, viết 31/12/2024 hoặc 31/12/2024 16:40."),
        ("villages", "out_of_range", "households", "Số nguyên, từ 0 đến 20000."),
        ("villages", "invalid_pattern", "commune_code", "Mã hoặc số hiệu, viết đúng như trong văn bản. Dạng: 5 chữ số."),
        ("products", "invalid_value", "product_group", "Một trong: Thực phẩm; Đồ uống;"),
        (
            "essential_services",
            "unknown_unit",
            "unit_code",
            "Mã đơn vị hành chính (của xã, huyện), chọn trong danh sách ở tờ «Đơn vị» của mẫu.",
        ),
        ("paper_work_records", "too_long", "organ_id", "Mã định danh của cơ quan, ví dụ H41.12. Nhiều nhất 35 ký tự."),
        ("villages", "legacy_encoding", "name", ""),
    ],
)
def test_what_the_column_takes_is_told_where_it_helps(sheet: str, code: str, field: str, takes: str) -> None:
    found = told(sheet_named(sheet), code, field, f"{field}: expected something")
    assert found.takes.startswith(takes)
    assert bool(found.takes) == bool(takes)
    assert found.technical == ""


@pytest.mark.parametrize(
    ("dataset", "code", "field", "takes"),
    [
        (
            "eoffice/work_records",
            "invalid_timestamp",
            "ClosedAt",
            "Ngày và giờ theo ISO 8601 (2025-02-03T08:15:00+07:00) hoặc dạng yyyyMMddHHmmss.",
        ),
        ("eoffice/work_records", "invalid_date", "DueDate", "Ngày, viết 2024-12-31 hoặc 20241231."),
        ("eoffice/work_records", "invalid_boolean", "Deleted", "true hoặc false."),
        ("eoffice/work_records", "invalid_value", "Status", "Một trong: open; closed; cancelled."),
        (
            "portal/dossiers",
            "missing_value",
            "NgayTiepNhan",
            (
                "Ngày và giờ dạng yyyyMMddHHmmss hoặc theo ISO 8601 (2025-02-03T08:15:00+07:00)."
                " Bắt buộc khi: «Trạng thái hồ sơ» không thuộc ('registered', 'not_received')."
            ),
        ),
    ],
)
def test_of_what_a_program_sends_no_way_of_writing_is_told_that_is_refused(dataset: str, code: str, field: str, takes: str) -> None:
    """31/12/2024, x or a label are read in sheets alone."""
    contract = next(contract for contract in landed_contracts() if contract.landing == dataset)
    assert told(contract, code, field, f"{field}: expected something").takes == takes


def test_a_row_of_another_sheet_is_named_by_that_sheet() -> None:
    contract = sheet_named("smart_village_assessments")
    message = "village_id: expected a row of silver.village that is there and not deleted"
    assert told(contract, "unknown_reference", "village_id", message).problem("Mã thôn") == (
        "«Mã thôn»: Không có dòng này ở bảng «Thôn», hoặc dòng đó đã xóa."
    )


def test_what_is_known_of_any_unit_that_ended_is_told_in_vietnamese() -> None:
    known = {row["detail"] for row in unit_lookup(load_units()) if row["detail"]}
    assert len(known) > 5_000
    for detail in known:
        said = told(
            VILLAGES, "unknown_unit", "commune_code", f"commune_code: expected a commune that existed on the day of writing; {detail}"
        )
        assert said.details
        assert not said.technical
        assert not re.search(r"\b(ended|into|and|since|code of|on)\b|[0-9]{4}-[0-9]{2}", " ".join(said.details)), said.details


@pytest.mark.parametrize(
    ("names", "told_as"),
    [
        (["Xã Cao Sơn"], "Phải có tên tỉnh hoặc tên huyện đi kèm. Các đơn vị cùng tên: "),
        (["Xã Cao Sơn", "tỉnh Quảng Trị"], "Các đơn vị cùng tên vào ngày đó: "),
        (["Xã Bát Nháo"], "Không có xã hoặc huyện nào tên như vậy"),
        (["Phường 1", "Thành phố Hồ Chí Minh"], "Ngày đó có 10 đơn vị cùng tên: 26890 (Phường 1, Quận Gò Vấp, "),
    ],
)
def test_what_a_name_may_mean_is_told_in_vietnamese(names: list[str], told_as: str) -> None:
    detail = UnitsByName(load_units()).read(names, dt.date(2025, 1, 1), None, ("commune", "district")).detail
    said = told(VILLAGES, "unknown_unit", "commune_code", f"commune_code: expected a commune that existed on the day of writing; {detail}")
    assert told_as in said.problem()
    assert not said.technical
    assert not re.search(r"\b(units|name|more|until|and|or)\b", said.problem())


@pytest.mark.parametrize(
    ("code", "message", "details"),
    [
        ("broken_line", cell_count(5, 2).message, ("dòng có 2 ô, dòng tiêu đề có 5",)),
        ("broken_line", "expected nothing in column 7, which has no header", ("cột thứ 7 không có tiêu đề nên phải để trống",)),
        ("cell_error", "expected a value in cell E10, found the error #N/A", ("ô E10 có #N/A",)),
        ("cell_error", "expected a value in cell E10, found an error", ("ô E10",)),
        (
            "formula_without_value",
            "expected the value of the formula in cell AB3, which was not saved: open the workbook, save it and send it again",
            ("ô AB3",),
        ),
        ("invalid_encoding", "expected text in UTF-8", ()),
        ("line_too_long", "expected at most 100 bytes in a line", ("nhiều nhất 100 byte",)),
        ("foreign_letter", "village_id: expected Latin letters, digits and signs, and no letter; Ж Ш", ("chữ không nhận được: Ж Ш",)),
    ],
)
def test_what_only_the_message_knows_of_a_line_is_kept(code: str, message: str, details: tuple[str, ...]) -> None:
    said = told(VILLAGES, code, None, message)
    assert (said.details, said.technical) == (details, "")


HEADER = ["Mã thôn", "Mã xã", "Tên thôn", "Số hộ", "Cập nhật lúc", "Số nhân khẩu", "QĐ tổ", "Tổ hoạt động từ ngày", "Tổ hoạt động đến ngày"]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([["a", "b"]], ["Dòng đầu không phải là dòng tiêu đề", "Các cột cần có: «Mã thôn», «Mã xã» hoặc «Tên xã», «Tên thôn»"]),
        ([["a"], ["b"]], ["Trong 2 dòng đầu không có dòng tiêu đề"]),
        ([["Bảng"], ["Mã thôn", "Mã xã"]], ["Dòng tiêu đề là dòng 2", "Thiếu cột «Tên thôn», «Thời điểm cập nhật»"]),
        ([["Mã thôn", "Mã xã", "Tên thôm", "Cập nhật lúc"]], ["Cột không rõ: Tên thôm (có phải «Tên thôn»?)"]),
        ([["Mã thôn", "Mã xã", "Tên thôn", "Tên thôn", "Cập nhật lúc"]], ["Có hai cột «Tên thôn»"]),
    ],
)
def test_why_a_sheet_cannot_be_read_is_told_with_its_headers(rows: list[list[str]], words: list[str]) -> None:
    with pytest.raises(ObjectUnreadableError) as error:
        find_header(list(enumerate(rows, 1)), columns_of(VILLAGES))
    message = f"no dataset has all of these columns; the nearest is registry/villages: {error.value.message}"
    said = told_of_file(error.value.code, message, None)
    assert said.problem().startswith(
        "Các cột của tệp không đúng với bảng. Không bảng nào có đủ các cột này. Gần nhất là bảng «Thôn» (registry/villages)."
    )
    assert all(one in said.problem() for one in words), said.problem()
    assert not said.technical


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("the file is empty", "Tệp rỗng."),
        (
            "it was made from an older template of registry/villages (version 0123abcd; now 89abcdef): the header is in line 2; missing: name",
            "Tệp làm từ mẫu cũ của bảng «Thôn» (registry/villages): hãy lấy mẫu mới. Dòng tiêu đề là dòng 2. Thiếu cột «Tên thôn».",
        ),
        (
            "expected a sheet of registry/tourism_sites: this workbook was made from the template of registry/villages",
            "Tệp làm từ mẫu của bảng «Thôn» (registry/villages), không phải của bảng «Điểm du lịch nông thôn» (registry/tourism_sites).",
        ),
        (
            "expected one sheet with the header and rows, found 2: 'A', one whose name may be a person's",
            "Chỉ một tờ được có dòng tiêu đề và dữ liệu; tệp có 2 tờ: 'A', không nêu tên.",
        ),
        (
            "'A' has the header, and 'B' nearly has it, which is not read: missing: name",
            "Tờ 'A' có dòng tiêu đề, tờ 'B' gần giống nên không rõ đọc tờ nào. Thiếu cột «Tên thôn».",
        ),
        ("something that nobody has words for", " (Chi tiết kỹ thuật: something that nobody has words for)"),
    ],
)
def test_other_reasons_why_a_file_cannot_be_read(message: str, words: str) -> None:
    said = told_of_file("unexpected_columns", message, "registry/villages")
    assert (said.problem() + said.aside).endswith(words)


def test_what_is_left_aside_is_told_in_vietnamese() -> None:
    passed = PassedOver(
        Counter({"row-number column": 1, "title line": 2, "sum row": 1}),
        ["'Hướng dẫn'"],
        ["Cán bộ theo dõi", "column 9"],
        ["households"],
        ["x"],
    )
    assert passed_over(str(passed.text()), "registry/villages") == (
        "1 cột số thứ tự, 2 dòng tên bảng, 1 dòng tổng cộng, tờ 'Hướng dẫn', cột không thuộc bảng: Cán bộ theo dõi, cột thứ 9,"
        " cột không có trong tệp: «Số hộ»; x"
    )
    for what in _COUNTED:
        assert passed_over(str(PassedOver(Counter({what: 3})).text()), "registry/villages") == f"3 {_COUNTED[what]}"
