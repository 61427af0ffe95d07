"""Data contracts (ODCS v3.1) and what follows from them: schemas, border, parsing, rules.

A contract file is `warehouse_schema/tables/<layer>/<table>.yaml`. The vocabulary of `customProperties` that this project adds to ODCS is
described in `warehouse_schema/README.md`; nothing else in a contract is private to the project. A mistake is refused when the file is
read, by file and line (`contract_checks.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from open_data_contract_standard.model import DataQuality, OpenDataContractStandard, SchemaObject, SchemaProperty
from pydantic import BaseModel, ConfigDict

from warehouse_schema.contract_checks import (
    CUSTOM,
    ENGINE,
    GIVEN_BY_UNIT,
    OBJECT,
    TABLE,
    Draft,
    check_contract,
    check_fields,
    check_locale,
    check_property,
    check_standard,
    offenders_of,
    query_problems,
    read_terms,
    sheet_reference_problems,
)
from warehouse_schema.contract_vocabulary import PARSERS, SCALARS, SHEETS, Locale, PropertyTerms, QualityTerms, TableTerms
from warehouse_schema.errors import UsageError
from warehouse_schema.indicator_catalogue import load_catalogue
from warehouse_schema.plan_registry import GENERAL_SETTINGS
from warehouse_schema.sql_text import table_named
from warehouse_schema.yaml_source import Location, YamlDocument, closest, read_yaml

__all__ = [
    "PARSERS",
    "TABLES",
    "Column",
    "Contract",
    "ContractError",
    "OrganisationReference",
    "Rule",
    "Secrecy",
    "SheetReference",
    "UnitReference",
    "all_tables",
    "bronze_contract",
    "given_columns",
    "landed_contracts",
    "load_contract",
    "load_contracts",
    "quarantine_contract",
    "struct_json",
    "validate_standard",
]

TABLES = Path(__file__).parent / "tables"
BRONZE_LAYER = "bronze"
QUARANTINE_LAYER = "quarantine"
ORGANISATION = "silver/organisation"
"""The registry of organisations."""
STANDARD = "v3.1.0"
_LAYERS = ("silver", "gold", "ops")
UNIT_NAMES = "unit_names"
"""The fragment of the fields by which a row may name its unit."""
_SCOPES = ("row", "set", "across")


class ContractError(UsageError):
    """A contract does not follow the standard or the project's vocabulary; each line of the message is `file:line: what is wrong`."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table; where `source` is set it is read from a landed field of that name. `level_words`: of a code that is filled up by the column
    `level`, the words that may stand there."""

    name: str
    type: Any
    description: str
    label_vi: str = ""
    nullable: bool = True
    key_position: int | None = None
    partition: bool = False
    source: str | None = None
    aliases: tuple[str, ...] = ()
    parse: str = "text"
    values: dict[str, str] = field(default_factory=dict)
    pad: int | None = None
    pad_by_level: bool = False
    level_words: dict[str, str] = field(default_factory=dict)
    percent: bool = False
    locale: str = "json"
    check_digit: str | None = None
    default: str | None = None
    pattern: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    max_length: int | None = None
    required: bool = False
    required_when: str | None = None
    optional_field: bool = False
    handling: str = "keep"
    keep_when: tuple[str, frozenset[str]] | None = None
    kind: str | None = None
    stored: bool = True
    free_text: bool = False
    mostly: float | None = None
    severity: str = "warning"
    transform: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule in SQL: of a row (true or NULL when the row is right), of the set, or across tables (queries that return the offenders).

    A query reads its own table as `{batch}`; one across tables reads others by their two-part names (`silver.work_record`), and the
    settings of `indicator` as the relation `parameters`.
    """

    code: str
    sql: str
    field: str
    message: str
    severity: str = "error"
    indicator: str = ""


@dataclass(frozen=True, slots=True)
class Secrecy:
    """Which field says that a record is a state secret, and what a withheld record is counted by."""

    field: str
    open_values: frozenset[str]
    secret_values: frozenset[str]
    organisation_field: str
    day_fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OrganisationReference:
    """How a row finds its organisation: the column of the code, the day it is judged on, when it has to be valid."""

    code: str
    field: str
    day: str
    valid_when: str


@dataclass(frozen=True, slots=True)
class UnitReference:
    """How a row finds its administrative unit: the column of the code, written on a day."""

    code: str
    field: str
    written_on: str
    levels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SheetReference:
    """How a row finds its row of another sheet: that table (`silver/village`), and the columns here that hold its key, in the order of the key."""

    table: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Contract:
    """One table: its columns in order, where its records land, and the rules that they keep."""

    layer: str
    table: str
    title: str
    description: str
    grain: str
    columns: tuple[Column, ...]
    path: Path
    stated_key: tuple[str, ...] = ()
    landing: str | None = None
    formats: tuple[str, ...] = ()
    version: str | None = None
    withdrawn: str | None = None
    secrecy: Secrecy | None = None
    organisation: OrganisationReference | None = None
    unit: UnitReference | None = None
    references: tuple[SheetReference, ...] = ()
    reference_file: str | None = None
    include: tuple[str, ...] = ()
    row_rules: tuple[Rule, ...] = ()
    set_rules: tuple[Rule, ...] = ()
    across_rules: tuple[Rule, ...] = ()
    checks: dict[str, str] = field(default_factory=dict)
    statistics: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The table's name with its layer: `silver/work_record`."""
        return f"{self.layer}/{self.table}"

    @property
    def key(self) -> tuple[str, ...]:
        """The business key's columns in their order; a key that is found by a reference is stated by the table."""
        if self.stated_key:
            return self.stated_key
        keyed = [(column.key_position, column.name) for column in self.columns if column.key_position is not None]
        return tuple(name for _, name in sorted(keyed))

    @property
    def sent_key(self) -> tuple[str, ...]:
        """The key's columns as the sender writes them: an organisation by its code in either order, a unit by the code that it had on the day of writing."""
        landed = {column.name for column in self.landed}
        sent = {"organ_id": self.organisation.code} if self.organisation else {}
        if self.unit:
            # From when on the code means the unit is no part of what is sent, as a rule.
            sent |= {"unit_code": self.unit.code, "unit_valid_from": ""}
        return tuple(name for key in self.key if (name := key if key in landed else sent.get(key, key)))

    @property
    def unit_names(self) -> tuple[str, ...]:
        """The columns by which a row may name its unit instead of giving the code: its own name, then those of what it lies in."""
        return tuple(column.name for column in _layer_fragment(self.layer, UNIT_NAMES)) if UNIT_NAMES in self.include else ()

    @property
    def own_names(self) -> dict[str, str]:
        """The columns of the names of districts and provinces, by which a row of a sheet may name the unit itself, and when: where the sheet is of that level
        alone, or the row's column `level` says so.
        """
        levels = self.unit.levels if self.unit else ()
        by_level = any(column.name == "level" for column in self.landed)
        told = dict(zip(self.unit_names[1:], ("district", "province"), strict=False))
        return {
            name: "true" if len(levels) == 1 else f"level = '{level}'"
            for name, level in told.items()
            if level in levels and (by_level or len(levels) == 1)
        }

    @property
    def instead_of_code(self) -> tuple[str, ...]:
        """The landed fields one of which has to be there where that of the unit's code is not."""
        return (*self.unit_names[:1], *self.own_names)

    @property
    def partition_by(self) -> tuple[str, ...]:
        """The columns that the table is partitioned by."""
        return tuple(column.name for column in self.columns if column.partition)

    @property
    def landed(self) -> tuple[Column, ...]:
        """The columns that are read from a landed field, in their order."""
        return tuple(column for column in self.columns if column.source is not None)

    @property
    def stored(self) -> tuple[Column, ...]:
        """The columns that the table has (a landed field can be read for a rule and not be kept)."""
        return tuple(column for column in self.columns if column.stored)

    @property
    def is_sheet(self) -> bool:
        """Whether all that lands for it are sheets."""
        return SHEETS.issuperset(self.formats)

    def column(self, name: str) -> Column:
        """The column of that name.

        Raises:
            KeyError: there is none.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name}")

    def source_column(self, source: str) -> Column:
        """The column that is read from the landed field of that name."""
        for column in self.columns:
            if column.source == source:
                return column
        raise KeyError(f"{self.name} reads no field {source}")

    def schema_json(self) -> dict[str, Any]:
        """The schema as Delta and Spark write it in JSON, comments included."""
        return struct_json(self.stored)


def struct_json(columns: tuple[Column, ...]) -> dict[str, Any]:
    """A struct schema in the JSON form that `StructType.fromJson` and Delta's log share."""
    return {
        "type": "struct",
        "fields": [
            {
                "name": column.name,
                "type": column.type,
                "nullable": column.nullable,
                "metadata": {"comment": column.description} if column.description else {},
            }
            for column in columns
        ],
    }


class _Fragment(BaseModel):
    """A file of columns that several tables of a layer include."""

    model_config = ConfigDict(extra="forbid")

    properties: list[SchemaProperty]


def _type(prop: SchemaProperty, map_value: str = "string") -> Any:
    """The type of a column as Delta writes it; the comments of a struct's fields included."""
    if prop.physicalType in SCALARS:
        return prop.physicalType
    if prop.physicalType == "array" and prop.items is not None:
        return {"type": "array", "elementType": _type(prop.items), "containsNull": False}
    if prop.physicalType == "map":
        return {"type": "map", "keyType": "string", "valueType": map_value, "valueContainsNull": True}
    fields = [
        {
            "name": child.name,
            "type": _type(child),
            "nullable": not child.required,
            "metadata": {"comment": _line(child.description)},
        }
        for child in prop.properties or []
    ]
    return {"type": "struct", "fields": fields}


def _line(text: str | None) -> str:
    return " ".join((text or "").split())


def _limit(options: dict[str, Any], name: str) -> float | None:
    value = options.get(name)
    return float(value) if isinstance(value, Decimal) else value


def _locale(terms: TableTerms) -> Locale:
    """How the dataset's numbers are written: as its contract says, else as its formats do. Sheets are filled in by people, NDJSON by programs."""
    return terms.locale or ("vi" if SHEETS.issuperset(terms.formats) else "json")


def _column(document: YamlDocument, prop: SchemaProperty, location: Location, *, stored: bool = True) -> Column | None:
    """The column of a property; None where it has problems, which are noted."""
    terms = read_terms(document, PropertyTerms, prop.customProperties, location)
    if terms is None:
        return None
    if not stored:
        terms = terms.model_copy(update={"stored": False})
    known = len(document.problems)
    check_property(document, prop, terms, location)
    if len(document.problems) > known:
        return None
    options = prop.logicalTypeOptions or {}
    return Column(
        name=str(prop.name),
        type=_type(prop, terms.map_value),
        description=_line(prop.description),
        label_vi=prop.businessName or "",
        nullable=not prop.required,
        key_position=(prop.primaryKeyPosition or 1) if prop.primaryKey else None,
        partition=bool(prop.partitioned),
        source=terms.source,
        aliases=terms.aliases,
        parse=terms.parse,
        values=terms.values,
        pad=terms.pad,
        pad_by_level=terms.pad_by_level,
        percent=terms.percent,
        check_digit=terms.check_digit,
        default=terms.default,
        pattern=options.get("pattern"),
        minimum=_limit(options, "minimum"),
        maximum=_limit(options, "maximum"),
        max_length=options.get("maxLength"),
        required=bool(prop.required) and terms.source is not None,
        required_when=terms.required_when,
        optional_field=terms.optional_field,
        handling=terms.handling,
        keep_when=(terms.keep_when.field, frozenset(terms.keep_when.values)) if terms.keep_when else None,
        kind=terms.kind,
        stored=terms.stored,
        free_text=terms.free_text,
        mostly=terms.mostly,
        severity=terms.severity,
        transform=_line(prop.transformLogic) if prop.transformLogic else None,
    )


def _with_not_stored(
    document: YamlDocument, columns: list[Column], entries: tuple[dict[str, Any], ...], places: dict[str, Location]
) -> list[Column]:
    """The columns with the landed fields among them that are read and not kept, each after the column that it names."""
    ordered = list(columns)
    for index, entry in enumerate(entries):
        location = (*TABLE, CUSTOM, "not_stored", index)
        after = entry.get("after")
        check_fields(document, SchemaProperty, {name: value for name, value in entry.items() if name != "after"}, location)
        prop = document.parse(SchemaProperty, {name: value for name, value in entry.items() if name != "after"}, location)
        column = _column(document, prop, location, stored=False) if prop is not None else None
        place = next((position for position, other in enumerate(ordered, 1) if other.name == after), None)
        if after is not None and place is None:
            document.report(
                location, f"not_stored: after: there is no column '{after}'{closest(str(after), [one.name for one in ordered])}"
            )
        elif column is not None:
            ordered.insert(len(ordered) if place is None else place, column)
            places.setdefault(column.name, location)
    if document.problems:
        raise document.failure()
    return ordered


def _rule(document: YamlDocument, quality: DataQuality, location: Location) -> tuple[str, Rule] | None:
    """A rule and its scope; None where it has problems, which are noted."""
    terms = read_terms(document, QualityTerms, quality.customProperties, location)
    across = terms is not None and terms.scope == "across"
    # No tool knows the other tables, so that a rule across tables is for this engine alone.
    sql = quality.implementation if across and quality.type == "custom" and quality.engine == ENGINE else quality.query
    if not quality.name or not isinstance(sql, str) or quality.type not in ("sql", "custom"):
        message = f"{quality.name or 'a rule'}: a rule has a name, type: sql and a query; across tables, type: custom, engine: {ENGINE}, implementation"
        document.report(location, message)
        return None
    if terms is None:
        return None
    short = OBJECT not in sql
    if quality.type == "custom" or short:
        stated: str | None = _line(sql)
    else:
        stated = offenders_of(_line(sql), terms.scope)
    if stated is None:
        rows = f"{OBJECT} WHERE NOT (<what is right>)" if terms.scope == "row" else "(<query of the offenders>) AS offenders"
        document.report((*location, "query"), f"{quality.name}: expected the number of offenders, SELECT count(*) FROM {rows}")
        return None
    expected = True if short and terms.scope == "row" else 0
    if quality.type == "sql" and (quality.mustBe is not expected if expected is True else quality.mustBe != 0 or quality.mustBe is False):
        message = f"{quality.name}: expected mustBe: {str(expected).lower()} in a rule of scope {terms.scope}"
        document.report(location, message)
        return None
    return terms.scope, Rule(
        code=quality.name,
        sql=stated,
        field=terms.field,
        message=_line(quality.description),
        severity=quality.severity or "error",
        indicator=terms.indicator,
    )


def _secrecy(terms: TableTerms) -> Secrecy | None:
    if terms.secrecy is None:
        return None
    return Secrecy(
        field=terms.secrecy.field,
        open_values=frozenset(terms.secrecy.open),
        secret_values=frozenset(terms.secrecy.secret),
        organisation_field=terms.secrecy.organisation,
        day_fields=terms.secrecy.day,
    )


def _sheet_reference(text: str) -> SheetReference:
    table, columns = text.removesuffix(")").split("(")
    return SheetReference(table_named(table), tuple(name.strip() for name in columns.split(",")))


@lru_cache(maxsize=32)
def _fragment_columns(path: Path) -> tuple[Column, ...]:
    document = read_yaml(path, ContractError)
    fragment = document.parse(_Fragment, document.data)
    check_fields(document, SchemaProperty, {"properties": document.data.get("properties")})
    if fragment is None:
        raise document.failure()
    columns = [_column(document, prop, ("properties", index)) for index, prop in enumerate(fragment.properties)]
    if document.problems:
        raise document.failure()
    return tuple(column for column in columns if column is not None)


def _layer_fragment(layer: str, name: str) -> tuple[Column, ...]:
    return _fragment_columns(TABLES / layer / f"_{name}.yaml")


def load_contract(path: Path) -> Contract:
    """Read and check one contract file. Rules across tables are parsed by `load_contracts`, which knows the other tables.

    Raises:
        ContractError: the file does not follow ODCS v3.1 or the project's vocabulary; all its problems, each by file and line.
    """
    document = read_yaml(path, ContractError)
    schema = _schema(document)
    terms = read_terms(document, TableTerms, schema.customProperties, TABLE)
    places: dict[str, Location] = {}
    columns: list[Column] = []
    for index, prop in enumerate(schema.properties or []):
        location = (*TABLE, "properties", index)
        column = _column(document, prop, location)
        if column is not None:
            columns.append(column)
            places.setdefault(column.name, location)
    if terms is not None:
        check_locale(document, terms)
    found = [(_rule(document, rule, (*TABLE, "quality", index)), index) for index, rule in enumerate(schema.quality or [])]
    if terms is None or document.problems:
        raise document.failure()
    locale = _locale(terms)
    columns = [
        replace(column, locale=locale) if column.source is not None else column
        for column in _with_not_stored(document, columns, terms.not_stored, places)
    ]
    level_words = next((column.values for column in columns if column.source == "level"), {})
    columns = [replace(column, level_words=level_words) if column.pad_by_level else column for column in columns]
    fragments = {}
    for name in terms.include:
        fragment = path.parent / f"_{name}.yaml"
        if not fragment.exists():
            known = sorted(file.stem.removeprefix("_") for file in path.parent.glob("_*.yaml"))
            document.report(
                (*TABLE, "customProperties", "include"), f"include: there is no {fragment.name} beside it{closest(name, known)}"
            )
            raise document.failure()
        included = [replace(column, locale=locale) if column.source is not None else column for column in _fragment_columns(fragment)]
        spelled_out = {column.name: column for column in columns}
        for column in included:
            own = spelled_out.get(column.name)
            if own is None:
                columns.append(column)
                places.setdefault(column.name, (*TABLE, "customProperties", "include"))
            elif replace(own, key_position=None) != column:
                document.report(places[column.name], f"{column.name}: is not as {fragment.name} has it, which the table includes")
        fragments[name] = frozenset(column.name for column in included)
    if document.problems:
        raise document.failure()
    rules = {scope: [(rule[1], index) for rule, index in found if rule is not None and rule[0] == scope] for scope in _SCOPES}
    contract = Contract(
        layer=path.parent.name,
        table=path.stem,
        title=schema.businessName or "",
        description=_line(schema.description),
        grain=_line(schema.dataGranularityDescription),
        columns=tuple(columns),
        path=path,
        stated_key=terms.key,
        landing=terms.landing,
        formats=terms.formats,
        version=terms.version,
        withdrawn=terms.withdrawn,
        secrecy=_secrecy(terms),
        organisation=OrganisationReference(**terms.organisation.model_dump()) if terms.organisation else None,
        unit=UnitReference(**terms.unit.model_dump()) if terms.unit else None,
        references=tuple(map(_sheet_reference, terms.references)),
        reference_file=terms.reference_file,
        include=terms.include,
        row_rules=tuple(rule for rule, _ in rules["row"]),
        set_rules=tuple(rule for rule, _ in rules["set"]),
        across_rules=tuple(rule for rule, _ in rules["across"]),
        checks={name: _line(expression) for name, expression in terms.checks.items()},
        statistics=terms.statistics,
    )
    draft = Draft(
        document=document,
        contract=contract,
        columns=places,
        rules=tuple((*TABLE, "quality", index) for scope in _SCOPES for _, index in rules[scope]),
        fragments=fragments,
        bronze=frozenset(column.name for column in _layer_fragment(BRONZE_LAYER, "technical")) if contract.landing else frozenset(),
    )
    check_contract(draft)
    if document.problems:
        raise document.failure()
    return contract


def _schema(document: YamlDocument) -> SchemaObject:
    """The one table that the document describes.

    Raises:
        ContractError: the document is not of ODCS v3.1, or does not describe the table that its path names.
    """
    model = document.parse(OpenDataContractStandard, document.data)
    check_fields(document, OpenDataContractStandard, document.data)
    if model is None or document.problems:
        raise document.failure()
    if model.schema_ is None or len(model.schema_) != 1:
        document.report(("schema",), "a contract describes exactly one table")
        raise document.failure()
    schema: SchemaObject = model.schema_[0]
    layer, table = document.path.parent.name, document.path.stem
    if layer not in _LAYERS:
        document.report((), f"a contract stands in {', '.join(_LAYERS)}; bronze and quarantine follow from a landed one")
    for key, expected in {"apiVersion": STANDARD, "kind": "DataContract", "id": f"ntm.{layer}.{table}", "name": f"{layer}/{table}"}.items():
        if getattr(model, key) != expected:
            document.report((key,), f"{key} {getattr(model, key)!r}: expected '{expected}'")
    # ODCS tools find a table by its bare name in the folder that `servers` names; the name with its layer is read too.
    for key, known in {"name": (table,), "physicalName": (table, f"{layer}/{table}"), "physicalType": ("table",)}.items():
        if getattr(schema, key) not in known:
            document.report((*TABLE, key), f"{key} {getattr(schema, key)!r}: expected '{known[0]}'")
    for key in ("businessName", "description", "dataGranularityDescription"):
        if not getattr(schema, key):
            document.report(TABLE, f"key '{key}' of the table is missing")
    if not schema.properties:
        document.report(TABLE, "a table needs properties: its columns")
    return schema


def validate_standard(path: Path) -> None:
    """Check a contract file, or a fragment of one, against the JSON schema of ODCS.

    It takes some 40 ms a file, so loading leaves it to the data dictionary and the tests, and itself refuses only fields that ODCS does
    not have.

    Raises:
        ContractError: the file breaks the schema.
    """
    document = read_yaml(path, ContractError)
    if path.name.startswith("_"):
        table = {"name": path.stem, "properties": document.data.get("properties")}
        check_standard(
            document, {"apiVersion": STANDARD, "kind": "DataContract", "id": "f", "version": "1", "status": "active", "schema": [table]}, 2
        )
    else:
        check_standard(document, document.data)
    if document.problems:
        raise document.failure()


@lru_cache(maxsize=1)
def load_contracts() -> dict[str, Contract]:
    """All contracts by name (`silver/work_record`), in the order of their names.

    Raises:
        ContractError: one or more are wrong; the problems of all files, each by file and line.
    """
    contracts: dict[str, Contract] = {}
    problems = []
    for path in sorted(path for path in TABLES.glob("*/*.yaml") if not path.name.startswith("_")):
        try:
            contract = load_contract(path)
        except ContractError as error:
            problems.append(str(error))
        else:
            contracts[contract.name] = contract
    if not problems:
        problems = [problem for contract in contracts.values() for problem in _problems_between(contract, contracts)]
    if not problems:
        problems = _circles(contracts)
    if problems:
        raise ContractError("\n".join(problems))
    return contracts


def _problems_between(contract: Contract, contracts: dict[str, Contract]) -> list[str]:
    """What is wrong with a contract beside the others: a dataset that feeds two tables, rules across tables that name what is not there."""
    found: list[tuple[str, str]] = []
    twin = next((other for other in contracts.values() if other.landing == contract.landing and other.name < contract.name), None)
    if contract.landing and twin:
        found.append(("landing", f"landing: {contract.landing} feeds {twin.name} already"))
    tables = {name: [column.name for column in other.stored] for name, other in contracts.items()}
    for rule in contract.across_rules:
        indicators = load_catalogue() if rule.indicator else {}
        if rule.indicator and rule.indicator not in indicators:
            found.append(
                (rule.code, f"{rule.code}: indicator '{rule.indicator}' is not in the catalogue{closest(rule.indicator, indicators)}")
            )
            continue
        parameters = (
            ("province_code", "province_valid_from", *GENERAL_SETTINGS, *indicators[rule.indicator].parameters) if rule.indicator else ()
        )
        found += [(rule.code, f"{rule.code}: {problem}") for problem in query_problems(rule.sql, contract.name, tables, parameters)]
    given = {one: given_columns(contract, one, contracts) for one in contract.references if one.table in contracts}
    unfilled = _unfilled(contract) if contract.references else ()
    found += [("references", problem) for problem in sheet_reference_problems(contract, contracts, given, unfilled)]
    if not found:
        return []
    document = read_yaml(contract.path, ContractError)
    quality = document.data["schema"][0].get("quality", [])
    places: dict[str, Location] = {rule["name"]: (*TABLE, "quality", index) for index, rule in enumerate(quality)}
    words = [word["property"] for word in document.data["schema"][0].get(CUSTOM, [])]
    if "references" in words:
        places["references"] = (*TABLE, CUSTOM, words.index("references"))
    for place, message in found:
        document.report(places.get(place, TABLE), message)
    return [str(document.failure())]


def _circles(contracts: dict[str, Contract]) -> list[str]:
    """Sheets that refer to each other in a circle: none of them could be loaded first."""

    def referred(name: str, seen: tuple[str, ...]) -> tuple[str, ...]:
        if name in seen:
            return (*seen[seen.index(name) :], name)
        return next((found for one in contracts[name].references if (found := referred(one.table, (*seen, name)))), ())

    circles = {name: found for name in contracts if (found := referred(name, ())) and found[0] == name}
    return [
        f"{contracts[name].path}: references: a circle, {' -> '.join(circle)}" for name, circle in circles.items() if name == min(circle)
    ]


def _unfilled(contract: Contract) -> tuple[Column, ...]:
    """The columns that nothing of the contract's own fills: no landed field, no derivation, no fragment, no unit."""
    filled = {column.name for name in contract.include for column in _layer_fragment(contract.layer, name)}
    filled |= GIVEN_BY_UNIT if contract.unit else set()
    return tuple(column for column in contract.stored if column.source is None and column.transform is None and column.name not in filled)


def given_columns(contract: Contract, reference: SheetReference, contracts: dict[str, Contract]) -> tuple[Column, ...]:
    """The columns that a reference to another sheet fills: those that nothing else fills and that the other table has under the same name.

    Of several references that could fill a column the first does: two sheets that are located both have a unit. `contracts`: by name, those that are referred
    to among them.
    """

    def offered(one: SheetReference) -> set[str]:
        return {column.name for column in contracts[one.table].stored} - set(one.columns) if one.table in contracts else set()

    earlier = contract.references[: contract.references.index(reference)]
    theirs = offered(reference).difference(*map(offered, earlier))
    return tuple(column for column in _unfilled(contract) if column.name in theirs)


def landed_contracts() -> tuple[Contract, ...]:
    """The silver contracts that are fed by landed objects; each after those that it refers to, the registry of organisations first."""
    return tuple(contract for rank in load_order() for contract in rank)


@lru_cache(maxsize=1)
def load_order() -> tuple[tuple[Contract, ...], ...]:
    """The same in ranks: what a contract refers to, an organisation or another sheet, is of an earlier rank than the contract itself."""
    landed = {contract.name: contract for contract in load_contracts().values() if contract.landing}
    ranks: dict[str, int] = {}

    def rank(contract: Contract) -> int:
        if contract.name not in ranks:
            others = [reference.table for reference in contract.references] + ([ORGANISATION] if contract.organisation else [])
            ranks[contract.name] = 1 + max((rank(landed[name]) for name in others if name in landed), default=-1)
        return ranks[contract.name]

    by_rank: dict[int, list[Contract]] = {}
    for contract in sorted(landed.values(), key=lambda one: (one.name != ORGANISATION, one.name)):
        by_rank.setdefault(rank(contract), []).append(contract)
    return tuple(tuple(contracts) for _, contracts in sorted(by_rank.items()))


@lru_cache(maxsize=64)
def bronze_contract(silver: str) -> Contract:
    """The bronze table of a silver contract: the fields that pass the border as received (strings), and technical columns.

    Grain: one line of one landed object. Personal fields hold tokens; dropped fields are absent.
    """
    contract = load_contracts()[silver]
    received = [
        Column(name=str(column.source), type="string", description=column.description, label_vi=column.label_vi)
        for column in contract.landed
        if column.handling != "drop"
    ]
    return Contract(
        layer=BRONZE_LAYER,
        table=contract.table,
        title=contract.title,
        description=f"{contract.title}: as received from {contract.landing}, every version that passed the border.",
        grain="One row for each line of a landed object that is a record and is not withheld.",
        columns=(*_layer_fragment(BRONZE_LAYER, "technical"), *received),
        path=contract.path,
        statistics=("version_month", "record_version"),
    )


def quarantine_contract(silver: str) -> Contract:
    """The quarantine table of a silver contract: rows that were rejected, with their reasons."""
    contract = load_contracts()[silver]
    return Contract(
        layer=QUARANTINE_LAYER,
        table=contract.table,
        title=contract.title,
        description=f"Rejected rows of {contract.landing}, with reasons; personal and secret fields are masked.",
        grain="One row for each rejected line of a landed object, and one without a line for an object that cannot be read.",
        columns=_layer_fragment(QUARANTINE_LAYER, "row"),
        path=contract.path,
        statistics=("run_id",),
    )


def all_tables() -> tuple[Contract, ...]:
    """Every table of the warehouse: those with a contract file and the bronze and quarantine tables that follow from one."""
    derived = [make(contract.name) for contract in landed_contracts() for make in (bronze_contract, quarantine_contract)]
    return (*load_contracts().values(), *derived)
