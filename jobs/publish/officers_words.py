"""What officers read: what a column takes, and what is wrong with a cell, a row or a file, in Vietnamese and with the headers of the sheet.

Whatever finds a fault says so to programs: in English, by the names of fields. Here that is told again by its code and the contract. What a message alone
knows of a row (what became of a unit, which letters are foreign) is known by the form of its sentence; a sentence that is not known stays as it is, and is
called technical.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from warehouse_schema.contracts import landed_contracts, load_contracts
from warehouse_schema.numbers import bounds, number_text
from warehouse_schema.sheet_headers import header_of, labels_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from warehouse_schema.contracts import Column, Contract

UNITS = "Đơn vị"
"""The sheet of a template that lists units."""
LEVELS = {"province": "tỉnh", "district": "huyện", "commune": "xã"}

IN_VIETNAMESE = {
    "missing_value": "Thiếu giá trị bắt buộc",
    "invalid_timestamp": "Không đọc được ngày giờ, hoặc ngày giờ không có thật",
    "invalid_date": "Không đọc được ngày, hoặc ngày không có thật",
    "invalid_month": "Không đọc được tháng",
    "invalid_boolean": "Không rõ là có hay không",
    "invalid_integer": "Không phải số nguyên",
    "invalid_number": "Không phải số",
    "invalid_value": "Không thuộc danh mục",
    "spreadsheet_error": "Lỗi của bảng tính (#N/A, #REF!…)",
    "scientific_notation": "Số bị làm tròn (1,2E+12): định dạng cột là văn bản rồi nhập lại",
    "legacy_encoding": "Phông chữ cũ (.VnTime, VNI): chuyển sang Unicode",
    "invalid_check_digit": "Sai chữ số kiểm tra: xem lại từng chữ số",
    "version_in_future": "Ngày cập nhật nằm trong tương lai",
    "foreign_letter": "Mã có chữ cái không phải chữ La-tinh: gõ lại mã",
    "invalid_pattern": "Sai dạng",
    "out_of_range": "Ngoài khoảng cho phép",
    "too_long": "Quá dài",
    "unknown_organisation": "Mã định danh chưa có trong danh sách cơ quan",
    "organisation_not_valid": "Cơ quan không còn (chưa) hiệu lực vào ngày đó",
    "ambiguous_unit": "Không xác định được đơn vị hành chính",
    "unknown_unit": "Mã (hoặc tên) không phải của đơn vị hành chính nào vào ngày đó",
    "unknown_reference": "Dòng được nhắc tới chưa có ở bảng kia, hoặc đã xóa",
    "broken_line": "Dòng không đọc được",
    "invalid_encoding": "Dòng không phải văn bản UTF-8: lưu tệp thành .xlsx hoặc CSV UTF-8",
    "line_too_long": "Dòng quá dài",
    "repeated_name": "Một trường được ghi hai lần trong bản ghi",
    "nul_character": "Dòng có ký tự NUL: tệp xuất ra bị lỗi",
    "cell_error": "Lỗi của bảng tính (#N/A, #REF!…)",
    "formula_without_value": "Công thức chưa có giá trị: mở tệp bằng Excel, lưu lại rồi gửi",
    "missing_secrecy_level": "Thiếu mức độ mật",
    "unknown_secrecy_level": "Mức độ mật không thuộc danh mục",
    "truncated_gzip": "Tệp .gz bị cắt ngang: gửi lại cả tệp",
    "corrupt_gzip": "Tệp .gz bị hỏng: nén và gửi lại",
    "not_gzip": "Tên tệp kết thúc bằng .gz mà tệp không phải gzip",
    "not_text": "Tệp không phải văn bản UTF-8: lưu thành .xlsx hoặc CSV UTF-8",
    "unreadable_json": "Không đọc được tệp JSON, hoặc tệp bị cắt ngang",
    "too_large": "Tệp quá lớn: chia thành nhiều tệp",
    "unexpected_columns": "Các cột của tệp không đúng với bảng",
    "unreadable_workbook": "Không mở được tệp Excel: lưu thành .xlsx, không có mật khẩu",
    "unreadable_edxml": "Không đọc được gói tin edXML",
    "not_readable": "Không có quyền đọc tệp",
    "unknown_format": "Tên tệp không có đuôi mà bảng nhận được (.xlsx, .csv)",
}
"""What an error code says, of a row or of a file; what the rules say that contracts name, their own sentences do (`reason`)."""

_VERSION_HELP = (
    "Ngày bạn ghi hoặc sửa dòng này lần cuối, ví dụ ngày hôm nay. Khi sửa một dòng đã gửi, ghi ngày mới: dòng có ngày mới nhất được dùng."
)
_WITHDRAWN_HELP = "Ghi x nếu dòng này đã gửi nhầm và cần rút lại; bình thường để trống. Không xóa dòng đã gửi."
_UNIT_HELP = "Mã đơn vị hành chính (của {levels}), chọn trong danh sách ở tờ «{units}» của mẫu."
_VALID_FROM_HELP = "Bình thường để trống. Chỉ ghi khi mã là của một đơn vị cũ: ngày đầu tiên đơn vị đó có hiệu lực (tờ «{units}» của mẫu)."
_EXPECTED = {
    "date": "Ngày, viết 31/12/2024; không chỉ ghi năm.",
    "timestamp": "Ngày, hoặc ngày và giờ, viết 31/12/2024 hoặc 31/12/2024 16:40.",
    "month": "Tháng, viết 12/2024.",
    "boolean": "x (hoặc có, đạt) nếu đúng; không (hoặc chưa) nếu sai; để trống nếu không rõ.",
    "organ_code": "Mã định danh của cơ quan, ví dụ H41.12.",
    "code": "Mã hoặc số hiệu, viết đúng như trong văn bản.",
    "token": "Mã, viết giống nhau ở mọi lần gửi. Kho dữ liệu chỉ giữ mã đã mã hóa.",
    "text": "Chữ.",
    "gtin": "Mã GTIN 8, 12, 13 hoặc 14 chữ số, như in dưới mã vạch.",
}
"""By how a column is read, or by the check digit that it has."""
_EXPECTED_OF_PROGRAMS = _EXPECTED | {
    "date": "Ngày, viết 2024-12-31 hoặc 20241231.",
    "timestamp": "Ngày và giờ theo ISO 8601 (2025-02-03T08:15:00+07:00) hoặc dạng yyyyMMddHHmmss.",
    "compact_timestamp": "Ngày và giờ dạng yyyyMMddHHmmss hoặc theo ISO 8601 (2025-02-03T08:15:00+07:00).",
    "month": "Tháng, viết 2024-12.",
    "boolean": "true hoặc false.",
}
"""The same of what no person fills in: a program's days and marks are read in fewer ways than those of a sheet."""
FORMS = {
    "^[0-9]{5}$": "5 chữ số",
    "^[0-9]{3}$": "3 chữ số",
    "^[0-9]{1,5}$": "toàn chữ số: tỉnh 2, huyện 3, xã 5",
    "^([0-9]{2}|[0-9]{3}|[0-9]{5})$": "toàn chữ số: tỉnh 2, huyện 3, xã 5",
    "^[0-9A-Z.]{1,35}$": "chữ cái không dấu, chữ số và dấu chấm, nhiều nhất 35 ký tự",
    "^[1-9][0-9]?([.][1-9]|[.][1-9][1-9]|[.]10|[.]20)?$": "số của tiêu chí, như 8 hoặc 8.4; không viết 08.4 hay 8.40",
}
"""The contracts' patterns of columns of sheets."""
_RULE_WORDS = {
    " is not before ": " không được sớm hơn ",
    " is at most ": " không được lớn hơn ",
    "the village's households": "số hộ của thôn",
    "the village's residents": "số nhân khẩu của thôn",
    " has ": " phải có ",
    " digits at ": " chữ số ở ",
    " NOT IN ": " không thuộc ",
    " at ": " ở ",
    **LEVELS,
}
"""The words of the contracts' rules."""


@dataclass(frozen=True, slots=True)
class Told:
    """A fault as an officer reads it: what is wrong, what is known of this one besides, what the column takes; `technical`: what has no words yet."""

    wrong: str
    details: tuple[str, ...] = ()
    takes: str = ""
    technical: str = ""

    def problem(self, header: str | None = None) -> str:
        """What is wrong, in sentences, after the column's header where it is about one."""
        sentences = [self.wrong, *(f"{one[:1].upper()}{one[1:]}" for one in self.details)]
        return f"{f'«{header}»: ' if header else ''}{' '.join(f'{one}.' for one in sentences)}"

    @property
    def aside(self) -> str:
        """What has no words yet, in brackets, to stand last; empty where there is nothing."""
        return f" (Chi tiết kỹ thuật: {self.technical})" if self.technical else ""


# What a column takes


def expected(contract: Contract, column: Column) -> list[str]:
    """What a column takes, for an officer: whether it has to be filled in, how it is written, the rules that it keeps."""
    needed = "Bắt buộc." if column.required else "Có thể để trống."
    if column.required_when:
        needed = f"Bắt buộc khi: {in_vietnamese(contract, column.required_when)}."
    lines = [needed, _how(contract, column)]
    if column.handling == "token" and column.parse != "token":
        lines.append("Tên cá nhân được mã hóa trước khi vào kho dữ liệu.")
    lines += [f"Quy tắc: {in_vietnamese(contract, rule.message)}." for rule in contract.row_rules if rule.field == str(column.source)]
    return lines


def _how(contract: Contract, column: Column) -> str:
    """How a column is filled in: by its part in the sheet where it has one, else by how it is read."""
    if contract.unit is not None and column.name == contract.unit.code:
        return _UNIT_HELP.format(units=UNITS, levels=", ".join(LEVELS[level] for level in contract.unit.levels))
    parts = {contract.version: _VERSION_HELP, contract.withdrawn: _WITHDRAWN_HELP}
    if column.name in parts:
        return parts[column.name]
    return _VALID_FROM_HELP.format(units=UNITS) if column.source == "unit_valid_from" else _written(contract, column)


def _written(contract: Contract, column: Column) -> str:
    """How a column's values are written, by how it is read."""
    if column.values:
        return f"Một trong: {'; '.join(labels_of(column).values() if contract.is_sheet else column.values)}."
    if column.parse in ("integer", "decimal"):
        least, greatest = (number_text(bound).replace(".", ",") for bound in bounds(column))
        kind = "Số nguyên" if column.parse == "integer" else "Số, phần lẻ sau dấu phẩy (12,5)"
        return f"{kind}, từ {least} đến {greatest}."
    form = f" Dạng: {FORMS.get(column.pattern, column.pattern)}." if column.pattern else ""
    longest = f" Nhiều nhất {column.max_length} ký tự." if column.max_length else ""
    known = _EXPECTED if contract.is_sheet else _EXPECTED_OF_PROGRAMS
    return f"{known.get(column.check_digit or column.parse, known['text'])}{form}{longest}"


def in_vietnamese(contract: Contract, text: str) -> str:
    """A contract's sentence with the headers of the columns that it names, and its words where they are known."""
    headers = {name: f"«{_called(contract, column)}»" for column in contract.landed for name in (str(column.source), column.name)}
    names = "|".join(sorted(map(re.escape, headers), key=len, reverse=True))
    parts = re.split(rf"\b({names})\b", text)
    return "".join(headers[part] if part in headers else _translated(part) for part in parts)


def _called(contract: Contract, column: Column) -> str:
    """What officers call a column: by its header in a sheet, by its label where a program sends it."""
    return header_of(column) if contract.is_sheet else column.label_vi


def _translated(text: str) -> str:
    for english, vietnamese in _RULE_WORDS.items():
        text = text.replace(english, vietnamese)
    return text


# What is wrong


_DETAILED = frozenset({"unknown_unit", "ambiguous_unit", "foreign_letter"})
"""The codes whose message says more of the row after its own sentence."""
_OF_WRITING = frozenset(
    (
        "invalid_timestamp",
        "invalid_date",
        "invalid_month",
        "invalid_boolean",
        "invalid_integer",
        "invalid_number",
        "invalid_value",
        "spreadsheet_error",
        "scientific_notation",
        "invalid_check_digit",
        "foreign_letter",
        "invalid_pattern",
        "out_of_range",
        "too_long",
    )
)
"""The codes of a value that is written otherwise than its column's are."""
_TOLD_BY_CONTRACT = (
    _OF_WRITING
    | {"missing_value", "legacy_encoding", "version_in_future", "unknown_organisation", "organisation_not_valid", "unknown_reference"}
) - _DETAILED
"""The codes whose message says nothing but what the contract does."""


def reason(dataset: str, code: str) -> str:
    """What an error code says of a row of a dataset (`source/dataset`), or a rule that its contract names; the code itself where it is neither (any more)."""
    contract = _contract(dataset)
    message = next((rule.message for rule in contract.row_rules if rule.code == code), None) if contract else None
    if contract is not None and message is not None:
        return f"Không đúng quy tắc: {in_vietnamese(contract, message)}"
    return IN_VIETNAMESE.get(code, code)


def told(contract: Contract, code: str, field: str | None, message: str) -> Told:
    """A fault of a row in an officer's words.

    Args:
        contract: of the row's sheet.
        code: of the error.
        field: that it is about; None or empty: the whole row.
        message: what quarantine, or the check of a file, says of it.
    """
    wrong = reason(str(contract.landing), code)
    if any(rule.code == code for rule in contract.row_rules):
        return Told(wrong)
    column = next((column for column in contract.landed if column.source == field), None)
    if code == "unknown_reference":
        titles = [load_contracts()[one.table].title for one in contract.references if column and one.columns[0] == column.name]
        wrong = f"Không có dòng này ở bảng «{titles[0]}», hoặc dòng đó đã xóa" if titles else wrong
    # A rule's own sentence is one clause; what follows is of the row.
    more = "" if code in _TOLD_BY_CONTRACT else message.partition("; ")[2] if code in _DETAILED else message
    details, technical = _said(more, contract)
    return Told(wrong, details, _takes(contract, code, column), technical)


def header_named(contract: Contract, field: str | None) -> str | None:
    """The header of a field's column; None where no column is meant."""
    column = next((column for column in contract.landed if column.source == field), None)
    return _called(contract, column) if column else None


def _takes(contract: Contract, code: str, column: Column | None) -> str:
    if column is None:
        return ""
    if code == "missing_value" and column.required_when:
        return f"{_how(contract, column)} Bắt buộc khi: {in_vietnamese(contract, column.required_when)}."
    if code in ("missing_value", "unknown_unit", "ambiguous_unit"):
        return _how(contract, column)
    return _written(contract, column) if code in _OF_WRITING else ""


def told_of_file(code: str | None, message: str, dataset: str | None) -> Told:
    """Why a file cannot be read, in an officer's words; `dataset`: what it was read as, where that is known."""
    details, technical = _said(message, _contract(dataset) if dataset else None)
    return Told(IN_VIETNAMESE.get(code or "", "Không đọc được tệp"), details, "", technical)


def passed_over(text: str, dataset: str) -> str:
    """What is left aside in a file."""
    details, technical = _said(text, _contract(dataset))
    return "; ".join([*details, *([technical] if technical else [])])


def sheet_title(dataset: str) -> str:
    """What a dataset (`source/dataset`) is called."""
    contract = _contract(dataset)
    return f"«{contract.title}» ({dataset})" if contract else dataset


def _contract(dataset: str) -> Contract | None:
    return next((contract for contract in landed_contracts() if contract.landing == dataset), None)


# What messages say of one row, or one file


_OF_UNITS = {
    r"(.+) ended on ([0-9-]+)": r"\1 kết thúc ngày \2",
    r"there is no (province|district|commune) level since": r"từ đó không còn cấp \1",
    r"its successor is not known": r"chưa biết đơn vị thay thế",
    r"(.+) was merged into (.+) on ([0-9-]+)": r"\1 đã nhập vào \2 từ ngày \3",
    r"(.+) was divided \(or lists differ about it\), and went into (.+) on ([0-9-]+)": r"\1 đã chia (hoặc các danh sách ghi khác nhau) vào \2 từ ngày \3",
    r"it is the code of (.+) from ([0-9-]+) on": r"đó là mã của \1 từ ngày \2",
    r"other codes of this file lost their leading zeros, and with zeros this one is another unit's: expected all digits, or unit_valid_from": (
        "các mã khác của tệp đã mất số 0 ở đầu, mà thêm số 0 thì mã này là của đơn vị khác: ghi đủ chữ số, hoặc ghi cột «Đơn vị có hiệu lực từ»"
    ),
    r"([0-9]+) units of that day have this name: (.+)": r"ngày đó có \1 đơn vị cùng tên: \2",
    r"the name of the province or district has to stand beside it": "phải có tên tỉnh hoặc tên huyện đi kèm",
    r"units of that name: (.+)": r"các đơn vị cùng tên: \1",
    r"units of that name on that day: (.+)": r"các đơn vị cùng tên vào ngày đó: \1",
    r"units that had this name on another day: (.+)": r"các đơn vị có tên này vào ngày khác: \1",
    r"no (.+) has this name": r"không có \1 nào tên như vậy",
    r"the name beside it is that of (.+)": r"tên ghi kèm là của đơn vị có mã \1",
}
_IN_LISTS = {", until ": ", đến ", " more": " đơn vị khác", " and ": " và ", " or ": " hoặc ", **LEVELS}
"""Words within what these forms leave as it is; a unit's name has none of them."""
_OF_LINES = {
    r"[^\sA-Za-z0-9](?: [^\sA-Za-z0-9])*": r"chữ không nhận được: \g<0>",
    r"expected a value in cell ([A-Z]+[0-9]+), found the error (.+)": r"ô \1 có \2",
    r"expected a value in cell ([A-Z]+[0-9]+), found an error": r"ô \1",
    r"expected the value of the formula in cell ([A-Z]+[0-9]+), which was not saved: .+": r"ô \1",
    r"expected ([0-9]+) cells, as in the header line, found ([0-9]+)": r"dòng có \2 ô, dòng tiêu đề có \1",
    r"expected nothing in column ([0-9]+), which has no header": r"cột thứ \1 không có tiêu đề nên phải để trống",
    r"expected the row's number in column ([0-9]+), whose header is that of row numbers": r"cột thứ \1 là cột số thứ tự, chỉ ghi số",
    r"expected one row of CSV \(RFC 4180\), its quotes closed": "dấu nháy kép mở mà không đóng",
    r"expected at most ([0-9]+) bytes in a line": r"nhiều nhất \1 byte",
    r"expected one of (.+)": r"một trong: \1",
}
_OF_FILES = {
    r"the file is empty": "tệp rỗng",
    r"no dataset has any of these columns in its first lines": "không bảng nào có các cột như ở những dòng đầu của tệp",
    r"no dataset has all of these columns": "không bảng nào có đủ các cột này",
    r"the header is in line ([0-9]+)": r"dòng tiêu đề là dòng \1",
    r"none of the first ([0-9]+) lines is the header line": r"trong \1 dòng đầu không có dòng tiêu đề",
    r"the first line is not the header line": "dòng đầu không phải là dòng tiêu đề",
    r"expected the header line in the first lines": "những dòng đầu không có dòng tiêu đề",
    r"expected one sheet with the header and rows, found ([0-9]+): (.+)": r"chỉ một tờ được có dòng tiêu đề và dữ liệu; tệp có \1 tờ: \2",
    r"expected titles only above the header in line ([0-9]+): line ([0-9]+) fills its columns, as a record does": (
        r"trên dòng tiêu đề (dòng \1) chỉ được có tên bảng; dòng \2 lại điền đủ các cột như một dòng dữ liệu"
    ),
    r"expected \.xlsx without a password: this is an older workbook \(\.xls\) or has a password; save it as \.xlsx without one": (
        "tệp là Excel đời cũ (.xls) hoặc có mật khẩu"
    ),
    r"read as Windows-1258": "đọc theo bảng mã Windows-1258",
}
_NOTHING_MORE = re.compile(
    r"expected (?:a workbook that opens: .+|text in UTF-8|each name once in a record|no NUL character in a (?:line|value)|values that UTF-8 can hold"
    r"|one JSON object in a line|a name that ends in .+|a whole \.gz file: .+|a \.gz file.*|text in UTF-8, found .+)|nothing"
)
"""Sentences that say nothing but what their code does."""
_COUNTED = {
    "row-number column": "cột số thứ tự",
    "title line": "dòng tên bảng",
    "closing line": "dòng ký, ghi chú ở cuối",
    "sum row": "dòng tổng cộng",
    "empty numbered row": "dòng chỉ có số thứ tự",
    "block row": "dòng tên nhóm",
    "row of column numbers": "dòng đánh số cột",
    "repeated header": "dòng tiêu đề lặp lại",
}
_PASSED_OVER = re.compile(
    rf"(?P<counts>(?:[0-9]+ (?:{'|'.join(_COUNTED)})s?(?:, |$))*)(?:sheets (?P<sheets>.+?)(?:, (?=columns that )|$))?"
    r"(?:columns that no contract knows: (?P<unknown>.+?)(?:, (?=columns that are )|$))?(?:columns that are not there: (?P<absent>.+))?"
)
_OUTSIDE_BRACKETS = re.compile(r"; (?![^()]*\))")


def _said(message: str, contract: Contract | None) -> tuple[tuple[str, ...], str]:
    """What a message says, clause by clause: in Vietnamese, and as it is where that is not known."""
    details: list[str] = []
    technical: list[str] = []
    clauses = _OUTSIDE_BRACKETS.split(message) if message else []
    for number, clause in enumerate(clauses):
        inner = _of_another(clause, contract)
        if inner is not None:
            # What follows is about the other sheet as well.
            lead, rest, other = inner
            more, unknown = _said("; ".join([*([rest] if rest else []), *clauses[number + 1 :]]), other)
            return (*details, lead, *more), "; ".join([*technical, *([unknown] if unknown else [])])
        if _NOTHING_MORE.fullmatch(clause):
            continue
        known = _clause(clause, contract)
        (technical if known is None else details).append(clause if known is None else known)
    return tuple(details), "; ".join(technical)


def _of_another(clause: str, contract: Contract | None) -> tuple[str, str, Contract | None] | None:
    """Of a clause that leads to what is said of a sheet: itself, what it says of that, and which sheet it is."""
    if found := re.fullmatch(r"the nearest is (\S+): (.+)", clause):
        return f"gần nhất là bảng {sheet_title(found[1])}", found[2], _contract(found[1])
    if found := re.fullmatch(r"it was made from an older template of (\S+) \(version \w+; now \w+\)(?:: (.+))?", clause):
        return f"tệp làm từ mẫu cũ của bảng {sheet_title(found[1])}: hãy lấy mẫu mới", found[2] or "", contract
    if found := re.fullmatch(r"expected a sheet of (\S+): this workbook was made from the template of (\S+)", clause):
        return f"tệp làm từ mẫu của bảng {sheet_title(found[2])}, không phải của bảng {sheet_title(found[1])}", "", contract
    if found := re.fullmatch(r"('.+'|one whose .+) has the header, and ('.+'|one whose .+) nearly has it, which is not read: (.+)", clause):
        return f"tờ {_sheets(found[1])} có dòng tiêu đề, tờ {_sheets(found[2])} gần giống nên không rõ đọc tờ nào", found[3], contract
    return None


def _clause(clause: str, contract: Contract | None) -> str | None:
    """One clause in Vietnamese; None where it is not known."""
    for forms in (_OF_LINES, _OF_FILES):
        if (text := _formed(clause, forms)) is not None:
            return _sheets(text)
    if (text := _formed(clause, _OF_UNITS)) is not None:
        for english, vietnamese in _IN_LISTS.items():
            text = text.replace(english, vietnamese)
        return re.sub(r"\b([0-9]{4})-([0-9]{2})-([0-9]{2})\b", r"\3/\2/\1", text)
    if found := re.fullmatch(r"(missing|unknown|given twice|expected|optional): (.+)", clause):
        return _COLUMNS[found[1]](found[2], contract)
    found = _PASSED_OVER.fullmatch(clause)
    return _left_aside(found, contract) if found else None


def _formed(clause: str, forms: dict[str, str]) -> str | None:
    for form, text in forms.items():
        if found := re.fullmatch(form, clause):
            return found.expand(text)
    return None


def _sheets(names: str) -> str:
    return names.replace("one whose name may be a person's", "không nêu tên")


def _headers(names: str, contract: Contract | None) -> str:
    """Names of fields as the headers of their columns."""
    return ", ".join(" hoặc ".join(_header(one, contract) for one in name.split(" or ")) for name in names.split(", "))


def _header(name: str, contract: Contract | None) -> str:
    return f"«{(header_named(contract, name) if contract else None) or name}»"


def _unknown_headers(names: str, contract: Contract | None) -> str:
    """Headers that no contract knows, with what they may be."""
    names = re.sub(r"\(did you mean '(\w+)'\?\)", lambda found: f"(có phải {_header(found[1], contract)}?)", names)
    names = names.replace(
        "(it may say that a row does not count, or of which unit it is)", "(cột này có thể nói dòng không còn tính, hoặc là của đơn vị nào)"
    )
    return re.sub(r"\bcolumn ([0-9]+)", r"cột thứ \1", names)


_COLUMNS: dict[str, Callable[[str, Contract | None], str]] = {
    "missing": lambda names, contract: f"thiếu cột {_headers(names, contract)}",
    "unknown": lambda names, contract: f"cột không rõ: {_unknown_headers(names, contract)}",
    "given twice": lambda names, contract: f"có hai cột {_headers(names, contract)}",
    "expected": lambda names, contract: f"các cột cần có: {_headers(names, contract)}",
    "optional": lambda names, contract: f"các cột có thể có: {_headers(names, contract)}",
}


def _left_aside(found: re.Match[str], contract: Contract | None) -> str:
    said = [f"{one[1]} {_COUNTED[one[2]]}" for one in re.finditer(rf"([0-9]+) ({'|'.join(_COUNTED)})", found["counts"])]
    said += [f"tờ {_sheets(found['sheets'])}"] if found["sheets"] else []
    said += [f"cột không thuộc bảng: {_unknown_headers(found['unknown'], contract)}"] if found["unknown"] else []
    said += [f"cột không có trong tệp: {_headers(found['absent'], contract)}"] if found["absent"] else []
    return ", ".join(said)
