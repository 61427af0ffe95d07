-- Growing areas in use of a commune, in hectares.
SELECT unit_code, unit_valid_from, round(sum(in_force_ha), 4) AS value
FROM gold.growing_areas_of_communes
WHERE province_code = $province AND unit_level = 'commune'
GROUP BY unit_code, unit_valid_from
HAVING sum(in_force_ha) > 0
