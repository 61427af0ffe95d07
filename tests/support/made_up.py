"""Made-up definitions for tests, all of it by files: three sheets, one of which refers to another; a stock over two of them and a population, and a plan with a
target for it; a flow over the third.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import yaml

from tests.support.definitions import own_definitions
from tests.support.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.definitions import Definitions

UPDATED = "2025-01-10T08:00:00+07:00"
_WRITTEN_ON = "to_date(from_utc_timestamp(updated_at, 'Asia/Ho_Chi_Minh'))"


def column(
    name: str, type_: str = "string", *, key: int = 0, required: bool = False, limits: dict[str, Any] | None = None, **words: Any
) -> dict[str, Any]:
    """A property of a contract; `words` are its custom properties."""
    logical = {"string": "string", "boolean": "boolean", "date": "date", "timestamp": "timestamp", "long": "integer", "integer": "integer"}[
        type_
    ]
    parse = {"string": "code", "boolean": "boolean", "date": "date", "timestamp": "timestamp", "long": "integer", "integer": "integer"}[
        type_
    ]
    return {
        "name": name,
        "businessName": name,
        "logicalType": logical,
        "physicalType": type_,
        "description": f"{name}.",
        **({"primaryKey": True, "primaryKeyPosition": key} if key else {}),
        **({"required": True} if required or key else {}),
        **({"logicalTypeOptions": limits} if limits else {}),
        "customProperties": [{"property": word, "value": value} for word, value in {"source": name, "parse": parse, **words}.items()],
    }


def filled(name: str, type_: str) -> dict[str, Any]:
    """A column that a reference fills."""
    logical = "integer" if type_ == "long" else type_
    return {"name": name, "businessName": name, "logicalType": logical, "physicalType": type_, "description": f"{name}."}


def sheet(table: str, columns: list[dict[str, Any]], *, located: bool = True, **words: Any) -> str:
    """The contract of a registry sheet; `located`: its rows name a commune."""
    keys = [one["name"] for one in columns if one.get("primaryKey")]
    ends = [
        column("updated_at", "timestamp", required=True),
        {**column("withdrawn", "boolean", default="false"), "name": "withdrawn"},
    ]
    if "placement" not in words.get("include", ()):
        ends += [filled("unit_code", "string"), filled("unit_valid_from", "date"), filled("province_code", "string")]
    ends[1]["customProperties"][0]["value"] = "deleted"
    table_words = {
        "landing": f"registry/{table}s",
        "formats": ["csv", "xlsx"],
        "version": "updated_at",
        "withdrawn": "withdrawn",
        "include": ["technical"],
        **words,
    }
    if located:
        table_words["unit"] = {"code": "commune_code", "field": "commune_code", "written_on": _WRITTEN_ON, "levels": ["commune"]}
    commune = [column("commune_code", required=True, limits={"pattern": "^[0-9]{5}$"}, pad=5)] if located else []
    contract = {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": f"ntm.silver.{table}",
        "name": f"silver/{table}",
        "version": "1.0.0",
        "status": "active",
        "domain": "ntm",
        "schema": [
            {
                "name": table,
                "physicalName": f"silver/{table}",
                "logicalType": "object",
                "physicalType": "table",
                "businessName": table,
                "description": f"{table}.",
                "dataGranularityDescription": f"One row for each {', '.join(keys)}.",
                "customProperties": [{"property": word, "value": value} for word, value in table_words.items()],
                "properties": [*columns, *commune, *ends],
            }
        ],
    }
    return yaml.safe_dump(contract, allow_unicode=True, sort_keys=False)


HAMLET_COLUMNS = [column("hamlet_id", key=1), column("households", "long", limits={"minimum": 0, "maximum": 100_000})]
HAMLET = sheet("hamlet", HAMLET_COLUMNS)
AWARD = sheet("award", [column("award_id", key=1), column("valid_from", "date"), column("valid_to", "date")])
VISIT = sheet(
    "visit",
    [column("hamlet_id", key=1), column("visited_on", "date", key=2), filled("households", "long")],
    located=False,
    references=["silver.hamlet(hamlet_id)"],
)

HAMLETS = {
    "label_vi": "Số thôn",
    "label_en": "Hamlets",
    "target": False,
    "kind": "stock",
    "unit": "count",
    "levels": ["village"],
    "numerator": {"vi": "Thôn", "en": "Hamlets"},
    "datasets": ["registry/hamlets"],
    "sources": ["a test"],
}
HAMLETS_SQL = """-- Hamlets of the commune as written, on each day.
SELECT
  l.at_unit_code AS unit_code, l.at_unit_valid_from AS unit_valid_from, l.at_unit_level AS unit_level,
  l.district_code, l.district_valid_from, l.province_code, l.province_valid_from,
  'village' AS level, d.day, '' AS breakdown, CAST(1 AS BIGINT) AS numerator, CAST(NULL AS BIGINT) AS denominator
FROM silver.hamlet AS h
CROSS JOIN as_of_days AS d
JOIN silver.unit_lineage AS l
  ON l.unit_code = h.unit_code AND l.unit_valid_from = h.unit_valid_from AND l.from_day <= d.day AND (l.to_day IS NULL OR d.day <= l.to_day)
WHERE NOT h.withdrawn
"""
AWARDED = {
    "label_vi": "Tỷ lệ xã có thôn được khen",
    "label_en": "Communes with a hamlet and an award",
    "kind": "stock",
    "unit": "ratio",
    "levels": ["commune"],
    "numerator": {"vi": "Xã có thôn và được khen", "en": "Rural communes with a hamlet and an award in force"},
    "denominator": {"vi": "Xã", "en": "Rural communes"},
    "datasets": ["registry/hamlets", "registry/awards"],
    "parameters": {
        "hamlets_asked_for": {"type": "integer", "default": 1, "label_vi": "Số thôn tối thiểu"},
        "award_counts": {
            "type": "text",
            "default": "in_force",
            "values": {"in_force": "còn hiệu lực", "ever": "đã từng"},
            "label_vi": "Cách tính",
        },
    },
    "sources": ["a test"],
}
AWARDED_SQL = """-- Rural communes with enough hamlets and an award.
SELECT
  c.unit_code, c.unit_valid_from, c.unit_level, c.district_code, c.district_valid_from, c.province_code, c.province_valid_from,
  'commune' AS level, c.day, '' AS breakdown,
  CAST(CASE WHEN
    (SELECT COUNT(*) FROM silver.hamlet AS h WHERE h.unit_code = c.unit_code AND h.unit_valid_from = c.unit_valid_from AND NOT h.withdrawn)
      >= p.hamlets_asked_for
    AND EXISTS (
      SELECT 1 FROM silver.award AS a
      WHERE a.unit_code = c.unit_code AND a.unit_valid_from = c.unit_valid_from AND NOT a.withdrawn
        AND a.valid_from <= c.day AND (a.valid_to IS NULL OR c.day <= a.valid_to OR p.award_counts = 'ever')
    )
  THEN 1 ELSE 0 END AS BIGINT) AS numerator,
  CAST(1 AS BIGINT) AS denominator
FROM rural_communes AS c
CROSS JOIN parameters AS p
"""
VISITED = {
    "label_vi": "Số hộ được thăm",
    "label_en": "Households of hamlets that were visited",
    "target": False,
    "kind": "flow",
    "unit": "count",
    "levels": ["village"],
    "numerator": {"vi": "Hộ", "en": "Households"},
    "datasets": ["registry/visits"],
    "fact_days": {"silver/visit": ["visited_on"]},
    "sources": ["a test"],
}
VISITED_SQL = """-- Households of the hamlets that were visited on the day, where they are counted today.
SELECT
  l.at_unit_code AS unit_code, l.at_unit_valid_from AS unit_valid_from, l.at_unit_level AS unit_level,
  l.district_code, l.district_valid_from, l.province_code, l.province_valid_from,
  'village' AS level, v.visited_on AS day, '' AS breakdown, CAST(v.households AS BIGINT) AS numerator, CAST(NULL AS BIGINT) AS denominator
FROM silver.visit AS v
JOIN silver.unit_lineage AS l
  ON l.unit_code = v.unit_code AND l.unit_valid_from = v.unit_valid_from AND l.from_day <= v.visited_on
  AND (l.to_day IS NULL OR v.visited_on <= l.to_day)
WHERE NOT v.withdrawn
"""
PLAN = """plan_id: made-up
title: Kế hoạch thử
document_number: 1/KH
province_code: "40"
province_valid_from: 2021-01-01
province_name: Nghệ An
issued: 2025-01-01
source_note: made up for a test
period_from: 2025-01-01
period_to: 2030-12-31
settings:
  special_zones: excluded
readings:
  award_counts:
    chosen: in_force
    choices:
      in_force: {vi: Còn hiệu lực, en: In force}
      ever: {vi: Đã từng, en: Ever}
sentences:
  - quote: một xã
    targets:
      - {indicator: communes_awarded, level: commune, operator: gte, value: 1, unit: percent, population: rural_communes, readings: [award_counts]}
"""


@contextmanager
def made_up_definitions(root: Path) -> Iterator[Definitions]:
    """The project's definitions with these sheets, indicators and this plan, under `root`, for the length of the block."""
    with own_definitions(root) as own:
        own.write("tables/silver/visit.yaml", VISIT)
        own.add_indicator("hamlet_visits", VISITED, VISITED_SQL)
        own.write("tables/silver/hamlet.yaml", HAMLET)
        own.write("tables/silver/award.yaml", AWARD)
        own.add_indicator("hamlets", HAMLETS, HAMLETS_SQL)
        own.add_indicator("communes_awarded", AWARDED, AWARDED_SQL)
        own.write("plans/made-up.yaml", PLAN)
        yield own


@contextmanager
def made_up_workspace(folder: Path) -> Iterator[Workspace]:
    """A workspace under these definitions, with the organisations landed; the definitions hold for the length of the block."""
    workspace = Workspace(folder / "home")
    with made_up_definitions(folder / "definitions"):
        workspace.land_organisations()
        yield workspace


def land_hamlets(workspace: Workspace, name: str, *rows: dict[str, str]) -> None:
    """A sheet of hamlets of the commune 17386."""
    columns = "hamlet_id,households,commune_code,updated_at,deleted"
    made = [{"hamlet_id": "T1", "households": "120", "commune_code": "17386", "updated_at": UPDATED, **row} for row in rows]
    workspace.land_sheet(f"registry/hamlets/dt=2025-01-10/{name}.csv", columns, made)


def land_awards(workspace: Workspace, name: str, *rows: dict[str, str]) -> None:
    """A sheet of awards of the commune 17386, open-ended and since March 2021 where a row says nothing else."""
    columns = "award_id,valid_from,valid_to,commune_code,updated_at,deleted"
    made = [{"award_id": "A1", "valid_from": "2021-03-01", "commune_code": "17386", "updated_at": UPDATED, **row} for row in rows]
    workspace.land_sheet(f"registry/awards/dt=2025-01-10/{name}.csv", columns, made)


def land_visits(workspace: Workspace, name: str, *rows: dict[str, str]) -> None:
    """A sheet of visits of the hamlet T1."""
    made = [{"hamlet_id": "T1", "visited_on": "2025-02-03", "updated_at": UPDATED, **row} for row in rows]
    workspace.land_sheet(f"registry/visits/dt=2025-01-10/{name}.csv", "hamlet_id,visited_on,updated_at,deleted", made)
