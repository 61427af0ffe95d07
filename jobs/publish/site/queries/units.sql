-- The units of a province, each identity with its newest attributes, that were there by the day; by level, then as a Vietnamese dictionary has them.
SELECT
  n.unit_code, n.unit_valid_from, n.unit_valid_to, n.level, n.unit_name, n.unit_type,
  a.parent_code, a.parent_valid_from, a.is_rural, a.latitude, a.longitude
FROM silver.unit_name AS n
JOIN silver.administrative_unit AS a USING (unit_code, unit_valid_from)
WHERE n.province_code = $province AND n.unit_valid_from <= $as_of
QUALIFY row_number() OVER (PARTITION BY n.unit_code, n.unit_valid_from ORDER BY a.version_from DESC) = 1
ORDER BY
  CASE n.level WHEN 'province' THEN 1 WHEN 'district' THEN 2 ELSE 3 END,
  n.unit_name COLLATE vi, n.unit_code, n.unit_valid_from
