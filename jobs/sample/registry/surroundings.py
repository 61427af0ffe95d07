"""Drafts of the environment: measurements, sources of waste, clean water."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from jobs.sample.registry import rows
from jobs.sample.registry.filing import Draft
from jobs.sample.registry.scene import Scene, moment, near

PARAMETERS = (("PM2.5", "µg/m³", 50.0), ("BOD5", "mg/l", 15.0), ("TSS", "mg/l", 50.0))
"""(parameter, unit, limit)."""
STATIONS_PER_RURAL_COMMUNE = 0.04


def environment_measurements(scene: Scene) -> Iterator[Draft[rows.Measurement]]:
    """A station in a few communes, two parameters, four measurements each; some over the limit."""
    chances = scene.chances("environment_measurements")
    for serial, member in enumerate(scene.some_of(scene.rural_communes, chances, STATIONS_PER_RURAL_COMMUNE), 1):
        station = scene.identifier("TQT", serial, 3)
        first = chances.between(0, 1)
        for parameter, unit, limit in PARAMETERS[first : first + 2]:
            for day in chances.days(4, scene.earliest(member), scene.latest(member)):
                value = round(limit * (0.3 + chances.share()), 3)
                row = rows.Measurement(station, member.unit.code, parameter, moment(chances, day), value, unit, limit)
                yield Draft(row, member, scene.written(chances, member, day))


def waste_sources(scene: Scene) -> Iterator[Draft[rows.WasteSource]]:
    """Sources in a quarter of the communes, treated or not, some closed."""
    chances = scene.chances("waste_sources")
    for serial, member in enumerate(scene.some_of(scene.rural_communes, chances, 0.25), 1):
        day = chances.day(scene.earliest(member), scene.latest(member))
        latitude, longitude = near(chances, member)
        row = rows.WasteSource(
            source_id=scene.identifier("NT", serial, 4),
            commune_code=member.unit.code,
            kind=scene.word(chances, "waste_kinds"),
            pollutant=scene.word(chances, "pollutants"),
            registered_on=day,
            closed_on=scene.end(chances, day, 0.15),
            treated=chances.weighted(((True, 0.65), (False, 0.28), (None, 0.07))),
            latitude=latitude,
            longitude=longitude,
        )
        yield Draft(row, member, scene.written(chances, member, day))


def clean_water(scene: Scene) -> Iterator[Draft[rows.CleanWater]]:
    """Households with clean water, measured at the end of one or two years."""
    chances = scene.chances("clean_water")
    for member in scene.rural_communes:
        households = chances.between(800, 3500)
        for year in (2023, 2024):
            day = date(year, 12, 31) - timedelta(days=chances.between(0, 40))
            in_life = scene.earliest(member) <= day <= member.last_day
            if in_life and chances.happens(0.8 * member.weight):
                clean = chances.between(households * 6 // 10, households - 1)
                yield Draft(rows.CleanWater(member.unit.code, day, households, clean), member, scene.written(chances, member, day))
