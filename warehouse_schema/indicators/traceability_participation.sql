-- Share of safe agricultural supply chains and food products that are on the traceability system (Hà Nội, plan 236/KH-UBND), on each
-- day of "as_of_days".
--
--   numerator    rows with on_traceability_system_since <= day < left_on
--   denominator  all rows: nothing tells since when there is a chain, so each counts on every day, one that left the system too
--
-- A row counts where it is located on the day; where that cannot be told, for the province. The level is 'all'.
--
-- The plan may mean chains and products each by itself: with the setting chains_and_products = 'each_by_itself' the total is that of the kind
-- with the smaller share, which the other one reaches as well. That is no sum over units, so the province alone has a total then.
-- Breakdowns: '' total; 'kind=chain|product', each with both sides of its own.
WITH by_kind AS (
  SELECT
    l.unit_code, l.unit_valid_from, l.unit_level, l.district_code, l.district_valid_from, l.province_code, l.province_valid_from,
    l.day,
    s.kind,
    COUNT(CASE WHEN s.on_traceability_system_since <= l.day AND (s.left_on IS NULL OR l.day < s.left_on) THEN 1 END) AS on_system,
    COUNT(*) AS total
  FROM silver.supply_chain AS s
  JOIN located AS l ON l.in_unit_code = s.unit_code AND l.in_unit_valid_from = s.unit_valid_from
  WHERE NOT s.withdrawn
  GROUP BY
    l.unit_code, l.unit_valid_from, l.unit_level, l.district_code, l.district_valid_from, l.province_code, l.province_valid_from,
    l.day,
    s.kind
),
by_province AS (
  SELECT
    k.province_code, k.province_valid_from, k.day,
    CAST(SUM(k.on_system) AS BIGINT) AS on_system,
    CAST(SUM(k.total) AS BIGINT) AS total,
    ROW_NUMBER() OVER (
      PARTITION BY k.province_code, k.province_valid_from, k.day
      ORDER BY CAST(SUM(k.on_system) AS DOUBLE) / SUM(k.total), k.kind
    ) AS smallest_first
  FROM by_kind AS k
  GROUP BY k.province_code, k.province_valid_from, k.day, k.kind
),
dimension AS (
  SELECT name FROM VALUES ('total'), ('kind') AS dimension_name(name)
)
SELECT /*+ BROADCAST(p, b) */
  k.unit_code, k.unit_valid_from, k.unit_level, k.district_code, k.district_valid_from, k.province_code, k.province_valid_from,
  'all' AS level,
  k.day,
  CASE b.name WHEN 'kind' THEN CONCAT('kind=', k.kind) ELSE '' END AS breakdown,
  k.on_system AS numerator,
  k.total AS denominator
FROM by_kind AS k
CROSS JOIN parameters AS p
CROSS JOIN dimension AS b
WHERE b.name = 'kind' OR p.chains_and_products = 'together'
UNION ALL
SELECT /*+ BROADCAST(p) */
  k.province_code AS unit_code, k.province_valid_from AS unit_valid_from, 'province' AS unit_level,
  CAST(NULL AS STRING) AS district_code, CAST(NULL AS DATE) AS district_valid_from, k.province_code, k.province_valid_from,
  'all' AS level,
  k.day,
  '' AS breakdown,
  k.on_system AS numerator,
  k.total AS denominator
FROM by_province AS k
CROSS JOIN parameters AS p
WHERE k.smallest_first = 1 AND p.chains_and_products = 'each_by_itself'
