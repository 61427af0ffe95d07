-- Number of recognised OCOP products (One Commune One Product, Decision 148/QĐ-TTg of 24 February 2023) on each day of
-- the relation "as_of_days".
--
-- A product is recognised on a day when a decision that gives it three stars or more is in force:
-- decision_date <= day < decision_date + 36 months (recognised_until is the last day that counts). The newest decision in force
-- says what a product is: one of fewer than three stars ends an earlier recognition.
--
-- A product counts once however many of its decisions are in force: by the newest (decision_date, then
-- decision_number), which gives its stars and its place. The place is the commune as the sender wrote it, moved to
-- the day by succession; where that cannot tell the commune of the day, the product counts for the province.
--
-- A count: there is no denominator. The level is 'all' (who recognised a product is not the level of an agency).
-- Breakdowns: '' total; 'stars=3|4|5'; 'group=food|beverage|herbal|handicraft|ornamental|tourism'.
WITH in_force AS (
  SELECT /*+ BROADCAST(d) */
    d.day,
    o.unit_code,
    o.unit_valid_from,
    o.stars,
    o.product_group,
    ROW_NUMBER() OVER (
      PARTITION BY d.day, o.product_code
      ORDER BY o.decision_date DESC, o.decision_number DESC
    ) AS newest_first
  FROM silver.ocop_product AS o
  JOIN as_of_days AS d ON o.decision_date <= d.day AND d.day <= o.recognised_until
  WHERE NOT o.withdrawn
),
recognised AS (
  SELECT
    l.at_unit_code AS unit_code, l.at_unit_valid_from AS unit_valid_from, l.at_unit_level AS unit_level,
    l.district_code, l.district_valid_from, l.province_code, l.province_valid_from,
    f.day,
    f.stars,
    f.product_group,
    COUNT(*) AS products
  FROM in_force AS f
  JOIN silver.unit_lineage AS l
    ON l.unit_code = f.unit_code
    AND l.unit_valid_from = f.unit_valid_from
    AND l.from_day <= f.day
    AND (l.to_day IS NULL OR f.day <= l.to_day)
  WHERE f.newest_first = 1 AND f.stars >= 3
  GROUP BY
    l.at_unit_code, l.at_unit_valid_from, l.at_unit_level,
    l.district_code, l.district_valid_from, l.province_code, l.province_valid_from,
    f.day,
    f.stars,
    f.product_group
),
dimension AS (
  SELECT name FROM VALUES ('total'), ('stars'), ('group') AS dimension_name(name)
)
SELECT /*+ BROADCAST(b) */
  r.unit_code, r.unit_valid_from, r.unit_level,
  r.district_code, r.district_valid_from, r.province_code, r.province_valid_from,
  'all' AS level,
  r.day,
  CASE b.name
    WHEN 'stars' THEN CONCAT('stars=', CAST(r.stars AS STRING))
    WHEN 'group' THEN CONCAT('group=', r.product_group)
    ELSE ''
  END AS breakdown,
  r.products AS numerator,
  CAST(NULL AS BIGINT) AS denominator
FROM recognised AS r
CROSS JOIN dimension AS b
