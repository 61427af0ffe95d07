-- OCOP products of a commune that are recognised.
SELECT unit_code, unit_valid_from, count(*) AS value
FROM gold.ocop_products
WHERE province_code = $province AND unit_level = 'commune' AND recognised
GROUP BY unit_code, unit_valid_from
