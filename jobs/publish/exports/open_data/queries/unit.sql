-- Each identity with its newest attributes.
SELECT
  unit_code, unit_valid_from, unit_valid_to, level, unit_name, unit_type, parent_code, parent_valid_from, province_code, province_valid_from,
  is_rural, latitude, longitude
FROM silver.administrative_unit
QUALIFY row_number() OVER (PARTITION BY unit_code, unit_valid_from ORDER BY version_from DESC) = 1
