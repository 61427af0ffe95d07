-- Which unit went into which, wholly or in part: for those of a province, as a predecessor or as a successor.
SELECT
  s.unit_code, s.unit_valid_from, s.successor_code, s.successor_valid_from,
  a.unit_name AS unit_name, b.unit_name AS successor_name
FROM silver.unit_successor AS s
JOIN silver.unit_name AS a ON a.unit_code = s.unit_code AND a.unit_valid_from = s.unit_valid_from
JOIN silver.unit_name AS b ON b.unit_code = s.successor_code AND b.unit_valid_from = s.successor_valid_from
WHERE (a.province_code = $province OR b.province_code = $province) AND s.successor_valid_from <= $as_of
ORDER BY a.unit_name COLLATE vi, b.unit_name COLLATE vi, s.unit_code, s.successor_code
