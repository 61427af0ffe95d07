"""A province of two districts by hand, over the three lists of units.

Before 2025 the first district has four rural communes and the second one. With the second list one commune has ended and the second district's has become
a ward. The reform makes one commune of two, and divides a third.
"""

from __future__ import annotations

from datetime import date, timedelta

from jobs.sample.organisations import Unit
from jobs.sample.units_over_time import Era, Life, UnitId, UnitsOverTime

START, NEW_YEAR, REFORM = date(2021, 1, 1), date(2025, 1, 1), date(2025, 7, 1)
BEFORE = REFORM - timedelta(days=1)

PROVINCE = UnitId("01", START)
MERGED_PROVINCE, NEW_PROVINCE = PROVINCE, UnitId("01", REFORM)
FIRST_DISTRICT, SECOND_DISTRICT = UnitId("001", START), UnitId("002", START)
WHOLE, WHOLE_TOO, DIVIDED = UnitId("00001", START), UnitId("00002", START), UnitId("00004", START)
ENDED_EARLY, FIRST_TOWN = UnitId("00003", START), UnitId("00005", START)
NEW_COMMUNE = UnitId("00001", REFORM)


def unit(identity: UnitId, level: str, parent: str, *, rural: bool = True) -> Unit:
    return Unit(identity.code, level, f"Đơn vị {identity.code}", rural and level == "commune", parent, None, None)


def life(identity: UnitId, level: str, parent: str, valid_to: date | None = BEFORE, successor: UnitId | None = None) -> Life:
    return Life(identity, (Era(identity.valid_from, unit(identity, level, parent)),), valid_to, successor)


LIVES = (
    life(FIRST_DISTRICT, "district", "01"),
    life(SECOND_DISTRICT, "district", "01"),
    life(WHOLE, "commune", "001", successor=NEW_COMMUNE),
    life(WHOLE_TOO, "commune", "001", successor=NEW_COMMUNE),
    life(DIVIDED, "commune", "001"),
    life(ENDED_EARLY, "commune", "001", NEW_YEAR - timedelta(days=1)),
    Life(
        FIRST_TOWN,
        (Era(START, unit(FIRST_TOWN, "commune", "002")), Era(NEW_YEAR, unit(FIRST_TOWN, "commune", "002", rural=False))),
        BEFORE,
    ),
    life(NEW_COMMUNE, "commune", "01", None),
)
WORLD = UnitsOverTime([(PROVINCE, None)], LIVES)
