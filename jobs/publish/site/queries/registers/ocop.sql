-- OCOP products of a commune by their newest decision.
SELECT
  unit_code, unit_valid_from, product_name, product_group, stars, recognised, recognised_until, decision_number
FROM gold.ocop_products
WHERE province_code = $province
ORDER BY product_name COLLATE vi, product_code
