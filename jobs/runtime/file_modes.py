"""Who may read what a run writes: its user alone, or, where `NTM_READERS=group` says so, the user's group too."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobs.settings import Settings

_OWNER_ONLY = 0o077
_GROUP_READS = 0o027


def keep_private(settings: Settings | None = None) -> None:
    """Set the mode of the files that this process and its children make; called where each of them begins.

    The landing zone, logs, staging, keys and what Airflow keeps have modes of their own and stay their owner's.
    """
    os.umask(_GROUP_READS if settings and settings.readers == "group" else _OWNER_ONLY)
