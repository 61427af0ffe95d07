"""What the border needs to know of a dataset, and the columns of its rows."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import pyarrow as pa

from jobs.border.numbers import NumberKind
from jobs.landing.formats.sheet import SheetColumns
from warehouse_schema.names import BORDER_COLUMNS, FIELD_NAME, folded

Outcome = Literal["row", "rejected", "withheld", "object"]
ROW, REJECTED, WITHHELD, END_OF_OBJECT = "row", "rejected", "withheld", "object"
"""What the border says of a line (`outcome`): a record, none, one that is withheld as secret; and the row that ends each object."""
LANDED = "landed"
"""The `origin` of what comes through the border, beside rows that the tables have."""
META = (
    pa.field("object_id", pa.string(), nullable=False),
    pa.field("line", pa.int64()),
    pa.field("outcome", pa.string(), nullable=False),
    pa.field("error_code", pa.string()),
    pa.field("error_field", pa.string()),
    pa.field("error_message", pa.string()),
    pa.field("key_hash", pa.string()),
    pa.field("organisation", pa.string()),
    pa.field("day", pa.date32()),
    pa.field("version", pa.timestamp("us", tz="UTC")),
    pa.field("drift", pa.list_(pa.string())),
    pa.field("not_of_kind", pa.list_(pa.string())),
)
"""The border's own columns, before those of the fields; `arrow_schema` says what they hold."""


@dataclass(frozen=True, slots=True)
class BorderField:
    """A field of the allow-list.

    `keep_when` = (other field, its values): a personal field that passes as it is where the other field has one of the
    values (compared case-folded), and as a token elsewhere. `kind`: one of `KINDS`, how a value is spelt before it becomes a token.
    `number`: a column of numbers, of percent or of days, in which a text and a number of the same digits may be two (`jobs/border/numbers.py`).
    """

    name: str
    aliases: tuple[str, ...] = ()
    handling: Literal["keep", "token", "drop"] = "keep"
    keep_when: tuple[str, frozenset[str]] | None = None
    kind: str | None = None
    number: NumberKind | None = None


@dataclass(frozen=True, slots=True)
class BorderSpec:
    """What the border needs to know of a dataset; all names are source fields.

    `fields` is in the order of the output columns. `day_fields`: the first that can be read gives the day (Vietnam's)
    of a withheld row. `optional_columns`: those that a sheet may leave out. `nullable`: those that need no value. `instead`: by field, those one of
    which a sheet may have in its place. `only_sheets`: the dataset never lands as JSON, so that aliases may be any text.

    Raises:
        ValueError: what the contract's loader refuses by file and line (`warehouse_schema/contract_checks.py`).
    """

    dataset: str
    fields: tuple[BorderField, ...]
    key: tuple[str, ...]
    version: str
    secrecy_field: str | None = None
    open_values: frozenset[str] = frozenset()
    secret_values: frozenset[str] = frozenset()
    organisation_field: str | None = None
    day_fields: tuple[str, ...] = ()
    optional_columns: frozenset[str] = frozenset()
    nullable: frozenset[str] = frozenset()
    instead: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    only_sheets: bool = False

    def __post_init__(self) -> None:
        names = [field.name for field in self.fields]
        aliases = [alias for field in self.fields for alias in field.aliases]
        # Within a field JSON tells `OrganID` from `OrganId`, between fields nobody has to.
        by_field = [{folded(name) for name in (field.name, *field.aliases)} for field in self.fields]
        if len({*names, *aliases}) < len(names) + len(aliases) or len(set().union(*by_field)) < sum(map(len, by_field)):
            raise ValueError(f"{self.dataset}: a field name or alias is given twice")
        if strange := [name for name in (names if self.only_sheets else [*names, *aliases]) if not FIELD_NAME.fullmatch(name)]:
            raise ValueError(f"{self.dataset}: expected names of ASCII letters, digits and _: {strange}")
        if taken := {name.lower() for name in names} & BORDER_COLUMNS:
            raise ValueError(f"{self.dataset}: fields named like the border's own columns: {sorted(taken)}")
        used = {*self.key, self.version, *self.day_fields, *self.optional_columns}
        used |= {name for name in (self.secrecy_field, self.organisation_field) if name}
        used |= {field.keep_when[0] for field in self.fields if field.keep_when}
        if unlisted := used - set(names):
            raise ValueError(f"{self.dataset}: not in the allow-list: {sorted(unlisted)}")

    @property
    def passing(self) -> tuple[BorderField, ...]:
        """The fields that have an output column: all that are not dropped."""
        return tuple(field for field in self.fields if field.handling != "drop")

    @property
    def sheet_columns(self) -> SheetColumns:
        """The columns of a sheet of this dataset."""
        return SheetColumns.of([(field.name, field.aliases) for field in self.fields], self.optional_columns, self.nullable, self.instead)


@dataclass(frozen=True, slots=True)
class ObjectRef:
    """A landed object to read: SHA-256 of its bytes, and its path."""

    object_id: str
    path: str


BorderRow: TypeAlias = tuple[Any, ...]
"""Values in the order of `arrow_schema`."""


def arrow_schema(spec: BorderSpec) -> pa.Schema:
    """The columns of the border's rows: one row a record, and one a whole object.

    object_id; line (1-based); outcome: `row`, `rejected`, `withheld`, or `object` for the row that ends each object;
    error_code, error_field, error_message (of `rejected`); key_hash (of `row` and `withheld`; NULL where the key is
    incomplete); organisation, day, version (of `withheld`, as far as they can be read); drift (of `object`: names of
    the fields that the contract does not know, sorted); not_of_kind (of `row`: names of the fields whose value is not of
    their kind; NULL where there is none); then one string column a field that passes (of `row`), as
    received.
    """
    return pa.schema([*META, *(pa.field(field.name, pa.string()) for field in spec.passing)])
