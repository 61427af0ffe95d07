-- Villages that are recognised as smart, on each day of "as_of_days", where they are located on that day: there is a decision
-- (recognised_by_decision) and recognised_from <= day <= recognised_to.
--
-- One row for each village and field (NULL where none is named): a village recognised in two fields has two rows.
SELECT DISTINCT
  l.day, l.unit_code, l.unit_valid_from, l.unit_level, l.district_code, l.district_valid_from, l.province_code, l.province_valid_from,
  v.village_id,
  a.field
FROM silver.smart_village_assessment AS a
JOIN silver.village AS v ON v.village_id = a.village_id
JOIN located AS l ON l.in_unit_code = v.unit_code AND l.in_unit_valid_from = v.unit_valid_from
WHERE
  NOT a.withdrawn AND NOT v.withdrawn
  AND a.recognised_by_decision IS NOT NULL
  AND a.recognised_from <= l.day AND (a.recognised_to IS NULL OR l.day <= a.recognised_to)
