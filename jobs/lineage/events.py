"""OpenLineage events of jobs that ran: names, facets and states, from plain values. Nothing of a record is in them, and no name of a file or a sender.

This module imports OpenLineage's client, which takes most of a second: only where `NTM_LINEAGE` is set.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from urllib.parse import urlsplit

from openlineage.client.event_v2 import InputDataset, OutputDataset, Run, RunEvent, RunState, set_producer
from openlineage.client.event_v2 import Job as EventJob
from openlineage.client.facet_v2 import (
    column_lineage_dataset,
    dataset_version_dataset,
    documentation_dataset,
    error_message_run,
    input_statistics_input_dataset,
    job_type_job,
    output_statistics_output_dataset,
    parent_run,
    schema_dataset,
    symlinks_dataset,
    tags_run,
)

from warehouse_schema.contracts import all_tables, landed_contracts
from warehouse_schema.lineage import LANDING, REFERENCE, Origin

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from jobs.lineage.pipeline import Job
    from warehouse_schema.contracts import Contract
    from warehouse_schema.lineage import How, Lineage

set_producer("urn:ntm-warehouse")

PROJECT = "ntm-warehouse"
"""The namespace of files of the project."""
_NAMES = uuid.uuid5(uuid.NAMESPACE_URL, "urn:ntm-warehouse:run")
_HOW: dict[How, tuple[str, str, bool]] = {
    "same": ("DIRECT", "IDENTITY", False),
    "made": ("DIRECT", "TRANSFORMATION", False),
    "token": ("DIRECT", "TRANSFORMATION", True),
    "looked_up": ("INDIRECT", "JOIN", False),
}


class Name(NamedTuple):
    """How lineage tools know a dataset."""

    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class Places:
    """Where datasets are: the addresses of warehouse and landing zone, without keys."""

    warehouse: str
    landing: str

    def of(self, dataset: str) -> Name:
        """The name of a dataset of `jobs.lineage.pipeline`."""
        layer, _, rest = dataset.partition("/")
        if layer == LANDING:
            return Name(self.landing, rest)
        if layer == REFERENCE:
            return Name(PROJECT, f"warehouse_schema/reference/{rest}")
        return Name(self.warehouse, dataset)


def address(url: str) -> str:
    """An address without user, key and what follows `?`; every tool but Hadoop's writes `s3a` as `s3`."""
    parts = urlsplit(url)
    scheme = "s3" if parts.scheme == "s3a" else parts.scheme
    return f"{scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"


class ParentRun(NamedTuple):
    """The run that another one is part of."""

    job: str
    run: str


@dataclass(frozen=True, slots=True)
class Ran:
    """One run of a job.

    Attributes:
        job: its name.
        run: what names this run of all jobs: the run's own id.
        state: how it ended; ABORT: what it was given is held, and nothing was made.
        parents: the run that it is part of, then that which this one is part of.
        failure: the kind of an error, never its words: these may name a file or a value.
        tags: such as the release.
        inputs, outputs: of datasets their names and facets.
    """

    job: str
    run: str
    started: datetime
    ended: datetime
    state: Literal["COMPLETE", "FAIL", "ABORT"] = "COMPLETE"
    parents: tuple[ParentRun, ...] = ()
    failure: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    inputs: tuple[InputDataset, ...] = ()
    outputs: tuple[OutputDataset, ...] = ()


def run_uuid(places: Places, job: str, run: str) -> str:
    """The id of a job's run: the same for the same run of the same warehouse, whoever tells it."""
    return str(uuid.uuid5(_NAMES, f"{places.warehouse}\n{job}\n{run}"))


def events_of(places: Places, ran: Ran) -> Iterator[RunEvent]:
    """The two events of a run: its start, and its end with all that is known of it."""
    facets: dict[str, Any] = {}
    if ran.parents:
        direct, root = ran.parents[0], ran.parents[-1]
        facets["parent"] = parent_run.ParentRunFacet(
            run=parent_run.Run(run_uuid(places, *direct)),
            job=parent_run.Job(places.warehouse, direct.job),
            root=parent_run.Root(
                run=parent_run.RootRun(run_uuid(places, *root)),
                job=parent_run.RootJob(places.warehouse, root.job),
            ),
        )
    if ran.tags:
        tags = [tags_run.TagsRunFacetFields(key, value, "ntm") for key, value in ran.tags.items()]
        facets["tags"] = tags_run.TagsRunFacet(tags=tags)
    at_end = dict(facets)
    if ran.failure:
        at_end["errorMessage"] = error_message_run.ErrorMessageRunFacet(message=ran.failure, programmingLanguage="python")
    run_id = run_uuid(places, ran.job, ran.run)
    job = EventJob(
        places.warehouse, ran.job, {"jobType": job_type_job.JobTypeJobFacet(processingType="BATCH", integration="NTM", jobType="JOB")}
    )
    yield RunEvent(eventType=RunState.START, eventTime=ran.started.isoformat(), run=Run(run_id, facets), job=job)
    yield RunEvent(
        eventType=RunState[ran.state],
        eventTime=ran.ended.isoformat(),
        run=Run(run_id, at_end),
        job=job,
        inputs=list(ran.inputs),
        outputs=list(ran.outputs),
    )


def inputs_of(places: Places, job: Job, versions: Mapping[str, int], rows: Mapping[str, int]) -> tuple[InputDataset, ...]:
    """What a job reads. `versions`: of tables; `rows`: by dataset how many were read, where that was counted."""
    return tuple(
        InputDataset(
            *places.of(name),
            inputFacets={"inputStatistics": input_statistics_input_dataset.InputStatisticsInputDatasetFacet(rowCount=rows[name])}
            if name in rows
            else {},
            facets=_facets(places, name, versions),
        )
        for name in job.inputs
    )


def outputs_of(places: Places, job: Job, versions: Mapping[str, int], rows: Mapping[str, int]) -> tuple[OutputDataset, ...]:
    """What a job makes. `rows`: by table how many were written, where that was counted."""
    return tuple(
        OutputDataset(
            *places.of(name),
            outputFacets=_written(rows[name]) if name in rows else {},
            facets=_facets(places, name, versions) | _column_lineage(places, lineage()),
        )
        for name, lineage in job.outputs.items()
    )


def source_dataset(url: str) -> InputDataset:
    """What a source system gives under an address."""
    return InputDataset(*_location(address(url)))


def landed_dataset(places: Places, dataset: str, rows: int) -> OutputDataset:
    """What a pull landed. `rows`: how many records."""
    return OutputDataset(*places.of(dataset), outputFacets=_written(rows), facets=_facets(places, dataset, {}))


def _written(rows: int) -> dict[str, Any]:
    return {"outputStatistics": output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(rowCount=rows)}


def _facets(places: Places, name: str, versions: Mapping[str, int]) -> dict[str, Any]:
    """What is known of a dataset: its columns, what it is, where it lies, and of a table its version."""
    facets: dict[str, Any] = {}
    if name in versions:
        facets["version"] = dataset_version_dataset.DatasetVersionDatasetFacet(str(versions[name]))
    contract, names = _described(name)
    if contract is None:
        return facets
    facets["documentation"] = documentation_dataset.DocumentationDatasetFacet(contract.description)
    facets["schema"] = schema_dataset.SchemaDatasetFacet(fields=names)
    if contract.name == name:
        location = symlinks_dataset.Identifier(*_location(f"{places.warehouse}/{name}"), type="LOCATION")
        facets["symlinks"] = symlinks_dataset.SymlinksDatasetFacet(identifiers=[location])
    return facets


def _location(url: str) -> Name:
    """What an address is called by who knows nothing but it, by OpenLineage's conventions: Spark's own events name a table so."""
    parts = urlsplit(url)
    return Name(f"{parts.scheme}://{parts.netloc}", parts.path.lstrip("/")) if parts.netloc else Name(parts.scheme, parts.path)


def _described(name: str) -> tuple[Contract | None, list[schema_dataset.SchemaDatasetFacetFields]]:
    """The contract that a dataset has, and its fields: of what landed those that the contract of its table reads."""
    field_of = schema_dataset.SchemaDatasetFacetFields
    layer, _, rest = name.partition("/")
    if layer == LANDING:
        found = next((contract for contract in landed_contracts() if contract.landing == rest), None)
        return found, [field_of(str(one.source), description=one.description or None) for one in found.landed] if found else []
    found = next((contract for contract in all_tables() if contract.name == name), None)
    return found, [field_of(one.name, _type(one.type), one.description or None) for one in found.stored] if found else []


def _type(of: Any) -> str:
    return of if isinstance(of, str) else str(of["type"])


def _column_lineage(places: Places, lineage: Lineage) -> dict[str, Any]:
    if not lineage.columns and not lineage.rows:
        return {}

    def field_of(origin: Origin, kind: str, subtype: str | None, masking: bool | None) -> column_lineage_dataset.InputField:
        transformation = column_lineage_dataset.Transformation(kind, subtype=subtype, masking=masking)
        return column_lineage_dataset.InputField(*places.of(origin.table), field=origin.column, transformations=[transformation])

    def fields(origins: Iterable[tuple[Origin, How]]) -> column_lineage_dataset.Fields:
        return column_lineage_dataset.Fields([field_of(origin, *_HOW[how]) for origin, how in sorted(origins)])

    return {
        "columnLineage": column_lineage_dataset.ColumnLineageDatasetFacet(
            fields={name: fields(origins.items()) for name, origins in lineage.columns.items()},
            dataset=[field_of(origin, "INDIRECT", None, None) for origin in sorted(lineage.rows)],
        )
    }
