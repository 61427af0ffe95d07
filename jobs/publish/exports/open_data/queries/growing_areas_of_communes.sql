SELECT unit_code, unit_valid_from, province_code, crop, in_force, in_force_ha, paused, cancelled FROM gold.growing_areas_of_communes
