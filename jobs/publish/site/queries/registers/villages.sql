-- Villages of a commune that were assessed as smart villages, by their newest assessment of each set.
SELECT
  v.unit_code, v.unit_valid_from, v.village_name, v.assessed_on, v.field, v.digital_team, v.recognised
FROM gold.smart_villages_on_the_day AS v
WHERE province_code = $province
ORDER BY v.village_name COLLATE vi, v.village_id, v.criteria_set
