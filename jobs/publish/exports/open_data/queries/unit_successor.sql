SELECT unit_code, unit_valid_from, successor_code, successor_valid_from FROM silver.unit_successor
