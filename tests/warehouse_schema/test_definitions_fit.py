"""What a run cannot do is refused when definitions are read, by file and what was meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.definitions import Definitions
from tests.support.made_up import HAMLETS, HAMLETS_SQL, made_up_definitions
from warehouse_schema.definitions import check_definitions
from warehouse_schema.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def definitions(tmp_path: Path) -> Iterator[Definitions]:
    with made_up_definitions(tmp_path / "definitions") as own:
        yield own


def test_the_projects_definitions_fit_together() -> None:
    check_definitions()


def test_added_ones_fit_too(definitions: Definitions) -> None:
    assert definitions.root.exists()
    check_definitions()


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        (
            "indicators/hamlets.sql",
            "silver.hamlet AS h",
            "silver.hamlets AS h",
            r"hamlets.sql: reads silver.hamlets, which is not there; did you mean 'silver.hamlet'",
        ),
        (
            "indicators/communes_awarded.sql",
            "FROM rural_communes AS c",
            "FROM rural_comunes AS c",
            "reads rural_comunes, which is not there; did you mean 'rural_communes'",
        ),
        (
            "indicators/communes_awarded.sql",
            "p.award_counts",
            "p.award_count",
            "reads the setting award_count, which is none; did you mean 'award_counts'",
        ),
        ("indicators/hamlets.sql", "d.day, '' AS breakdown", "d.day, '' AS part", "hamlets.sql: gives no column breakdown"),
        ("indicators/hamlets.sql", "FROM silver.hamlet", "FROM ( silver.hamlet", "hamlets.sql: not one query in Spark's dialect"),
        (
            "populations/rural_communes.sql",
            "u.province_code, u.province_valid_from",
            "u.province_code",
            "rural_communes.sql: gives no column province_valid_from",
        ),
        (
            "indicators/catalogue.yaml",
            "silver/dossier: [received_on]",
            "silver/dossier: [received]",
            "fact_days: silver/dossier has no date column received",
        ),
        (
            "indicators/catalogue.yaml",
            "silver/ocop_product: [decision_date]",
            "silver/dossier: [received_on]",
            "fact_days: the SQL does not read silver/dossier",
        ),
        (
            "views/technologies_of_communes.sql",
            "FROM silver.technology AS t",
            "FROM silver.technolgy AS t",
            r"views/technologies_of_communes.sql: reads silver.technolgy, which is not there; did you mean 'silver.technology'",
        ),
        ("views/technologies_of_communes.sql", "t.technology_id,", "", "gives no column technology_id"),
        (
            "views/clean_water_of_communes.sql",
            "FROM communes AS c",
            "FROM rural_communes AS c",
            "reads rural_communes, which depends on settings",
        ),
        ("indicators/catalogue.yaml", "datasets: [ocop/products]", "datasets: [ocop/product]", "datasets: no table is fed by ocop/product"),
    ],
)
def test_what_a_run_cannot_do_is_refused(definitions: Definitions, file: str, old: str, new: str, expected: str) -> None:
    definitions.replace(file, old, new)

    with pytest.raises(UsageError, match=expected):
        check_definitions()


def test_a_flow_that_reads_days_is_refused(definitions: Definitions) -> None:
    definitions.add_indicator("hamlets_flow", {**HAMLETS, "kind": "flow"}, HAMLETS_SQL)

    with pytest.raises(UsageError, match=r"hamlets_flow\.sql: reads as_of_days, and is a flow"):
        check_definitions()
