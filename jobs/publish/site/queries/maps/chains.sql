-- Supply chains and products of a commune that are on the traceability system.
SELECT unit_code, unit_valid_from, count(*) AS value
FROM gold.supply_chains_on_the_day
WHERE province_code = $province AND unit_level = 'commune' AND on_system
GROUP BY unit_code, unit_valid_from
