"""All checks, in the order in which one rests on another; what takes longest comes last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.doctor import configured, engine, machine, scheduler, storage
from jobs.doctor.findings import Finding
from jobs.extract.sources import PULL_SOURCES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobs.settings import Settings

_OF_SETTINGS = (
    *("workspace", "S3 server", "clock", "landing zone", "warehouse", "key", "writer's lock"),
    *(source.name for source in PULL_SOURCES),
    *("boundaries", "Airflow's port", "Airflow's database", "engine", "DAGs"),
)


def examine(*, with_airflow: bool) -> Iterator[Finding]:
    """Every part and setting, each as soon as it is known.

    Args:
        with_airflow: have Airflow read the DAGs too.
    """
    yield configured.settings_read()
    yield machine.time_zone()
    yield machine.packages()
    yield machine.temporary_files()
    settings = configured.settings_or_none()
    if settings is None:
        yield from (Finding(name, "not checked", "the settings cannot be read") for name in _OF_SETTINGS)
        return
    yield from _of_settings(settings, with_airflow=with_airflow)


def _of_settings(settings: Settings, *, with_airflow: bool) -> Iterator[Finding]:
    workspace = storage.workspace(settings)
    yield workspace
    server = storage.s3_server(settings)
    yield server
    yield storage.clock(settings, server)
    yield storage.landing(settings, server)
    warehouse = storage.warehouse(settings, server)
    yield warehouse
    yield configured.key(settings, warehouse)
    yield storage.writer_lock(settings)
    yield from configured.pulled_sources(settings)
    yield configured.boundaries(settings)
    yield scheduler.port(settings)
    yield scheduler.database(settings)
    yield engine.engine(settings, workspace)
    yield scheduler.dags(settings, workspace, is_asked=with_airflow)
