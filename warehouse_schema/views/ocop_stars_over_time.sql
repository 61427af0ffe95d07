-- The decisions about each OCOP product in their order: its stars over time. Grain: product_code and decision_number.
SELECT
  n.day, n.province_code, n.district_code, n.unit_code, n.unit_valid_from, n.unit_level,
  n.product_code,
  n.product_group,
  n.decision_number,
  n.decision_date,
  n.recognised_until,
  n.stars,
  n.stars - LAG(n.stars) OVER (PARTITION BY n.day, n.product_code ORDER BY n.decision_date, n.decision_number) AS change,
  CAST(DATEDIFF(
    n.decision_date, LAG(n.recognised_until) OVER (PARTITION BY n.day, n.product_code ORDER BY n.decision_date, n.decision_number)
  ) AS BIGINT) AS days_between,
  n.in_force,
  n.newest
FROM ocop_decisions AS n
