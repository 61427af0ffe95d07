"""The registry sheets: their columns, and which mistakes officers make in them. The one place that knows headers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Any, Generic, TypeVar

from jobs.sample.fates import ErrorCode
from jobs.sample.registry import rows
from jobs.sample.registry.scene import Chances

R = TypeVar("R")

TAIL = ("updated_at", "deleted")
"""The columns that every sheet ends with."""
UNKNOWN_COMMUNE, UNKNOWN_DISTRICT = "99999", "999"
"""Codes of no unit. Where a unit of any level may stand it is the long one: a short one could be a commune's whose zeros were eaten."""


@dataclass(frozen=True, slots=True)
class Sheet(Generic[R]):
    """A sheet `registry/<name>`.

    `unit` is the column that holds a unit's code (None where the sheet names none itself); `key` are the bold columns of the interface, which may be
    forgotten; `closed` are columns of a closed set; `spans` are pairs of columns that may not end before they begin, with the name of that mistake;
    `correct` gives the row as a later (or an earlier) version has it, with another result; `moves` says that what is written may be written anew under
    the unit's successor.
    """

    name: str
    row: type[R]
    key: tuple[str, ...]
    correct: Callable[[R, Chances], R]
    unit: str | None = "commune_code"
    closed: tuple[str, ...] = ()
    spans: tuple[tuple[str, str, ErrorCode], ...] = ()
    moves: bool = False

    @property
    def dataset(self) -> str:
        """Its folder in the landing zone."""
        return f"registry/{self.name}"

    @property
    def stem(self) -> str:
        """What its objects' names begin with."""
        return self.name.replace("_", "-")

    @property
    def columns(self) -> tuple[str, ...]:
        """Its columns by their English headers, in order."""
        return (*(header(field.name) for field in fields(self.row)), *TAIL)  # type: ignore[arg-type]


def header(field: str) -> str:
    """The header of a field of a row."""
    return field.rstrip("_")


# --- corrections: another result of the same thing --------------------------------------------------------------------


def _changed(row: R, **changes: Any) -> R:
    return replace(row, **changes)  # type: ignore[type-var]


def _one_or_none(row: R, chances: Chances, column: str, begin: date | None) -> R:
    """A day that was forgotten, or that was none."""
    if getattr(row, column) is not None:
        return _changed(row, **{column: None})
    return _changed(row, **{column: (begin or date(2023, 6, 1)) + timedelta(days=chances.between(1, 90))})


def _assessment(row: rows.CriterionAssessment, _: Chances) -> rows.CriterionAssessment:
    if row.result == "met":
        return replace(row, result="not_met", valid_to=None, withdrawal_decision=None)
    return replace(row, result="met")


def _status(row: rows.CommuneStatus, _: Chances) -> rows.CommuneStatus:
    return replace(row, status="advanced" if row.status == "exemplary" else "exemplary", valid_to=None, withdrawal_decision=None)


def _district_status(row: rows.DistrictStatus, _: Chances) -> rows.DistrictStatus:
    return replace(row, status="advanced" if row.status == "ntm" else "ntm")


def _class(row: rows.CommuneClass, _: Chances) -> rows.CommuneClass:
    return replace(row, class_="II" if row.class_ != "II" else "III")


def _case(row: rows.RecognitionCase, chances: Chances) -> rows.RecognitionCase:
    return replace(row, decision_number=chances.decision(row.stage_on))


def _course(row: rows.OfficialCourse, chances: Chances) -> rows.OfficialCourse:
    return _one_or_none(row, chances, "trained_on", row.in_role_from)


def _cooperative(row: rows.Cooperative, chances: Chances) -> rows.Cooperative:
    if row.linkage_from is not None:
        return replace(row, linkage_from=None, linkage_to=None)
    return _one_or_none(row, chances, "dissolved_on", row.registered_on)


def _model(row: rows.LinkageModel, chances: Chances) -> rows.LinkageModel:
    if row.in_raw_material_zone:
        return _one_or_none(row, chances, "digital_since", row.started_on)
    return _one_or_none(row, chances, "ended_on", row.started_on)


def _service(row: rows.EssentialService, chances: Chances) -> rows.EssentialService:
    return _one_or_none(replace(row, online_until=None), chances, "online_since", row.online_since)


def _survey(row: rows.SatisfactionSurvey, _: Chances) -> rows.SatisfactionSurvey:
    return replace(row, subject="other" if row.subject == "ntm_results" else "ntm_results")


def _village(row: rows.Village, chances: Chances) -> rows.Village:
    if row.team_active_from is None:
        return _one_or_none(row, chances, "team_active_from", None)
    return _one_or_none(row, chances, "team_active_to", row.team_active_from)


def _smart_village(row: rows.SmartVillageAssessment, chances: Chances) -> rows.SmartVillageAssessment:
    if row.recognised_by_decision is not None:
        return replace(row, recognised_by_decision=None, recognised_from=None, recognised_to=None)
    recognised_from = row.assessed_on + timedelta(days=chances.between(10, 60))
    return replace(row, recognised_by_decision=chances.decision(recognised_from), recognised_from=recognised_from)


def _smart_commune(row: rows.SmartCommune, chances: Chances) -> rows.SmartCommune:
    return _one_or_none(row, chances, "recognised_on", row.selected_on)


def _pilot(row: rows.DataPilot, chances: Chances) -> rows.DataPilot:
    return _one_or_none(row, chances, "accepted_on", row.selected_on)


def _chain(row: rows.SupplyChain, chances: Chances) -> rows.SupplyChain:
    return _one_or_none(replace(row, left_on=None), chances, "on_traceability_system_since", None)


def _water(row: rows.CleanWater, _: Chances) -> rows.CleanWater:
    return replace(row, households_with_clean_water=row.households_with_clean_water - 1)


def _measurement(row: rows.Measurement, _: Chances) -> rows.Measurement:
    return replace(row, value=round(row.value * 1.1, 3))


def _waste_source(row: rows.WasteSource, _: Chances) -> rows.WasteSource:
    return replace(row, treated=not row.treated)


def _growing_area(row: rows.GrowingArea, _: Chances) -> rows.GrowingArea:
    return replace(row, status="paused" if row.status == "in_use" else "in_use")


def _raw_material_area(row: rows.RawMaterialArea, _: Chances) -> rows.RawMaterialArea:
    return replace(row, area_ha=round(row.area_ha + 1.5, 2))


def _site(row: rows.TourismSite, _: Chances) -> rows.TourismSite:
    return replace(row, recognised_on=row.recognised_on - timedelta(days=1))


def _technology(row: rows.Technology, _: Chances) -> rows.Technology:
    return replace(row, applied_on=row.applied_on - timedelta(days=1))


# --- the sheets -------------------------------------------------------------------------------------------------------

COMMUNE_STATUS = Sheet(
    "commune_status",
    rows.CommuneStatus,
    ("commune_code", "valid_from"),
    _status,
    closed=("status",),
    spans=(("valid_from", "valid_to", ErrorCode.ENDS_BEFORE_IT_STARTS),),
)
DISTRICT_STATUS = Sheet(
    "district_status",
    rows.DistrictStatus,
    ("district_code", "valid_from"),
    _district_status,
    unit="district_code",
    closed=("status",),
    spans=(("valid_from", "valid_to", ErrorCode.ENDS_BEFORE_IT_STARTS),),
)
COMMUNE_CLASSIFICATION = Sheet(
    "commune_classification",
    rows.CommuneClass,
    ("commune_code", "scheme", "valid_from"),
    _class,
    closed=("scheme",),
    spans=(("valid_from", "valid_to", ErrorCode.ENDS_BEFORE_IT_STARTS),),
)
CRITERION_ASSESSMENTS = Sheet(
    "criterion_assessments",
    rows.CriterionAssessment,
    ("unit_code", "criterion", "standard", "assessed_on"),
    _assessment,
    unit="unit_code",
    closed=("standard", "result"),
    spans=(("assessed_on", "valid_to", ErrorCode.ENDS_BEFORE_IT_STARTS),),
)
RECOGNITION_CASES = Sheet(
    "recognition_cases",
    rows.RecognitionCase,
    ("unit_code", "standard", "stage", "stage_on"),
    _case,
    unit="unit_code",
    closed=("standard", "stage"),
)
OFFICIALS_TRAINING = Sheet(
    "officials_training",
    rows.OfficialCourse,
    ("official_id", "course"),
    _course,
    unit="unit_code",
    closed=("level",),
    spans=(("in_role_from", "in_role_to", ErrorCode.ENDS_BEFORE_IT_STARTS),),
)
COOPERATIVES = Sheet(
    "cooperatives",
    rows.Cooperative,
    ("cooperative_id",),
    _cooperative,
    spans=(
        ("registered_on", "dissolved_on", ErrorCode.DISSOLVED_BEFORE_REGISTERED),
        ("linkage_from", "linkage_to", ErrorCode.ENDS_BEFORE_IT_STARTS),
    ),
    moves=True,
)
LINKAGE_MODELS = Sheet(
    "linkage_models",
    rows.LinkageModel,
    ("model_id",),
    _model,
    unit="unit_code",
    closed=("level",),
    spans=(("started_on", "ended_on", ErrorCode.ENDS_BEFORE_IT_STARTS),),
    moves=True,
)
ESSENTIAL_SERVICES = Sheet(
    "essential_services",
    rows.EssentialService,
    ("unit_code", "level", "service"),
    _service,
    unit="unit_code",
    closed=("level", "service"),
    spans=(("online_since", "online_until", ErrorCode.ENDS_BEFORE_IT_STARTS),),
)
SATISFACTION_SURVEYS = Sheet(
    "satisfaction_surveys",
    rows.SatisfactionSurvey,
    ("unit_code", "survey_id", "channel"),
    _survey,
    unit="unit_code",
    closed=("subject", "channel"),
    spans=(("opened_on", "closed_on", ErrorCode.ENDS_BEFORE_IT_STARTS),),
)
VILLAGES = Sheet(
    "villages",
    rows.Village,
    ("village_id",),
    _village,
    spans=(("team_active_from", "team_active_to", ErrorCode.ENDS_BEFORE_IT_STARTS),),
    moves=True,
)
SMART_VILLAGE_ASSESSMENTS = Sheet(
    "smart_village_assessments",
    rows.SmartVillageAssessment,
    ("village_id", "criteria_set", "assessed_on"),
    _smart_village,
    unit=None,
    spans=(("recognised_from", "recognised_to", ErrorCode.ENDS_BEFORE_IT_STARTS),),
)
SMART_COMMUNES = Sheet("smart_communes", rows.SmartCommune, ("commune_code", "kind", "field"), _smart_commune, closed=("kind",))
DATA_STANDARDISATION_PILOTS = Sheet(
    "data_standardisation_pilots", rows.DataPilot, ("district_code", "selected_on"), _pilot, unit="district_code"
)
SUPPLY_CHAINS = Sheet(
    "supply_chains",
    rows.SupplyChain,
    ("chain_id",),
    _chain,
    closed=("kind",),
    spans=(("on_traceability_system_since", "left_on", ErrorCode.LEFT_BEFORE_JOINED),),
    moves=True,
)
GROWING_AREAS = Sheet("growing_areas", rows.GrowingArea, ("growing_area_code",), _growing_area)
RAW_MATERIAL_AREAS = Sheet("raw_material_areas", rows.RawMaterialArea, ("area_code",), _raw_material_area)
ENVIRONMENT_MEASUREMENTS = Sheet("environment_measurements", rows.Measurement, ("station_id", "parameter", "measured_at"), _measurement)
WASTE_SOURCES = Sheet(
    "waste_sources",
    rows.WasteSource,
    ("source_id",),
    _waste_source,
    spans=(("registered_on", "closed_on", ErrorCode.ENDS_BEFORE_IT_STARTS),),
)
CLEAN_WATER = Sheet("clean_water", rows.CleanWater, ("commune_code", "measured_on"), _water)
TOURISM_SITES = Sheet("tourism_sites", rows.TourismSite, ("site_id",), _site)
TECHNOLOGIES = Sheet("technologies", rows.Technology, ("technology_id",), _technology)

SHEETS: Mapping[str, Sheet[Any]] = {
    sheet.name: sheet
    for sheet in (
        COMMUNE_STATUS,
        DISTRICT_STATUS,
        COMMUNE_CLASSIFICATION,
        CRITERION_ASSESSMENTS,
        RECOGNITION_CASES,
        OFFICIALS_TRAINING,
        COOPERATIVES,
        LINKAGE_MODELS,
        ESSENTIAL_SERVICES,
        SATISFACTION_SURVEYS,
        VILLAGES,
        SMART_VILLAGE_ASSESSMENTS,
        SMART_COMMUNES,
        DATA_STANDARDISATION_PILOTS,
        SUPPLY_CHAINS,
        GROWING_AREAS,
        RAW_MATERIAL_AREAS,
        ENVIRONMENT_MEASUREMENTS,
        WASTE_SOURCES,
        CLEAN_WATER,
        TOURISM_SITES,
        TECHNOLOGIES,
    )
}
"""All sheets about units, by name; `paper_documents`, which is about organisations, stands apart."""
