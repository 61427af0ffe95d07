-- Where the communes of the release's day lie, of those whose coordinates are known.
SELECT unit_code, unit_valid_from, latitude, longitude
FROM silver.administrative_unit
WHERE province_code = $province AND level = 'commune' AND latitude IS NOT NULL AND longitude IS NOT NULL
  AND version_from <= $as_of AND (version_to IS NULL OR version_to >= $as_of)
