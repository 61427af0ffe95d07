"""What the settings name: themselves, the key of personal data, the sources that are pulled, the outlines of communes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jobs.border.read import key_source
from jobs.border.token_key import require_known_key
from jobs.doctor.findings import Finding, checks
from jobs.engine.tables import Warehouse
from jobs.errors import UsageError
from jobs.extract.pull import require_answer
from jobs.extract.sources import PULL_SOURCES
from jobs.settings import ENV_FILE, PREFIX, Settings, get_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

_OTHERS = 0o077
_SETTINGS_MEND = "correct it, in the environment or in .env; what each setting takes stands in README.md, Settings"
_KEY_MEND = "docs/engineers.md, 1 Set up: how the key is made, and where it lies"


@checks("settings", _SETTINGS_MEND)
def settings_read() -> Finding:
    """Whether the settings can be read, and the file that they may lie in by nobody else."""
    get_settings()
    file = Path(ENV_FILE)
    if file.is_file() and file.stat().st_mode & _OTHERS:
        return Finding("settings", "warning", f"{file.absolute()} can be read by others, and may hold tokens and keys", f"chmod 600 {file}")
    return Finding("settings", "ok", f"all that begin with {PREFIX} can be read")


def settings_or_none() -> Settings | None:
    """The settings, where they can be read."""
    try:
        return get_settings()
    except UsageError:
        return None


@checks("key", _KEY_MEND)
def key(settings: Settings, warehouse: Finding) -> Finding:
    """Whether the key of personal data is there, its owner's alone, long enough, and the one that the tables were made with."""
    source = key_source(settings)
    where = source.path or "NTM_PII_KEY"
    if not warehouse.is_usable:
        return Finding("key", "not checked", f"{where} can be used; whether the tables were made with it is not known: see warehouse")
    require_known_key(Warehouse.of(settings), source.key())
    return Finding("key", "ok", f"{where}; the tables, where there are any, were made with it")


def pulled_sources(settings: Settings) -> Iterator[Finding]:
    """Whether each dataset that is pulled is given to who asks with the token."""
    for source in PULL_SOURCES:
        name, address = source.name, getattr(settings, source.url_setting)
        setting, token_setting = f"{PREFIX}{source.url_setting}".upper(), f"{PREFIX}{source.token_setting}".upper()
        if not address:
            yield Finding(name, "not used", f"{setting} is not set: nothing is pulled")
            continue

        @checks(name, f"look at {setting} and {token_setting}; what is expected of an answer: docs/api.md")
        def ask() -> Finding:
            require_answer(source, address, getattr(settings, source.token_setting))  # noqa: B023 - called in this turn only
            return Finding(name, "ok", "answers, and takes the token")  # noqa: B023

        yield ask()


@checks("boundaries", "look at NTM_BOUNDARIES; what the files hold: docs/maps.md")
def boundaries(settings: Settings) -> Finding:
    """Whether the outlines of communes can be read."""
    if settings.boundaries is None:
        return Finding("boundaries", "not used", "NTM_BOUNDARIES is not set: maps have points and tiles")
    from jobs.publish.site.boundaries import read_boundaries

    read = read_boundaries(settings.boundaries)
    return Finding("boundaries", "ok", f"outlines of {len(read.shapes):,} units in {len(read.names)} files")
