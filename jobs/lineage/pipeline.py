"""The pipeline as lineage tools draw it: which jobs there are, what each reads and makes. It follows from contracts and SQL, whatever a run does.

Datasets are named `<layer>/<table>`, and beside the tables `landing/<source>/<dataset>` (what landed) and `reference/<file>` (files of the project).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, partial
from typing import TYPE_CHECKING

from jobs.silver.reference_tables import UNIT_TABLES
from warehouse_schema.contracts import ORGANISATION, bronze_contract, landed_contracts, load_contracts, quarantine_contract
from warehouse_schema.flag_catalogue import load_flags
from warehouse_schema.indicator_queries import computed_indicators, tables_of
from warehouse_schema.lineage import (
    FLAG,
    LANDING,
    PERIOD,
    REFERENCE,
    STATUS,
    UNITS,
    VALUE,
    Lineage,
    bronze_lineage,
    flag_lineage,
    silver_inputs,
    silver_lineage,
    status_lineage,
    value_lineage,
)
from warehouse_schema.managed_objects import tables_of_kinds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

OBJECTS = "silver/managed_object"


@dataclass(frozen=True, slots=True)
class Job:
    """What makes tables.

    Attributes:
        name: stable, so that a tool knows the job again: `ntm.standardise.work_record`.
        inputs: the datasets that it reads.
        outputs: the tables that it makes, each with a function that gives its lineage; finding it out takes time, so it is asked for where it is told.
    """

    name: str
    inputs: tuple[str, ...]
    outputs: Mapping[str, Callable[[], Lineage]] = field(hash=False)


@cache
def border_jobs() -> dict[str, Job]:
    """By landed dataset the job that makes its bronze table: what passes the border."""
    return {
        str(contract.landing): Job(
            f"ntm.border.{contract.table}",
            (f"{LANDING}/{contract.landing}",),
            {bronze_contract(contract.name).name: partial(bronze_lineage, contract)},
        )
        for contract in landed_contracts()
    }


@cache
def standardise_jobs() -> dict[str, Job]:
    """By landed dataset the job that makes its silver table and its quarantine."""
    return {
        str(contract.landing): Job(
            f"ntm.standardise.{contract.table}",
            tuple(silver_inputs(contract)),
            {contract.name: partial(silver_lineage, contract), quarantine_contract(contract.name).name: Lineage},
        )
        for contract in landed_contracts()
    }


@cache
def reference_jobs() -> tuple[Job, ...]:
    """The jobs that make tables of silver from files of the project, and the periods of organisations from their registry."""
    made: dict[str, tuple[str, ...]] = {
        contract.name: (f"{REFERENCE}/{contract.reference_file}",) for contract in load_contracts().values() if contract.reference_file
    }
    made |= dict.fromkeys(UNIT_TABLES, (UNITS,)) | {PERIOD: (ORGANISATION, UNITS)}
    return tuple(Job(f"ntm.standardise.{table.partition('/')[2]}", inputs, {table: Lineage}) for table, inputs in made.items())


@cache
def indicator_jobs() -> dict[str, Job]:
    """By indicator the job that makes its rows of `gold/indicator_value`."""
    return {
        indicator.id: Job(f"ntm.indicators.{indicator.id}", tuple(tables_of(indicator)), {VALUE: partial(value_lineage, indicator)})
        for indicator in computed_indicators()
    }


@cache
def other_gold_jobs() -> tuple[Job, ...]:
    """The jobs of the step `indicators` that are of no indicator."""
    flagged = tuple(sorted({table for flag in load_flags().values() for table in tables_of(flag)}))
    return (
        Job("ntm.indicators.managed_object", tables_of_kinds(), {OBJECTS: Lineage}),
        Job("ntm.indicators.target_status", (VALUE,), {STATUS: status_lineage}),
        Job("ntm.indicators.flag", flagged, {FLAG: flag_lineage}),
    )
