"""Data contracts (ODCS v3.1) and what follows from them: schemas, border, parsing, rules.

A contract file is `warehouse_schema/tables/<layer>/<table>.yaml`. The vocabulary of `customProperties` that this project adds to ODCS is described in
`warehouse_schema/README.md`; nothing else in a contract is private to the project.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from open_data_contract_standard.model import DataQuality, OpenDataContractStandard, SchemaObject, SchemaProperty

from jobs.errors import UsageError

TABLES = Path(__file__).parent / "tables"
BRONZE_LAYER = "bronze"
PARSERS = frozenset(
    {"text", "code", "organ_code", "timestamp", "compact_timestamp", "date", "month", "boolean", "integer", "decimal", "values", "token"}
)
_SCALARS = frozenset({"string", "boolean", "integer", "long", "double", "date", "timestamp"})


class ContractError(UsageError):
    """A contract file does not follow the standard or the project's vocabulary."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table; where `source` is set it is read from a landed field of that name."""

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
    stored: bool = True
    free_text: bool = False
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
    fact_days: tuple[str, ...] = ()
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
        """The key's columns as the sender writes them: an organisation by its code in either order."""
        return tuple("organ_code" if name == "organ_id" and self.organisation else name for name in self.key)

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


def _custom(node: SchemaObject | SchemaProperty | DataQuality | OpenDataContractStandard) -> dict[str, Any]:
    return {str(item.property): item.value for item in node.customProperties or []}


def _type(prop: SchemaProperty, where: str) -> Any:
    physical = prop.physicalType or ""
    if physical in _SCALARS:
        return physical
    if physical == "array" and prop.items is not None:
        return {"type": "array", "elementType": _type(prop.items, where), "containsNull": False}
    if physical == "map":
        value = _custom(prop).get("map_value", "string")
        return {"type": "map", "keyType": "string", "valueType": value, "valueContainsNull": True}
    if physical == "struct":
        fields = [
            {"name": child.name, "type": _type(child, where), "nullable": not child.required, "metadata": {}}
            for child in prop.properties or []
        ]
        return {"type": "struct", "fields": fields}
    raise ContractError(f"{where}: {prop.name}: physicalType {physical!r} is not one of {', '.join(sorted(_SCALARS))}, array, map, struct")


def _column(prop: SchemaProperty, where: str) -> Column:
    custom = _custom(prop)
    options = prop.logicalTypeOptions or {}
    parse = str(custom.get("parse", "text"))
    if parse not in PARSERS:
        raise ContractError(f"{where}: {prop.name}: parse {parse!r} is not one of {', '.join(sorted(PARSERS))}")
    keep_when = custom.get("keep_when")
    return Column(
        name=str(prop.name),
        type=_type(prop, where),
        description=" ".join((prop.description or "").split()),
        label_vi=prop.businessName or "",
        nullable=not prop.required,
        key_position=(prop.primaryKeyPosition or 1) if prop.primaryKey else None,
        partition=bool(prop.partitioned),
        source=custom.get("source"),
        aliases=tuple(custom.get("aliases", ())),
        parse=parse,
        values={str(key): str(value) for key, value in custom.get("values", {}).items()},
        pad=custom.get("pad"),
        pad_by_level=bool(custom.get("pad_by_level", False)),
        default=custom.get("default"),
        pattern=options.get("pattern"),
        minimum=options.get("minimum"),
        maximum=options.get("maximum"),
        max_length=options.get("maxLength"),
        required=bool(prop.required) and "source" in custom,
        required_when=custom.get("required_when"),
        optional_field=bool(custom.get("optional_field", False)),
        handling=str(custom.get("handling", "keep")),
        keep_when=(str(keep_when["field"]), frozenset(keep_when["values"])) if keep_when else None,
        stored=bool(custom.get("stored", True)),
        free_text=bool(custom.get("free_text", False)),
        transform=" ".join(prop.transformLogic.split()) if prop.transformLogic else None,
    )


def _rules(schema: SchemaObject, scope: str, where: str) -> tuple[Rule, ...]:
    rules = []
    for quality in schema.quality or []:
        custom = _custom(quality)
        if custom.get("scope") != scope:
            continue
        if quality.type != "sql" or not quality.query or not quality.name:
            raise ContractError(f"{where}: a {scope} rule needs a name, type: sql and a query")
        rules.append(
            Rule(
                code=quality.name,
                sql=" ".join(quality.query.split()),
                field=str(custom.get("field", "")),
                message=" ".join((quality.description or "").split()),
                severity=quality.severity or "error",
                indicator=str(custom.get("indicator", "")),
            )
        )
    return tuple(rules)


def _secrecy(value: dict[str, Any] | None) -> Secrecy | None:
    if value is None:
        return None
    return Secrecy(
        field=value["field"],
        open_values=frozenset(value["open"]),
        secret_values=frozenset(value["secret"]),
        organisation_field=value["organisation"],
        day_fields=tuple(value["day"]),
    )


def _fragment_columns(layer_folder: Path, names: list[str], where: str) -> list[Column]:
    columns: list[Column] = []
    for name in names:
        fragment = layer_folder / f"_{name}.yaml"
        if not fragment.exists():
            raise ContractError(f"{where}: include {name!r}: there is no {fragment.name} beside it")
        content = yaml.safe_load(fragment.read_text(encoding="utf-8"))
        columns += [_column(SchemaProperty.model_validate(item), fragment.name) for item in content["properties"]]
    return columns


def load_contract(path: Path) -> Contract:
    """Read and check one contract file.

    Raises:
        ContractError: the file does not follow ODCS v3.1 or the project's vocabulary.
    """
    where = f"{path.parent.name}/{path.name}"
    try:
        document = OpenDataContractStandard.from_file(str(path))
    except Exception as error:
        raise ContractError(f"{where}: not a data contract of ODCS v3.1: {error}") from error
    if not document.schema_ or len(document.schema_) != 1:
        raise ContractError(f"{where}: a contract describes exactly one table")
    schema = document.schema_[0]
    custom = _custom(schema)
    layer, table = path.parent.name, path.stem
    if schema.name != table or schema.physicalName != f"{layer}/{table}":
        raise ContractError(f"{where}: name and physicalName must be {table} and {layer}/{table}")
    columns = [_column(prop, where) for prop in schema.properties or []]
    columns += _fragment_columns(path.parent, list(custom.get("include", [])), where)
    organisation = custom.get("organisation")
    unit = custom.get("unit")
    return Contract(
        layer=layer,
        table=table,
        title=schema.businessName or table,
        description=" ".join((schema.description or "").split()),
        grain=" ".join((schema.dataGranularityDescription or "").split()),
        columns=tuple(columns),
        path=path,
        stated_key=tuple(custom.get("key", ())),
        landing=custom.get("landing"),
        formats=tuple(custom.get("formats", ())),
        version=custom.get("version"),
        withdrawn=custom.get("withdrawn"),
        secrecy=_secrecy(custom.get("secrecy")),
        organisation=OrganisationReference(**organisation) if organisation else None,
        unit=UnitReference(**{**unit, "levels": tuple(unit["levels"])}) if unit else None,
        fact_days=tuple(custom.get("fact_days", ())),
        row_rules=_rules(schema, "row", where),
        set_rules=_rules(schema, "set", where),
        across_rules=_rules(schema, "across", where),
        checks={str(name): str(expression) for name, expression in custom.get("checks", {}).items()},
        statistics=tuple(custom.get("statistics", ())),
    )


@lru_cache(maxsize=1)
def load_contracts() -> dict[str, Contract]:
    """All contracts by name (`silver/work_record`), in the order of their names."""
    paths = sorted(path for path in TABLES.glob("*/*.yaml") if not path.name.startswith("_"))
    return {contract.name: contract for contract in map(load_contract, paths)}


def landed_contracts() -> tuple[Contract, ...]:
    """The silver contracts that are fed by landed objects; registries first, since the others refer to them."""
    landed = [contract for contract in load_contracts().values() if contract.landing]
    return tuple(sorted(landed, key=lambda contract: (contract.table != "organisation", contract.name)))


@lru_cache(maxsize=64)
def bronze_contract(silver: str) -> Contract:
    """The bronze table of a silver contract: the fields that pass the border as received (strings), and technical columns.

    Grain: one line of one landed object. Personal fields hold tokens; dropped fields are absent.
    """
    contract = load_contracts()[silver]
    folder = TABLES / BRONZE_LAYER
    technical = _fragment_columns(folder, ["technical"], silver)
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
        columns=(*technical, *received),
        path=contract.path,
        statistics=("version_month", "record_version"),
    )


def quarantine_contract(silver: str) -> Contract:
    """The quarantine table of a silver contract: rows that were rejected, with their reasons."""
    contract = load_contracts()[silver]
    return Contract(
        layer="quarantine",
        table=contract.table,
        title=contract.title,
        description=f"Rejected rows of {contract.landing}, with reasons; personal and secret fields are masked.",
        grain="One row for each rejected line of a landed object, and one without a line for an object that cannot be read.",
        columns=tuple(_fragment_columns(TABLES / "quarantine", ["row"], silver)),
        path=contract.path,
        statistics=("run_id",),
    )


def all_tables() -> tuple[Contract, ...]:
    """Every table of the warehouse: those with a contract file and the bronze and quarantine tables that follow from one."""
    derived = [make(contract.name) for contract in landed_contracts() for make in (bronze_contract, quarantine_contract)]
    return (*load_contracts().values(), *derived)
