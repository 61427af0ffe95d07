"""An indicator's query with the object of each row carried through: what it is carried through, and where there is none."""

from __future__ import annotations

import pytest

from warehouse_schema.indicator_queries import computed_indicators
from warehouse_schema.row_origin import totals_by_object
from warehouse_schema.sql_text import canonical

PLACE = "unit_code, unit_valid_from, unit_level, district_code, district_valid_from, province_code, province_valid_from"
FACT = f"{PLACE}, level, day, '' AS breakdown, 1 AS numerator"


def inner(sql: str) -> str | None:
    """What the query has become, without what takes its totals."""
    traced = totals_by_object(sql)
    if traced is None:
        return None
    expressions, _, rest = traced.partition("SELECT fact.")
    return expressions + rest.split("FROM (", 1)[1].rsplit(") AS fact", 1)[0]


@pytest.mark.parametrize(
    ("sql", "traced"),
    [
        ("SELECT r.day FROM silver.work_record AS r", "SELECT r.day, r.object_id FROM silver.work_record AS r"),
        (
            "SELECT r.day, COUNT(*) AS n FROM silver.work_record AS r GROUP BY r.day",
            "SELECT r.day, COUNT(*) AS n, r.object_id FROM silver.work_record AS r GROUP BY r.day, r.object_id",
        ),
        (
            "WITH c AS (SELECT r.day FROM silver.work_record AS r) SELECT k.* FROM c AS k CROSS JOIN parameters AS p",
            "WITH c AS (SELECT r.day, r.object_id FROM silver.work_record AS r) SELECT k.* FROM c AS k CROSS JOIN parameters AS p",
        ),
        (
            "SELECT r.day FROM silver.work_record AS r UNION ALL SELECT d.day FROM silver.document AS d",
            "SELECT r.day, r.object_id FROM silver.work_record AS r UNION ALL SELECT d.day, d.object_id FROM silver.document AS d",
        ),
        (
            "SELECT o.day, ROW_NUMBER() OVER (PARTITION BY o.day ORDER BY o.stars) AS n FROM silver.ocop_product AS o",
            "SELECT o.day, ROW_NUMBER() OVER (PARTITION BY o.day ORDER BY o.stars) AS n, o.object_id FROM silver.ocop_product AS o",
        ),
        (
            "SELECT o.day, SUM(COUNT(*)) OVER (ORDER BY o.day) AS n FROM silver.ocop_product AS o GROUP BY o.day",
            "SELECT o.day, SUM(COUNT(*)) OVER (ORDER BY o.day) AS n, o.object_id FROM silver.ocop_product AS o GROUP BY o.day, o.object_id",
        ),
    ],
)
def test_the_object_is_one_more_column_all_the_way(sql: str, traced: str) -> None:
    found = inner(sql)
    assert found is not None
    assert canonical(found) == canonical(traced)


@pytest.mark.parametrize(
    "sql",
    [
        # Units are counted; what is joined to them is not.
        "SELECT u.day FROM rural_communes AS u LEFT JOIN silver.cooperative AS c ON c.unit_code = u.unit_code",
        "SELECT DISTINCT r.day FROM silver.work_record AS r",
        "SELECT COUNT(*) AS n FROM silver.work_record AS r",
        # Reference data was not landed.
        "SELECT u.day FROM silver.administrative_unit AS u",
        "SELECT r.day FROM silver.work_record AS r UNION ALL SELECT u.day FROM rural_communes AS u",
        "SELECT n FROM VALUES (1) AS v(n)",
    ],
)
def test_what_counts_no_rows_of_landed_tables_is_of_no_object(sql: str) -> None:
    assert totals_by_object(sql) is None


def test_totals_alone_are_split() -> None:
    traced = totals_by_object(f"SELECT {FACT}, 1 AS denominator FROM silver.work_record AS r")
    assert traced is not None
    assert "fact.object_id AS breakdown" in traced
    assert traced.endswith("WHERE fact.breakdown = ''")


def test_every_flow_is_told_by_object() -> None:
    assert [one.id for one in computed_indicators() if one.kind == "flow" and totals_by_object(one.sql) is None] == []
