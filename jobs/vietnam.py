"""Vietnam's time: one zone and no summer time; a time without a zone is Vietnam's (interfaces: landing formats).

The forms of an instant stand here once: `parse_instant` reads them at the border, `jobs/silver/standardise.py` in SQL. They are regular expressions that
Python, Java and Rust read alike.
"""

from __future__ import annotations

import datetime as dt
import re
from datetime import timedelta, timezone

VIETNAM = timezone(timedelta(hours=7), "+07:00")
TIMEZONE = "Asia/Ho_Chi_Minh"
"""Its name in the machine's list, for what takes no other."""

EVERY_VERSION = dt.datetime(9999, 12, 30, tzinfo=dt.UTC)
"""The tombstone that no version is newer than. Not `datetime.max`: that has no local time east of Greenwich."""
YEAR = "(19|20)[0-9]{2}"
"""Other years are mistakes: 0001 is what some systems send for no date at all."""
DAY = f"{YEAR}-[0-9]{{2}}-[0-9]{{2}}"
COMPACT_DAY = f"{YEAR}[0-9]{{4}}"
_FRACTION = "([.,][0-9]{1,9})?"
_ZONE = "([Zz]|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?)?"
INSTANT_WITH_TIME = f"{DAY}[Tt ][0-9]{{2}}:[0-9]{{2}}(:[0-9]{{2}}{_FRACTION})?{_ZONE}|{COMPACT_DAY}([Tt]?[0-9]{{6}}{_FRACTION}{_ZONE}|[Tt][0-9]{{4}}{_ZONE})"
INSTANT = f"{DAY}|{COMPACT_DAY}|{INSTANT_WITH_TIME}"
"""ISO 8601, extended or basic: a day, or a day with a time to the minute or second, with a fraction and a zone or without. `yyyyMMddHHmmss` too.

Read as allowed there: point or comma, 1 to 9 digits of a second, `+07:00`, `+0700` or `+07`, lower-case `t` and `z`, a space for the `T`. Not read:
weeks, days of the year, an hour alone, fractions of a minute or hour; and what is no form of ISO 8601 (a space before the zone, `UTC`, months by name).
"""
INSTANT_PARTS = "^([0-9]{4}-?[0-9]{2}-?[0-9]{2})[Tt ]?([0-9:]*)[.,]?([0-9]{0,6})[0-9]*(.*)$"
"""Day, time, first six digits of the fraction and zone of what has the form INSTANT."""
_INSTANT, _PARTS = re.compile(INSTANT), re.compile(INSTANT_PARTS)


def parse_instant(text: str | None) -> dt.datetime | None:
    """An instant in UTC from a text of the form `INSTANT`; without a zone it is Vietnam's time, a day alone its midnight.

    None when it cannot be read: another form, a day or time that does not exist, a year before 1900 or after 2099. Fractions under a microsecond are cut off.
    24:00 is the next day's midnight, a leap second (`:59:60`) the second after it.
    """
    text = (text or "").strip()
    parts = _PARTS.match(text) if _INSTANT.fullmatch(text) else None
    if parts is None:
        return None
    day, time = parts[1].replace("-", ""), parts[2].replace(":", "").ljust(6, "0")
    fraction, zone = int(parts[3].ljust(6, "0")), parts[4].upper().replace(":", "")
    more = timedelta()
    if time == "240000" and not fraction:
        time, more = "000000", timedelta(days=1)
    elif time.endswith("5960"):
        time, more = f"{time[:4]}59", timedelta(seconds=1)
    try:
        moment = dt.datetime.combine(dt.date(int(day[:4]), int(day[4:6]), int(day[6:])), _clock(time, fraction), _zone(zone))
    except ValueError:
        return None
    return (moment + more).astimezone(dt.UTC)


def _clock(time: str, microsecond: int) -> dt.time:
    return dt.time(int(time[:2]), int(time[2:4]), int(time[4:]), microsecond)


def _zone(zone: str) -> timezone:
    if zone == "":
        return VIETNAM
    if zone == "Z":
        return dt.UTC
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:] or 0))
    return timezone(-offset if zone[0] == "-" else offset)
