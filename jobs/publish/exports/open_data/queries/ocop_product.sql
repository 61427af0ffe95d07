-- Without the producer's name and place: of a household both are a person's.
SELECT
  product_code, product_name, product_group, product_subgroup, producer_type, decision_number, decision_date, recognised_by, score_a, score_b, score_c, stars,
  growing_area_code, recognised_until, unit_code, unit_valid_from, province_code
FROM silver.ocop_product
WHERE NOT withdrawn
