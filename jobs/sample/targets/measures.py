"""The indicators on a day, over rows of the registers: pure functions, one an indicator.

Written from the rules (indicators.md) and from nothing of the warehouse. Each gives what counts where; sums over units are made elsewhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from datetime import date
from functools import partial
from typing import Any, NamedTuple, TypeVar

from jobs.sample.registry.registers import Registers
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
from jobs.sample.units_over_time import Place, UnitId, UnitsOverTime

R = TypeVar("R")


class Counted(NamedTuple):
    """What one unit or one thing adds, and where; the denominator of a count is None."""

    place: Place
    numerator: int
    denominator: int | None


Population = Mapping[UnitId, Place]
Breakdowns = Mapping[str, Sequence[Counted]]
"""By breakdown; '' is the total."""
Measure = Callable[[Registers, UnitsOverTime, date], Breakdowns]


# --- days -------------------------------------------------------------------------------------------------------------


def has_begun(begin: date | None, day: date) -> bool:
    """An empty beginning means not yet."""
    return begin is not None and begin <= day


def covers(begin: date | None, last: date | None, day: date) -> bool:
    """Of a span whose end is the last day that counts; an empty end is open."""
    return has_begun(begin, day) and (last is None or day <= last)


def is_before(first_day_not: date | None, day: date) -> bool:
    """Of an end that is the first day that does not count."""
    return first_day_not is None or day < first_day_not


# --- properties of units ----------------------------------------------------------------------------------------------


def over(population: Population, reached: Collection[UnitId]) -> list[Counted]:
    """Units of a population, each once."""
    return [Counted(place, int(unit in reached), 1) for unit, place in population.items()]


def meeting(assessments: Iterable[Written[CriterionAssessment]], criterion: str, standard: str, day: date) -> set[UnitId]:
    """Units whose newest assessment up to the day says met and is in force. One withdrawn in law without a last day is left out when the newest is
    chosen; one with a last day is chosen, and ends there."""
    newest: dict[UnitId, CriterionAssessment] = {}
    for written in assessments:
        row = written.row
        if (row.criterion, row.standard) != (criterion, standard) or row.assessed_on > day:
            continue
        if row.withdrawal_decision is not None and row.valid_to is None:
            continue
        known = newest.get(written.unit)
        if known is None or known.assessed_on < row.assessed_on:
            newest[written.unit] = row
    return {unit for unit, row in newest.items() if row.result == "met" and (row.valid_to is None or day <= row.valid_to)}


def standards(status: Iterable[Written[CommuneStatus]], day: date) -> dict[UnitId, str]:
    """Communes with what the status in force with the greatest first day says; 'none' is no standard."""
    newest: dict[UnitId, CommuneStatus] = {}
    for written in status:
        row = written.row
        is_withdrawn = row.withdrawal_decision is not None and row.valid_to is None
        if is_withdrawn or not covers(row.valid_from, row.valid_to, day):
            continue
        known = newest.get(written.unit)
        if known is None or known.valid_from < row.valid_from:
            newest[written.unit] = row
    return {unit: row.status for unit, row in newest.items() if row.status != "none"}


def serving_and_asking(
    services: Iterable[Written[EssentialService]], surveys: Iterable[Written[SatisfactionSurvey]], day: date
) -> set[UnitId]:
    """Units with a service online on the day and an online survey on NTM results opened by then, closed or not."""
    online = {service.unit for service in services if covers(service.row.online_since, service.row.online_until, day)}
    asked = {
        survey.unit
        for survey in surveys
        if (survey.row.subject, survey.row.channel) == ("ntm_results", "online") and has_begun(survey.row.opened_on, day)
    }
    return online & asked


def newest_counts(rows: Iterable[Written[CleanWater]], day: date) -> dict[UnitId, CleanWater]:
    """Each unit's newest count of households up to the day."""
    newest: dict[UnitId, CleanWater] = {}
    for written in rows:
        known = newest.get(written.unit)
        if written.row.measured_on <= day and (known is None or known.measured_on < written.row.measured_on):
            newest[written.unit] = written.row
    return newest


# --- things in units --------------------------------------------------------------------------------------------------


def places(things: Iterable[Written[R]], units: UnitsOverTime, day: date) -> list[tuple[R, Place]]:
    """The things that count somewhere on the day, each with its place."""
    found = ((thing.row, units.place(thing.unit, day)) for thing in things)
    return [(row, place) for row, place in found if place is not None]


def communes_of(placed: Iterable[tuple[Any, Place]]) -> set[UnitId]:
    """The communes that things lie in."""
    return {place.commune for _, place in placed if place.commune is not None}


def districts_of(placed: Iterable[tuple[Any, Place]]) -> set[UnitId]:
    """The districts that things lie in."""
    return {place.district for _, place in placed if place.district is not None}


def is_cooperative(row: Cooperative, day: date) -> bool:
    """Registered and not dissolved."""
    return has_begun(row.registered_on, day) and is_before(row.dissolved_on, day)


def is_linked(row: Cooperative, day: date) -> bool:
    """A cooperative of the day whose linkage covers it."""
    return is_cooperative(row, day) and covers(row.linkage_from, row.linkage_to, day)


def runs(row: LinkageModel, day: date) -> bool:
    """Started and not ended."""
    return has_begun(row.started_on, day) and is_before(row.ended_on, day)


def runs_in_zone(row: LinkageModel, day: date) -> bool:
    """Running and in a raw-material zone; an empty cell is not said and counts as no."""
    return runs(row, day) and row.in_raw_material_zone is True


def has_team(row: Village, day: date) -> bool:
    """The village's digital team is active."""
    return covers(row.team_active_from, row.team_active_to, day)


def is_smart(row: SmartVillageAssessment, day: date) -> bool:
    """Recognised by a decision that is in force."""
    return bool(row.recognised_by_decision) and covers(row.recognised_from, row.recognised_to, day)


def is_on_system(row: SupplyChain, day: date) -> bool:
    """On the traceability system, and not left."""
    return has_begun(row.on_traceability_system_since, day) and is_before(row.left_on, day)


def is_in_force(row: GrowingArea, day: date) -> bool:
    """Issued, and in use as the sheet says now."""
    return has_begun(row.issued_on, day) and row.status == "in_use"


def is_open(row: WasteSource, day: date) -> bool:
    """Registered and not closed."""
    return has_begun(row.registered_on, day) and is_before(row.closed_on, day)


def over_limits(rows: Iterable[Written[Measurement]], units: UnitsOverTime, day: date) -> dict[str, list[Counted]]:
    """Stations by their newest measurements up to the day; a station stands where its newest one of all was written for."""
    newest: dict[tuple[str, str], Written[Measurement]] = {}
    for written in sorted(rows, key=lambda one: one.row.measured_at):
        if written.row.measured_at.date() <= day:
            newest[written.row.station_id, written.row.parameter] = written
    by_station: dict[str, list[Written[Measurement]]] = defaultdict(list)
    for written in newest.values():
        by_station[written.row.station_id].append(written)
    counted: dict[str, list[Counted]] = {"": []}
    for measured in by_station.values():
        last = min(measured, key=lambda one: (-one.row.measured_at.timestamp(), one.row.parameter))
        place = units.place(last.unit, day)
        if place is None:
            continue
        counted[""].append(Counted(place, int(any(one.row.value > one.row.limit_value for one in measured)), 1))
        for one in measured:
            counted.setdefault(f"parameter={one.row.parameter}", []).append(Counted(place, int(one.row.value > one.row.limit_value), 1))
    return counted


def trained(courses: Iterable[Written[OfficialCourse]], units: UnitsOverTime, day: date) -> list[Counted]:
    """Officials in their role, each once, in the unit of the row written last (of rows written at once, that of the greater course)."""
    by_official: dict[str, list[Written[OfficialCourse]]] = defaultdict(list)
    for course in courses:
        by_official[course.row.official_id].append(course)
    found = []
    for of_official in by_official.values():
        last = max(of_official, key=lambda written: (written.written_at, written.row.course))
        place = units.place(last.unit, day)
        if place is not None and any(covers(written.row.in_role_from, written.row.in_role_to, day) for written in of_official):
            found.append(Counted(place, int(any(has_begun(written.row.trained_on, day) for written in of_official)), 1))
    return found


def smart_villages(
    smart: Iterable[Written[SmartVillageAssessment]], villages: Iterable[Written[Village]], units: UnitsOverTime, day: date
) -> dict[str, list[Counted]]:
    """Villages recognised on the day, each once; by field each once too."""
    fields: dict[str, set[str]] = defaultdict(set)
    for written in smart:
        if is_smart(written.row, day):
            fields[written.row.village_id].add(written.row.field)
    counted: dict[str, list[Counted]] = {"": []}
    for row, place in places(villages, units, day):
        for name in sorted(fields.get(row.village_id, ())):
            counted.setdefault(f"field={name}", []).append(Counted(place, 1, None))
        if row.village_id in fields:
            counted[""].append(Counted(place, 1, None))
    return counted


def communes_with_smart_village(
    smart: Iterable[Written[SmartVillageAssessment]], villages: Iterable[Written[Village]], units: UnitsOverTime, day: date
) -> set[UnitId]:
    """The communes in which a village lies that is recognised on the day."""
    return {counted.place.commune for counted in smart_villages(smart, villages, units, day)[""] if counted.place.commune is not None}


def as_written(named: Set[UnitId], units: UnitsOverTime, day: date) -> list[Counted]:
    """Units as decisions name them, counted where they lie on the day."""
    found = ((unit, units.place(unit, day)) for unit in sorted(named))
    return [Counted(place, 1, None) for _, place in found if place is not None]


def smart_communes(rows: Sequence[Written[SmartCommune]], kind: str, units: UnitsOverTime, day: date) -> Breakdowns:
    """Communes of a kind that were recognised; those selected are told apart."""
    return {
        "": as_written(recognised(rows, kind, day), units, day),
        "stage=selected": as_written(
            {one.unit for one in rows if one.row.kind == kind and has_begun(one.row.selected_on, day)}, units, day
        ),
    }


def recognised(rows: Iterable[Written[SmartCommune]], kind: str, day: date) -> set[UnitId]:
    """The units, as written, that were recognised as a model of the kind."""
    return {one.unit for one in rows if one.row.kind == kind and has_begun(one.row.recognised_on, day)}


def pilots(rows: Sequence[Written[DataPilot]], units: UnitsOverTime, day: date) -> Breakdowns:
    """Districts whose pilot was accepted; those selected are told apart."""
    return {
        "": as_written({one.unit for one in rows if has_begun(one.row.accepted_on, day)}, units, day),
        "stage=selected": as_written({one.unit for one in rows if has_begun(one.row.selected_on, day)}, units, day),
    }


# --- the indicators ---------------------------------------------------------------------------------------------------


def _communes_meeting(registers: Registers, units: UnitsOverTime, day: date, *, criterion: str, standard: str) -> Breakdowns:
    return {"": over(units.rural_communes(day), meeting(registers.assessments, criterion, standard, day))}


def _districts_meeting(registers: Registers, units: UnitsOverTime, day: date, *, criterion: str, standard: str) -> Breakdowns:
    return {"": over(units.districts(day), meeting(registers.assessments, criterion, standard, day))}


def _both_advanced(registers: Registers, units: UnitsOverTime, day: date) -> Breakdowns:
    both = meeting(registers.assessments, "8.4", "advanced", day) & meeting(registers.assessments, "15.2", "advanced", day)
    return {"": [Counted(place, 1, None) for unit, place in units.rural_communes(day).items() if unit in both]}


def _officials(registers: Registers, units: UnitsOverTime, day: date) -> Breakdowns:
    return {"": trained(registers.officials, units, day)}


def _digital_teams(registers: Registers, units: UnitsOverTime, day: date) -> Breakdowns:
    return {"": [Counted(place, int(has_team(row, day)), 1) for row, place in places(registers.villages, units, day)]}


def _communes_with(registers: Registers, units: UnitsOverTime, day: date, *, counts: Callable[[Cooperative, date], bool]) -> Breakdowns:
    there = [one for one in registers.cooperatives if counts(one.row, day)]
    return {"": over(units.rural_communes(day), communes_of(places(there, units, day)))}


def _districts_with_model(registers: Registers, units: UnitsOverTime, day: date) -> Breakdowns:
    there = [one for one in registers.linkage_models if one.row.level == "district" and runs(one.row, day)]
    return {"": over(units.districts(day), districts_of(places(there, units, day)))}


def _zone_models(registers: Registers, units: UnitsOverTime, day: date) -> Breakdowns:
    there = places([one for one in registers.linkage_models if runs_in_zone(one.row, day)], units, day)
    counted = [(row.level, Counted(place, int(has_begun(row.digital_since, day)), 1)) for row, place in there]
    by_level = {f"model_level={level}": [one for of, one in counted if of == level] for level in ("district", "commune")}
    return {"": [one for _, one in counted], **by_level}


def _districts_with_zone_model(registers: Registers, units: UnitsOverTime, day: date) -> Breakdowns:
    there = [one for one in registers.linkage_models if runs_in_zone(one.row, day) and has_begun(one.row.digital_since, day)]
    return {"": over(units.districts(day), districts_of(places(there, units, day)))}


def _units_with_service(registers: Registers, units: UnitsOverTime, day: date) -> Breakdowns:
    population = {**units.rural_communes(day), **units.districts(day)}
    return {"": over(population, serving_and_asking(registers.services, registers.surveys, day))}


def _exemplary_communes(registers: Registers, units: UnitsOverTime, day: date) -> Breakdowns:
    status = standards(registers.commune_status, day)
    population = {unit: place for unit, place in units.rural_communes(day).items() if status.get(unit) == "exemplary"}
    return {"": over(population, communes_with_smart_village(registers.smart_villages, registers.villages, units, day))}


def _smart_villages(registers: Registers, units: UnitsOverTime, day: date) -> Breakdowns:
    return smart_villages(registers.smart_villages, registers.villages, units, day)


def _smart_communes(registers: Registers, units: UnitsOverTime, day: date, *, kind: str) -> Breakdowns:
    return smart_communes(registers.smart_communes, kind, units, day)


def _districts_with_pilot(registers: Registers, units: UnitsOverTime, day: date, *, kinds: tuple[str, ...]) -> Breakdowns:
    there = [one for one in registers.smart_communes if one.row.kind in kinds and has_begun(one.row.selected_on, day)]
    return {"": over(units.districts(day), districts_of(places(there, units, day)))}


def _pilots(registers: Registers, units: UnitsOverTime, day: date) -> Breakdowns:
    return pilots(registers.pilots, units, day)


def _traceability(registers: Registers, units: UnitsOverTime, day: date) -> Breakdowns:
    there = [(row.kind, Counted(place, int(is_on_system(row, day)), 1)) for row, place in places(registers.supply_chains, units, day)]
    by_kind = {f"kind={kind}": [one for of, one in there if of == kind] for kind in ("chain", "product")}
    return {"": [one for _, one in there], **by_kind}


def _communes_recognised(registers: Registers, units: UnitsOverTime, day: date) -> Breakdowns:
    status = standards(registers.commune_status, day)
    there = [(status[unit], Counted(place, 1, None)) for unit, place in units.rural_communes(day).items() if unit in status]
    by_standard = {f"standard={name}": [one for of, one in there if of == name] for name in sorted({of for of, _ in there})}
    return {"": [one for _, one in there], **by_standard}


def _growing_areas(registers: Registers, units: UnitsOverTime, day: date) -> Breakdowns:
    in_force = [one for one in registers.growing_areas if is_in_force(one.row, day)]
    there = [(row.crop, Counted(place, 1, None)) for row, place in places(in_force, units, day)]
    by_crop = {f"crop={crop}": [one for of, one in there if of == crop] for crop in sorted({of for of, _ in there})}
    return {"": [one for _, one in there], **by_crop}


def _clean_water(registers: Registers, units: UnitsOverTime, day: date) -> Breakdowns:
    counts = newest_counts(registers.clean_water, day)
    return {
        "": [
            Counted(place, counts[unit].households_with_clean_water, counts[unit].households)
            for unit, place in units.rural_communes(day).items()
            if unit in counts
        ]
    }


def _stations(registers: Registers, units: UnitsOverTime, day: date) -> Breakdowns:
    return over_limits(registers.measurements, units, day)


def _waste_sources(registers: Registers, units: UnitsOverTime, day: date) -> Breakdowns:
    there = places([one for one in registers.waste_sources if is_open(one.row, day)], units, day)
    return {"": [Counted(place, int(row.treated is not True), 1) for row, place in there]}


def _satisfaction(registers: Registers, units: UnitsOverTime, day: date) -> Breakdowns:
    found = []
    for survey in registers.surveys:
        row, place = survey.row, units.of_itself(survey.unit, day)
        is_asked = (row.subject, row.channel) == ("ntm_results", "online") and has_begun(row.opened_on, day)
        if is_asked and place is not None and row.responses is not None and row.satisfied is not None:
            found.append(Counted(place, row.satisfied, row.responses))
    return {"": found}


MEASURES: Mapping[str, tuple[str, Measure]] = {
    "communes_meeting_8_4_ntm": ("commune", partial(_communes_meeting, criterion="8.4", standard="ntm")),
    "communes_meeting_8_4_advanced": ("commune", partial(_communes_meeting, criterion="8.4", standard="advanced")),
    "communes_meeting_15_2_advanced": ("commune", partial(_communes_meeting, criterion="15.2", standard="advanced")),
    "communes_meeting_8_4_and_15_2_advanced": ("commune", _both_advanced),
    "districts_meeting_9_5_ntm": ("district", partial(_districts_meeting, criterion="9.5", standard="ntm")),
    "districts_meeting_6_5_advanced": ("district", partial(_districts_meeting, criterion="6.5", standard="advanced")),
    "districts_meeting_9_2_advanced": ("district", partial(_districts_meeting, criterion="9.2", standard="advanced")),
    "officials_trained": ("all", _officials),
    "villages_with_digital_team": ("village", _digital_teams),
    "communes_with_cooperative": ("commune", partial(_communes_with, counts=is_cooperative)),
    "communes_with_cooperative_linkage": ("commune", partial(_communes_with, counts=is_linked)),
    "districts_with_linkage_model": ("district", _districts_with_model),
    "raw_material_zone_models_digital": ("all", _zone_models),
    "districts_with_digital_raw_material_zone_model": ("district", _districts_with_zone_model),
    "units_with_essential_service_and_survey": ("mixed", _units_with_service),
    "exemplary_communes_with_smart_village": ("commune", _exemplary_communes),
    "smart_villages": ("village", _smart_villages),
    "smart_communes": ("commune", partial(_smart_communes, kind="smart")),
    "districts_with_smart_commune": ("district", partial(_districts_with_pilot, kinds=("smart",))),
    "districts_with_smart_or_ecommerce_commune": ("district", partial(_districts_with_pilot, kinds=("smart", "ecommerce"))),
    "ecommerce_communes": ("commune", partial(_smart_communes, kind="ecommerce")),
    "district_data_standardisation_models": ("district", _pilots),
    "traceability_participation": ("all", _traceability),
    "communes_recognised": ("commune", _communes_recognised),
    "growing_areas_in_force": ("all", _growing_areas),
    "households_with_clean_water": ("all", _clean_water),
    "stations_over_limit": ("all", _stations),
    "waste_sources_untreated": ("all", _waste_sources),
    "satisfaction": ("all", _satisfaction),
}
"""By indicator its level and how it is counted: all stocks over registry sheets."""
