-- Households with clean water by a commune's newest count, in percent.
SELECT unit_code, unit_valid_from, 100 * share AS value
FROM gold.clean_water_of_communes
WHERE province_code = $province AND share IS NOT NULL
