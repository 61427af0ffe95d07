-- Units ranked by their recognised OCOP products: communes and districts among those of their province, provinces among all. Grain: unit.
--
-- A product whose commune cannot be told counts for the province only. A unit without a product has no row.
WITH recognised AS (
  SELECT * FROM ocop_decisions AS o WHERE o.newest AND o.in_force AND o.stars >= 3
),
summed AS (
  SELECT r.day, r.unit_code, r.unit_valid_from, r.unit_level, r.district_code, r.province_code, r.province_valid_from, r.stars
  FROM recognised AS r
  WHERE r.unit_level = 'commune'
  UNION ALL
  SELECT r.day, r.district_code, r.district_valid_from, 'district', r.district_code, r.province_code, r.province_valid_from, r.stars
  FROM recognised AS r
  WHERE r.district_code IS NOT NULL
  UNION ALL
  SELECT r.day, r.province_code, r.province_valid_from, 'province', CAST(NULL AS STRING), r.province_code, r.province_valid_from, r.stars
  FROM recognised AS r
),
counted AS (
  SELECT
    s.day, s.unit_code, s.unit_valid_from, s.unit_level, s.district_code, s.province_code, s.province_valid_from,
    COUNT(*) AS products,
    COUNT(CASE WHEN s.stars = 3 THEN 1 END) AS three_stars,
    COUNT(CASE WHEN s.stars = 4 THEN 1 END) AS four_stars,
    COUNT(CASE WHEN s.stars = 5 THEN 1 END) AS five_stars,
    CAST(SUM(s.stars) AS BIGINT) AS stars
  FROM summed AS s
  GROUP BY s.day, s.unit_code, s.unit_valid_from, s.unit_level, s.district_code, s.province_code, s.province_valid_from
)
SELECT
  k.day, k.province_code, k.district_code, k.unit_code, k.unit_valid_from, k.unit_level,
  u.unit_name, u.unit_type,
  k.products, k.three_stars, k.four_stars, k.five_stars,
  CAST(RANK() OVER (
    PARTITION BY k.day, k.unit_level, CASE WHEN k.unit_level <> 'province' THEN k.province_code END ORDER BY k.products DESC, k.stars DESC
  ) AS BIGINT) AS place
FROM counted AS k
LEFT JOIN units AS u ON u.day = k.day AND u.unit_code = k.unit_code AND u.unit_valid_from = k.unit_valid_from
