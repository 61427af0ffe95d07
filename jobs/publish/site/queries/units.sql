-- The units of a province, each identity with the newest attributes that it had by the day; by level, then as a Vietnamese dictionary has them.
SELECT
  n.unit_code, n.unit_valid_from, n.unit_valid_to, n.level, a.unit_name, a.parent_code, a.parent_valid_from, a.province_code, a.province_valid_from
FROM silver.unit_name AS n
JOIN silver.administrative_unit AS a USING (unit_code, unit_valid_from)
WHERE n.province_code = $province AND n.unit_valid_from <= $as_of AND a.version_from <= $as_of
QUALIFY row_number() OVER (PARTITION BY n.unit_code, n.unit_valid_from ORDER BY a.version_from DESC) = 1
ORDER BY
  CASE n.level WHEN 'province' THEN 1 WHEN 'district' THEN 2 ELSE 3 END,
  a.unit_name COLLATE vi, n.unit_code, n.unit_valid_from
