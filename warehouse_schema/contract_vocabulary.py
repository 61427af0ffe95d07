"""The vocabulary of `customProperties`: the words that contracts add to ODCS, where they stand and what they may hold.

`warehouse_schema/README.md` says what each of them means. A word that is not here is refused.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import Field

from warehouse_schema.yaml_source import StrictModel

Parse = Literal[
    "text", "code", "organ_code", "timestamp", "compact_timestamp", "date", "month", "boolean", "integer", "decimal", "values", "token"
]
Scalar = Literal["string", "boolean", "integer", "long", "double", "date", "timestamp"]
"""Types of columns that hold one value, by the names that Delta's log and Spark's JSON schemas use."""

Format = Literal["ndjson", "csv", "xlsx", "edxml"]
Locale = Literal["json", "vi"]
UnitLevel = Literal["province", "district", "commune"]
Landing = Annotated[str, Field(pattern=r"^[a-z_]+/[a-z_]+$")]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Reference = Annotated[str, Field(pattern=r"^silver\.[a-z][a-z0-9_]*\([a-z][a-z0-9_]*(, *[a-z][a-z0-9_]*)*\)$")]
"""Another sheet, and the columns of this one that hold its key: `silver.village(village_id)`."""

Texts = Annotated[tuple[str, ...], Field(strict=False, min_length=1)]

SHEETS: frozenset[str] = frozenset({"csv", "xlsx"})
"""The formats that people fill in by hand: their columns have headers in any letters, their numbers Vietnam's signs."""

PARSERS: frozenset[str] = frozenset(get_args(Parse))
SCALARS: frozenset[str] = frozenset(get_args(Scalar))


class SecrecyTerms(StrictModel):
    """Which source field says that a record is a state secret, and what a withheld record is counted by."""

    field: str
    open: Texts
    secret: Texts
    organisation: str
    day: Texts


class OrganisationTerms(StrictModel):
    """How a row finds its organisation: column of the code, its source field, the day it is judged on, when it has to be valid."""

    code: str
    field: str
    day: str
    valid_when: str


class UnitTerms(StrictModel):
    """How a row finds its administrative unit: column of the code, its source field, the day of writing, the levels it may have."""

    code: str
    field: str
    written_on: str
    levels: Annotated[tuple[UnitLevel, ...], Field(strict=False, min_length=1)]


class KeepWhenTerms(StrictModel):
    """The other source field and its values with which a personal field passes the border as it is."""

    field: str
    values: Texts


class TableTerms(StrictModel):
    """The words of a table."""

    landing: Landing | None = None
    formats: Annotated[tuple[Format, ...], Field(strict=False)] = ()
    locale: Locale | None = None
    version: str | None = None
    withdrawn: str | None = None
    key: Annotated[tuple[str, ...], Field(strict=False)] = ()
    secrecy: SecrecyTerms | None = None
    organisation: OrganisationTerms | None = None
    unit: UnitTerms | None = None
    references: Annotated[tuple[Reference, ...], Field(strict=False)] = ()
    reference_file: Annotated[str, Field(pattern=r"^[a-z0-9_]+[.]csv$")] | None = None
    include: Annotated[tuple[Name, ...], Field(strict=False)] = ()
    statistics: Annotated[tuple[str, ...], Field(strict=False)] = ()
    not_stored: Annotated[tuple[dict[str, Any], ...], Field(strict=False)] = ()
    checks: dict[Name, str] = Field(default_factory=dict)


class PropertyTerms(StrictModel):
    """The words of a column."""

    source: str | None = None
    aliases: Annotated[tuple[str, ...], Field(strict=False)] = ()
    parse: Parse = "text"
    values: dict[str, str] = Field(default_factory=dict)
    pad: Annotated[int, Field(ge=1)] | None = None
    pad_by_level: bool = False
    percent: bool = False
    check_digit: Literal["gtin", "gln"] | None = None
    default: str | None = None
    required_when: str | None = None
    optional_field: bool = False
    handling: Literal["keep", "token", "drop"] = "keep"
    keep_when: KeepWhenTerms | None = None
    kind: Literal["citizen_id"] | None = None
    stored: bool = True
    free_text: bool = False
    mostly: Annotated[float, Field(ge=0, le=1, strict=False)] | None = None
    severity: Literal["error", "warning"] = "warning"
    map_value: Scalar = "string"
    databricksType: str | None = None  # noqa: N815 - the tool's own word


class QualityTerms(StrictModel):
    """The words of a rule."""

    scope: Literal["row", "set", "across"]
    field: str
    indicator: str = ""
