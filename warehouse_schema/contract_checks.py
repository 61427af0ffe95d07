"""What a contract is refused for, beyond its form: words that do not fit each other, and SQL that names what is not there.

Every check notes its problems in the `YamlDocument` it was read from, by line; the loader (`contracts.py`) raises them together. SQL is
parsed in Spark's dialect and never run.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

import sqlglot
from open_data_contract_standard.model import (
    CustomProperty,
    DataQuality,
    OpenDataContractStandard,
    SchemaObject,
    SchemaProperty,
)
from pydantic import BaseModel
from sqlglot import exp
from sqlglot.errors import OptimizeError, ParseError, TokenError

from warehouse_schema.contract_vocabulary import SCALARS, SHEETS, PropertyTerms, TableTerms
from warehouse_schema.names import BATCH_COLUMNS, BORDER_COLUMNS, FIELD_NAME, NUMBERING_HEADERS, folded
from warehouse_schema.sql_text import sql_name
from warehouse_schema.yaml_source import Location, StrictModel, YamlDocument, closest

if TYPE_CHECKING:
    from warehouse_schema.contracts import Column, Contract, Rule, SheetReference

Terms = TypeVar("Terms", bound=StrictModel)

TABLE: Location = ("schema", 0)
CUSTOM = "customProperties"
OWN_TABLE = "{batch}"
OBJECT = "${object}"
"""ODCS' own word for the table that a contract is about."""

ENGINE = "ntm"
PARAMETERS = "parameters"
_RUNNER = "runner"

_LOGICAL_TYPE = {
    "string": "string",
    "boolean": "boolean",
    "integer": "integer",
    "long": "integer",
    "double": "number",
    "date": "date",
    "timestamp": "timestamp",
    "array": "array",
    "struct": "object",
    "map": "object",
}
_PARSED_TYPES = {
    "text": ("string",),
    "code": ("string",),
    "organ_code": ("string",),
    "values": ("string",),
    "token": ("string",),
    "timestamp": ("timestamp",),
    "compact_timestamp": ("timestamp",),
    "date": ("date",),
    "month": ("date",),
    "boolean": ("boolean",),
    "integer": ("integer", "long"),
    "decimal": ("double",),
}
REFERENCE_TYPES = ("string", "boolean", "integer", "long", "double", "date")
"""The types that a column of a reference table may have: those that a cell of its file is read into."""
_RANGE = ("minimum", "maximum")
_OPTIONS = {"string": ("pattern", "maxLength"), "integer": _RANGE, "long": _RANGE, "double": _RANGE}
_NOT_JUDGED = ("quality", "unique", "enum")
"""What ODCS has for one column and the row rules do not read: it would look like a rule and be none."""

_OF_A_LANDED_FIELD = frozenset(PropertyTerms.model_fields) - {"source", "stored", "free_text", "map_value", "databricksType"}
GIVEN_BY_UNIT = frozenset({"unit_code", "unit_valid_from", "province_code"})
"""What the reference to a unit adds to a row (`jobs/silver/references.py`)."""

_MODEL_OF: Mapping[str, type[BaseModel]] = {
    "schema": SchemaObject,
    "properties": SchemaProperty,
    "items": SchemaProperty,
    "quality": DataQuality,
    CUSTOM: CustomProperty,
}


@dataclass(frozen=True, slots=True)
class Draft:
    """A contract that was read, and where in its file things stand.

    Attributes:
        document: the file; problems are noted there.
        contract: what was read.
        columns: the location of each column; of a fragment's columns, that of `include`.
        rules: the location of each rule, in the order of the contract's row, set and across rules.
        fragments: the columns that each included fragment gave.
        bronze: the technical columns of bronze tables, beside which the source fields stand there.
    """

    document: YamlDocument
    contract: Contract
    columns: Mapping[str, Location]
    rules: tuple[Location, ...]
    fragments: Mapping[str, frozenset[str]] = field(default_factory=dict)
    bronze: frozenset[str] = frozenset()

    def table_problem(self, term: str, message: str) -> None:
        """Notes a problem of a word of the table."""
        self.document.report((*TABLE, CUSTOM, term), f"{term}: {message}")

    def column_problem(self, column: Column, message: str, *at: str) -> None:
        """Notes a problem of a column, at one of its keys."""
        self.document.report((*self.columns[column.name], *at), f"{column.name}: {message}")


def check_fields(document: YamlDocument, model: type[BaseModel], value: object, location: Location = ()) -> None:
    """Notes the fields that ODCS does not have; its models pass over them in silence, so that a slip of the pen would weaken a rule.

    Below the top of the document, where the model itself refuses them.
    """
    if not isinstance(value, dict):
        return
    known = {info.alias or name for name, info in model.model_fields.items()}
    for key, part in value.items():
        if key not in known:
            if location:
                document.report((*location, key), f"unknown key '{key}'{closest(key, known)}")
        elif key in _MODEL_OF and isinstance(part, list):
            for index, item in enumerate(part):
                check_fields(document, _MODEL_OF[key], item, (*location, key, index))
        elif key in _MODEL_OF:
            check_fields(document, _MODEL_OF[key], part, (*location, key))


def read_terms(document: YamlDocument, model: type[Terms], custom: Iterable[CustomProperty] | None, location: Location) -> Terms | None:
    """The words of one node; None where there are problems, which are noted at the word's line."""
    values: dict[str, Any] = {}
    for index, item in enumerate(custom or ()):
        place, name = (*location, CUSTOM, index), str(item.property)
        if name in values:
            document.report(place, f"customProperties: '{name}' stands twice")
        values[name] = item.value
        document.lines[(*location, CUSTOM, name)] = document.line_of((*place, "property"))
    return document.parse(model, values, (*location, CUSTOM))


def check_locale(document: YamlDocument, terms: TableTerms) -> None:
    """Notes a table of which nobody can say how its numbers are written."""
    if terms.locale and terms.landing is None:
        document.report((*TABLE, CUSTOM, "locale"), "locale: belongs to a table with a landing")
    if terms.locale is None and not SHEETS.issuperset(terms.formats) and not SHEETS.isdisjoint(terms.formats):
        document.report((*TABLE, CUSTOM, "formats"), "formats: NDJSON beside sheets needs 'locale': 1.000 is 1 in JSON and 1000 in a sheet")


def check_property(document: YamlDocument, prop: SchemaProperty, terms: PropertyTerms, location: Location) -> None:
    """Notes what is wrong with one column by itself."""
    name = prop.name or "column without a name"

    def problem(message: str, *at: str) -> None:
        document.report((*location, *at), f"{name}: {message}")

    for key in ("name", "businessName"):
        if not getattr(prop, key):
            problem(f"key '{key}' is missing")
    for key in _NOT_JUDGED:
        if getattr(prop, key):
            problem(f"no row rule judges '{key}' of a column; use the source's words, or a rule or check of the table", key)
    _check_type(document, prop, location)
    if prop.physicalType != "map" and "map_value" in terms.model_fields_set:
        problem("map_value belongs to a map", CUSTOM, "map_value")
    if terms.source is None:
        for term in sorted(_OF_A_LANDED_FIELD & terms.model_fields_set):
            problem(f"{term} belongs to a column with a source", CUSTOM, term)
        if prop.logicalTypeOptions:
            problem("logicalTypeOptions are judged on landed fields; use the table's checks", "logicalTypeOptions")
        return
    if prop.transformLogic:
        problem("a column is read from a source or derived by transformLogic, not both", "transformLogic")
    types = _PARSED_TYPES[terms.parse]
    if prop.physicalType not in types:
        problem(f"parse {terms.parse!r} gives {' or '.join(types)}, not {prop.physicalType}", CUSTOM, "parse")
    _check_options(prop, problem)
    _check_reading(terms, problem)
    _check_presence(prop, terms, problem)
    _check_handling(terms, problem)


def _check_type(document: YamlDocument, prop: SchemaProperty, location: Location) -> None:
    """Notes a column, or a part of one, without a description or with types that are not known or do not fit each other."""
    physical, name = prop.physicalType or "", prop.name or "column without a name"
    if not (prop.description or "").strip():
        document.report(location, f"{name}: key 'description' is missing")
    expected = _LOGICAL_TYPE.get(physical)
    if expected is None:
        message = f"{name}: physicalType {physical!r} is not one of {', '.join(_LOGICAL_TYPE)}{closest(physical, _LOGICAL_TYPE)}"
        document.report((*location, "physicalType"), message)
    elif prop.logicalType != expected:
        message = f"{name}: logicalType {prop.logicalType!r} does not fit physicalType '{physical}'; expected '{expected}'"
        document.report((*location, "logicalType"), message)
    if physical == "array":
        if prop.items is None:
            document.report(location, f"{name}: an array needs 'items'")
        elif prop.items.physicalType == "struct" or prop.items.physicalType not in SCALARS:
            for index, child in enumerate(prop.items.properties or []):
                _check_type(document, child, (*location, "items", "properties", index))
            if prop.items.physicalType != "struct" or not prop.items.properties:
                document.report((*location, "items"), f"{name}: items are one of {', '.join(sorted(SCALARS))}, or a struct with properties")
    if physical == "struct":
        if not prop.properties:
            document.report(location, f"{name}: a struct needs 'properties'")
        for index, child in enumerate(prop.properties or []):
            _check_type(document, child, (*location, "properties", index))


def _check_options(prop: SchemaProperty, problem: Callable[..., None]) -> None:
    options = prop.logicalTypeOptions or {}
    known = _OPTIONS.get(prop.physicalType or "", ())
    for option in options:
        if option not in known:
            judged = f"; a {prop.physicalType} is judged by {', '.join(known)}" if known else ""
            problem(f"no row rule judges '{option}'{judged}", "logicalTypeOptions", option)
    try:
        re.compile(str(options.get("pattern", "")))
    except re.error as error:
        problem(f"pattern is not a regular expression: {error}", "logicalTypeOptions", "pattern")


def _check_reading(terms: PropertyTerms, problem: Callable[..., None]) -> None:
    if (terms.parse == "values") != bool(terms.values):
        problem("'values' and parse 'values' go together", CUSTOM, "values" if terms.values else "parse")
    for sent in terms.values:
        if sent != sent.lower():
            problem(f"values: {sent!r} must be written in lower case: what is sent is compared so", CUSTOM, "values")
    for term in ("pad", "pad_by_level", "check_digit"):
        if getattr(terms, term) and terms.parse != "code":
            problem(f"{term} belongs to parse 'code'", CUSTOM, term)
    if terms.percent and terms.parse not in ("integer", "decimal"):
        problem("percent belongs to parse 'integer' or 'decimal'", CUSTOM, "percent")
    if terms.pad is not None and terms.pad_by_level:
        problem("pad and pad_by_level exclude each other", CUSTOM, "pad_by_level")


def _check_presence(prop: SchemaProperty, terms: PropertyTerms, problem: Callable[..., None]) -> None:
    if prop.required and terms.required_when:
        problem("required_when says nothing: the field is always required", CUSTOM, "required_when")
    if prop.required and terms.optional_field:
        problem("optional_field (a sheet may leave the column out) contradicts required", CUSTOM, "optional_field")
    if terms.default is not None and (prop.required or terms.required_when):
        problem(f"default contradicts {'required' if prop.required else 'required_when'}", CUSTOM, "default")
    readable = {"boolean": ("true", "false"), "values": tuple(terms.values.values())}.get(terms.parse)
    if terms.default is not None and readable is not None and terms.default not in readable:
        problem(f"default {terms.default!r} is not one of {', '.join(readable)}", CUSTOM, "default")


def _check_handling(terms: PropertyTerms, problem: Callable[..., None]) -> None:
    if terms.handling == "drop" and terms.stored:
        problem("handling 'drop' needs stored: false: nothing of the field passes the border", CUSTOM, "handling")
    if terms.keep_when and terms.handling != "token":
        problem("keep_when belongs to handling 'token'", CUSTOM, "keep_when")
    if terms.kind and terms.handling != "token":
        problem("kind belongs to handling 'token'", CUSTOM, "kind")
    if terms.parse == "token" and terms.handling != "token":
        problem("parse 'token' belongs to handling 'token'", CUSTOM, "parse")
    if terms.handling == "token" and terms.keep_when is None and terms.parse != "token":
        problem("a field that always becomes a token is read with parse 'token'", CUSTOM, "handling")


def check_contract(draft: Draft) -> None:
    """Notes what is wrong between the parts of one contract."""
    _check_names(draft)
    if draft.document.problems:
        return
    _check_key(draft)
    _check_columns_named(draft)
    if draft.contract.landing is None:
        _check_not_landed(draft)
    else:
        _check_landed(draft)
        _check_references(draft)
        _check_sheet_references(draft)
        _check_secrecy(draft)
    _check_expressions(draft)
    _check_rules(draft)


def _check_names(draft: Draft) -> None:
    """Names stand once, however their case, composition and white space are written: neither Spark nor a sheet tells `Month` from `month`.

    What a run could not read objects by is refused here (`jobs/border/spec.py` rests on it).
    """
    seen: set[str] = set()
    sources: dict[str, str] = dict.fromkeys(map(folded, draft.bronze), "a technical column of bronze tables")
    sources |= dict.fromkeys(BORDER_COLUMNS - sources.keys(), "a column of the border")
    is_sheet = draft.contract.is_sheet
    for column in draft.contract.columns:
        if column.name.casefold() in seen:
            draft.column_problem(column, "the column stands twice")
        if draft.contract.landing and (column.name in BATCH_COLUMNS or re.fullmatch("reason_[0-9]+", column.name)):
            draft.column_problem(column, "the name is one that the load uses for its own columns", "name")
        seen.add(column.name.casefold())
        if column.source is None:
            if column.aliases:
                draft.column_problem(column, "aliases belong to a column with a source", CUSTOM, "aliases")
            continue
        if not FIELD_NAME.fullmatch(column.source):
            message = (
                f"source {column.source!r}: expected at most 64 ASCII letters, digits and _, no digit first; other headers are aliases"
            )
            draft.column_problem(column, message, CUSTOM, "source")
        for alias in column.aliases:
            if problem := _alias_problem(alias, is_sheet=is_sheet):
                draft.column_problem(column, f"alias {alias!r}: {problem}", CUSTOM, "aliases")
        for name, term in ((column.source, "source"), *((alias, "aliases") for alias in column.aliases)):
            own = f"the source of {column.name}"
            other = sources.setdefault(folded(name), own)
            if other != own or [column.source, *column.aliases].count(name) > 1:
                draft.column_problem(column, f"source '{name}' is {other} already", CUSTOM, term)


def _alias_problem(alias: str, *, is_sheet: bool) -> str:
    """What is wrong with another name of a field; empty when nothing is."""
    if not is_sheet:
        expected = "expected at most 64 ASCII letters, digits and _, no digit first, as the dataset may land as ndjson"
        return "" if FIELD_NAME.fullmatch(alias) else expected
    if not folded(alias):
        return "expected a header, found white space only"
    if not alias.replace("\n", " ").isprintable():
        return "expected a header without control characters"
    return "is the header of a sheet's row numbers, which are not read" if folded(alias) in NUMBERING_HEADERS else ""


def _check_key(draft: Draft) -> None:
    contract = draft.contract
    marked = {column.name: column.key_position for column in contract.columns if column.key_position is not None}
    for position, count in Counter(marked.values()).items():
        if count > 1:
            draft.document.report(TABLE, f"primaryKeyPosition {position} stands {count} times: {', '.join(marked)}")
    if not contract.key:
        draft.document.report(TABLE, "a table needs a key: primaryKey columns, or 'key' in its customProperties")
    if contract.stated_key and not marked.keys() <= set(contract.stated_key):
        draft.table_problem("key", f"leaves out primaryKey columns: {', '.join(sorted(marked.keys() - set(contract.stated_key)))}")


def _check_columns_named(draft: Draft) -> None:
    """The words that name columns of the table name ones that it has."""
    contract = draft.contract
    kept = {column.name: column for column in contract.stored}
    named = {
        "key": contract.stated_key,
        "version": tuple(filter(None, [contract.version])),
        "withdrawn": tuple(filter(None, [contract.withdrawn])),
        "statistics": contract.statistics,
    }
    expected = {"version": "timestamp", "withdrawn": "boolean"}
    for term, names in named.items():
        for name in names:
            if name not in kept:
                draft.table_problem(term, f"{name!r} is not a stored column of the table{closest(name, kept)}")
            elif term in expected and kept[name].type != expected[term]:
                draft.table_problem(term, f"{name} is a {kept[name].type}; expected a {expected[term]}")
            elif term in ("version", "withdrawn") and kept[name].source is None:
                draft.table_problem(term, f"{name} is not read from a landed field")


def _check_not_landed(draft: Draft) -> None:
    contract = draft.contract
    words = {
        "formats": contract.formats,
        "version": contract.version,
        "withdrawn": contract.withdrawn,
        "secrecy": contract.secrecy,
        "organisation": contract.organisation,
        "unit": contract.unit,
        "references": contract.references,
    }
    for term, value in words.items():
        if value:
            draft.table_problem(term, "belongs to a table with a landing")
    for column in contract.columns:
        if column.source is not None:
            draft.column_problem(column, "source: the table has no landing", CUSTOM, "source")
        if column.transform is not None:
            draft.column_problem(column, "transformLogic: only landed records are standardised", "transformLogic")
        if contract.reference_file is not None and column.type not in REFERENCE_TYPES:
            draft.column_problem(column, f"a file has {', '.join(REFERENCE_TYPES)}, not {column.type}", "physicalType")


def _check_landed(draft: Draft) -> None:
    contract = draft.contract
    if contract.layer != "silver":
        draft.table_problem("landing", "landed records are standardised in the layer silver")
    if contract.reference_file is not None:
        draft.table_problem("reference_file", "belongs to a table without a landing")
    for term in ("formats", "version"):
        if not getattr(contract, term):
            draft.document.report(TABLE, f"key '{term}' is missing: the table has a landing")
    if "technical" not in draft.fragments:
        draft.document.report(TABLE, "include: a landed table includes 'technical'")
    names = {column.name for column in contract.landed}
    if contract.unit and len({"unit_code", "unit_valid_from"} - names & set(contract.key)) == 1:
        draft.table_problem("key", "unit_code and unit_valid_from go together: a code alone is used again for another unit")
    for name in contract.sent_key:
        if name not in names:
            draft.document.report(TABLE, f"key: {name} is not read from a landed field, and the border needs it")
    given = {name for fragment in draft.fragments.values() for name in fragment} | (GIVEN_BY_UNIT if contract.unit else set())
    sources = {column.source for column in contract.landed}
    for column in contract.columns:
        # What references to other sheets give is known when all contracts are: `sheet_reference_problems`.
        if column.source is None and column.transform is None and column.name not in given and not contract.references:
            draft.column_problem(column, "nobody fills it: expected a source, a transformLogic, or a reference that gives it")
        if column.keep_when and column.keep_when[0] not in sources:
            message = f"keep_when: {column.keep_when[0]!r} is not a source field{closest(column.keep_when[0], filter(None, sources))}"
            draft.column_problem(column, message, CUSTOM, "keep_when")
        if column.pad_by_level and "level" not in sources:
            draft.column_problem(column, "pad_by_level needs a source field 'level'", CUSTOM, "pad_by_level")


def _check_references(draft: Draft) -> None:
    contract = draft.contract
    if contract.organisation and contract.unit:
        draft.table_problem("unit", "a row has its unit from its organisation or from its own field, not both")
    if bool(contract.organisation) != ("placement" in draft.fragments):
        draft.document.report(TABLE, "organisation and include: placement go together: the reference fills these columns")
    if contract.unit is None and "unit_names" in draft.fragments:
        draft.document.report(TABLE, "include: unit_names are for a table with a unit")
    for term, reference in (("organisation", contract.organisation), ("unit", contract.unit)):
        if reference is None:
            continue
        source = next((column.source for column in contract.landed if column.name == reference.code), None)
        if source is None:
            draft.table_problem(term, f"code {reference.code!r} is not a column that is read from a landed field")
        elif source != reference.field:
            draft.table_problem(term, f"field {reference.field!r} is not the source of {reference.code}; expected '{source}'")


def _check_sheet_references(draft: Draft) -> None:
    """What can be said of the references to other sheets without these."""
    contract = draft.contract
    landed = {column.name: column for column in contract.landed}
    for reference in contract.references:
        if contract.table == "organisation":
            draft.table_problem("references", "the registry of organisations is loaded first and refers to no other sheet")
        if reference.table == contract.name:
            draft.table_problem("references", "a sheet does not refer to itself")
        for name in reference.columns:
            column = landed.get(name)
            if column is None or not column.stored:
                draft.table_problem(
                    "references", f"{name!r} is not a stored column that is read from a landed field{closest(name, landed)}"
                )
            elif column.parse != "code" or column.pad_by_level:
                draft.table_problem("references", f"{name} is read as {column.parse!r}; expected 'code', without pad_by_level")


def sheet_reference_problems(
    contract: Contract,
    contracts: Mapping[str, Contract],
    given: Mapping[SheetReference, tuple[Column, ...]],
    unfilled: Iterable[Column],
) -> list[str]:
    """What is wrong with the references of a contract beside the contracts that they name.

    `given`: the columns that each reference fills; `unfilled`: those that nothing but a reference to a sheet can fill.
    """
    found = []
    for reference in contract.references:
        other = contracts.get(reference.table)
        spelt = f"{sql_name(reference.table)}({', '.join(reference.columns)})"
        if other is None or not other.landing:
            landed = [sql_name(name) for name, one in contracts.items() if one.landing]
            found.append(
                f"references: {spelt}: no landed object feeds {sql_name(reference.table)}{closest(sql_name(reference.table), landed)}"
            )
            continue
        if len(other.key) != len(reference.columns):
            found.append(f"references: {spelt}: the key of {sql_name(other.name)} is {', '.join(other.key)}")
        for here, there in zip(reference.columns, other.key, strict=False):
            ours, theirs = contract.column(here), other.column(there)
            if (ours.parse, ours.pad) != (theirs.parse, theirs.pad):
                found.append(
                    f"references: {spelt}: {here} is not read as {there} is there (parse, pad), so that the same text would be another value"
                )
        for column in given[reference]:
            theirs = other.column(column.name)
            if (column.type, True) != (theirs.type, column.nullable):
                found.append(f"references: {spelt}: {column.name}: expected {theirs.type}, not required: {reference.table} gives it")
    names = {column.name for columns in given.values() for column in columns}
    return found + [
        f"{column.name}: nobody fills it: expected a source, a transformLogic, or a reference that gives it"
        for column in unfilled
        if column.name not in names
    ]


def _check_secrecy(draft: Draft) -> None:
    secrecy = draft.contract.secrecy
    if secrecy is None:
        return
    sources = [str(column.source) for column in draft.contract.landed]
    for name in (secrecy.field, secrecy.organisation_field, *secrecy.day_fields):
        if name not in sources:
            draft.table_problem("secrecy", f"{name!r} is not a source field{closest(name, sources)}")
    both = secrecy.open_values & secrecy.secret_values
    if both:
        draft.table_problem("secrecy", f"{', '.join(sorted(both))} cannot be open and secret")


def _check_expressions(draft: Draft) -> None:
    """Each expression reads only columns that are there when it is evaluated (`jobs/silver/judge.py` gives the order)."""
    contract = draft.contract
    standardised = [column.name for column in contract.landed if column.handling != "drop"]
    judged = _judged_columns(draft)
    for column in contract.columns:
        if column.transform is not None:
            for message in expression_problems(column.transform, standardised):
                draft.column_problem(column, f"transformLogic: {message}", "transformLogic")
            standardised.append(column.name)
        if column.required_when is not None:
            for message in expression_problems(column.required_when, judged):
                draft.column_problem(column, f"required_when: {message}", CUSTOM, "required_when")
    expressions: dict[str, tuple[str, ...]] = {}
    if contract.organisation is not None:
        expressions = {"organisation": (contract.organisation.day, contract.organisation.valid_when)}
    elif contract.unit is not None:
        expressions = {"unit": (contract.unit.written_on,)}
    for term, texts in expressions.items():
        for message in (message for text in texts for message in expression_problems(text, standardised)):
            draft.table_problem(term, message)
    for name, text in contract.checks.items():
        for message in expression_problems(text, [column.name for column in contract.stored]):
            draft.table_problem("checks", f"{name}: {message}")


def _judged_columns(draft: Draft) -> list[str]:
    """The columns that a row has when it is judged: all but the dropped and the technical ones."""
    technical = draft.fragments.get("technical", frozenset())
    return [column.name for column in draft.contract.columns if column.handling != "drop" and column.name not in technical]


def _check_rules(draft: Draft) -> None:
    contract = draft.contract
    scoped = [
        *(("row", rule) for rule in contract.row_rules),
        *(("set", rule) for rule in contract.set_rules),
        *(("across", rule) for rule in contract.across_rules),
    ]
    # Codes of rows and expectations of sets are listed in different places; within each a code has one meaning.
    codes = Counter((scope == "row", rule.code) for scope, rule in scoped)
    for place, (scope, rule) in zip(draft.rules, scoped, strict=True):
        problems = _rule_problems(contract, scope, rule)
        if codes[scope == "row", rule.code] > 1:
            problems.append(("name", "the rule stands twice"))
        if scope == "row":
            problems += [("query", message) for message in expression_problems(rule.sql, _judged_columns(draft))]
        elif scope == "set":
            own = {contract.name: [column.name for column in contract.stored]}
            problems += [("query", message) for message in query_problems(rule.sql, contract.name, own)]
        for key, message in problems:
            draft.document.report((*place, key), f"{rule.code}: {message}")


def _rule_problems(contract: Contract, scope: str, rule: Rule) -> list[tuple[str, str]]:
    """What is wrong with a rule but its SQL: the key and the message of each problem."""
    problems = []
    if not rule.message:
        problems.append(("description", "key 'description' is missing: it is what a person reads"))
    if scope == "row" and contract.landing is None:
        problems.append(("customProperties", "row rules judge landed records; use the table's checks"))
    if scope == "row" and rule.severity != "error":
        problems.append(("severity", f"severity {rule.severity!r}: a row is right or rejected; expected 'error'"))
    if rule.severity not in ("error", "warning"):
        problems.append(("severity", f"severity {rule.severity!r} is not one of error, warning"))
    fields = {column.source or column.name for column in contract.columns}
    if rule.field not in fields:
        problems.append(
            ("customProperties", f"field {rule.field!r} is neither a source field nor a column without one{closest(rule.field, fields)}")
        )
    if rule.indicator and scope != "across":
        problems.append(("customProperties", "indicator belongs to a rule across tables"))
    return problems


def expression_problems(sql: str, columns: Iterable[str]) -> list[str]:
    """What is wrong with an expression over the columns of one row, in Spark's dialect; empty when nothing is."""
    try:
        tree = sqlglot.parse_one(sql, read="spark")
    except (ParseError, TokenError) as error:
        return [f"not SQL: {_sql_error(error)}"]
    if not isinstance(tree, exp.Condition) or tree.find(exp.Query):
        return ["expected one expression over the columns of the row, without a query"]
    known = {name.casefold(): name for name in columns}
    named = dict.fromkeys(column.parts[0].name for column in tree.find_all(exp.Column))
    return [f"there is no column '{name}' here{closest(name, known.values())}" for name in named if name.casefold() not in known]


def query_problems(sql: str, own: str, tables: Mapping[str, Iterable[str]], parameters: Iterable[str] = ()) -> list[str]:
    """What is wrong with a query that returns offenders, in Spark's dialect; empty when nothing is.

    `own` is the table that `{batch}` stands for, `tables` gives the columns of all tables that the query may read (`silver/work_record`),
    `parameters` those of the relation of that name.
    """
    from sqlglot.optimizer.qualify import qualify

    if OWN_TABLE not in sql:
        return [f"the query does not read its own table, {OWN_TABLE}"]
    try:
        query = sqlglot.parse_one(sql.replace(OWN_TABLE, sql_name(own)), read="spark")
    except (ParseError, TokenError) as error:
        return [f"not SQL: {_sql_error(error)}"]
    if not isinstance(query, exp.Query):
        return ["expected one query, SELECT … or WITH … SELECT"]
    available = {**tables, f"{_RUNNER}/{PARAMETERS}": parameters}
    schema: dict[str, Any] = {}
    for name, columns in available.items():
        layer, table = name.split("/")
        if typed := dict.fromkeys(columns, "string"):
            schema.setdefault(layer, {})[table] = typed
    own_names = {expression.alias for expression in query.find_all(exp.CTE)}
    for read in query.find_all(exp.Table):
        if not read.db and read.name in own_names:
            continue
        if read.name not in schema.get(read.db or _RUNNER, {}):
            return [f"it reads {'.'.join(part.name for part in read.parts)}, which is not there for it"]
        if not read.db:
            read.set("db", exp.to_identifier(_RUNNER))
    try:
        qualify(query, dialect="spark", schema=schema)
    except (OptimizeError, ParseError) as error:
        return [re.sub(r" Line: \d+, Col: \d+", "", str(error))]
    return []


def offenders_of(sql: str, scope: str) -> str | None:
    """What a rule says, from a query as ODCS has it, which gives the number of offenders; None where it has another form.

    Of a row: the expression that is right where it is true or NULL, from `SELECT count(*) FROM ${object} WHERE NOT (<expression>)`. Of a set: the query of the
    offenders, with `{batch}` for the table, from `SELECT count(*) FROM (<query>) AS offenders`.
    """
    form = _COUNT_OF_ROWS if scope == "row" else _COUNT_OF_SET
    found = form.fullmatch(sql)
    if found is None:
        return None
    return found[1] if scope == "row" else found[1].replace(OBJECT, OWN_TABLE)


_COUNT_OF_ROWS = re.compile(r"SELECT count\(\*\) FROM \$\{object\} WHERE NOT \((.+)\)", re.IGNORECASE)
_COUNT_OF_SET = re.compile(r"SELECT count\(\*\) FROM \((.+)\) AS offenders", re.IGNORECASE)


def _sql_error(error: ParseError | TokenError) -> str:
    """The first cause, without the terminal's colours that sqlglot puts into its message."""
    details = getattr(error, "errors", None)
    if not details:
        return str(error).splitlines()[0]
    description = str(details[0]["description"]).split(" for <class")[0]
    return f"{description} (at character {details[0]['col']})"


@lru_cache(maxsize=1)
def _standard() -> Any:
    import jsonschema  # type: ignore[import-untyped, unused-ignore]

    return jsonschema.Draft201909Validator(json.loads(OpenDataContractStandard.json_schema()))  # type: ignore[no-untyped-call]


def check_standard(document: YamlDocument, data: Mapping[str, Any], skip: int = 0) -> None:
    """Notes where a contract breaks the JSON schema of ODCS; `skip` is how many steps of a location the file itself does not have."""
    from jsonschema.exceptions import best_match  # type: ignore[import-untyped, unused-ignore]

    for error in _standard().iter_errors(data):
        location = tuple(error.absolute_path)[skip:]
        name = ".".join(map(str, location)) or "contract"
        document.report(location, f"{name}: against ODCS: {best_match([error]).message}")
