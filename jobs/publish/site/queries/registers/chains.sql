-- Supply chains and products of a commune, and whether they are on the traceability system.
SELECT unit_code, unit_valid_from, name, kind, on_traceability_system_since, on_system
FROM gold.supply_chains_on_the_day
WHERE province_code = $province
ORDER BY name COLLATE vi, chain_id
