-- What each unit lies in, by the days of its attributes.
SELECT unit_code, unit_valid_from, version_from, parent_code, parent_valid_from
FROM silver.administrative_unit
ORDER BY unit_code, unit_valid_from, version_from
