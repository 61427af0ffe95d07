-- Cooperatives of a commune that are in business.
SELECT unit_code, unit_valid_from, name, key_product, registered_on, in_linkage
FROM gold.cooperatives_on_the_day
WHERE province_code = $province
ORDER BY name COLLATE vi, cooperative_id
