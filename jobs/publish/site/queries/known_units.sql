-- Every unit of every list.
SELECT unit_code, unit_valid_from FROM silver.unit_name
