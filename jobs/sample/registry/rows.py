"""The rows of the registry sheets. The fields of a row are the columns of its sheet, by their English headers and in that order.

A trailing underscore (`class_`) is not part of the header. Days are of Vietnam; None is an empty cell. `*_to`, `*_until` are the last day that
counts; `dissolved_on`, `ended_on`, `closed_on`, `left_on` the first that does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, TypeVar

from jobs.sample.units_over_time import UnitId

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Written(Generic[R]):
    """The newest valid version of a row, which unit its code meant when it was written, and when that was (Vietnam's time)."""

    row: R
    unit: UnitId
    written_at: datetime


# --- properties of a unit ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CommuneStatus:
    """Grain: (unit, valid_from). `status` is none, ntm, advanced, exemplary or modern."""

    commune_code: str
    status: str
    valid_from: date
    valid_to: date | None = None
    decision_number: str | None = None
    withdrawal_decision: str | None = None


@dataclass(frozen=True, slots=True)
class DistrictStatus:
    """Grain: (unit, valid_from). `status` is none, ntm, advanced or completed."""

    district_code: str
    status: str
    valid_from: date
    valid_to: date | None = None
    decision_number: str | None = None


@dataclass(frozen=True, slots=True)
class CommuneClass:
    """Grain: (unit, scheme, valid_from)."""

    commune_code: str
    scheme: str
    class_: str
    valid_from: date
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class CriterionAssessment:
    """Grain: (unit, criterion, standard, assessed_on). `result` is met or not_met."""

    unit_code: str
    criterion: str
    standard: str
    result: str
    assessed_on: date
    valid_to: date | None = None
    decision_number: str | None = None
    withdrawal_decision: str | None = None
    criteria_set: str | None = None


@dataclass(frozen=True, slots=True)
class RecognitionCase:
    """Grain: (unit, standard, stage, stage_on)."""

    unit_code: str
    standard: str
    stage: str
    stage_on: date
    decision_number: str | None = None


@dataclass(frozen=True, slots=True)
class EssentialService:
    """Grain: (unit, level, service)."""

    unit_code: str
    level: str
    service: str
    online_since: date | None
    online_until: date | None = None


@dataclass(frozen=True, slots=True)
class SatisfactionSurvey:
    """Grain: (unit, survey_id, channel). `responses` and `satisfied` count people."""

    unit_code: str
    survey_id: str
    subject: str
    channel: str
    opened_on: date | None
    closed_on: date | None = None
    responses: int | None = None
    satisfied: int | None = None


@dataclass(frozen=True, slots=True)
class DataPilot:
    """Grain: (unit, selected_on): a district that pilots standardised data."""

    district_code: str
    selected_on: date
    accepted_on: date | None = None
    decision_number: str | None = None


@dataclass(frozen=True, slots=True)
class CleanWater:
    """Grain: (unit, measured_on). Counts of households."""

    commune_code: str
    measured_on: date
    households: int
    households_with_clean_water: int


# --- things located in a unit -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OfficialCourse:
    """Grain: (official_id, course). `trained_on` is empty where the course was not yet taken."""

    official_id: str
    unit_code: str
    level: str
    role: str
    in_role_from: date | None
    in_role_to: date | None
    course: str
    trained_on: date | None = None


@dataclass(frozen=True, slots=True)
class Cooperative:
    """Grain: cooperative_id."""

    cooperative_id: str
    name: str
    commune_code: str
    registered_on: date | None
    dissolved_on: date | None = None
    key_product: str | None = None
    linkage_from: date | None = None
    linkage_to: date | None = None


@dataclass(frozen=True, slots=True)
class LinkageModel:
    """Grain: model_id. `level` is commune or district; an empty `in_raw_material_zone` is not said."""

    model_id: str
    name: str
    unit_code: str
    level: str
    key_product: str | None
    in_raw_material_zone: bool | None
    digital_since: date | None
    started_on: date | None
    ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class Village:
    """Grain: village_id. Coordinates are degrees."""

    village_id: str
    commune_code: str
    name: str
    households: int
    residents: int
    digital_team_decision: str | None = None
    team_active_from: date | None = None
    team_active_to: date | None = None
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class SmartVillageAssessment:
    """Grain: (village_id, criteria_set, assessed_on). Its unit is the village's."""

    village_id: str
    criteria_set: str
    assessed_on: date
    field: str
    digital_team: bool | None = None
    communication_channel: bool | None = None
    ecommerce: bool | None = None
    culture_house_wifi: bool | None = None
    digital_address_households: int | None = None
    fibre_households: int | None = None
    smartphone_households: int | None = None
    residents_guided_health_app: int | None = None
    traceability: bool | None = None
    news_last_month: int | None = None
    recognised_by_decision: str | None = None
    recognised_from: date | None = None
    recognised_to: date | None = None


@dataclass(frozen=True, slots=True)
class SmartCommune:
    """Grain: (unit, kind, field). `kind` is smart or ecommerce."""

    commune_code: str
    kind: str
    field: str
    selected_on: date | None
    recognised_on: date | None = None
    decision_number: str | None = None


@dataclass(frozen=True, slots=True)
class SupplyChain:
    """Grain: chain_id. `kind` is chain or product."""

    chain_id: str
    name: str
    kind: str
    commune_code: str
    on_traceability_system_since: date | None
    left_on: date | None = None


@dataclass(frozen=True, slots=True)
class GrowingArea:
    """Grain: growing_area_code. Area in hectares."""

    growing_area_code: str
    commune_code: str
    crop: str
    area_ha: float
    issued_on: date
    status: str
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class RawMaterialArea:
    """Grain: area_code. Area in hectares."""

    area_code: str
    commune_code: str
    product: str
    area_ha: float
    registered_on: date


@dataclass(frozen=True, slots=True)
class Measurement:
    """Grain: (station_id, parameter, measured_at). `value` and `limit_value` are in `unit`."""

    station_id: str
    commune_code: str
    parameter: str
    measured_at: datetime
    value: float
    unit: str
    limit_value: float


@dataclass(frozen=True, slots=True)
class WasteSource:
    """Grain: source_id."""

    source_id: str
    commune_code: str
    kind: str
    pollutant: str
    registered_on: date
    closed_on: date | None = None
    treated: bool | None = None
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class TourismSite:
    """Grain: site_id."""

    site_id: str
    name: str
    commune_code: str
    kind: str
    ocop_product_code: str | None
    recognised_on: date
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class Technology:
    """Grain: technology_id."""

    technology_id: str
    name: str
    field: str
    provider: str
    commune_code: str
    applied_on: date
