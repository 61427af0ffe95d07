"""The registers that indicators count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jobs.sample.registry.rows import (
    CleanWater,
    CommuneStatus,
    Cooperative,
    CriterionAssessment,
    DataPilot,
    EssentialService,
    GrowingArea,
    LinkageModel,
    Measurement,
    OfficialCourse,
    SatisfactionSurvey,
    SmartCommune,
    SmartVillageAssessment,
    SupplyChain,
    Village,
    WasteSource,
    Written,
)


@dataclass(frozen=True, slots=True)
class Registers:
    """The newest valid rows of each sheet, without those that are deleted."""

    assessments: Sequence[Written[CriterionAssessment]] = ()
    commune_status: Sequence[Written[CommuneStatus]] = ()
    officials: Sequence[Written[OfficialCourse]] = ()
    cooperatives: Sequence[Written[Cooperative]] = ()
    linkage_models: Sequence[Written[LinkageModel]] = ()
    services: Sequence[Written[EssentialService]] = ()
    surveys: Sequence[Written[SatisfactionSurvey]] = ()
    villages: Sequence[Written[Village]] = ()
    smart_villages: Sequence[Written[SmartVillageAssessment]] = ()
    smart_communes: Sequence[Written[SmartCommune]] = ()
    pilots: Sequence[Written[DataPilot]] = ()
    supply_chains: Sequence[Written[SupplyChain]] = ()
    growing_areas: Sequence[Written[GrowingArea]] = ()
    measurements: Sequence[Written[Measurement]] = ()
    waste_sources: Sequence[Written[WasteSource]] = ()
    clean_water: Sequence[Written[CleanWater]] = ()
