"""The provinces' plans under Decision 924/QĐ-TTg and the targets they set.

One file a plan, `warehouse_schema/plans/<plan_id>.yaml`, laid out as the plan is: sentence by sentence in the plan's
own words, each with the targets that it sets, so that an official can check the file against the plan. A mistake in a
file is refused by file and line. Where a plan leaves a choice (a period, a population, two readings of a sentence) the
choice is a setting of the plan with its alternatives in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, TypedDict

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator

from warehouse_schema.errors import UsageError
from warehouse_schema.indicator_catalogue import Indicator, Level, Name, ParameterValue, load_catalogue, parameter_value, target_indicators
from warehouse_schema.yaml_source import StrictModel, Wording, YamlDocument, closest, read_yaml

PLANS_FOLDER = Path(__file__).resolve().parent / "plans"

Operator = Literal["gte", "gt"]
TargetUnit = Literal["percent", "count", "fraction"]
Binding = Literal["binding", "striven", "encouraged"]
Population = Literal[
    "work_records",
    "rural_communes",
    "exemplary_communes",
    "districts",
    "communes_and_districts",
    "villages",
    "managers_at_every_level",
    "raw_material_zone_models",
    "safe_supply_chains_and_products",
]


class PlanError(UsageError):
    """A plan is wrong; each line of the message is `file:line: what is wrong`."""


@dataclass(frozen=True)
class _Context:
    """What a plan is checked against: the indicators of targets, and for its targets what its header says."""

    indicators: Mapping[str, Indicator]
    settings: Mapping[str, Choice] | None = None
    period: tuple[date, date] | None = None


def _context(info: ValidationInfo) -> _Context:
    if not isinstance(info.context, _Context):
        raise TypeError("plans are validated by load_plan, against the catalogue")
    return info.context


def _known_indicator(name: str, info: ValidationInfo) -> str:
    known = _context(info).indicators
    if name not in known:
        raise ValueError(f"indicator '{name}' is not one of the {len(known)} indicators{closest(name, known)}")
    return name


IndicatorName = Annotated[str, AfterValidator(_known_indicator)]
"""An indicator of the catalogue that plans set targets for."""


def _indicator(info: ValidationInfo) -> Indicator | None:
    return _context(info).indicators.get(info.data.get("indicator", ""))


class Choice(StrictModel):
    """A setting: what holds, and what else could.

    Attributes:
        label_vi: Vietnamese label; empty where that of a general setting, or of the indicator's parameter of the same name, is shown.
        choices: all choices in words, by name.
        chosen: the name of the choice that holds.
    """

    label_vi: str = ""
    choices: Annotated[dict[Name, Wording], Field(min_length=2)]
    chosen: str

    @field_validator("chosen")
    @classmethod
    def _one_of_the_choices(cls, value: str, info: ValidationInfo) -> str:
        choices = info.data.get("choices", {value: None})
        if value not in choices:
            raise ValueError(f"chosen '{value}' is not one of {', '.join(choices)}{closest(value, choices)}")
        return value


def _general(chosen: str, **choices: tuple[str, str]) -> Choice:
    return Choice(chosen=chosen, choices={name: Wording(vi=vi, en=en) for name, (vi, en) in choices.items()})


GENERAL_SETTINGS: Mapping[str, Choice] = {
    "flow_period": _general(
        "year_to_date",
        year_to_date=("từ đầu năm đến ngày đánh giá", "from 1 January to the day of judging"),
        year=("cả năm", "the year"),
        half_year=("sáu tháng", "the half-year"),
        quarter=("quý", "the quarter"),
        month=("tháng", "the month"),
    ),
    "commune_population": _general(
        "rural_communes",
        rural_communes=("xã; không tính phường, thị trấn", "rural communes (xã); wards and townships left out"),
        all_communes=("xã, phường, thị trấn", "communes, wards and townships"),
    ),
    "special_zones": _general(
        "excluded",
        excluded=("đặc khu không được tính là xã", "special zones do not count as rural communes"),
        included=("đặc khu được tính là xã", "special zones count as rural communes"),
    ),
    "district_population": _general(
        "with_rural_commune",
        with_rural_commune=("đơn vị cấp huyện có xã", "district units that have a rural commune"),
        rural_districts=("huyện; không tính quận, thị xã, thành phố", "districts (huyện) without towns and cities"),
        all_district_units=("tất cả đơn vị cấp huyện", "all district units"),
    ),
    "work_record_communes": _general(
        "all_communes",
        all_communes=("cơ quan của xã, phường, thị trấn", "agencies of communes, wards and townships"),
        rural_communes=("chỉ cơ quan của xã", "agencies of rural communes only"),
    ),
}
"""The settings that every plan has, with their defaults: the period that flows are judged on, and the populations."""


SETTING_LABELS: Mapping[str, str] = {
    "flow_period": "Kỳ đánh giá",
    "commune_population": "Xã được tính",
    "special_zones": "Đặc khu",
    "district_population": "Đơn vị cấp huyện được tính",
    "work_record_communes": "Cơ quan cấp xã được tính",
}
"""Vietnamese labels of the general settings."""


class JudgedUntil(StrictModel):
    """A rule that says how long the population of some targets lasts; the first rule that fits a target holds for it.

    A target that no rule fits lasts to its due day. A target is judged on the earliest of the as-of day, its due day
    and the last day of its population, over that day's units.

    Attributes:
        indicators: the indicators that it fits; none named: all.
        levels: the levels that it fits; none named: all.
        until: the last day of the population; None where it goes on.
        reason: why, shown with the result.
    """

    indicators: Annotated[tuple[IndicatorName, ...], Field(strict=False)] = ()
    levels: Annotated[tuple[Level, ...], Field(strict=False)] = ()
    until: date | None
    reason: Wording

    def fits(self, indicator: str, level: Level) -> bool:
        """Whether the rule is about this target."""
        return (not self.indicators or indicator in self.indicators) and (not self.levels or level in self.levels)


class Rule(StrictModel):
    """A rule of computation that the plan itself prints.

    Attributes:
        name: a name for it.
        indicators: the indicators that it is about.
        quote: the plan's own words.
        meaning: what follows for the computation.
    """

    name: Name
    indicators: Annotated[tuple[IndicatorName, ...], Field(strict=False, min_length=1)]
    quote: str
    meaning: Wording


class NamedUnit(StrictModel):
    """A unit that the plan names; it stays on the list whatever its later type or merger.

    Attributes:
        unit_code: GSO code.
        unit_valid_from: with the code the identity of the unit.
        name: as the plan writes it.
    """

    unit_code: Annotated[str, Field(pattern=r"^\d{2}(\d|\d{3})?$")]
    unit_valid_from: date
    name: str


class Threshold(StrictModel):
    """What a part of a smart village has to reach.

    Attributes:
        operator: `gte` or `gt`.
        value: percent of the population, or articles a month.
        unit: the unit of the value.
        population: what a percentage is of.
    """

    operator: Operator
    value: Annotated[int, Field(ge=1)]
    unit: Literal["percent", "articles_per_month"]
    population: Literal["households", "residents"] | None = None


class SmartVillagePart(StrictModel):
    """One thing that a smart village has to do, by the plan.

    Attributes:
        part: its name.
        quote: the plan's own words.
        meaning: in short.
        threshold: the number to reach, where the plan gives one.
    """

    part: Name
    quote: str
    meaning: Wording
    threshold: Threshold | None = None


def _exact(value: object) -> object:
    """Whole numbers as `Decimal` too; everything else as it is, for the model to judge."""
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


class _TargetFields(StrictModel):
    """What a target's entry in the file and the target itself have in common; validated in this order."""

    indicator: IndicatorName
    level: Level
    operator: Operator
    unit: TargetUnit
    of: Annotated[int | None, Field(ge=1, validate_default=True)] = None
    value: Annotated[Decimal, BeforeValidator(_exact), Field(gt=0)]
    binding: Binding = "binding"
    population: Population
    readings: Annotated[tuple[str, ...], Field(strict=False)] = ()
    named: Annotated[tuple[NamedUnit, ...], Field(strict=False)] = ()
    breakdowns: dict[Name, dict[Name, str]] = Field(default_factory=dict)
    note: str | None = None

    @field_validator("level")
    @classmethod
    def _of_the_indicator(cls, value: Level, info: ValidationInfo) -> Level:
        indicator = _indicator(info)
        if indicator is not None and value not in indicator.levels:
            raise ValueError(f"level '{value}' is not a level of {indicator.id} ({', '.join(indicator.levels)})")
        return value

    @field_validator("unit")
    @classmethod
    def _fits_the_indicator(cls, value: TargetUnit, info: ValidationInfo) -> TargetUnit:
        indicator = _indicator(info)
        if indicator is not None and (value == "count") != (indicator.unit == "count"):
            raise ValueError(f"unit '{value}' does not fit {indicator.id}, which is a {indicator.unit}")
        return value

    @field_validator("of")
    @classmethod
    def _of_a_fraction(cls, value: int | None, info: ValidationInfo) -> int | None:
        unit = info.data.get("unit")
        if unit == "fraction" and value is None:
            raise ValueError("key 'of' is missing: a fraction is value of `of`")
        if unit in ("percent", "count") and value is not None:
            raise ValueError(f"key 'of' belongs to a fraction, the unit is '{unit}'")
        return value

    @field_validator("value")
    @classmethod
    def _in_range(cls, value: Decimal, info: ValidationInfo) -> Decimal:
        unit, of = info.data.get("unit"), info.data.get("of")
        if unit == "percent" and value > 100:
            raise ValueError(f"value {value} is out of range: a percentage is at most 100")
        if unit in ("count", "fraction") and value != value.to_integral_value():
            raise ValueError(f"value {value} is out of range: a {unit} is a whole number")
        if unit == "fraction" and of is not None and value > of:
            raise ValueError(f"value {value} is out of range: more than {of}, of which it is a fraction")
        return value

    @field_validator("readings")
    @classmethod
    def _settings_of_the_plan(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        settings = _context(info).settings
        for name in value:
            if settings is not None and name not in settings:
                raise ValueError(f"reading '{name}' is not a setting or reading of the plan{closest(name, settings)}")
        return value

    @field_validator("breakdowns")
    @classmethod
    def _of_choices_and_dimensions(cls, value: dict[str, dict[str, str]], info: ValidationInfo) -> dict[str, dict[str, str]]:
        indicator, settings = _indicator(info), _context(info).settings
        for reading, by_choice in value.items():
            if reading not in info.data.get("readings", (reading,)):
                raise ValueError(f"breakdowns: '{reading}' is not one of the target's readings{closest(reading, info.data['readings'])}")
            for choice, breakdown in by_choice.items():
                choices = settings[reading].choices if settings and reading in settings else {choice: None}
                if choice not in choices:
                    raise ValueError(f"breakdowns: {reading}: '{choice}' is not one of {', '.join(choices)}{closest(choice, choices)}")
                if indicator is not None and not indicator.has_breakdown(breakdown):
                    raise ValueError(f"breakdowns: '{breakdown}' is not a breakdown of {indicator.id}")
        return value


class _TargetEntry(_TargetFields):
    """A target as the file has it."""

    due: date | None = None

    @field_validator("due")
    @classmethod
    def _in_the_period(cls, value: date | None, info: ValidationInfo) -> date | None:
        period = _context(info).period
        if value is not None and period is not None and not period[0] <= value <= period[1]:
            raise ValueError(f"due {value} is outside the plan's period, {period[0]} to {period[1]}")
        return value


class _Sentence(StrictModel):
    """A sentence of the plan and the targets that it sets."""

    section: str | None = None
    quote: str
    targets: Annotated[tuple[_TargetEntry, ...], Field(strict=False, min_length=1)]


class _PlanSentences(StrictModel):
    """The sentences of a plan's file."""

    sentences: Annotated[tuple[_Sentence, ...], Field(strict=False, min_length=1)]


class Target(_TargetFields):
    """One target of a plan; (plan, indicator, level) is its key.

    Attributes:
        indicator: an indicator of the catalogue.
        level: the level of the agency or population.
        operator: `gte` (at least) or `gt` (more than).
        unit: `percent`, `count`, or `fraction` (`value` of `of`).
        of: what a fraction is of; None for the other units.
        value: the number to reach, exactly as the plan prints it.
        binding: `binding`, `striven` (the plan says "phấn đấu") or `encouraged` ("khuyến khích").
        population: what is counted.
        readings: the plan's settings that this target's reading hangs on.
        named: the units that the plan names for it; then only those count.
        breakdowns: by reading and choice, the breakdown of the indicator that is judged in place of its total.
        breakdown: the one that is judged; '' the total.
        note: what a reader should know besides.
        section: the place in the plan, where it has numbered sections.
        quote: the plan's own words.
        due: the last day for reaching it.
        judged_until: the last day of its population, after which it is frozen; None where the population goes on.
        judged_until_reason: why.
        period_kind: the period that it is judged on: `as_of` for a stock, the plan's `flow_period` for a flow.
    """

    section: str | None
    quote: str
    due: date
    judged_until: date | None
    judged_until_reason: Wording | None
    period_kind: str
    breakdown: str


class _PlanFields(StrictModel):
    """What a plan's file and the plan itself have in common; validated in this order."""

    plan_id: str
    title: str
    document_number: str | None
    province_code: Annotated[str, Field(pattern=r"^\d{2}$")]
    province_valid_from: date
    province_name: str
    issued: date
    source_note: str
    period_from: date
    period_to: date
    judged_until: Annotated[tuple[JudgedUntil, ...], Field(strict=False)] = ()
    rules: Annotated[tuple[Rule, ...], Field(strict=False)] = ()
    smart_village_parts: Annotated[tuple[SmartVillagePart, ...], Field(strict=False)] = ()

    @field_validator("period_to")
    @classmethod
    def _after_its_begin(cls, value: date, info: ValidationInfo) -> date:
        begin = info.data.get("period_from")
        if begin is not None and value < begin:
            raise ValueError(f"period_to {value} is before period_from {begin}")
        return value


class _PlanHeader(_PlanFields):
    """A plan's file without its sentences."""

    settings: dict[str, str] = Field(default_factory=dict)
    readings: dict[Name, Choice] = Field(default_factory=dict)
    parameters: dict[Name, dict[Name, Annotated[ParameterValue, Field(union_mode="left_to_right")]]] = Field(default_factory=dict)


class Plan(_PlanFields):
    """One plan of a province.

    Attributes:
        plan_id: its name, that of its file.
        title: its Vietnamese title.
        document_number: its number; None where the source does not tell it.
        province_code: GSO code of the province.
        province_valid_from: with the code the identity of the province.
        province_name: Vietnamese name.
        issued: the day of the plan, or of the report that tells it (`source_note` says which).
        source_note: what text the file was read from.
        period_from: first day of the plan's period.
        period_to: its last day, by which targets are due.
        judged_until: how long the populations of its targets last.
        rules: rules of computation that the plan prints.
        smart_village_parts: what a smart village has to do, where the plan says it.
        settings: the general settings and the plan's own readings, by name.
        parameters: by indicator the parameters of its definition that the plan sets otherwise than the catalogue.
        targets: its targets, in the plan's order.
    """

    settings: dict[str, Choice]
    parameters: dict[str, dict[str, ParameterValue]]
    targets: tuple[Target, ...]


class TargetRow(TypedDict):
    """A row of the relation `target`; key (plan_id, indicator, level)."""

    plan_id: str
    province_code: str
    province_valid_from: date
    indicator: str
    level: str
    op: str
    target_value: Decimal
    target_unit: str
    target_of: int | None
    binding: str
    due: date
    judged_until: date | None
    period_kind: str
    breakdown: str


class NamedRow(TypedDict):
    """A row of the relation `named_unit`; key: all but `named_on`, the day of the plan."""

    plan_id: str
    indicator: str
    level: str
    unit_code: str
    unit_valid_from: date
    named_on: date


def load_plan(path: Path) -> Plan:
    """The plan of one file.

    Raises:
        PlanError: the file is wrong; the message has all its problems, each by file and line.
        CatalogueError: the catalogue of indicators is wrong.
    """
    indicators = target_indicators(load_catalogue())
    document = read_yaml(path, PlanError)
    targets_part = {key: value for key, value in document.data.items() if key == "sentences"}
    header_part = {key: value for key, value in document.data.items() if key != "sentences"}
    header = document.parse(_PlanHeader, header_part, context=_Context(indicators))
    context = _Context(indicators) if header is None else _checked_header(document, header, indicators)
    body = document.parse(_PlanSentences, targets_part, context=context)
    if body is not None:
        _check_keys(document, body)
    if document.problems or header is None or body is None:
        raise document.failure()
    fields = {name: getattr(header, name) for name in _PlanFields.model_fields}
    settings = _settings(header)
    targets = tuple(_target(entry, sentence, header, settings, context) for sentence in body.sentences for entry in sentence.targets)
    return Plan.model_validate({**fields, "settings": settings, "parameters": header.parameters, "targets": targets}, context=context)


@lru_cache
def load_plans(folder: Path | None = None) -> tuple[Plan, ...]:
    """All plans of a folder (none given: the project's), by file name; read once a process.

    Raises:
        PlanError: a file is wrong; the message has the problems of all files, each by file and line.
        CatalogueError: the catalogue of indicators is wrong.
    """
    plans, problems = [], []
    for path in sorted((folder or PLANS_FOLDER).glob("*.yaml")):
        try:
            plans.append(load_plan(path))
        except PlanError as error:
            problems.append(str(error))
    if problems:
        raise PlanError("\n".join(problems))
    return tuple(plans)


def target_rows(plans: Iterable[Plan]) -> list[TargetRow]:
    """The targets of the plans as flat rows, for the SQL relation `target`.

    `op` is `gte` or `gt`; `target_value` is in `target_unit` (percent, count, or fraction of `target_of`);
    `judged_until` is the last day of the population, NULL where it goes on; `period_kind` is `as_of` for a stock, else
    the period type that the plan judges flows on; `breakdown` is the one that is judged, '' the total.
    """
    return [
        TargetRow(
            plan_id=plan.plan_id,
            province_code=plan.province_code,
            province_valid_from=plan.province_valid_from,
            indicator=target.indicator,
            level=target.level,
            op=target.operator,
            target_value=target.value,
            target_unit=target.unit,
            target_of=target.of,
            binding=target.binding,
            due=target.due,
            judged_until=target.judged_until,
            period_kind=target.period_kind,
            breakdown=target.breakdown,
        )
        for plan in plans
        for target in plan.targets
    ]


def named_rows(plans: Iterable[Plan]) -> list[NamedRow]:
    """The units that targets name, for the SQL relation `named_unit`."""
    return [
        NamedRow(
            plan_id=plan.plan_id,
            indicator=target.indicator,
            level=target.level,
            unit_code=unit.unit_code,
            unit_valid_from=unit.unit_valid_from,
            named_on=plan.issued,
        )
        for plan in plans
        for target in plan.targets
        for unit in target.named
    ]


def _settings(header: _PlanHeader) -> dict[str, Choice]:
    """The general settings as the plan has them, and the plan's own readings."""
    general = {
        name: Choice(chosen=header.settings.get(name, default.chosen), choices=default.choices)
        for name, default in GENERAL_SETTINGS.items()
    }
    return {**general, **header.readings}


def _checked_header(document: YamlDocument, header: _PlanHeader, indicators: Mapping[str, Indicator]) -> _Context:
    """Notes what is wrong between the fields of a header; gives what the targets are checked against."""
    if header.plan_id != document.path.stem:
        document.report(("plan_id",), f"plan_id '{header.plan_id}' is not the file's name, '{document.path.stem}'")
    for name, chosen in header.settings.items():
        choices = GENERAL_SETTINGS[name].choices if name in GENERAL_SETTINGS else None
        if choices is None:
            document.report(("settings", name), f"unknown setting '{name}'{closest(name, GENERAL_SETTINGS)}")
        elif chosen not in choices:
            message = f"{name} '{chosen}' is not one of {', '.join(choices)}{closest(chosen, choices)}"
            document.report(("settings", name), message)
    _check_parameters(document, header.parameters)
    for name in header.readings:
        if name in GENERAL_SETTINGS:
            document.report(("readings", name), f"reading '{name}' has the name of a general setting; use 'settings'")
    for index, rule in enumerate(header.judged_until):
        if rule.until is not None and not header.period_from <= rule.until <= header.period_to:
            document.report(
                ("judged_until", index, "until"),
                f"until {rule.until} is outside the plan's period, {header.period_from} to {header.period_to}",
            )
    return _Context(indicators, {**GENERAL_SETTINGS, **header.readings}, (header.period_from, header.period_to))


def _check_parameters(document: YamlDocument, parameters: Mapping[str, Mapping[str, ParameterValue]]) -> None:
    """Notes parameters that no indicator has, and values that they cannot have."""
    catalogue = load_catalogue()
    for indicator, values in parameters.items():
        if indicator not in catalogue:
            document.report(("parameters", indicator), f"there is no indicator '{indicator}'{closest(indicator, catalogue)}")
            continue
        known = catalogue[indicator].parameters
        for name, value in values.items():
            place = ("parameters", indicator, name)
            if name not in known:
                document.report(place, f"{indicator} has no parameter '{name}'{closest(name, known)}")
                continue
            try:
                parameter_value(known[name].type, value, known[name].values)
            except ValueError as error:
                document.report(place, f"{name}: {error}")


def _check_keys(document: YamlDocument, body: _PlanSentences) -> None:
    """Notes targets whose (indicator, level) stands in the plan already."""
    seen: dict[tuple[str, str], int] = {}
    for sentence_index, sentence in enumerate(body.sentences):
        for target_index, entry in enumerate(sentence.targets):
            location = ("sentences", sentence_index, "targets", target_index)
            key = (entry.indicator, entry.level)
            if key in seen:
                document.report(
                    location,
                    f"target {entry.indicator} at level {entry.level} stands twice; the first is on line {seen[key]}",
                )
            seen.setdefault(key, document.line_of(location))


def _target(entry: _TargetEntry, sentence: _Sentence, header: _PlanHeader, settings: Mapping[str, Choice], context: _Context) -> Target:
    """The target of an entry, with what follows for it from its sentence and its plan."""
    rule = next((rule for rule in header.judged_until if rule.fits(entry.indicator, entry.level)), None)
    is_flow = context.indicators[entry.indicator].kind == "flow"
    return Target.model_validate(
        {
            **{name: getattr(entry, name) for name in _TargetFields.model_fields},
            "section": sentence.section,
            "quote": sentence.quote,
            "due": entry.due or header.period_to,
            "judged_until": rule.until if rule else None,
            "judged_until_reason": rule.reason if rule else None,
            "period_kind": settings["flow_period"].chosen if is_flow else "as_of",
            "breakdown": next(
                (found for reading, choices in entry.breakdowns.items() if (found := choices.get(settings[reading].chosen))), ""
            ),
        },
        context=context,
    )
