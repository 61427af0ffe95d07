-- The contradictions in a province's data, with the unit's name.
SELECT f.flag, f.unit_code, f.unit_valid_from, f.day, f.subject, f.reason, f.detail, n.unit_name
FROM gold.flag AS f
LEFT JOIN silver.unit_name AS n USING (unit_code, unit_valid_from)
WHERE f.province_code = $province
ORDER BY f.flag, n.unit_name COLLATE vi, f.unit_code, f.day, f.subject, f.detail
