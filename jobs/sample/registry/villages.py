"""Drafts of villages, their digital teams, and what makes them smart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from jobs.sample.registry import rows
from jobs.sample.registry.filing import Draft
from jobs.sample.registry.scene import Chances, Scene, near

CRITERIA_SETS = {"24": "739/QĐ-UBND", "40": "132/KH-UBND"}
"""By which decision or plan of the province villages are judged smart; others by the plan in general."""
SMART_SHARE, SMART_SHARE_IN_EXEMPLARY = 0.006, 0.2
"""Of the villages, those that were assessed as smart ones."""


def villages(scene: Scene) -> Iterator[Draft[rows.Village]]:
    """Two to six villages a rural commune, one to three in a ward or township; most have a digital team."""
    chances = scene.chances("villages")
    for member in scene.of_level("commune"):
        for number in range(1, scene.many(chances, member, *((2, 6) if member.about.rural else (1, 3))) + 1):
            begin = scene.begin(chances, member) if chances.happens(0.88) else None
            households = chances.between(60, 400)
            latitude, longitude = near(chances, member)
            row = rows.Village(
                village_id=f"T{member.unit.code}-{member.unit.valid_from.year}-{number:02d}",
                commune_code=member.unit.code,
                name=scene.named(f"{scene.word(chances, 'village_kinds')} {number}", member),
                households=households,
                residents=households * chances.between(3, 5),
                digital_team_decision=chances.decision(begin) if begin else None,
                team_active_from=begin,
                team_active_to=scene.end(chances, begin, 0.07),
                latitude=latitude,
                longitude=longitude,
            )
            yield Draft(row, member, scene.written(chances, member, begin))


def smart_village_assessments(
    scene: Scene, drafts: Sequence[Draft[rows.Village]], exemplary_codes: frozenset[str]
) -> Iterator[Draft[rows.SmartVillageAssessment]]:
    """One or two assessments of some villages, more of them in communes that were called exemplary; not all were recognised."""
    chances = scene.chances("smart_village_assessments")
    for draft in drafts:
        share = SMART_SHARE_IN_EXEMPLARY if draft.row.commune_code in exemplary_codes else SMART_SHARE
        if not chances.happens(share):
            continue
        for day in chances.days(chances.between(1, 2), scene.earliest(draft.member), scene.latest(draft.member)):
            begin = day + timedelta(days=chances.between(5, 60)) if chances.happens(0.8) else None
            if chances.happens(0.04):
                begin = scene.last_day + timedelta(days=chances.between(0, 90))
            yield Draft(_assessed(scene, chances, draft.row, day, begin), draft.member, scene.written(chances, draft.member, day))


def _assessed(
    scene: Scene, chances: Chances, village: rows.Village, assessed_on: date, recognised_from: date | None
) -> rows.SmartVillageAssessment:
    """What was found in a village; counts of households and residents never above those of the village."""

    def part_of(count: int) -> int:
        return chances.between(count * 6 // 10, count)

    return rows.SmartVillageAssessment(
        village_id=village.village_id,
        criteria_set=CRITERIA_SETS.get(scene.plan.province, "924/QĐ-TTg"),
        assessed_on=assessed_on,
        field=scene.word(chances, "smart_fields"),
        digital_team=chances.happens(0.95),
        communication_channel=chances.happens(0.95),
        ecommerce=chances.happens(0.7),
        culture_house_wifi=chances.happens(0.8) or None,
        digital_address_households=part_of(village.households),
        fibre_households=part_of(village.households),
        smartphone_households=part_of(village.households),
        residents_guided_health_app=part_of(village.residents),
        traceability=chances.weighted(((True, 0.5), (False, 0.3), (None, 0.2))),
        news_last_month=chances.between(0, 4),
        recognised_by_decision=chances.decision(recognised_from) if recognised_from else None,
        recognised_from=recognised_from,
        recognised_to=scene.end(chances, recognised_from, 0.15),
    )
