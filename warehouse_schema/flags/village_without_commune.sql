-- A village whose commune, as its row names it, ended before the day and has no successor in which the whole of it lies: it was divided, or what became
-- of it is not known. In which commune the village is today has to be said by a new row. The day is the first without the commune.
--
-- A village written for a commune that begins after the day is not flagged: the sheet is younger than the day that is asked about.
SELECT
  v.unit_code, v.unit_valid_from, u.level AS unit_level,
  l.district_code, l.district_valid_from,
  COALESCE(l.province_code, u.province_code) AS province_code,
  COALESCE(l.province_valid_from, u.province_valid_from) AS province_valid_from,
  CAST(DATE_ADD(u.unit_valid_to, 1) AS DATE) AS day,
  v.village_id AS subject,
  'commune_ended' AS reason,
  CONCAT('unit_valid_to=', CAST(u.unit_valid_to AS STRING)) AS detail,
  'silver/village' AS table_name,
  v.village_id AS record_key,
  v.object_id,
  v.line
FROM silver.village AS v
JOIN silver.unit_name AS u ON u.unit_code = v.unit_code AND u.unit_valid_from = v.unit_valid_from
JOIN as_of_days AS d ON u.unit_valid_to < d.day
LEFT JOIN located AS l ON l.day = d.day AND l.in_unit_code = v.unit_code AND l.in_unit_valid_from = v.unit_valid_from
WHERE NOT v.withdrawn AND COALESCE(l.unit_level <> 'commune', TRUE)
