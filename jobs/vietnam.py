"""Vietnam's time: one zone and no summer time; a time without a zone is Vietnam's (interfaces: landing formats)."""

from __future__ import annotations

import datetime as dt
import re
from datetime import timedelta, timezone

VIETNAM = timezone(timedelta(hours=7), "+07:00")

EVERY_VERSION = dt.datetime(9999, 12, 30, tzinfo=dt.UTC)
"""The tombstone that no version is newer than. Not `datetime.max`: that has no local time east of Greenwich."""
_ZONE = r"(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)?"
_ISO_INSTANT = re.compile(
    rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}(?:[T ][0-9]{{2}}:[0-9]{{2}}(?::[0-9]{{2}}(?:[.,][0-9]+)?)?{_ZONE})?"
    rf"|[0-9]{{8}}T[0-9]{{4}}(?:[0-9]{{2}}(?:[.,][0-9]+)?)?{_ZONE}"
)
_COMPACT_INSTANT = re.compile(r"[0-9]{8}(?:[0-9]{6})?")


def parse_instant(text: str | None) -> dt.datetime | None:
    """An instant in UTC from ISO 8601 (extended or basic form, in either case) with or without a zone, `yyyyMMddHHmmss`, or a day; without a zone Vietnam's.

    None when it cannot be read, and for instants from `EVERY_VERSION` on. Fractions under a microsecond are cut off.
    """
    text = (text or "").strip().upper()
    try:
        if _COMPACT_INSTANT.fullmatch(text):
            parts = [int(text[:4]), *(int(text[at : at + 2]) for at in range(4, len(text), 2))]
            moment = dt.datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001  the zone follows
        elif _ISO_INSTANT.fullmatch(text):
            moment = dt.datetime.fromisoformat(text)
        else:
            return None
        instant = (moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None
    return instant if instant < EVERY_VERSION else None
