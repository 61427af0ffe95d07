"""The catalogue of indicators: what each one measures, over what, from which records.

One entry an indicator in `warehouse_schema/indicators/catalogue.yaml`. An indicator is computed when its SQL file
stands beside the catalogue (`<id>.sql`); the others are known by name, so that plans can be checked and the report
can say that a target is not measured yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from warehouse_schema.errors import UsageError
from warehouse_schema.yaml_source import StrictModel, Wording, closest, read_yaml

INDICATORS_FOLDER = Path(__file__).resolve().parent / "indicators"
CATALOGUE_FILE = INDICATORS_FOLDER / "catalogue.yaml"

Level = Literal["province", "district", "commune", "village", "mixed", "all"]
"""Level of the agency or population: `mixed` is communes and districts counted together, `all` is counted by no level."""

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Dataset = Annotated[str, Field(pattern=r"^[a-z_]+/[a-z_]+$")]
Table = Annotated[str, Field(pattern=r"^silver/[a-z][a-z0-9_]*$")]
NonEmptyTuple = Field(min_length=1, strict=False)


ParameterValue = bool | int | Decimal | date | str

_PARAMETER_TYPES: dict[str, tuple[type, ...]] = {
    "bool": (bool,),
    "text": (str,),
    "integer": (int,),
    "decimal": (Decimal, int),
    "date": (date,),
}


def parameter_value(type_: str, value: ParameterValue, values: Mapping[str, str]) -> ParameterValue:
    """The value of a parameter of a type, exact: a decimal stays one.

    Raises:
        ValueError: it is of another type, or not one of the parameter's values.
    """
    wanted = _PARAMETER_TYPES.get(type_)
    if wanted is not None and (not isinstance(value, wanted) or (isinstance(value, bool) and type_ != "bool")):
        raise ValueError(f"a {type_} was expected, got {value!r}")
    if values and value not in values:
        raise ValueError(f"{value!r} is not one of {', '.join(values)}")
    return Decimal(value) if type_ == "decimal" and isinstance(value, int) else value


class CatalogueError(UsageError):
    """The catalogue of indicators is wrong; each line of the message is `file:line: what is wrong`."""


class Breakdown(StrictModel):
    """One dimension by which an indicator is broken down.

    Attributes:
        dimension: the part before the `=` of a value of `gold/indicator_value.breakdown`.
        label_vi: Vietnamese label of the dimension.
        values: the part after the `=`, each with its Vietnamese label; none: whatever the records name.
    """

    dimension: Name
    label_vi: str
    values: dict[str, str] = Field(default_factory=dict)


class Parameter(StrictModel):
    """A setting of an indicator's definition, printed with every result.

    A province's plan may set it: under `parameters`, or, where it is a text, by the setting or reading of the same name.

    Attributes:
        type: the type of its value.
        default: the value where no plan says otherwise.
        values: of a text: the values that it may have, each with its Vietnamese label.
        label_vi: Vietnamese label.
    """

    type: Literal["bool", "text", "integer", "decimal", "date"]
    values: dict[Name, str] = Field(default_factory=dict)
    default: Annotated[ParameterValue, Field(union_mode="left_to_right")]
    label_vi: str

    @field_validator("default")
    @classmethod
    def _of_its_type(cls, value: ParameterValue, info: ValidationInfo) -> ParameterValue:
        return parameter_value(info.data.get("type", ""), value, info.data.get("values", {}))


class Caveat(StrictModel):
    """A doubt that a result carries.

    Attributes:
        breakdown: `dimension=value`; where this breakdown of the same period, level and province has a denominator
            over 0, the target has the reason.
        reason: the reason in `gold/target_status`; `met` is judged all the same.
    """

    breakdown: str
    reason: Name


class Indicator(StrictModel):
    """One indicator.

    Attributes:
        id: its name in `gold/indicator_value` and in plans.
        target: whether plans under Decision 924/QĐ-TTg set targets for it.
        label_vi: Vietnamese label.
        label_en: English label.
        kind: `flow` (events of a period) or `stock` (the state on a day).
        unit: `ratio` (numerator ÷ denominator) or `count` (numerator alone).
        formula: name and version of its formula, where another indicator measures the same records by another one; each row has it.
        formula_label: what that formula is, for people; there where `formula` is.
        levels: the levels at which it is computed.
        numerator: what is counted, in words.
        denominator: what it is divided by, in words; None for a count.
        datasets: the datasets of the landing zone (`source/dataset`) that it is computed from.
        breakdowns: the dimensions by which it is broken down.
        parameters: the settings of its definition, by name.
        fact_days: by table (`silver/<table>`), its date columns that say which facts a row of it can change. Of a flow: the facts of
            the months in which these days lie, and no others. Of a stock: the state from the earliest of these days on. When a table
            that is not named here changes, every period of the indicator is recomputed.
        decided_by: those of the datasets without which nothing can count, each with the settings under which that is so (none: always); where one has no
            row in the warehouse, targets say so.
        caveats: the doubts that a result may carry.
        of_units: whether it counts units by what is their own (an assessment, a status, that something is there at all), which passes to no
            successor, so that no series sums it over a merger; or by setting the value that makes it so.
        sources: the decisions, decrees and plans that it comes from.
    """

    id: Name
    target: bool = True
    label_vi: str
    label_en: str
    kind: Literal["flow", "stock"]
    unit: Literal["ratio", "count"]
    formula: str = ""
    formula_label: Annotated[Wording | None, Field(validate_default=True)] = None
    levels: Annotated[tuple[Level, ...], NonEmptyTuple]
    numerator: Wording
    denominator: Annotated[Wording | None, Field(validate_default=True)] = None
    datasets: Annotated[tuple[Dataset, ...], NonEmptyTuple]
    breakdowns: Annotated[tuple[Breakdown, ...], Field(strict=False)] = ()
    parameters: dict[Name, Parameter] = Field(default_factory=dict)
    fact_days: dict[Table, Annotated[tuple[Name, ...], NonEmptyTuple]] = Field(default_factory=dict)
    decided_by: dict[Dataset, dict[Name, str]] = Field(default_factory=dict)
    caveats: Annotated[tuple[Caveat, ...], Field(strict=False)] = ()
    of_units: bool | dict[Name, str] = False
    sources: Annotated[tuple[str, ...], NonEmptyTuple]

    @field_validator("denominator")
    @classmethod
    def _denominator_of_a_ratio(cls, value: Wording | None, info: ValidationInfo) -> Wording | None:
        unit = info.data.get("unit")
        if unit == "ratio" and value is None:
            raise ValueError("key 'denominator' is missing: the indicator is a ratio")
        if unit == "count" and value is not None:
            raise ValueError("a count has no denominator")
        return value

    @field_validator("formula_label")
    @classmethod
    def _label_of_a_formula(cls, value: Wording | None, info: ValidationInfo) -> Wording | None:
        if bool(info.data.get("formula")) and value is None:
            raise ValueError("key 'formula_label' is missing: people read what the formula is")
        if not info.data.get("formula") and value is not None:
            raise ValueError("there is no formula that it could be the label of")
        return value

    def formula_words(self, stored: str) -> Wording:
        """What a figure's formula is, for people; of one that the catalogue has no more, the name that the figure has."""
        if self.formula_label is not None and stored == self.formula:
            return self.formula_label
        return Wording(vi=stored, en=stored)

    def deciding(self, settings: Mapping[str, ParameterValue]) -> tuple[str, ...]:
        """The datasets without which nothing can count under some settings."""
        return tuple(
            dataset for dataset, needed in self.decided_by.items() if all(settings[name] == value for name, value in needed.items())
        )

    def has_breakdown(self, breakdown: str) -> bool:
        """Whether `dimension=value` is one of its breakdowns."""
        dimension, _, value = breakdown.partition("=")
        return any(one.dimension == dimension and (value in one.values or (value and not one.values)) for one in self.breakdowns)

    @property
    def sql_file(self) -> Path:
        """Where the indicator's SQL stands once it is computed."""
        return INDICATORS_FOLDER / f"{self.id}.sql"

    @property
    def computed(self) -> bool:
        """Whether the indicator has its SQL file."""
        return self.sql_file.is_file()

    @property
    def sql(self) -> str:
        """The text of its SQL file."""
        return self.sql_file.read_text(encoding="utf-8")


@lru_cache
def load_catalogue(path: Path | None = None) -> dict[str, Indicator]:
    """All indicators by id, in the order of the file (none given: the project's); read once a process.

    Raises:
        CatalogueError: the file is wrong; the message has all its problems, each by file and line.
    """
    document = read_yaml(path or CATALOGUE_FILE, CatalogueError)
    indicators: dict[str, Indicator] = {}
    for indicator_id, entry in document.data.items():
        value = {**entry, "id": indicator_id} if isinstance(entry, dict) else entry
        indicator = document.parse(Indicator, value, (indicator_id,))
        if indicator is None:
            continue
        indicators[indicator_id] = indicator
        for dataset, needed in indicator.decided_by.items():
            if dataset not in indicator.datasets:
                document.report(
                    (indicator_id, "decided_by", dataset),
                    f"dataset '{dataset}' is not one of the indicator's{closest(dataset, indicator.datasets)}",
                )
            for name, value in needed.items():
                if name not in indicator.parameters or value not in indicator.parameters[name].values:
                    document.report(
                        (indicator_id, "decided_by", dataset, name), f"the indicator has no parameter '{name}' of the value '{value}'"
                    )
        known = [f"{breakdown.dimension}={name}" for breakdown in indicator.breakdowns for name in breakdown.values]
        for index, caveat in enumerate(indicator.caveats):
            if not indicator.has_breakdown(caveat.breakdown):
                document.report(
                    (indicator_id, "caveats", index, "breakdown"),
                    f"breakdown '{caveat.breakdown}' is not one of the indicator's{closest(caveat.breakdown, known)}",
                )
    if document.problems:
        raise document.failure()
    return indicators


def target_indicators(catalogue: dict[str, Indicator]) -> dict[str, Indicator]:
    """The indicators that plans set targets for."""
    return {name: indicator for name, indicator in catalogue.items() if indicator.target}
