"""The evaluation of indicators as sets: what it calls its own relations stands in nobody's way."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from jobs.gold import evaluate
from jobs.gold.evaluate import indicator_facts, roll_up
from jobs.gold.periods import Period
from warehouse_schema.indicator_catalogue import load_catalogue
from warehouse_schema.indicator_queries import SettingsOf

DAY, VALID_FROM = date(2025, 6, 30), date(2021, 1, 1)
NGHE_AN = frozenset({("40", VALID_FROM)})


@pytest.mark.parametrize("name", ["members", "every_fact", "provinces", "periods", "indicator", "facts", "as_of_days_2", "population"])
def test_a_population_may_have_any_name(warehouse: Any, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Evaluated twice on one connection, with and without a choice of provinces, between roll-ups."""
    population = "SELECT '40' AS province_code, DATE'2021-01-01' AS province_valid_from, 7 AS households"
    monkeypatch.setattr(evaluate, "populations", lambda: {name: population})
    monkeypatch.setattr(evaluate, "population_order", lambda _: [name])
    warehouse.add("province_level", {"province_code": "40", "province_valid_from": VALID_FROM, "level": "all", "from_day": VALID_FROM})
    sql = (
        "SELECT p.province_code AS unit_code, p.province_valid_from AS unit_valid_from, 'province' AS unit_level, CAST(NULL AS STRING) AS district_code,"
        " CAST(NULL AS DATE) AS district_valid_from, p.province_code, p.province_valid_from, 'all' AS level, d.day, '' AS breakdown,"
        f" CAST(p.households AS BIGINT) AS numerator, CAST(NULL AS BIGINT) AS denominator FROM {name} AS p CROSS JOIN as_of_days AS d"
    )
    made_up: Any = SimpleNamespace(id="made_up", sql=sql)
    periods = [Period("as_of", DAY, DAY)]
    for settings, expected in (
        (SettingsOf({}), [7]),
        (SettingsOf({}, only=NGHE_AN), [7]),
        (SettingsOf({}, but=NGHE_AN), []),
        (SettingsOf({}), [7]),
    ):
        facts = indicator_facts(warehouse.sets, made_up, periods=periods, views=warehouse.views, settings=[settings])
        assert facts.column("numerator").to_pylist() == expected
        warehouse.sets.rows_of("made_up_facts", facts)
        indicator = load_catalogue()["ocop_products_recognised"]
        rows = roll_up(warehouse.sets, indicator, periods=periods, facts="made_up_facts", province_level=warehouse.views["province_level"])
        assert {row["numerator"] for row in rows.to_pylist() if row["unit_code"] == "40"} == (set(expected) or {0})
