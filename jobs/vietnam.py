"""Vietnam's time: one zone and no summer time; a time without a zone is Vietnam's (interfaces: landing formats)."""

from __future__ import annotations

from datetime import timedelta, timezone

VIETNAM = timezone(timedelta(hours=7), "+07:00")
