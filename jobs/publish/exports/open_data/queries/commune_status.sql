SELECT status, valid_from, valid_to, decision_number, unit_code, unit_valid_from, province_code FROM silver.commune_status WHERE NOT withdrawn
