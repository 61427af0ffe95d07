-- OCOP products by their newest decision: stars, how long the recognition lasts, and what the product is tied to. Grain: product_code.
WITH cooperative AS (
  SELECT
    b.day, b.unit_code, b.unit_valid_from, LOWER(TRIM(c.name)) AS name,
    MIN(c.cooperative_id) AS cooperative_id
  FROM cooperatives_in_business AS b
  JOIN silver.cooperative AS c ON c.cooperative_id = b.cooperative_id
  WHERE b.unit_level = 'commune'
  GROUP BY b.day, b.unit_code, b.unit_valid_from, LOWER(TRIM(c.name))
  HAVING COUNT(*) = 1
)
SELECT
  n.day, n.province_code, n.district_code, n.unit_code, n.unit_valid_from, n.unit_level,
  c.unit_name AS commune_name, c.unit_type AS commune_type, c.is_rural,
  c.standard, c.area_i_ii_iii, c.mountainous, c.ethnic_minority, c.group_2026,
  o.product_code,
  o.product_name,
  o.product_group,
  o.product_subgroup,
  o.producer_name,
  o.producer_type,
  o.stars,
  o.score_a + o.score_b + o.score_c AS points,
  o.decision_number,
  o.decision_date,
  o.recognised_by,
  o.recognised_until,
  n.in_force AND o.stars >= 3 AS recognised,
  n.in_force AND o.stars >= 3 AND DATEDIFF(o.recognised_until, n.day) <= 90 AS expires_within_90_days,
  o.gtin,
  o.growing_area_code,
  CASE
    WHEN o.growing_area_code IS NOT NULL
    THEN COALESCE(NOT g.withdrawn AND g.status = 'in_use' AND g.issued_on <= n.day, FALSE)
  END AS growing_area_in_force,
  k.cooperative_id,
  o.ecommerce_url
FROM ocop_decisions AS n
JOIN silver.ocop_product AS o ON o.product_code = n.product_code AND o.decision_number = n.decision_number
LEFT JOIN communes AS c ON c.day = n.day AND c.unit_code = n.unit_code AND c.unit_valid_from = n.unit_valid_from
LEFT JOIN silver.growing_area AS g ON g.growing_area_code = o.growing_area_code
LEFT JOIN cooperative AS k
  ON o.producer_type = 'cooperative'
  AND k.day = n.day AND k.unit_code = n.unit_code AND k.unit_valid_from = n.unit_valid_from AND k.name = LOWER(TRIM(o.producer_name))
WHERE n.newest
