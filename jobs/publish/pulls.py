"""What the pulls of the sources came to, from what each left in the workspace."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from jobs.extract.sources import PULL_SOURCES

if TYPE_CHECKING:
    from jobs.settings import Settings

_MOMENTS = ("last_success", "last_failure", "watermark")


def pull_states(settings: Settings) -> dict[str, dict[str, Any]]:
    """By `<source>/<dataset>`: `last_success`, `last_failure`, `watermark` (instants, or None), `failure` (a sentence, or None), `failing` (not pulled since).

    A source that was never pulled and has no address is left out. A file that cannot be read is said as a failure, since nothing is known then.
    """
    states = {}
    for source in PULL_SOURCES:
        name = f"{source.source}.{source.dataset}.json"
        state = _read(settings, name)
        if state is not None or getattr(settings, source.url_setting):
            found = dict.fromkeys((*_MOMENTS, "failure")) | (state or {})
            failed, succeeded = found["last_failure"], found["last_success"]
            found["failing"] = bool(found["failure"]) and (succeeded is None or failed is None or failed > succeeded)
            states[source.name] = found
    return states


def _read(settings: Settings, name: str) -> dict[str, Any] | None:
    file = settings.home / "state" / "pulls" / name
    try:
        kept = json.loads(file.read_bytes())
        return {one: _instant(kept.get(one)) for one in _MOMENTS} | {"failure": kept.get("failure")}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, AttributeError):
        return {"failure": f"{file} cannot be read"}


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
