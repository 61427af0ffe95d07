-- The decisions about OCOP products up to each day of "as_of_days", where the product counts on that day. Grain: day, product and decision.
--
-- in_force: day <= recognised_until (36 months from the decision; QĐ 148/QĐ-TTg). newest: no later decision about the product is known on the
-- day (decision_date, then decision_number); it says what a product is. Since all decisions last as long, the newest in force is the newest.
--
-- The place is the commune as the sender wrote it (in_unit_code, in_unit_valid_from), moved to the day by succession; where that cannot tell the
-- commune, the province.
--
-- points: the sum of the three parts, exact to four decimals, so that 30.1 + 24.9 + 35 is 90 and not a little less. object_id, line: where the
-- row stands.
WITH known AS (
  SELECT /*+ BROADCAST(d) */
    d.day,
    o.product_code,
    o.decision_number,
    o.decision_date,
    o.recognised_until,
    o.stars,
    o.product_group,
    o.recognised_by,
    CAST(o.score_a AS DECIMAL(9, 4)) AS score_a,
    CAST(o.score_b AS DECIMAL(9, 4)) AS score_b,
    CAST(o.score_c AS DECIMAL(9, 4)) AS score_c,
    o.object_id,
    o.line,
    o.unit_code,
    o.unit_valid_from,
    d.day <= o.recognised_until AS in_force,
    ROW_NUMBER() OVER (PARTITION BY d.day, o.product_code ORDER BY o.decision_date DESC, o.decision_number DESC) = 1 AS newest
  FROM silver.ocop_product AS o
  JOIN as_of_days AS d ON o.decision_date <= d.day
  WHERE NOT o.withdrawn
)
SELECT
  l.day, l.unit_code, l.unit_valid_from, l.unit_level, l.district_code, l.district_valid_from, l.province_code, l.province_valid_from,
  k.product_code,
  k.decision_number,
  k.decision_date,
  k.recognised_until,
  k.stars,
  k.product_group,
  k.in_force,
  k.newest,
  k.recognised_by,
  k.score_a,
  k.score_b,
  k.score_c,
  CAST(k.score_a + k.score_b + k.score_c AS DECIMAL(9, 4)) AS points,
  l.in_unit_code,
  l.in_unit_valid_from,
  k.object_id,
  k.line
FROM known AS k
JOIN located AS l ON l.day = k.day AND l.in_unit_code = k.unit_code AND l.in_unit_valid_from = k.unit_valid_from
