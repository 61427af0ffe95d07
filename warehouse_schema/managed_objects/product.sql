-- OCOP products: one row for each decision about a product.
SELECT
  o.product_code AS source_code,
  CAST(o.decision_date AS TIMESTAMP) AS version_at,
  o.decision_number AS tie,
  ROW_NUMBER() OVER (PARTITION BY o.product_code ORDER BY o.withdrawn, o.decision_date DESC, o.decision_number DESC) = 1 AS holds,
  o.product_name AS name,
  o.commune_code AS unit_code_sent,
  o.unit_code, o.unit_valid_from, o.province_code,
  MIN(CASE WHEN NOT o.withdrawn THEN o.decision_date END) OVER (PARTITION BY o.product_code) AS exists_from,
  o.withdrawn
FROM silver.ocop_product AS o
