-- Growing areas of a commune by crop: codes in use with their area, paused and cancelled ones beside.
SELECT unit_code, unit_valid_from, crop, in_force, in_force_ha, paused, cancelled
FROM gold.growing_areas_of_communes
WHERE province_code = $province
ORDER BY crop COLLATE vi
