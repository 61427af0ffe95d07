"""Drafts of what units offer and pilot: services, surveys, smart and e-commerce communes, data pilots."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from jobs.sample.registry import rows
from jobs.sample.registry.filing import Draft
from jobs.sample.registry.scene import Chances, Member, Scene, moment

SERVICES = ("health", "education", "community_supervision", "security", "environment", "culture")
PILOTS = {"40": 9}
"""Districts selected as pilots of standardised data, by province; two elsewhere."""
NAMED_COMMUNES: dict[str, tuple[tuple[str, str, date, date], ...]] = {
    "01": (("00571", "smart", date(2023, 10, 2), date(2025, 5, 20)),),
    "24": (("07324", "ecommerce", date(2023, 6, 1), date(2024, 11, 12)), ("07561", "ecommerce", date(2023, 7, 3), date(2025, 4, 15))),
}
"""The models that plans name, by province: commune, kind, selected_on, recognised_on."""


def essential_services(scene: Scene) -> Iterator[Draft[rows.EssentialService]]:
    """One or two services of most communes and districts, most of them online."""
    chances = scene.chances("essential_services")
    for member in (*scene.of_level("district"), *scene.of_level("commune")):
        share = 0.9 if member.about.level == "district" else 0.7
        if not chances.happens(share * member.weight):
            continue
        offered = list(SERVICES)
        for _ in range(chances.between(1, 2)):
            service = offered.pop(chances.between(0, len(offered) - 1))
            begin = scene.begin(chances, member) if chances.happens(0.93) else None
            row = rows.EssentialService(member.unit.code, member.about.level, service, begin, scene.end(chances, begin, 0.08))
            yield Draft(row, member, scene.written(chances, member, begin))


def satisfaction_surveys(scene: Scene) -> Iterator[Draft[rows.SatisfactionSurvey]]:
    """One or two surveys of most communes and districts: on NTM results or something else, online or on paper."""
    chances = scene.chances("satisfaction_surveys")
    for member in (*scene.of_level("district"), *scene.of_level("commune")):
        share = 0.9 if member.about.level == "district" else 0.75
        if not chances.happens(share * member.weight):
            continue
        for number in range(1, chances.between(1, 2) + 1):
            begin = scene.begin(chances, member)
            responses = chances.between(40, 900)
            closes = begin + timedelta(days=chances.between(14, 60)) if chances.happens(0.8) else None
            row = rows.SatisfactionSurvey(
                unit_code=member.unit.code,
                survey_id=f"KS-{begin.year}-{number}",
                subject=chances.weighted((("ntm_results", 0.75), ("public_service", 0.15), ("other", 0.1))),
                channel=chances.weighted((("online", 0.75), ("paper", 0.25))),
                opened_on=begin,
                closed_on=closes,
                responses=responses,
                satisfied=chances.between(responses * 6 // 10, responses),
            )
            yield Draft(row, member, scene.written(chances, member, begin))


def smart_communes(scene: Scene) -> Iterator[Draft[rows.SmartCommune]]:
    """The models that the plan names, as it was before any reform, and some others, selected and in part recognised."""
    chances = scene.chances("smart_communes")
    named = NAMED_COMMUNES.get(scene.plan.province, ())
    # The identity of the first list: the codes mean other communes since July 2025.
    by_code = {member.unit.code: member for member in reversed(scene.rural_communes)}
    for code, kind, selected_on, recognised_on in named:
        member = by_code[code]
        # Written while it was a xã, whatever the days of the sample.
        written = chances.day(member.first_day, min(member.last_day, date(2024, 12, 31)))
        row = rows.SmartCommune(
            code, kind, scene.word(chances, "smart_fields"), selected_on, recognised_on, chances.decision(recognised_on)
        )
        yield Draft(row, member, moment(chances, written))
    spoken_for = {code for code, *_ in named}
    for member in scene.rural_communes:
        if member.unit.code not in spoken_for and chances.happens(0.065 * member.weight):
            yield _model(scene, chances, member)


def _model(scene: Scene, chances: Chances, member: Member) -> Draft[rows.SmartCommune]:
    selected_on = scene.begin(chances, member)
    recognised_on = selected_on + timedelta(days=chances.between(60, 700)) if chances.happens(0.7) else None
    row = rows.SmartCommune(
        commune_code=member.unit.code,
        kind=chances.weighted((("smart", 0.75), ("ecommerce", 0.25))),
        field=scene.word(chances, "smart_fields"),
        selected_on=selected_on,
        recognised_on=recognised_on,
        decision_number=chances.decision(selected_on),
    )
    return Draft(row, member, scene.written(chances, member, selected_on))


def data_standardisation_pilots(scene: Scene) -> Iterator[Draft[rows.DataPilot]]:
    """Districts selected as pilots; most of them accepted, one of the last ones only planned."""
    chances = scene.chances("data_standardisation_pilots")
    districts = [member for member in scene.rural_districts if member.weight >= 1]
    for number in range(min(PILOTS.get(scene.plan.province, 2), len(districts))):
        member = districts.pop(chances.between(0, len(districts) - 1))
        selected_on = chances.day(scene.earliest(member), scene.latest(member))
        accepted_on = chances.day(selected_on, max(scene.latest(member), selected_on)) if chances.happens(0.85) else None
        if number == 1:
            accepted_on = scene.last_day + timedelta(days=chances.between(1, 90))
        row = rows.DataPilot(member.unit.code, selected_on, accepted_on, chances.decision(selected_on))
        yield Draft(row, member, scene.written(chances, member, selected_on))
