"""Drafts of what units were assessed and recognised as: criteria, status, classification, cases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from jobs.sample.registry import rows
from jobs.sample.registry.filing import Draft
from jobs.sample.registry.scene import Chances, Member, Scene

CRITERIA_SINCE = date(2022, 3, 15)
"""The criteria of 2021-2025 are of 8 March 2022 (QĐ 318, QĐ 320): nothing was assessed by them before."""

COMMUNE_CRITERIA = (("8.4", "ntm", 0.97), ("8.4", "advanced", 0.75), ("15.2", "advanced", 0.7))
DISTRICT_CRITERIA = (("9.5", "ntm", 0.92), ("6.5", "advanced", 0.6), ("9.2", "advanced", 0.6))
"""(criterion, standard, share of units that were ever assessed)."""

Step = tuple[str, str]
"""(result, how it ends: '' open, 'past', 'later', 'withdrawn', 'withdrawn_past', 'withdrawn_later')."""
HISTORIES: Sequence[tuple[tuple[Step, ...], float]] = (
    ((("met", ""),), 0.5),
    ((("not_met", ""),), 0.08),
    ((("not_met", ""), ("met", "")), 0.12),
    ((("met", ""), ("not_met", "")), 0.06),
    ((("met", "past"),), 0.03),
    ((("met", "later"),), 0.04),
    ((("met", ""), ("met", "past")), 0.02),
    ((("met", "past"), ("met", "")), 0.03),
    ((("met", "withdrawn"),), 0.02),
    ((("met", ""), ("met", "withdrawn")), 0.02),
    ((("not_met", ""), ("met", "withdrawn")), 0.01),
    ((("met", "withdrawn_past"),), 0.02),
    ((("met", ""), ("met", "withdrawn_past")), 0.01),
    ((("met", "withdrawn_later"),), 0.02),
    ((("met", ""), ("not_met", ""), ("met", "")), 0.02),
)

STATUSES: Sequence[tuple[tuple[str, ...], float]] = (
    ((), 0.12),
    (("none",), 0.08),
    (("ntm",), 0.4),
    (("none", "ntm"), 0.08),
    (("ntm", "advanced"), 0.17),
    (("ntm", "advanced", "exemplary"), 0.08),
    (("advanced", "exemplary"), 0.03),
    (("ntm", "exemplary", "advanced"), 0.02),
    (("modern",), 0.02),
)


def criterion_assessments(scene: Scene) -> Iterator[Draft[rows.CriterionAssessment]]:
    """Histories of results for each rural commune and each district that has one."""
    chances = scene.chances("criterion_assessments")
    for members, criteria in ((scene.rural_communes, COMMUNE_CRITERIA), (scene.rural_districts, DISTRICT_CRITERIA)):
        for member in members:
            for criterion, standard, share in criteria:
                if chances.happens(share * member.weight):
                    yield from _assessed(scene, chances, member, criterion, standard)
            if member.about.level == "commune" and chances.happens(0.05 * member.weight):
                yield from _assessed(scene, chances, member, "15", "ntm")


def _assessed(scene: Scene, chances: Chances, member: Member, criterion: str, standard: str) -> Iterator[Draft[rows.CriterionAssessment]]:
    steps = chances.weighted(HISTORIES)
    first = max(CRITERIA_SINCE if scene.last_day > CRITERIA_SINCE else scene.earliest(member), member.first_day)
    days = chances.days(len(steps), first, scene.latest(member))
    if days and chances.happens(0.04):
        days[-1] = scene.last_day + timedelta(days=chances.between(0, 120))
    # Where two steps fall on one day the last ones stay.
    for day, (result, ends) in zip(days, steps[len(steps) - len(days) :], strict=True):
        withdrawn = ends.startswith("withdrawn")
        row = rows.CriterionAssessment(
            unit_code=member.unit.code,
            criterion=criterion,
            standard=standard,
            result=result,
            assessed_on=day,
            valid_to=_valid_to(scene, chances, day, ends),
            decision_number=chances.decision(day) if result == "met" else None,
            withdrawal_decision=chances.decision(day) if withdrawn else None,
            criteria_set=f"{member.about.level}-{standard}-2021" if chances.happens(0.3) else None,
        )
        yield Draft(row, member, scene.written(chances, member, day))


def _valid_to(scene: Scene, chances: Chances, begin: date, ends: str) -> date | None:
    """The last day that counts, in the past or later, now and then the sample's last day or the one before."""
    if ends.endswith(("past", "later")):
        if chances.happens(0.1):
            return max(scene.last_day - timedelta(days=chances.between(0, 1)), begin)
        if ends.endswith("later") or begin + timedelta(days=30) >= scene.last_day:
            return max(scene.last_day, begin) + timedelta(days=chances.between(1, 400))
        return chances.day(begin + timedelta(days=30), scene.last_day - timedelta(days=1))
    return None


def commune_status(scene: Scene) -> list[Draft[rows.CommuneStatus]]:
    """What rural communes were recognised as, one after the other; an older row is closed or left open."""
    chances = scene.chances("commune_status")
    drafts: list[Draft[rows.CommuneStatus]] = []
    for member in scene.rural_communes:
        statuses = chances.weighted(STATUSES) if chances.happens(member.weight) else ()
        days = chances.days(len(statuses), scene.earliest(member), scene.latest(member))
        if days and chances.happens(0.04):
            days[-1] = scene.last_day + timedelta(days=chances.between(0, 90))
        kept = statuses[len(statuses) - len(days) :]
        for position, (day, status) in enumerate(zip(days, kept, strict=True)):
            following = days[position + 1] if position + 1 < len(days) else None
            valid_to = following - timedelta(days=1) if following and chances.happens(0.6) else None
            withdrawal = None
            if following is None and chances.happens(0.05):
                valid_to = _valid_to(scene, chances, day, chances.pick(("past", "later")))
            if status == "exemplary" and chances.happens(0.06):
                withdrawal = chances.decision(day)
                valid_to = chances.pick((None, _valid_to(scene, chances, day, "past")))
            row = rows.CommuneStatus(
                member.unit.code, status, day, valid_to, None if status == "none" else chances.decision(day), withdrawal
            )
            drafts.append(Draft(row, member, scene.written(chances, member, day)))
    return drafts


def district_status(scene: Scene) -> Iterator[Draft[rows.DistrictStatus]]:
    """What districts were recognised as."""
    chances = scene.chances("district_status")
    for member in scene.of_level("district"):
        statuses = chances.pick((("ntm",), ("none", "ntm"), ("ntm", "advanced"), ("completed",), ("none",)))
        days = chances.days(len(statuses), scene.earliest(member), scene.latest(member))
        for day, status in zip(days, statuses[len(statuses) - len(days) :], strict=True):
            row = rows.DistrictStatus(member.unit.code, status, day, None, None if status == "none" else chances.decision(day))
            yield Draft(row, member, scene.written(chances, member, day))


def commune_classification(scene: Scene) -> Iterator[Draft[rows.CommuneClass]]:
    """The area by law of communes in the mountains, and which of them are mountainous."""
    chances = scene.chances("commune_classification")
    for member in scene.some_of(scene.of_level("commune"), chances, 0.6):
        day = scene.earliest(member) + timedelta(days=chances.between(0, 90))
        if day > member.last_day:
            continue
        area = rows.CommuneClass(member.unit.code, "area_i_ii_iii", chances.pick(("I", "II", "III")), day)
        yield Draft(area, member, scene.written(chances, member, day))
        if chances.happens(0.3):
            row = rows.CommuneClass(member.unit.code, "mountainous", "mountainous", day, scene.end(chances, day, 0.1))
            yield Draft(row, member, scene.written(chances, member, day))


def recognition_cases(scene: Scene) -> Iterator[Draft[rows.RecognitionCase]]:
    """How far communes and districts came on the way to a recognition."""
    chances = scene.chances("recognition_cases")
    stages = ("registered", "self_assessed", "appraised", "surveyed", "council", "recognised")
    for member in scene.some_of((*scene.rural_communes, *scene.rural_districts), chances, 0.3):
        standard = chances.weighted((("ntm", 0.5), ("advanced", 0.4), ("exemplary", 0.1)))
        if member.about.level == "district" and standard == "exemplary":
            standard = "ntm"
        reached = chances.between(1, len(stages))
        last = "refused" if reached == len(stages) and chances.happens(0.1) else stages[reached - 1]
        days = chances.days(reached, scene.earliest(member), scene.latest(member))
        # Stages that fall on one day are told as one.
        for stage, day in zip((*stages[: reached - 1], last)[reached - len(days) :], days, strict=True):
            row = rows.RecognitionCase(
                member.unit.code, standard, stage, day, chances.decision(day) if stage in ("recognised", "refused") else None
            )
            yield Draft(row, member, scene.written(chances, member, day))
