"""All registry sheets of a sample: what lands, and what of it holds in the end."""

from __future__ import annotations

from jobs.sample.landing import LandingWriter
from jobs.sample.registry import assessments, economy, officials, services, sheets, surroundings, villages
from jobs.sample.registry.filing import file_sheet
from jobs.sample.registry.paper_documents import write_paper_documents
from jobs.sample.registry.registers import Registers
from jobs.sample.registry.scene import Scene
from jobs.sample.roster import Roster
from jobs.sample.truth import TruthBuilder


def write_sheets(scene: Scene, roster: Roster, writer: LandingWriter, truth: TruthBuilder) -> Registers:
    """Write every sheet; gives the rows that indicators count, as they hold in the end."""
    status = assessments.commune_status(scene)
    exemplary_codes = frozenset(draft.row.commune_code for draft in status if draft.row.status == "exemplary")
    village_drafts = list(villages.villages(scene))
    known_villages = file_sheet(scene, sheets.VILLAGES, village_drafts, writer, truth)
    village_ids = {village.row.village_id for village in known_villages}
    smart_drafts = villages.smart_village_assessments(scene, village_drafts, exemplary_codes)
    found = Registers(
        assessments=file_sheet(scene, sheets.CRITERION_ASSESSMENTS, assessments.criterion_assessments(scene), writer, truth),
        commune_status=file_sheet(scene, sheets.COMMUNE_STATUS, status, writer, truth),
        officials=file_sheet(scene, sheets.OFFICIALS_TRAINING, officials.officials_training(scene), writer, truth),
        cooperatives=file_sheet(scene, sheets.COOPERATIVES, economy.cooperatives(scene), writer, truth),
        linkage_models=file_sheet(scene, sheets.LINKAGE_MODELS, economy.linkage_models(scene), writer, truth),
        services=file_sheet(scene, sheets.ESSENTIAL_SERVICES, services.essential_services(scene), writer, truth),
        surveys=file_sheet(scene, sheets.SATISFACTION_SURVEYS, services.satisfaction_surveys(scene), writer, truth),
        villages=known_villages,
        smart_villages=file_sheet(
            scene, sheets.SMART_VILLAGE_ASSESSMENTS, smart_drafts, writer, truth, refused=lambda row: row.village_id not in village_ids
        ),
        smart_communes=file_sheet(scene, sheets.SMART_COMMUNES, services.smart_communes(scene), writer, truth),
        pilots=file_sheet(scene, sheets.DATA_STANDARDISATION_PILOTS, services.data_standardisation_pilots(scene), writer, truth),
        supply_chains=file_sheet(scene, sheets.SUPPLY_CHAINS, economy.supply_chains(scene), writer, truth),
        growing_areas=file_sheet(scene, sheets.GROWING_AREAS, economy.growing_areas(scene), writer, truth),
        measurements=file_sheet(scene, sheets.ENVIRONMENT_MEASUREMENTS, surroundings.environment_measurements(scene), writer, truth),
        waste_sources=file_sheet(scene, sheets.WASTE_SOURCES, surroundings.waste_sources(scene), writer, truth),
        clean_water=file_sheet(scene, sheets.CLEAN_WATER, surroundings.clean_water(scene), writer, truth),
    )
    _write_others(scene, writer, truth)
    write_paper_documents(scene, roster, writer, truth)
    return found


def _write_others(scene: Scene, writer: LandingWriter, truth: TruthBuilder) -> None:
    """The sheets that no indicator counts."""
    file_sheet(scene, sheets.DISTRICT_STATUS, assessments.district_status(scene), writer, truth)
    file_sheet(scene, sheets.COMMUNE_CLASSIFICATION, assessments.commune_classification(scene), writer, truth)
    file_sheet(scene, sheets.RECOGNITION_CASES, assessments.recognition_cases(scene), writer, truth)
    file_sheet(scene, sheets.RAW_MATERIAL_AREAS, economy.raw_material_areas(scene), writer, truth)
    file_sheet(scene, sheets.TOURISM_SITES, economy.tourism_sites(scene), writer, truth)
    file_sheet(scene, sheets.TECHNOLOGIES, economy.technologies(scene), writer, truth)
