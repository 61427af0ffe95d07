"""Drafts of managers at every level and the courses they took."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from jobs.sample.registry import rows
from jobs.sample.registry.filing import Draft
from jobs.sample.registry.scene import Chances, Member, Scene

PROVINCE_OFFICIALS = 14


def officials_training(scene: Scene) -> Iterator[Draft[rows.OfficialCourse]]:
    """Two to four officials a unit, each with one to three courses, some not yet taken; some moved to another unit."""
    chances = scene.chances("officials_training")
    serial = 0
    for member in scene.members:
        count = PROVINCE_OFFICIALS if member.about.level == "province" else scene.many(chances, member, 2, 4)
        for _ in range(count):
            serial += 1
            yield from _official(scene, chances, member, scene.identifier("CB", serial, 5))


def _official(scene: Scene, chances: Chances, member: Member, official_id: str) -> Iterator[Draft[rows.OfficialCourse]]:
    begin = scene.begin(chances, member)
    row = rows.OfficialCourse(
        official_id=official_id,
        unit_code=member.unit.code,
        level=member.about.level,
        role=scene.word(chances, "official_roles"),
        in_role_from=begin,
        in_role_to=scene.end(chances, begin, 0.12),
        course="",
    )
    courses = list(scene.vocabulary.registry["courses"])
    for _ in range(chances.weighted(((1, 0.65), (2, 0.27), (3, 0.08)))):
        course = courses.pop(chances.between(0, len(courses) - 1))
        at, promoted = member, row
        if chances.happens(0.06):
            # Now in another unit: the row written last says in which.
            at = chances.pick(
                [other for other in scene.members if other.first_day <= member.last_day and other.last_day >= member.first_day]
            )
            promoted = _in_role_at(scene, chances, row, at, begin)
        taken = replace(promoted, course=course, trained_on=_trained_on(scene, chances, begin))
        yield Draft(taken, at, scene.written(chances, at, begin))


def _in_role_at(scene: Scene, chances: Chances, row: rows.OfficialCourse, at: Member, begin: date) -> rows.OfficialCourse:
    since = begin + timedelta(days=chances.between(60, 500))
    return replace(row, unit_code=at.unit.code, level=at.about.level, in_role_from=since, in_role_to=scene.end(chances, since, 0.12))


def _trained_on(scene: Scene, chances: Chances, begin: date) -> date | None:
    """Mostly before the sample's last day, at times before the role began, at times only planned."""
    if chances.happens(0.12):
        return None
    if chances.happens(0.04):
        return scene.last_day + timedelta(days=chances.between(0, 60))
    first = min(begin - timedelta(days=100), scene.last_day)
    return chances.day(max(first, scene.history_from), scene.last_day) if first < scene.last_day else scene.last_day
