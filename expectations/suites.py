"""What is expected of a set of rows: the suites that Great Expectations judges, made from contracts and settings.

Three kinds, each of one relation: the columns of a batch as received (`received_suite`), the columns of a table to be released (`table_suite`), and facts of a
set that no column holds (`fact_limits`, `rule_limits`): how its volume compares, who sent nothing, how many rows break a rule in SQL.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from expectations.batch import OTHER_RULE, is_read, readable, reference_rules, right, there
from expectations.findings import ERROR, WARNING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from expectations.row_rules import Check
    from jobs.settings import Settings
    from warehouse_schema.contracts import Column, Contract, Rule

__all__ = ["ERROR", "MOSTLY", "WARNING", "Expected", "FactLimit", "fact_limits", "received_suite", "rule_limits", "suite", "table_suite"]

VOLUME_LEAST, VOLUME_MOST = 1 / 3, 3.0

MOSTLY = 0.99
"""The share of a column's rows that has to be as expected, where its contract says no other (`mostly`)."""

DUPLICATE_KEY = "duplicate_key"
_GX_SEVERITY = {ERROR: "critical", WARNING: "warning"}
_READ_CODES = {
    "timestamp": "invalid_timestamp",
    "compact_timestamp": "invalid_timestamp",
    "date": "invalid_date",
    "month": "invalid_month",
    "boolean": "invalid_boolean",
    "integer": "invalid_integer",
}


@dataclass(frozen=True, slots=True)
class Expected:
    """One expectation as Great Expectations judges it.

    Attributes:
        code: its name within the suite.
        kind: the class of Great Expectations.
        arguments: what that class takes.
        en, vi: what is expected, in words.
        column: the contract's column; an empty text for the whole set.
        label_vi: that column's label.
        error_code: the code that quarantine has for rows that break it.
        severity: `error` or `warning`.
        mostly: the share of rows that has to be so.
    """

    code: str
    kind: str
    arguments: dict[str, Any]
    en: str
    vi: str
    column: str = ""
    label_vi: str = ""
    error_code: str = ""
    severity: str = WARNING
    mostly: float | None = None


@dataclass(frozen=True, slots=True)
class FactLimit:
    """An expectation about one fact of a set: its least and its greatest value."""

    fact: str
    message: str
    severity: str
    least: float | None = None
    most: float | None = None
    vi: str = field(default="", compare=False)

    @property
    def expected(self) -> str:
        """The limits in words."""
        bounds = [f"{word} {bound:g}" for word, bound in (("at least", self.least), ("at most", self.most)) if bound is not None]
        return " and ".join(bounds)

    def as_expected(self) -> Expected:
        """The same, over a relation of one row with the facts as columns."""
        return Expected(
            code=self.fact,
            kind="ExpectColumnMaxToBeBetween",
            arguments={"column": self.fact, "min_value": self.least, "max_value": self.most},
            en=f"{self.message}: {self.expected}",
            vi=self.vi,
            severity=self.severity,
        )


def fact_limits(settings: Settings) -> tuple[FactLimit, ...]:
    """What is expected of the facts of a batch (`expectations.facts.BatchFacts`).

    Only the share of rejected rows holds a batch (interfaces: holding a batch); volume, silent organisations and lines that are no records warn.
    """
    return (
        FactLimit(
            "rejected_share",
            "share of the rows read that were rejected",
            ERROR,
            most=settings.hold_rejected_share,
            vi="tỷ lệ dòng bị loại",
        ),
        FactLimit(
            "broken_share", "share of the lines read that are no records", WARNING, most=1 - MOSTLY, vi="tỷ lệ dòng không phải bản ghi"
        ),
        FactLimit(
            "volume_ratio",
            "rows per object, compared with the median of earlier loads",
            WARNING,
            least=VOLUME_LEAST,
            most=VOLUME_MOST,
            vi="số dòng mỗi tệp so với trung vị các lần nạp trước",
        ),
        FactLimit(
            "silent_organisations",
            "registered organisations that sent nothing",
            WARNING,
            most=0,
            vi="cơ quan có trong danh mục nhưng không gửi gì",
        ),
    )


def rule_limits(rules: Iterable[Rule]) -> tuple[FactLimit, ...]:
    """What is expected of the rules of a set, each by its code: that no row breaks it."""
    return tuple(
        FactLimit(rule.code, f"rows that break the rule ({rule.message})", rule.severity, most=0, vi="dòng trái với quy tắc")
        for rule in rules
    )


def received_suite(contract: Contract, others: Iterable[Check] = ()) -> tuple[Expected, ...]:
    """What a contract expects of the columns of a batch as received (`expectations.batch.as_received`); most of the rows have to be so.

    `others`: the rules of `expectations.batch.other_checks` that the batch breaks, each named by itself. Those that it keeps are judged as one: there are two
    for each column and more, each expectation costs Great Expectations 8 ms, and a batch seldom breaks any.
    """
    found = [Expected("row_count", "ExpectTableRowCountToBeBetween", {"min_value": 1}, "the batch has rows", "lô dữ liệu có dòng")]
    for column in contract.landed:
        if column.handling == "drop":
            continue
        mostly = MOSTLY if column.mostly is None else column.mostly
        found += [
            Expected(
                code=f"{column.name}.{name}",
                kind=kind,
                arguments={"column": relation_column, **arguments},
                en=en,
                vi=vi,
                column=column.name,
                label_vi=column.label_vi,
                error_code=error_code,
                severity=column.severity,
                mostly=mostly,
            )
            for name, kind, relation_column, arguments, en, vi, error_code in (*_presence(column), *_values(column))
        ]
    found += [_row_expectation(contract, rule.code, rule.field, rule.message, "đúng quy tắc của dòng") for rule in contract.row_rules]
    for rule, name in reference_rules(contract).items():
        found.append(_row_expectation(contract, rule, name, *_REFERENCES[rule.rpartition(".")[2]]))
    found += [_other_expectation(contract, check) for check in others]
    found.append(_row_expectation(contract, OTHER_RULE, "", "breaks no other rule", "không trái quy tắc khác"))
    return tuple(found)


def table_suite(contract: Contract) -> tuple[Expected, ...]:
    """What a contract expects of the rows of its table: all of them, since whatever breaks it here came from the pipeline itself.

    A missing value is not among it: Delta refuses NULL in a column that the contract requires when it is written.
    """
    key = list(contract.key)
    found = [
        Expected(
            code=DUPLICATE_KEY,
            kind="ExpectColumnValuesToBeUnique" if len(key) == 1 else "ExpectCompoundColumnsToBeUnique",
            arguments={"column": key[0]} if len(key) == 1 else {"column_list": key},
            en="each key has one row",
            vi="mỗi khóa chỉ có một dòng",
            severity=ERROR,
        )
    ]
    for column in contract.stored:
        found += [
            _of_table(column, name, kind, arguments, en, vi)
            for name, kind, _, arguments, en, vi, _ in _values(column)
            if name != "readable"
        ]
    return tuple(found)


def suite(name: str, expected: Iterable[Expected]) -> Any:
    """The suite of Great Expectations for what is expected."""
    import great_expectations as gx
    import great_expectations.expectations as gxe

    return gx.ExpectationSuite(
        name=name,
        expectations=[
            getattr(gxe, one.kind)(
                **one.arguments,
                **({} if one.mostly is None else {"mostly": one.mostly}),
                description=f"{one.column}: {one.en}" if one.column else one.en,
                severity=_GX_SEVERITY[one.severity],
                meta={
                    "code": one.code,
                    "column": one.column,
                    "label_vi": one.label_vi,
                    "en": one.en,
                    "vi": one.vi,
                    "error_code": one.error_code,
                    "severity": one.severity,
                    "mostly": one.mostly,
                },
            )
            for one in expected
        ],
    )


_Part = tuple[str, str, str, dict[str, Any], str, str, str]
"""Name, class, column of the relation, other arguments, words in English and Vietnamese, code in quarantine."""

_IS_TRUE: dict[str, Any] = {"value_set": [True]}
_REFERENCES = {
    "unknown_organisation": ("the registry knows the organisation", "cơ quan có trong danh mục"),
    "organisation_not_valid": ("the organisation is valid on the day", "cơ quan còn hiệu lực vào ngày đó"),
    "ambiguous_unit": ("the administrative unit of the day can be decided", "xác định được đơn vị hành chính của ngày đó"),
    "unknown_unit": ("the code was a unit on the day it was written", "mã đơn vị hành chính có hiệu lực vào ngày ghi"),
    "unknown_reference": ("the row that it names is in the other sheet", "dòng được dẫn chiếu có trong biểu kia"),
}


_OTHERS = {
    "spreadsheet_error": ("is no error value of a spreadsheet program (#N/A)", "không phải giá trị lỗi của bảng tính (#N/A)"),
    "scientific_notation": (
        "is no number that a spreadsheet program has rounded (1.2E+12)",
        "không phải số bị bảng tính làm tròn (1.2E+12)",
    ),
    "legacy_encoding": ("is Unicode, not TCVN3 or VNI", "là Unicode, không phải TCVN3 hay VNI"),
    "invalid_check_digit": ("has a last digit that fits the others", "có chữ số kiểm tra đúng"),
    "foreign_letter": ("has no letter of another alphabet", "không có chữ cái ngoài bảng chữ La-tinh"),
    "invalid_pattern": ("has as many digits as such a number of GS1", "có đủ chữ số của mã GS1"),
    "version_in_future": ("is at most a day later than the record was received", "không muộn hơn ngày nhận quá một ngày"),
}
"""Words for the rules of `other_checks`, by their code."""


def _presence(column: Column) -> list[_Part]:
    if column.required:
        return [("missing_value", "ExpectColumnValuesToNotBeNull", column.name, {}, "has a value", "có giá trị", "missing_value")]
    if column.required_when:
        words = f"has a value when {column.required_when}", "có giá trị khi bắt buộc"
        return [("missing_value", "ExpectColumnValuesToBeInSet", there(column), _IS_TRUE, *words, "missing_value")]
    return []


def _values(column: Column) -> list[_Part]:
    name, parts = column.name, list[_Part]()
    if column.values:
        known = list(dict.fromkeys(column.values.values()))
        words = f"is one of {', '.join(known)}", f"là một trong: {', '.join(known)}"
        parts.append(("invalid_value", "ExpectColumnValuesToBeInSet", name, {"value_set": known}, *words, "invalid_value"))
    elif is_read(column):
        code = _READ_CODES.get(column.parse, "invalid_number")
        words = f"can be read as {column.parse}", "đọc được đúng kiểu dữ liệu"
        parts.append(("readable", "ExpectColumnValuesToBeInSet", readable(column), _IS_TRUE, *words, code))
    if column.pattern:
        words = f"has the form {column.pattern}", f"đúng dạng {column.pattern}"
        parts.append(("invalid_pattern", "ExpectColumnValuesToMatchRegex", name, {"regex": column.pattern}, *words, "invalid_pattern"))
    if column.max_length:
        words = f"has at most {column.max_length} characters", f"không quá {column.max_length} ký tự"
        limit = {"max_value": column.max_length}
        parts.append(("too_long", "ExpectColumnValueLengthsToBeBetween", name, limit, *words, "too_long"))
    if column.minimum is not None or column.maximum is not None:
        bounds = [(word, bound) for word, bound in ((">=", column.minimum), ("<=", column.maximum)) if bound is not None]
        shown = " and ".join(f"{word} {bound:g}" for word, bound in bounds)
        limits = {"min_value": column.minimum, "max_value": column.maximum}
        words = f"is {shown}", f"trong khoảng {shown.replace(' and ', ' và ')}"
        parts.append(("out_of_range", "ExpectColumnValuesToBeBetween", name, limits, *words, "out_of_range"))
    return parts


def _row_expectation(contract: Contract, code: str, source: str, en: str, vi: str) -> Expected:
    column = next((one for one in contract.columns if source in (one.source, one.name)), None)
    return Expected(
        code=code,
        kind="ExpectColumnValuesToBeInSet",
        arguments={"column": right(code), **_IS_TRUE},
        en=en,
        vi=vi,
        column=column.name if column else source,
        label_vi=column.label_vi if column else "",
        error_code="" if code == OTHER_RULE else code.rpartition(".")[2],
        mostly=MOSTLY,
    )


def _other_expectation(contract: Contract, check: Check) -> Expected:
    column = contract.source_column(check.field)
    en, vi = _OTHERS[check.code]
    return Expected(
        code=check.rule,
        kind="ExpectColumnValuesToBeInSet",
        arguments={"column": right(check.rule), **_IS_TRUE},
        en=en,
        vi=vi,
        column=column.name,
        label_vi=column.label_vi,
        error_code=check.code,
        severity=column.severity,
        mostly=MOSTLY if column.mostly is None else column.mostly,
    )


def _of_table(column: Column, name: str, kind: str, arguments: dict[str, Any], en: str, vi: str) -> Expected:
    return Expected(
        code=f"{column.name}.{name}",
        kind=kind,
        arguments={"column": column.name, **arguments},
        en=en,
        vi=vi,
        column=column.name,
        label_vi=column.label_vi,
        severity=ERROR,
    )
