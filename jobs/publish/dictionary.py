"""The data dictionary: `docs/dictionary/`, rendered from contracts, catalogue, plans and rules, and from nothing else.

`python -m jobs.publish.dictionary` writes it; with `--check` it writes nothing, names the files that differ and exits with 1.
"""

from __future__ import annotations

import argparse
import sys
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expectations.row_rules import CATALOGUE
from expectations.suites import ERROR, fact_limits
from jobs.publish.source_api import openapi
from jobs.settings import Settings
from warehouse_schema.contracts import (
    TABLES,
    all_tables,
    bronze_contract,
    given_columns,
    load_contracts,
    quarantine_contract,
    validate_standard,
)
from warehouse_schema.ddl import create_tables, sql_type, table_name
from warehouse_schema.errors import NtmError
from warehouse_schema.flag_catalogue import load_flags
from warehouse_schema.indicator_catalogue import CATALOGUE_FILE, load_catalogue
from warehouse_schema.numbers import EXPECTED_NUMBERS, bounds, number_text
from warehouse_schema.plan_registry import PLANS_FOLDER, load_plans
from warehouse_schema.reference_tables import REFERENCE_FOLDER
from warehouse_schema.released_views import VIEWS_FOLDER, released_views
from warehouse_schema.sql_text import sql_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from warehouse_schema.contracts import Column, Contract, Rule
    from warehouse_schema.indicator_catalogue import Indicator
    from warehouse_schema.plan_registry import JudgedUntil, Plan, Target
    from warehouse_schema.yaml_source import Wording

PROJECT_ROOT = Path(__file__).resolve().parents[2]
FOLDER = "docs/dictionary"
DICTIONARY = PROJECT_ROOT / FOLDER
COMMAND = "python -m jobs.publish.dictionary"
INDEX = "README.md"
_TO_ROOT = "../../"

ROW_HELP = {
    "missing_value": "Fill the field in at the source and send the record again.",
    "invalid_timestamp": "Write the time in the form that the message names, with a day and an hour that exist.",
    "invalid_date": "Write the date as yyyy-mm-dd; in a workbook, as a date cell.",
    "invalid_month": "Write the month as yyyy-mm.",
    "invalid_boolean": "Write true or false (1 or 0).",
    "invalid_integer": "Write a whole number in the form that the message names.",
    "invalid_number": "Write the number in the form that the message names.",
    "invalid_value": "Use one of the values in the message. Where the source has a new one that is right, add it to `values` in the contract.",
    "spreadsheet_error": "Look why the formula of that cell fails, or write the value itself; leave the cell empty where there is none.",
    "scientific_notation": "Format the column as text, then write the code again: the digits that the program has rounded away are not in the file.",
    "legacy_encoding": "Convert the sheet to Unicode, by the keyboard program's own converter, and send it again.",
    "invalid_check_digit": "Compare the number with the label or the certificate, digit by digit.",
    "version_in_future": "Set the clock or the time of the last change right at the source and send the record again, with a version that is true.",
    "foreign_letter": "Type the code again with a keyboard of Latin letters: the message names the letters that are none.",
    "invalid_pattern": "Write the code in the form that the message names.",
    "out_of_range": "Check the number at the source.",
    "too_long": "Check whether another field's text stands in this one.",
    "unknown_organisation": "Add the organisation to the sheet `organisations`, or correct its code there. The row is revalidated by itself.",
    "organisation_not_valid": "Correct `valid_from` or `valid_to` in the sheet `organisations`. The row is revalidated by itself.",
    "ambiguous_unit": (
        "Give the organisation's row in the registry the unit of that day, or its first day in `unit_valid_from`. The row is revalidated by itself."
    ),
    "unknown_unit": "Correct the code, or say in `unit_valid_from` which unit of that code is meant.",
    "unknown_reference": "Add the row to the other sheet, or correct the key in this one. The row is revalidated by itself.",
    "broken_line": "Ask the sender for a whole record in this line: for CSV, quotes closed and as many cells as the header line has.",
    "invalid_encoding": "Save the file as UTF-8 and send it again.",
    "line_too_long": "Ask the sender what stands in the line; where it is right, raise NTM_MAX_LINE_BYTES.",
    "repeated_name": "Ask the sender to give each name once in a record. Where both a field and another name of it are sent, one of them has to go.",
    "nul_character": "Ask the sender to remove the NUL character; it comes from binary content or a broken export.",
    "cell_error": "Put the cell that the message names right and send the workbook again.",
    "formula_without_value": "Open the workbook in Excel or LibreOffice, save it and send it again: formulas get their values when it is opened.",
    "missing_secrecy_level": "The sending agency states the level of secrecy and sends the record again. Nobody here can see what it says.",
    "unknown_secrecy_level": (
        "The sending agency uses one of the levels in the message. A level that is right and not known here belongs into the contract's `secrecy`."
    ),
}
"""What a person does about a row's error, by code."""

OBJECT_HELP = {
    "truncated_gzip": "Send the whole file again; what arrived is not loaded in part.",
    "corrupt_gzip": "Send the file again; it was damaged on its way or when it was packed.",
    "not_gzip": "Name the file as what it is, or pack it.",
    "not_text": "Save the file as UTF-8 text and send it again.",
    "unreadable_json": "Send one JSON object a line, a list of records, or a page with the list `items`.",
    "too_large": "Send it in parts: every object is read whole.",
    "unexpected_columns": "Give the sheet the columns that the message names, in one header line, in one sheet.",
    "unreadable_workbook": "Save the workbook as .xlsx, without a password, and send it again.",
    "unreadable_edxml": "Export the message again, whole and as the standard has it: one a file, without a DTD and without entities.",
    "not_readable": "Let the user that runs `ntm` read the object; the next run reads it.",
    "unknown_format": "Give the name one of the endings that the message lists.",
}
"""What a person does about an object that cannot be read, by code."""

_PARSE_WORDS = {
    "text": "text; white space becomes one space",
    "code": "text as it is, trimmed",
    "organ_code": "organisation code: white space removed, upper case",
    "timestamp": "time, ISO 8601 or yyyyMMddHHmmss; without a zone Vietnam's; a date alone is its midnight",
    "compact_timestamp": "time, yyyyMMddHHmmss or ISO 8601 with a time; without a zone Vietnam's",
    "date": "date, yyyy-mm-dd or yyyymmdd",
    "month": "month, yyyy-mm: its first day",
    "boolean": "true or false, 1 or 0",
    "values": "one of",
    "token": "keyed token",
}
_HANDLING_WORDS = {"keep": "passes", "token": "becomes a keyed token", "drop": "dropped"}
_LAYER_WORDS = {
    "bronze": "As received: every version of every record that passed the border.",
    "quarantine": "Rejected rows with their reasons.",
    "silver": "Standardised: the newest valid version of each record, and the lookups that facts refer to.",
    "gold": "Indicators and targets.",
    "ops": "The pipeline's own books: what was loaded, what is published.",
}


def render() -> dict[str, str]:
    """All files of the dictionary: name and text.

    Raises:
        UsageError: a contract, the catalogue or a plan is wrong.
    """
    contracts = load_contracts().values()
    pages = {_page_name(contract): _table_page(contract) for contract in contracts}
    return {
        INDEX: _index_page(),
        **pages,
        "errors.md": _errors_page(contracts),
        "flags.md": _flags_page(),
        "indicators.md": _indicators_page(),
        "views.md": _views_page(),
        "plans.md": _plans_page(),
        "ddl.sql": _ddl(),
        "source-api.yaml": openapi(contracts, reading),
    }


def error_meanings() -> dict[str, str]:
    """Every error code that no contract names by itself, with its meaning."""
    return dict(CATALOGUE)


def differences(folder: Path) -> list[str]:
    """The names of the files that are not as they are rendered: changed, missing, or left over; sorted."""
    rendered = render()
    there = {path.name for path in folder.glob("*") if path.suffix in (".md", ".sql", ".yaml")}
    return sorted(
        name
        for name in rendered.keys() | there
        if name not in rendered or name not in there or (folder / name).read_text(encoding="utf-8") != rendered[name]
    )


def write(folder: Path) -> list[str]:
    """Make the folder what is rendered; returns the names of the files that were not."""
    rendered = render()
    folder.mkdir(parents=True, exist_ok=True)
    changed = differences(folder)
    for name in changed:
        if name in rendered:
            (folder / name).write_text(rendered[name], encoding="utf-8")
        else:
            (folder / name).unlink()
    return changed


def _page_name(contract: Contract) -> str:
    return f"{table_name(contract)}.md"


def _source(path: Path) -> str:
    return path.resolve().relative_to(PROJECT_ROOT).as_posix()


def _generated(*sources: str) -> list[str]:
    links = ", ".join(f"[`{source}`]({_TO_ROOT}{source})" for source in sources)
    return [f"> Generated from {links}; do not edit. Change the source, then run `{COMMAND}`.", ""]


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _codes(names: Iterable[str]) -> str:
    return ", ".join(map(_code, names))


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [
        f"| {' | '.join(header)} |",
        f"|{'---|' * len(header)}",
        *(f"| {' | '.join(map(_cell, row))} |" for row in rows),
        "",
    ]


def _section(title: str, lines: Sequence[str]) -> list[str]:
    return [f"## {title}", "", *lines] if lines else []


def _page(lines: Iterable[str]) -> str:
    return "\n".join(lines).rstrip("\n") + "\n"


def _index_page() -> str:
    lines = [
        "# Data dictionary",
        "",
        *_generated("warehouse_schema/tables"),
        "What every table, column, error code, flag, indicator and target of the warehouse means. What the words of a contract mean is in",
        f"[`warehouse_schema/README.md`]({_TO_ROOT}warehouse_schema/README.md).",
        "",
        "| page | has |",
        "|---|---|",
        "| [errors.md](errors.md) | every error code: its meaning, what to do |",
        "| [flags.md](flags.md) | every contradiction between records that is flagged: when, why, sources |",
        "| [indicators.md](indicators.md) | every indicator: formula in words, parameters, breakdowns, sources |",
        "| [views.md](views.md) | the views that analysts ask: what each answers, its columns |",
        "| [plans.md](plans.md) | every target of the provincial plans, with the plan's own words |",
        "| [ddl.sql](ddl.sql) | every table as `CREATE TABLE`, with comments and CHECK constraints |",
        "| [source-api.yaml](source-api.yaml) | what the API of a source system offers, as OpenAPI 3.1 |",
        "",
    ]
    tables = all_tables()
    for layer, words in _LAYER_WORDS.items():
        of_layer = [contract for contract in tables if contract.layer == layer]
        lines += [f"## {layer}", "", words, ""]
        lines += _table(("table", "tên", "grain"), [(_index_link(contract), contract.title, contract.grain) for contract in of_layer])
    return _page(lines)


def _index_link(contract: Contract) -> str:
    # Bronze and quarantine tables stand on the page of the silver table that they follow from.
    owner = next(other for other in load_contracts().values() if other.path == contract.path)
    anchor = "" if owner.layer == contract.layer else f"#{contract.layer}"
    return f"[{table_name(contract)}]({_page_name(owner)}{anchor})"


def _table_page(contract: Contract) -> str:
    lines = [f"# {table_name(contract)}: {contract.title}", "", *_generated(*_sources(contract)), contract.description, ""]
    lines += _table(("", ""), table_facts(contract))
    lines += _section("Columns", _columns(contract.stored))
    lines += _section("Landed fields", _landed_fields(contract))
    lines += _section("Rules of a row", _row_rules(contract))
    lines += _section("Expectations of the set", _set_rules(contract.set_rules))
    lines += _section("Expectations across tables", _set_rules(contract.across_rules))
    lines += _section("Constraints", _checks(contract))
    if contract.landing:
        for derived in (bronze_contract(contract.name), quarantine_contract(contract.name)):
            intro = [f"`{table_name(derived)}`. {derived.description} {derived.grain}", ""]
            lines += _section(derived.layer.capitalize(), intro + _columns(derived.stored))
    return _page(lines)


def _sources(contract: Contract) -> list[str]:
    included = [contract.path.parent / f"_{name}.yaml" for name in contract.include]
    derived = [TABLES / "bronze" / "_technical.yaml", TABLES / "quarantine" / "_row.yaml"] if contract.landing else []
    return [_source(path) for path in (contract.path, *included, *derived)]


def table_facts(contract: Contract) -> list[tuple[str, str]]:
    """What there is to say of a table beside its columns: its grain, key, where its rows come from, what they refer to; names in backquotes."""
    facts = [("grain", contract.grain), ("key", _codes(contract.key))]
    if contract.partition_by:
        facts.append(("partitioned by", _codes(contract.partition_by)))
    if contract.reference_file:
        file = f"{_source(REFERENCE_FOLDER)}/{contract.reference_file}"
        facts.append(("rows", f"of [`{file}`]({_TO_ROOT}{file})"))
    if contract.landing:
        facts.append(("landed as", f"`{contract.landing}`: {', '.join(contract.formats)}"))
    if contract.version:
        facts.append(("version", f"{_code(contract.version)}: the newest valid one wins"))
    if contract.withdrawn:
        facts.append(("withdrawn", f"{_code(contract.withdrawn)}: the row is kept and counts nowhere"))
    if contract.secrecy:
        secrecy = contract.secrecy
        words = f"`{secrecy.field}` open: {_codes(sorted(secrecy.open_values))}; withheld: {_codes(sorted(secrecy.secret_values))}"
        facts.append(("state secrets", f"{words}; counted by `{secrecy.organisation_field}` and {_codes(secrecy.day_fields)}"))
    if contract.organisation:
        organisation = contract.organisation
        when = "" if organisation.valid_when == "true" else f", where `{organisation.valid_when}`"
        facts.append(("organisation", f"`{organisation.field}`, valid on `{organisation.day}`{when}"))
    if contract.unit:
        facts.append(("unit", f"`{contract.unit.field}` ({', '.join(contract.unit.levels)}), written on `{contract.unit.written_on}`"))
    for reference in contract.references:
        other = load_contracts()[reference.table]
        given = given_columns(contract, reference, load_contracts())
        gives = f", which gives {_codes(column.name for column in given)}" if given else ""
        facts.append(("refers to", f"{_code(table_name(other))} by {_codes(reference.columns)}{gives}"))
    return facts


def _columns(columns: Sequence[Column]) -> list[str]:
    rows = []
    for column in columns:
        rows.append((_code(column.name), column.label_vi, type_words(column), "yes" if column.nullable else "no", meaning(column)))
        rows += [
            (
                f"`{column.name}.{part['name']}`",
                "",
                sql_type(part["type"]),
                "yes" if part["nullable"] else "no",
                part["metadata"]["comment"],
            )
            for part in parts_of(column)
        ]
    return _table(("column", "tên", "type", "may be empty", "meaning"), rows)


def parts_of(column: Column) -> list[dict[str, Any]]:
    """The fields of a struct, or of the structs in an array."""
    inner = column.type
    if isinstance(inner, dict) and inner["type"] == "array":
        inner = inner["elementType"]
    fields: list[dict[str, Any]] = inner["fields"] if isinstance(inner, dict) and inner["type"] == "struct" else []
    return fields


def type_words(column: Column) -> str:
    """The type of a column in SQL; of one that has fields of its own what holds them."""
    if not parts_of(column):
        return sql_type(column.type)
    return "ARRAY<STRUCT>" if column.type["type"] == "array" else "STRUCT"


def meaning(column: Column) -> str:
    """What a column holds, and what it is derived from."""
    return f"{column.description} Derived: `{column.transform}`." if column.transform else column.description


def _landed_fields(contract: Contract) -> list[str]:
    rows = [
        (
            ", ".join(map(_code, (str(column.source), *column.aliases))),
            _code(column.name) if column.stored else "not kept",
            reading(column),
            _presence(column),
            handling(column),
        )
        for column in contract.landed
    ]
    return _table(("field", "column", "read as", "required", "at the border"), rows) if rows else []


def reading(column: Column) -> str:
    """How a landed field is read: its form and bounds."""
    words = [_PARSE_WORDS.get(column.parse) or EXPECTED_NUMBERS[column.parse, column.locale].removeprefix("a ")]
    if column.percent:
        words.append("in percent")
    if column.values:
        words[0] += " " + ", ".join(_code(sent) if sent == named else f"`{sent}` = {named}" for sent, named in column.values.items())
    if column.pad is not None:
        words.append(f"leading zeros to {column.pad} digits")
    if column.pad_by_level:
        words.append("leading zeros by `level`: 2, 3 or 5 digits")
    if column.pattern:
        words.append(f"of the form `{column.pattern}`")
    if column.check_digit is not None:
        words.append(f"{column.check_digit.upper()} with its check digit")
    if column.max_length is not None:
        words.append(f"at most {column.max_length} characters")
    if (column.parse, column.locale) in EXPECTED_NUMBERS:
        words.append("from {} to {}".format(*map(number_text, bounds(column))))
    return "; ".join(words)


def _presence(column: Column) -> str:
    if column.required:
        return "yes"
    if column.required_when:
        return f"when `{column.required_when}`"
    if column.optional_field:
        return "no; a sheet may leave the column out"
    return f"no; else `{column.default}`" if column.default is not None else "no"


def handling(column: Column) -> str:
    """What becomes of a landed field at the border: whether it is personal, dropped or free text."""
    words = _HANDLING_WORDS[column.handling]
    if column.keep_when:
        other, values = column.keep_when
        words += f", but passes where `{other}` is {_codes(sorted(values))}"
    if column.kind:
        words += f", spelt as a `{column.kind}`"
    return f"{words}; masked in quarantine" if column.free_text and column.handling == "keep" else words


def _row_rules(contract: Contract) -> list[str]:
    rows = [(_code(rule.code), _code(rule.field), rule.message, _code(rule.sql)) for rule in contract.row_rules]
    return _table(("code", "field", "expected", "true when the row is right"), rows) if rows else []


def _set_rules(rules: Sequence[Rule]) -> list[str]:
    rows = [(_code(rule.code), rule.severity, rule.message, _code(rule.sql)) for rule in rules]
    return _table(("expectation", "severity", "expected", "query of the offenders"), rows) if rows else []


def _checks(contract: Contract) -> list[str]:
    rows = [(_code(name), _code(expression)) for name, expression in contract.checks.items()]
    return _table(("constraint", "CHECK"), rows) if rows else []


def _errors_page(contracts: Iterable[Contract]) -> str:
    meanings = error_meanings()
    every = list(contracts)
    row_rules = [(contract, rule) for contract in every for rule in contract.row_rules]
    set_rules = [(contract, rule) for contract in every for rule in (*contract.set_rules, *contract.across_rules)]
    lines = [
        "# Error codes",
        "",
        *_generated("expectations/row_rules.py", "expectations/suites.py", "warehouse_schema/tables", "jobs/publish/dictionary.py"),
        "A rejected row stands in `quarantine.<table>` with `errors`: code, field, message and rule; `ntm quarantine show` prints them. A row that was",
        "corrected is sent again with a newer version; a row whose reference changed is revalidated by itself; `ntm quarantine replay` reads the landed",
        "object once more.",
        "",
    ]
    lines += _section(
        "Of a row", _table(("code", "meaning", "what to do"), [(_code(code), meanings[code], ROW_HELP[code]) for code in ROW_HELP])
    )
    rules = [
        (
            _code(rule.code),
            _code(table_name(contract)),
            _code(rule.field),
            rule.message,
            "Correct the field at the source and send the record again.",
        )
        for contract, rule in row_rules
    ]
    lines += _section("Of a row, named by a contract", _table(("code", "table", "field", "expected", "what to do"), rules))
    objects = [(_code(code), meanings[code], OBJECT_HELP[code]) for code in OBJECT_HELP]
    words = ["The object is `failed` in `ops.load`, and named once, with exit code 3. Nothing of it is loaded.", ""]
    lines += _section("Of an object", words + _table(("code", "meaning", "what to do"), objects))
    limits = [
        (
            _code(limit.fact),
            f"{limit.message}: {limit.expected}",
            "holds the batch: `ntm held release <table>` or `ntm held discard <table>`"
            if limit.severity == ERROR
            else "warns: ask the sender whether the delivery is whole",
        )
        for limit in fact_limits(Settings.model_construct())
    ]
    lines += _section("Of a batch (limits as set by default)", _table(("expectation", "expected", "what happens, what to do"), limits))
    named = [(_code(rule.code), _code(table_name(contract)), rule.message, _what_happens(contract, rule)) for contract, rule in set_rules]
    return _page(
        lines
        + _section("Of a set of rows, named by a contract", _table(("expectation", "table", "expected", "what happens, what to do"), named))
    )


def _what_happens(contract: Contract, rule: Rule) -> str:
    if rule.severity != ERROR:
        return "warns"
    if contract.landing and rule in contract.set_rules:
        return f"holds the batch: `ntm held release {contract.table}` or `ntm held discard {contract.table}`"
    return "nothing is released and the tables go back to the last release: a fault of the pipeline, to be reported to its maintainers"


def _both(wording: Wording) -> str:
    return f"{wording.vi} / {wording.en}"


def _indicators_page() -> str:
    catalogue = load_catalogue()
    lines = [
        "# Indicators",
        "",
        *_generated(_source(CATALOGUE_FILE)),
        f"{sum(indicator.target for indicator in catalogue.values())} indicators with targets in the provincial plans, and those that are measured without",
        "a target. Flows are events of a period; stocks are the state on a day. Ratios are never averaged: numerators and denominators are summed over",
        "units and days, and divided once.",
        "",
        *_table(
            ("indicator", "tên", "target", "computed"),
            [
                (f"[{name}](#{name})", indicator.label_vi, "yes" if indicator.target else "no", "yes" if indicator.computed else "not yet")
                for name, indicator in catalogue.items()
            ],
        ),
    ]
    for indicator in catalogue.values():
        lines += _indicator(indicator)
    return _page(lines)


def _indicator(indicator: Indicator) -> list[str]:
    sql = _source(indicator.sql_file)
    facts = [
        ("English", indicator.label_en),
        ("kind, unit", f"{indicator.kind}, {indicator.unit}"),
        ("levels", ", ".join(indicator.levels)),
        ("numerator" if indicator.denominator else "count", _both(indicator.numerator)),
        *([("denominator", _both(indicator.denominator))] if indicator.denominator else []),
        *([("formula", f"`{indicator.formula}`: {_both(indicator.formula_label)}")] if indicator.formula_label else []),
        ("datasets", _codes(indicator.datasets)),
        *(
            (f"parameter `{name}`", f"{item.label_vi}; default `{str(item.default).lower()}`")
            for name, item in indicator.parameters.items()
        ),
        *(
            (
                f"breakdown `{item.dimension}`",
                f"{item.label_vi}: {', '.join(f'`{value}` {label}' for value, label in item.values.items()) or 'those that the records name'}",
            )
            for item in indicator.breakdowns
        ),
        *(
            [("decided by", f"{_deciding(indicator)}; where one has no row, targets say `partly_not_reported`")]
            if indicator.decided_by
            else []
        ),
        *(
            (f"caveat `{item.reason}`", f"where `{item.breakdown}` is over 0; the target is judged all the same")
            for item in indicator.caveats
        ),
        ("sources", "; ".join(indicator.sources)),
        ("SQL", f"[`{sql}`]({_TO_ROOT}{sql})" if indicator.computed else "not computed yet: targets say `not_reported`"),
    ]
    return [f"## {indicator.id}", "", f"**{indicator.label_vi}**", "", *_table(("", ""), facts)]


def _deciding(indicator: Indicator) -> str:
    """The datasets that decide what counts, each with the settings under which it does."""
    under = {
        dataset: " and ".join(f"`{name}` = `{value}`" for name, value in needed.items()) for dataset, needed in indicator.decided_by.items()
    }
    return ", ".join(f"`{dataset}`{f' (with {settings})' if settings else ''}" for dataset, settings in under.items())


def _views_page() -> str:
    views = released_views()
    lines = [
        "# Views",
        "",
        *_generated(_source(VIEWS_FOLDER)),
        'What analysts ask of figures, rejections and registers, as of the release\'s day: `ntm sql "FROM gold.scorecard"`. Nothing is stored; a',
        "view is evaluated where it is read. What a column means, `DESCRIBE gold.scorecard` says too.",
        "",
        *_table(
            ("view", "tên", "câu hỏi"),
            [(f"[{view.layer}.{name}](#{name})", view.label_vi, view.question.vi) for name, view in views.items()],
        ),
    ]
    for view in views.values():
        sql = _source(VIEWS_FOLDER / f"{view.id}.sql")
        facts = [
            ("English", view.label_en),
            ("answers", _both(view.question)),
            ("grain", _codes(view.grain)),
            ("made of", _codes(map(sql_name, view.tables))),
            ("SQL", f"[`{sql}`]({_TO_ROOT}{sql})"),
        ]
        lines += [f"## {view.id}", "", f"**{view.label_vi}**", "", *_table(("", ""), facts)]
        lines += _table(("column", "meaning"), [(f"`{name}`", words) for name, words in view.meanings.items()])
    return _page(lines)


def _flags_page() -> str:
    flags = load_flags()
    lines = [
        "# Flags",
        "",
        *_generated("warehouse_schema/flags/catalogue.yaml"),
        "Contradictions between records, each a row of [gold.flag](gold.flag.md). A flag changes no figure: what it says is for a person to mend.",
        "",
        *_table(("flag", "tên"), [(f"[{name}](#{name})", flag.label_vi) for name, flag in flags.items()]),
    ]
    for name, flag in flags.items():
        sql = _source(flag.sql_file)
        facts = [
            ("English", flag.label_en),
            ("raised", _both(flag.meaning)),
            *((f"reason `{reason}`", _both(words)) for reason, words in flag.reasons.items()),
            ("sources", "; ".join(flag.sources)),
            ("SQL", f"[`{sql}`]({_TO_ROOT}{sql})"),
        ]
        lines += [f"## {name}", "", f"**{flag.label_vi}**", "", *_table(("", ""), facts)]
    return _page(lines)


def _plans_page() -> str:
    plans = load_plans()
    lines = [
        "# Plans and targets",
        "",
        *_generated(_source(PLANS_FOLDER)),
        f"{sum(len(plan.targets) for plan in plans)} targets of {len(plans)} plans under Decision 924/QĐ-TTg, in the plans' own words.",
        "",
        *_table(
            ("plan", "tỉnh, thành phố", "targets"),
            [(f"[{plan.plan_id}](#{plan.plan_id})", plan.province_name, str(len(plan.targets))) for plan in plans],
        ),
    ]
    for plan in plans:
        lines += _plan(plan)
    return _page(lines)


def _plan(plan: Plan) -> list[str]:
    lines = [f"## {plan.plan_id}", "", f"**{plan.title}**", ""]
    lines += _table(
        ("", ""),
        [
            ("province", f"{plan.province_name} (`{plan.province_code}`, valid from {plan.province_valid_from})"),
            ("number", plan.document_number or "not given by the source"),
            ("issued", str(plan.issued)),
            ("period", f"{plan.period_from} to {plan.period_to}"),
            ("source", plan.source_note),
        ],
    )
    lines += ["How its words are read:", ""]
    lines += _table(
        ("setting", "chosen", "in words", "else"),
        [
            (
                _code(name),
                _code(choice.chosen),
                _both(choice.choices[choice.chosen]),
                _codes(other for other in choice.choices if other != choice.chosen),
            )
            for name, choice in plan.settings.items()
        ],
    )
    if plan.judged_until:
        lines += ["How long its populations last (the first line that fits a target holds):", ""]
        lines += _table(
            ("targets", "until", "reason"), [(_fits(rule), str(rule.until or "goes on"), _both(rule.reason)) for rule in plan.judged_until]
        )
    if plan.rules:
        lines += ["Rules of computation that it prints:", ""]
        lines += _table(
            ("rule", "indicators", "quote", "meaning"),
            [(_code(rule.name), _codes(rule.indicators), rule.quote, _both(rule.meaning)) for rule in plan.rules],
        )
    if plan.smart_village_parts:
        lines += ["What a smart village has to do:", ""]
        lines += _table(
            ("part", "quote", "meaning"), [(_code(part.part), part.quote, _both(part.meaning)) for part in plan.smart_village_parts]
        )
    for (section, quote), targets in groupby(plan.targets, key=lambda target: (target.section, target.quote)):
        lines += [f"> {f'{section}: ' if section else ''}{quote}", ""]
        lines += _table(
            ("indicator", "level", "target", "binding", "due", "judged until", "population", "note"),
            [_target_row(target) for target in targets],
        )
    return lines


def _fits(rule: JudgedUntil) -> str:
    return "; ".join(filter(None, (_codes(rule.indicators), ", ".join(rule.levels)))) or "all"


def _target_row(target: Target) -> tuple[str, ...]:
    sign = "≥" if target.operator == "gte" else ">"
    unit = {"percent": " %", "count": "", "fraction": f" of {target.of}"}[target.unit]
    notes = [target.note or "", ", ".join(f"{unit.name} (`{unit.unit_code}`)" for unit in target.named), _codes(target.readings)]
    return (
        f"[{target.indicator}](indicators.md#{target.indicator})",
        target.level,
        f"{sign} {target.value}{unit}",
        target.binding,
        str(target.due),
        str(target.judged_until or ""),
        target.population,
        "; ".join(filter(None, notes)),
    )


def _ddl() -> str:
    head = [
        f"-- Generated from warehouse_schema/tables; do not edit. Change a contract, then run: {COMMAND}",
        "-- Spark's SQL. For reading and for tools: the pipeline makes its tables from the same contracts (jobs/engine/tables.py), and adds",
        "-- retention, which is a setting, and the columns with statistics.",
        "",
    ]
    return _page([*head, create_tables(all_tables())])


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the dictionary, or check it; returns the exit code: 0, 1 (`--check` found differences), or that of a wrong source."""
    parser = argparse.ArgumentParser(prog=COMMAND, description="Write docs/dictionary, or check that it is as rendered.")
    parser.add_argument("--check", action="store_true", help="write nothing; name the files that differ and exit with 1")
    check = parser.parse_args(arguments).check
    try:
        for path in sorted(TABLES.glob("*/*.yaml")):
            validate_standard(path)
        changed = differences(DICTIONARY) if check else write(DICTIONARY)
    except NtmError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    for name in changed:
        sys.stdout.write(f"{'differs' if check else 'written'}: {FOLDER}/{name}\n")
    if check and changed:
        sys.stderr.write(f"The data dictionary is not what its sources give; run: {COMMAND}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
