-- Producers of OCOP products, who have no code of their own: a producer is its type, its name without regard to case (of a household the token of
-- the name) and the unit that it was written for. One row for each decision about one of its products.
--
-- It is the cooperative of that unit that has its name, where there is one such; nothing else ties the two.
WITH producer AS (
  SELECT
    CONCAT_WS(CHR(31), o.producer_type, o.unit_code, CAST(o.unit_valid_from AS STRING), LOWER(TRIM(o.producer_name))) AS source_code,
    o.*
  FROM silver.ocop_product AS o
),
cooperative AS (
  SELECT c.unit_code, c.unit_valid_from, LOWER(TRIM(c.name)) AS name, MIN(c.cooperative_id) AS cooperative_id
  FROM silver.cooperative AS c
  WHERE NOT c.withdrawn AND c.dissolved_on IS NULL
  GROUP BY c.unit_code, c.unit_valid_from, LOWER(TRIM(c.name))
  HAVING COUNT(*) = 1
)
SELECT
  p.source_code,
  CAST(p.decision_date AS TIMESTAMP) AS version_at,
  CONCAT_WS(CHR(31), p.decision_number, p.product_code) AS tie,
  ROW_NUMBER() OVER (
    PARTITION BY p.source_code ORDER BY p.withdrawn, p.decision_date DESC, p.decision_number DESC, p.product_code DESC
  ) = 1 AS holds,
  CASE WHEN p.producer_type <> 'household' THEN p.producer_name END AS name,
  p.commune_code AS unit_code_sent,
  p.unit_code, p.unit_valid_from, p.province_code,
  MIN(p.withdrawn) OVER (PARTITION BY p.source_code) AS withdrawn,
  CASE WHEN k.cooperative_id IS NOT NULL THEN 'is' END AS relation,
  'cooperative' AS related_kind,
  k.cooperative_id AS related_code
FROM producer AS p
LEFT JOIN cooperative AS k
  ON p.producer_type = 'cooperative'
  AND k.unit_code = p.unit_code AND k.unit_valid_from = p.unit_valid_from AND k.name = LOWER(TRIM(p.producer_name))
