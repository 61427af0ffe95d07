SELECT measured_on, households, households_with_clean_water, unit_code, unit_valid_from, province_code FROM silver.clean_water WHERE NOT withdrawn
