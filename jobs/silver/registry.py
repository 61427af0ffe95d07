"""The registry of organisations as the tables have it: its rows, and what codes mean over time, which is derived from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.engine.tables import table_of
from jobs.reference.organisations import OrganisationPeriod, OrganisationRow, organisation_periods
from warehouse_schema.contracts import ORGANISATION, load_contracts

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from jobs.engine.tables import Warehouse
    from jobs.reference.units.model import Units

PERIOD = "silver/organisation_period"


def stored_periods(warehouse: Warehouse) -> list[OrganisationPeriod]:
    """What codes mean, as the table has it."""
    return [OrganisationPeriod(**row) for row in warehouse.rows(PERIOD)]


def derived_periods(warehouse: Warehouse, units: Units) -> list[OrganisationPeriod]:
    """What codes mean by the rows of the registry that are not withdrawn."""
    columns = ("organ_id", "organ_name", "level", "unit_code", "old_organ_id", "valid_from", "valid_to", "written_on", "unit_valid_from")
    rows = warehouse.rows(ORGANISATION, columns=[*columns, "withdrawn"])
    return organisation_periods((OrganisationRow(**{name: row[name] for name in columns}) for row in rows if not row["withdrawn"]), units)


def period_table(periods: Sequence[OrganisationPeriod]) -> pa.Table:
    """Periods as rows of their table."""
    return table_of(load_contracts()[PERIOD], periods)
